"""Says what files look like and what an import did, for people."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from anjia.registers.intake import sheets
from anjia.registers.intake.sheets import CHINESE, FILES, Shape
from anjia.registers.intake.taking import Report


def columns() -> str:
    """Gives the columns of every file, one a line."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterable[str]:
    for register in sheets.order():
        yield f"{FILES.get(register, register)}.csv"
        for shape in sheets.sheet(register).shapes:
            what = f"key of a {KINDS[shape.refers]}" if shape.refers else shape.kind
            if shape.allowed is not None:
                known = sorted(shape.allowed)
                what += f": {' '.join(known)}" if len(known) < 12 else f": one of {len(known)} codes"
            yield f"  {shape.name:<16}{_padded(CHINESE.get(shape.name, ''))}{_need(shape):<10}{what}"


KINDS = {"P": "person", "H": "household", "L": "place"}


def _need(shape: Shape) -> str:
    return "needed" if shape.needed else ""


def _padded(text: str) -> str:
    return text + " " * max(1, 16 - 2 * len(text))


def report(done: Report, rejects: Path) -> str:
    """Gives the counts of an import: read = in + rejected, file by file."""
    rows = [f"import {done.load}" + (": these files were taken before, nothing was done" if done.again else "")]
    rows.append(f"{'':<28}{'read':>12}{'in':>12}{'rejected':>12}")
    for one in done.files:
        rows.append(f"{one['file']:<28}{one['read']:>12}{one['in']:>12}{one['rejected']:>12}")
    if done.rejected and not done.again:
        rows.append(f"rejected rows with line, code and remedy: {rejects} / 退回的行见 {rejects}")
    return "\n".join(rows) + "\n"
