"""The fact snapshot of a synthetic town that is in no register: made part by part, straight from the generator.

A part's tables are put into DuckDB under their names in the register, and the city's own SQL of each fact
runs over them; department facts run their own SQL over the files' records. So every fact is what `anjia
snapshot` would find after a loading, without the twenty minutes and 33 GB that a loading takes. What the
town lacks is drawn (`bench.finding.drawn`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import FactSpec
from anjia.registers import population
from anjia.registers.facts import NAMED
from anjia.rules.building import definitions_of
from anjia.rules.datasets import Datasets
from anjia.rules.laying import ARROW, laid
from anjia.rules.snapshot import MANIFEST, Snapshot
from anjia.synthesis import acts, cityfiles, days, making
from anjia.synthesis.making import Made
from anjia.synthesis.parts import TOWN, Ledger, Numbers, Part, Taken, parts
from bench.finding import chosen, drawn

SEED = 20261125
SPENT = "seconds"
MADE = 2
"""Counts up when another snapshot of the same town comes to be made, or in another form."""
REGISTERS: Mapping[str, Mapping[str, str]] = {
    "particulars": {"name": "text", "sex": "text", "birth_on": "date"},
    "status": {"status": "text"},
    "membership": {"household": "int", "division": "text"},
    "residence": {"place": "int", "division": "text"},
    "kinship": {"kin": "int", "kind": "text"},
    "identity": {"kind": "text", "text": "text"},
    "stay": {"since": "date"},
}
"""Registers and columns that the facts of the set read; stays and permits are finished by `drawn`."""
FILES: Mapping[str, tuple[str, ...]] = {
    "people": ("no", "name"),
    "leases": ("tenant_no", "filed_on"),
    "titles": ("usage", "holders"),
    "employment": ("no", "active", "months"),
    "pupils": ("no", "attending"),
}
TYPES = {"on": "DATE", "known_at": "TIMESTAMP"}
BASE = ("subject", "household", "division", "birth_on", "sex")
Array = NDArray[Any]
Say = Callable[[str], None]


def get(folder: Path, size: int, say: Say) -> tuple[Snapshot, float]:
    """Gives the snapshot of a town of so many residents, from the cache if it is there, and what making it took.

    Args:
        folder: where snapshots are kept.

    Returns:
        The snapshot, and the seconds that its making took when it was made.
    """
    known = chosen.catalogue()
    place = folder / f"{size}-{_key(known)}"
    if (place / MANIFEST).exists():
        return Snapshot.open(place), float((place / SPENT).read_text(encoding="utf-8"))
    started = time.perf_counter()
    draft = place.with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _make(draft, known, size, say)
    spent = time.perf_counter() - started
    (draft / SPENT).write_text(f"{spent:.1f}", encoding="utf-8")
    draft.replace(place)
    return Snapshot.open(place), spent


def _key(known: Catalogue) -> str:
    """Gives a key of all that a snapshot depends on here: the facts, the generator and what is drawn."""
    wanted = chosen.facts(known, chosen.rules(known))
    digests = [known.get("fact", name, chosen.ON).digest for name in wanted]
    digest = hashlib.sha256(f"{MADE} {chosen.ON} {digests}".encode())
    sources = [*sorted((chosen.ROOT / "anjia" / "synthesis").glob("*.py")), Path(drawn.__file__)]
    for path in [*sources, *sorted((chosen.CITY / "synthesis").iterdir())]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _make(draft: Path, known: Catalogue, size: int, say: Say) -> None:
    wanted = chosen.facts(known, chosen.rules(known))
    streams = draft / "streams"
    streams.mkdir()
    kept = _Streams(streams)
    city = cityfiles.read(chosen.CITY)
    ledger = Ledger(Taken(), Numbers())
    listed = parts(size, SEED)
    for part in listed:
        born = making.draw(city, part, chosen.ON)
        taken = ledger.take(TOWN, born.counts())
        assert isinstance(taken, Taken)
        _keep(kept, making.build(born, taken), wanted, part)
        if part.number % 10 == 9:
            say(f"part {part.number + 1} of {len(listed)} is made")
    kept.close()
    people = kept.read("people")
    order = np.lexsort((people["subject"].to_numpy(), people["household"].to_numpy()))
    columns = laid(draft, people.take(pa.array(order)))
    for name, spec in wanted.items():
        table = kept.find(name)
        if table is None:
            columns.left_out[name] = "no dataset"
        else:
            columns.put(name, spec.type, table["subject"], table["value"])
    shutil.rmtree(streams)
    columns.close(chosen.ON, _moment(), definitions_of(known, chosen.ON), synthetic=True)


def _moment() -> datetime:
    """Gives the moment as of which everything about the day is known."""
    return datetime.combine(chosen.ON, datetime.min.time(), UTC) + timedelta(days=10)


class _Streams:
    """Tables that grow part by part on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, tuple[pa.OSFile, pa.RecordBatchStreamWriter]] = {}

    def add(self, name: str, table: pa.Table) -> None:
        if name not in self._open:
            file = pa.OSFile(str(self.folder / name), "wb")
            self._open[name] = file, pa.ipc.new_stream(file, table.schema)
        self._open[name][1].write_table(table)

    def close(self) -> None:
        for file, writer in self._open.values():
            writer.close()
            file.close()

    def find(self, name: str) -> pa.Table | None:
        return self.read(name) if (self.folder / name).exists() else None

    def read(self, name: str) -> pa.Table:
        with pa.memory_map(str(self.folder / name)) as file:
            return pa.ipc.open_stream(file).read_all()


