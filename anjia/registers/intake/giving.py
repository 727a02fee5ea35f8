"""Gives registers out as CSV files of the shape that an import takes, both time axes included."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from anjia.kernel import access
from anjia.kernel.grants import Allowed
from anjia.kernel.vault import vault
from anjia.registers import REGISTERS
from anjia.registers.intake import sheets
from anjia.registers.intake.sheets import FILES, KEY, NUMBER, Shape
from anjia.registers.people import TABLE

PAGE = 10_000
MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
OPEN_NUMBERS = """
SELECT {columns}, i.ciphertext, i.uid FROM registers_identity i
  LEFT JOIN registers_membership m ON m.subject = i.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
 WHERE i.kind = ANY(%s) AND {narrowed} ORDER BY i.id
"""


def give(
    owner: psycopg.Connection[tuple[object, ...]], folder: Path, allowed: Allowed | None, *, axes: bool = True
) -> dict[str, int]:
    """Writes one file a register and gives how many rows each has.

    Citizen numbers and phones are opened only for an actor whose grant shows them, in its area and for its
    purpose; every file leaves an access record.

    Args:
        allowed: the grant under which numbers are opened; None leaves their file out.
        axes: False leaves out when the register knew what, and what it knows no longer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for register in REGISTERS:
        path = folder / f"{FILES.get(register, register)}.csv"
        if register != "identity":
            counts[register] = _copied(owner, register, path, axes)
        elif allowed is not None and (kinds := [k for k in ("citizen_no", "phone") if allowed.shows(k)]):
            counts[register] = _opened(owner, path, allowed, kinds, axes)
        if register in counts:
            _record(register, counts[register], allowed)
    return counts


def _columns(register: str, axes: bool, entry: str) -> list[tuple[Shape, sql.SQL]]:
    found = []
    for shape in sheets.sheet(register).shapes:
        if shape.name == NUMBER or (not axes and shape.name.startswith("recorded_")):
            continue
        column = f"{entry}." + ("subject" if shape.name == KEY else f'"{shape.name}"')
        if shape.kind == "moment":
            column = MOMENT.format(column)
        elif shape.kind == "truth":
            column = f"({column})::int"
        elif shape.kind == "text":
            # A line of the file is a row, so no text may hold the end of one.
            column = f"nullif(translate({column}, E'\\n\\r', '  '), '')"
        found.append((shape, sql.SQL(column)))
    return found


def _copied(owner: psycopg.Connection[tuple[object, ...]], register: str, path: Path, axes: bool) -> int:
    columns = _columns(register, axes, "e")
    query = sql.SQL("COPY (SELECT {} FROM {} e {} ORDER BY e.id) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(column for _, column in columns), sql.Identifier(f"registers_{register}"),
        sql.SQL("" if axes else "WHERE e.recorded_to IS NULL"),
    )  # fmt: skip
    with path.open("wb") as file, owner.cursor() as cursor:
        file.write((",".join(shape.name for shape, _ in columns) + "\n").encode("utf-8-sig"))
        with cursor.copy(query) as copy:
            for part in copy:
                file.write(part)
        return cursor.rowcount


def _opened(
    owner: psycopg.Connection[tuple[object, ...]], path: Path, allowed: Allowed, kinds: Sequence[str], axes: bool
) -> int:
    columns = _columns("identity", axes, "i")
    narrowed, parameters = allowed.where(division="m.division", subject="i.subject")
    query = sql.SQL(OPEN_NUMBERS).format(
        columns=sql.SQL(", ").join(column for _, column in columns),
        narrowed=sql.SQL(narrowed if axes else f"{narrowed} AND i.recorded_to IS NULL"),
    )
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(shape.name for shape, _ in columns), NUMBER])
        for *values, stored, uid in _pages(owner, query, [list(kinds), *parameters]):
            writer.writerow([*values, vault().decrypt(stored, TABLE, uid)])  # type: ignore[arg-type]
            count += 1
    return count


def _pages(
    owner: psycopg.Connection[tuple[object, ...]], query: sql.Composed, parameters: Sequence[object]
) -> Iterator[tuple[object, ...]]:
    with owner.transaction(), owner.cursor("numbers") as cursor:
        cursor.itersize = PAGE
        cursor.execute(query, parameters)
        yield from cursor


def _record(register: str, count: int, allowed: Allowed | None) -> None:
    access.record(
        actor=allowed.actor.pk if allowed else None, subject=None, register=register,
        fields=sheets.sheet(register).names, purpose=allowed.purpose if allowed else "household-register",
        ground="export", outcome=f"{count} rows", grant=allowed.grant if allowed else None,
    )  # fmt: skip
