"""The register that is measured: the one of this installation, or with --quick a small town of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from bench.decisions import ground as decisions
from bench.decisions.harness import ROOT

LEAST = 1_000_000
SMALL = "5000"
MOVERS, FEW = 16 * 1_000, 16 * 24
"""People who move to and fro, all or with --quick: each client has its own, so nobody waits for another; so many that
nobody gets a longer history than a register has."""

CHUNK = 200
"""People written by one act of the ground."""

BEGIN = date(2016, 1, 1)
EAST, WEST = "990101", "990102"
NAME = "往来"


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody with two public collective households and two rooms, in two communities of their own."""

    serial: int
    person: int
    homes: tuple[int, int]
    places: tuple[int, int]

    @property
    def divisions(self) -> tuple[str, str]:
        """The two communities; a community has one public collective household."""
        return divisions(self.serial)


def divisions(serial: int) -> tuple[str, str]:
    """Gives the codes of two made-up communities, in two counties."""
    community = f"{serial // 900 + 1:03d}{serial % 900 + 1:03d}"
    return f"{EAST}{community}", f"{WEST}{community}"


@contextmanager
def database(quick: bool) -> Iterator[int]:
    """Gives the number of persons of the register that is measured, with the application connected to it."""
    if quick:
        with decisions.database():
            _town()
            yield persons()
        return
    if not (os.environ.get("ANJIA_STATE") or os.environ.get("ANJIA_DATABASE_URL")):
        raise SystemExit("name a loaded register by ANJIA_STATE or ANJIA_DATABASE_URL, or measure with --quick")
    from anjia.conf import installation

    here = installation.here()
    was_running = here.cluster is None or here.cluster.running()
    here.start()
    os.environ["ANJIA_DSN"] = here.application
    installation.set_up()
    try:
        count = persons()
        if count < LEAST:
            raise SystemExit(f"{count:,} persons; a full run needs {LEAST:,} (anjia synth --persons 1000000)")
        yield count
    finally:
        if not was_running:
            here.stop()


def persons() -> int:
    """Gives how many persons the register knows."""
    return int(owner("SELECT count(DISTINCT subject) FROM registers_particulars WHERE recorded_to IS NULL")[0][0])


def owner(sql: str, values: Any = ()) -> list[Any]:
    """Gives the rows of a statement run as the owner of the tables."""
    import psycopg

    from anjia.conf import installation

    with psycopg.connect(installation.here().owner, autocommit=True) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def movers(wanted: int) -> list[Mover]:
    """Gives the people who move; makes those who are missing, a second run finds them again."""
    from anjia.registers import indexing

    found = _found()
    if len(found) < wanted:
        for start in range(len(found), wanted, CHUNK):
            _make(range(start, min(start + CHUNK, wanted)))
        indexing.catch_up()
        owner("ANALYZE registers_membership, registers_household, registers_residence, registers_place")
        found = _found()
    return found[-wanted:]


def _found() -> list[Mover]:
    rows = owner(
        "SELECT p.native_place::int, p.subject, array_agg(DISTINCT h.subject), array_agg(DISTINCT l.subject) "
        "FROM registers_particulars p "
        "JOIN (SELECT * FROM registers_household WHERE name LIKE %s AND recorded_to IS NULL) h "
        "  ON h.name = %s || p.native_place "
        "JOIN (SELECT * FROM registers_place WHERE street = %s) l ON l.printed = %s || p.native_place "
        "WHERE p.name = %s GROUP BY 1, 2 ORDER BY 1", [f"{NAME}%", NAME, NAME, NAME, NAME],
    )  # fmt: skip
    return [Mover(serial, person, tuple(homes), tuple(places)) for serial, person, homes, places in rows]


def _make(serials: range) -> None:
    from anjia.kernel import acts
    from anjia.kernel.entries import Plan

    def decide(seen: Any, moment: Any) -> Plan:
        groups = [moment.subjects[at : at + 5] for at in range(0, len(moment.subjects), 5)]
        pairs = zip(serials, groups, strict=True)
        return Plan((), tuple(entry for serial, group in pairs for entry in _entries(serial, group)))

    acts.commit(
        acts.Draft(
            key=uuid.uuid4(), event="IMPORT", definition="0" * 64, actor=None, subjects=(), effective_on=BEGIN,
            reason="ground", evidence={}, decide=decide, new_subjects=("P", "H", "H", "L", "L") * len(serials),
        )
    )  # fmt: skip


def _entries(at: int, group: Any) -> Iterator[Any]:
    from anjia.kernel.entries import Open

    person, *others = group
    homes, places = others[:2], others[2:]
    yield Open("particulars", person, BEGIN, None, {
        "name": NAME, "former_name": "", "sex": "1", "birth_on": date(1980, 1, 1), "birth_place": "",
        "ethnicity": "01", "native_place": str(at), "first_county": EAST,
    })  # fmt: skip
    yield Open("status", person, BEGIN, None, {"status": "0", "ground": ""})
    yield Open("condition", person, BEGIN, None, {
        "marital": "10", "education": "90", "military": "0", "employer": "", "occupation": "",
    })  # fmt: skip
    for side, division in enumerate(divisions(at)):
        yield Open("household", homes[side], BEGIN, None, {
            "number": f"99{side}{at:06d}", "kind": "T4", "place": places[side], "address": f"{NAME}{at}",
            "division": division, "station": f"{division[:9]}000", "name": f"{NAME}{at}",
        })  # fmt: skip
        yield Open("officer", homes[side], BEGIN, None, {"person": None, "name": "测试", "post": ""})
        yield Open("place", places[side], BEGIN, None, {
            "division": division, "street": NAME, "door_plate": f"{at}号", "compound": "", "building": "", "unit": "",
            "floor": "", "room": "", "printed": f"{NAME}{at}", "usage": "dwelling", "state": "in_use",
        })  # fmt: skip
    yield Open("membership", person, BEGIN, None, {
        "household": homes[0], "relation": "99", "ground": "", "from_place": "", "division": divisions(at)[0],
        "close_ground": "",
    })  # fmt: skip
    yield Open("residence", person, BEGIN, None, {
        "place": places[0], "division": divisions(at)[0], "station": f"{divisions(at)[0][:9]}000", "ground": "rent",
    })  # fmt: skip


def _town() -> None:
    from anjia.conf import installation

    here = installation.here()
    for words in (("synth", "--persons", SMALL),):
        subprocess.run(
            [sys.executable, "-m", "anjia.conf.main", *words], env=here.environment(owner=True), cwd=ROOT, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
