"""Builds the fact snapshot: every fact that a rule needs, for everybody, a column at a time."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from anjia.kernel.definitions.catalogue import Catalogue, digest_of
from anjia.kernel.specs import FactSpec
from anjia.registers import population
from anjia.rules import datasets
from anjia.rules.compiling import compiled
from anjia.rules.datasets import Datasets
from anjia.rules.laying import ARROW, Columns, Say, laid
from anjia.rules.scene import Dictionary, dictionary
from anjia.rules.snapshot import CURRENT, FOLDER, MANIFEST, Snapshot

KEPT = 3
"""Snapshots that stay beside the one in force; older ones are removed."""


def build(
    catalogue: Catalogue, state: Path, on: date, known_at: datetime,
    *, every: bool = False, say: Say = lambda text: None,
) -> Snapshot:  # fmt: skip
    """Builds the snapshot of a day, puts it in force in one step, and gives it.

    Register facts come from their SQL, run for everybody; department facts from the files in
    `state/departments`. What nobody can tell for a whole city (answers, consents, checks at the window)
    has no column, and so has a text that is declared sensitive.

    Args:
        known_at: the moment as of which the register is read.
        every: take every fact of the dictionary that can be had, not only those that rules read.
    """
    known = dictionary(catalogue, on)
    wanted = _wanted(catalogue, known, on, every)
    folder = state / FOLDER
    draft = folder / f".{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    try:
        with population.one_moment():
            work = _work(draft, on, known_at, say)
            _register(work, wanted)
            _departments(work, wanted, catalogue, state / "departments")
        definitions = definitions_of(catalogue, on)
        work.columns.close(on, known_at, definitions, synthetic=catalogue.city.synthetic)
        name = f"{on:%Y%m%d}-{known_at:%Y%m%d%H%M%S}-{definitions[:8]}-{draft.name[1:7]}"
        draft.replace(folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _switch(folder, name)
    return Snapshot.open(folder / name)


def definitions_of(catalogue: Catalogue, on: date) -> str:
    """Gives one digest over the facts and rules in force on a day."""
    found = [one for kind in ("fact", "rule") for one in catalogue.list(kind, on)]
    return digest_of({f"{one.kind} {one.id}": one.digest for one in found})


@dataclass(frozen=True, slots=True)
class _Work:
    """A snapshot being built.

    Attributes:
        people: subject, name of everybody.
    """

    on: date
    known_at: datetime
    people: pa.Table
    columns: Columns

    @property
    def folder(self) -> Path:
        return self.columns.folder


def _work(draft: Path, on: date, known_at: datetime, say: Say) -> _Work:
    kinds = {"subject": "int", "household": "int", "division": "text", "birth_on": "date"}
    kinds |= {"sex": "text", "name": "text"}
    table = _table(draft, population.persons(on, known_at), kinds)
    return _Work(on, known_at, table.select(["subject", "name"]), laid(draft, table, say))


def _register(work: _Work, wanted: Mapping[str, FactSpec]) -> None:
    for name, spec in wanted.items():
        if spec.source == "register":
            started = time.monotonic()
            kinds = {"subject": "int", "value": spec.type}
            table = _table(work.folder, population.fact(spec, work.on, work.known_at), kinds)
            work.columns.put(name, spec.type, table["subject"], table["value"])
            work.columns.said[name]["seconds"] = round(time.monotonic() - started, 2)


def _departments(work: _Work, wanted: Mapping[str, FactSpec], catalogue: Catalogue, folder: Path) -> None:
    blinds = _table(work.folder, population.numbers(work.on, work.known_at), {"subject": "int", "blind": "text"})
    with datasets.opened(folder, catalogue.city.dataset_numbers, work.people, blinds) as found:
        for name, spec in wanted.items():
            if spec.source == "register":
                continue
            if spec.source.startswith("register:"):
                _of_another(work, name, spec, catalogue, found)
                continue
            if not found.holds(spec):
                work.columns.left_out[name] = "no dataset" if not spec.dataset_sql else "dataset absent"
                continue
            started = time.monotonic()
            table = found.fact(spec, work.on)
            work.columns.put(name, spec.type, table["subject"], table["value"])
            work.columns.said[name]["seconds"] = round(time.monotonic() - started, 2)


def _of_another(
    work: _Work, name: str, spec: FactSpec, catalogue: Catalogue, found: Datasets
) -> None:
    """Writes a register fact about the person whose number another fact gives, as of the spouse."""
    by = catalogue.find("fact", spec.source.partition(":")[2], work.on)
    if by is None or not found.holds(by.spec):
        work.columns.left_out[name] = "no dataset"
        return
    kinds = {"subject": "int", "value": spec.type}
    table = _table(work.folder, population.fact(spec, work.on, work.known_at), kinds)
    paired = found.of_another(by.spec, work.on, table)
    work.columns.put(name, spec.type, paired["subject"], paired["value"])


def _wanted(catalogue: Catalogue, known: Dictionary, on: date, every: bool) -> dict[str, FactSpec]:
    read: Iterable[str] = known.specs
    if not every:
        rules = [compiled(one.spec) for one in catalogue.list("rule", on)]
        read = (name for rule in rules for clause in rule.clauses for name in clause.reads)
    names = sorted({part for name in read for part in known.parts(name)})
    specs = {name: known.specs[name] for name in names if name in known.specs}
    return {
        name: spec for name, spec in specs.items()
        if spec.source != "derived" and not (spec.sensitive and spec.type == "text")
    }  # fmt: skip


def _table(folder: Path, blocks: Iterator[bytes], kinds: Mapping[str, str]) -> pa.Table:
    """Gives the table of a CSV stream; it passes through a file, so that it need not fit in memory twice."""
    path = folder / "stream.csv"
    with path.open("wb") as file:
        file.writelines(blocks)
    found = csv.read_csv(
        path,
        convert_options=csv.ConvertOptions(
            column_types={name: ARROW[kind] for name, kind in kinds.items()},
            null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
    )  # fmt: skip
    path.unlink()
    return found


def _switch(folder: Path, name: str) -> None:
    draft = folder / f".{CURRENT}.{uuid.uuid4().hex}"
    draft.write_text(name, encoding="utf-8")
    os.replace(draft, folder / CURRENT)
    built = sorted(
        (path for path in folder.iterdir() if (path / MANIFEST).exists() and path.name != name),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for old in built[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