def _keep(kept: _Streams, made: Made, wanted: Mapping[str, FactSpec], part: Part) -> None:
    """Adds everybody of a part and each fact about them."""
    with duckdb.connect() as engine:
        _registers(engine, made, part)
        people = _asked(engine, population.PERSONS)
        kept.add("people", people.select(BASE))
        found = Datasets(engine, frozenset(_files(engine, made)))
        for name, spec in wanted.items():
            if spec.source == "register":
                _add(kept, name, spec, _asked(engine, spec.city_sql or spec.sql))
            elif found.holds(spec):
                _add(kept, name, spec, found.fact(spec, chosen.ON))
        works = np.isin(people["subject"].to_numpy(), _workers(engine))
    rng = np.random.default_rng([SEED, part.size, 7, part.number])
    for name, (subjects, values) in drawn.answers(people, works, days.number(chosen.ON), rng).items():
        _add(kept, name, wanted[name], pa.table({"subject": subjects, "value": values}))


def _add(kept: _Streams, name: str, spec: FactSpec, table: pa.Table) -> None:
    schema = pa.schema({"subject": pa.int64(), "value": ARROW[spec.type]})
    kept.add(name, table.select(["subject", "value"]).cast(schema))


def _asked(engine: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """Gives what a fact's SQL finds, without unknown values; it is the SQL of the register, read by DuckDB."""
    text = NAMED.sub(lambda name: f"${name[1]}::{TYPES[name[1]]}", sql.strip().rstrip(";"))
    given = {"on": chosen.ON, "known_at": _moment().replace(tzinfo=None)}
    found = engine.sql(text, params={name: value for name, value in given.items() if f"${name}" in text})
    table = found.to_arrow_table()
    return table.filter(pc.is_valid(table["value"])) if "value" in table.column_names else table


def _workers(engine: duckdb.DuckDBPyConnection) -> Array:
    sql = "SELECT register.subject FROM register JOIN employment ON employment.no = register.no WHERE active"
    return np.asarray(engine.sql(sql).fetchnumpy()["subject"])


def _registers(engine: duckdb.DuckDBPyConnection, made: Made, part: Part) -> None:
    """Puts the tables of a part under the names that they have in the register."""
    numbered = acts.number(made.town, made.registers)
    today = days.number(chosen.ON)
    rng = np.random.default_rng([SEED, part.size, 6, part.number])
    for name, kinds in REGISTERS.items():
        table = made.registers.tables[name]
        columns: dict[str, Array] = {
            "subject": table.subject, "valid_from": table.valid_from, "valid_to": table.valid_to,
            "recorded_from": numbered.at[numbered.number[table.opened]],
            "recorded_to": np.where(table.closed < 0, days.NEVER, numbered.at[numbered.number[table.closed]]),
            **{column: table.columns[column] for column in kinds},
        }  # fmt: skip
        if name == "stay":
            permits = drawn.permits(columns, today, rng)
            held = {"recorded_from": permits["valid_from"] * 86_400_000_000}
            ends = {name: np.full(len(permits["subject"]), days.NEVER) for name in ("valid_to", "recorded_to")}
            more = {"state": "text", "issued_on": "date", "due_on": "date", "years_from": "date"}
            engine.register("registers_permit", _table({**permits, **held, **ends}, more))
            columns = drawn.absences(columns, today, rng)
        engine.register(f"registers_{name}", _table(columns, kinds))
    engine.execute(
        "CREATE TABLE registers_precision (subject BIGINT, register TEXT, field TEXT, day DATE,"
        " recorded_from TIMESTAMP, recorded_to TIMESTAMP)"
    )


def _table(columns: Mapping[str, Array], kinds: Mapping[str, str]) -> pa.Table:
    """Gives entries as Arrow; days are whole numbers, moments microseconds, and what never comes is NULL."""
    held: dict[str, Any] = {"id": np.arange(len(columns["subject"])), "subject": columns["subject"]}
    for name in ("valid_from", "valid_to"):
        held[name] = _days(columns[name])
    for name in ("recorded_from", "recorded_to"):
        held[name] = pa.array(columns[name], mask=columns[name] == days.NEVER).cast(pa.timestamp("us"))
    for name, kind in kinds.items():
        held[name] = _days(columns[name]) if kind == "date" else pa.array(columns[name], ARROW[kind])
    return pa.table(held)


def _days(values: Array) -> pa.Array:
    never = values == days.NEVER
    return pa.array(np.where(never, 0, values).astype(np.int32), mask=never).view(pa.date32())


def _files(engine: duckdb.DuckDBPyConnection, made: Made) -> Iterator[str]:
    """Puts the departments' records beside the register, and gives their names."""
    for name, columns in FILES.items():
        rows = made.files.records[name]
        engine.register(name, pa.table({column: pa.array([row[column] for row in rows]) for column in columns}))
        yield name
    engine.register("numbers", _asked(engine, NUMBERS))
    engine.execute("CREATE TABLE register AS SELECT subject, no, name FROM numbers")


NUMBERS = f"""
SELECT p.subject, i.text AS no, p.name FROM registers_particulars p
  LEFT JOIN registers_identity i ON i.subject = p.subject AND i.kind = 'citizen_no' AND {population.HELD.format("i")}
 WHERE {population.HELD.format("p")}
"""


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Gives what the bench says of a snapshot."""
    manifest = json.loads((snapshot.folder / MANIFEST).read_text(encoding="utf-8"))
    return {
        "persons": snapshot.rows, "columns": len(snapshot.names), "mib": round(manifest["bytes"] / 2**20),
        "left_out": sorted(manifest["left_out"]),
    }  # fmt: skip
