"""Facts of everybody from the departments' files: DuckDB over JSON lines or Parquet, by declared SQL.

The files name persons by citizen number, the register keeps numbers encrypted. So the files' numbers are
put through the blind index and compared with the register's; nothing is decrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from anjia.kernel.specs import FactSpec
from anjia.kernel.vault import vault

NAMED = re.compile(r"(?<!:):(on)\b")
READERS = {".parquet": "read_parquet", ".jsonl": "read_json_auto"}


@dataclass(frozen=True, slots=True)
class Datasets:
    """The departments' files as one DuckDB connection sees them.

    Attributes:
        names: files that are there, by name without ending.
    """

    engine: duckdb.DuckDBPyConnection
    names: frozenset[str]

    def holds(self, spec: FactSpec) -> bool:
        """Says whether all files that a fact needs are there."""
        return bool(spec.dataset_sql) and self.names.issuperset(spec.datasets)

    def fact(self, spec: FactSpec, on: date) -> pa.Table:
        """Gives (subject, value) of a fact; who has none is left out."""
        sql = NAMED.sub("$on::DATE", spec.dataset_sql.strip().rstrip(";"))
        given = {"on": on} if "$on" in sql else {}
        query = f"SELECT subject, value FROM ({sql}) WHERE value IS NOT NULL"
        return self.engine.sql(query, params=given or None).to_arrow_table()

    def of_another(self, by: FactSpec, on: date, values: pa.Table) -> pa.Table:
        """Gives (subject, value) of values of others: of the person whose number the fact `by` gives.

        Args:
            values: subject, value.
        """
        self.engine.register("numbers_given", self.fact(by, on))
        self.engine.register("values_given", values)
        return self.engine.sql(
            "SELECT one.subject, held.value FROM numbers_given one JOIN register other ON other.no = one.value"
            " JOIN values_given held ON held.subject = other.subject"
        ).to_arrow_table()


@contextmanager
def opened(folder: Path, numbers: Mapping[str, str], register: pa.Table, blinds: pa.Table) -> Iterator[Datasets]:
    """Opens the files of a folder, with `register(subject, no, name)` of those who have a number.

    Args:
        numbers: file → the city's SQL of one column `no`, the citizen numbers that the file names.
        register: subject, name.
        blinds: subject, blind (hex) of the register's numbers.
    """
    engine = duckdb.connect()
    try:
        engine.execute("SET preserve_insertion_order = false")
        found = _views(engine, folder)
        engine.register("person", register)
        engine.register("blinds", blinds)
        engine.register("named", _blinded(engine, [sql for name, sql in numbers.items() if name in found]))
        engine.execute(
            "CREATE TABLE register AS SELECT person.subject, named.no, person.name FROM person"
            " JOIN blinds ON blinds.subject = person.subject LEFT JOIN named ON named.blind = blinds.blind"
        )
        yield Datasets(engine, found)
    finally:
        engine.close()


def _views(engine: duckdb.DuckDBPyConnection, folder: Path) -> frozenset[str]:
    found = set()
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        reader = READERS.get(path.suffix)
        if reader and path.stem.isidentifier() and path.stat().st_size:
            # Read once into a table: each file serves several facts.
            engine.execute(f'CREATE TABLE "{path.stem}" AS SELECT * FROM {reader}(?)', [str(path)])
            found.add(path.stem)
    return frozenset(found)


def _blinded(engine: duckdb.DuckDBPyConnection, numbers: list[str]) -> pa.Table:
    rows: list[Any] = engine.execute(" UNION ".join(f"({sql})" for sql in numbers)).fetchall() if numbers else []
    keys = vault()
    texts = [no for (no,) in rows if no]
    return pa.table({
        "no": pa.array(texts, pa.string()),
        "blind": pa.array([keys.blind("citizen_no", no).hex() for no in texts], pa.string()),
    })  # fmt: skip
