"""Administrative divisions: loading the city's list, and the way from a code to its names."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers.division import Division
from anjia.registers.succession import Succession

LENGTHS = (2, 4, 6, 9, 12)
# Read at every decision, so it is one prepared statement and no query set.
PATH = """
SELECT id, code, name, level, parent, valid_from, valid_to, managing_area FROM registers_division
 WHERE code = ANY(%s::text[]) AND valid_from <= %s::date AND (valid_to IS NULL OR valid_to > %s::date)
 ORDER BY code
"""


def load(folder: Path) -> int:
    """Loads `divisions.csv` of a city, and `successions.csv` beside it, and gives how many rows are new.

    Columns: code, name, level, parent, valid_from, valid_to, managing_area; and old, new, on, kind. A
    row that is known already (code and first day) is left as it is but for its end, which may be
    declared later; so loading twice changes nothing.

    Raises:
        AnjiaError: `divisions-malformed` with the line that cannot be read.
    """
    known = {(one.code, one.valid_from): one for one in Division.objects.all()}
    fresh, ended = [], []
    for division in _lines(folder / "divisions.csv", _division):
        before = known.get((division.code, division.valid_from))
        if before is None:
            fresh.append(division)
        elif before.valid_to is None and division.valid_to is not None:
            before.valid_to = division.valid_to
            ended.append(before)
    steps = _lines(folder / "successions.csv", _succession)
    with transaction.atomic():
        Division.objects.bulk_create(fresh, batch_size=1000)
        Division.objects.bulk_update(ended, ["valid_to"], batch_size=1000)
        Succession.objects.bulk_create(steps, ignore_conflicts=True, batch_size=1000)
    return len(fresh)


def path(code: str, on: date | None = None) -> list[Division]:
    """Gives the divisions from the county down to `code` (6 to 12 digits), as they stood on a day."""
    return _path(_levels(code), on or timezone.localdate())


def remembered(code: str, on: date | None = None) -> list[Division]:
    """Gives the way down to a code as `path` does; a code that had ended by then by its last names."""
    day, levels = on or timezone.localdate(), _levels(code)
    found, deepest = _path(levels, day), max(levels, key=len, default="")
    if not found or found[-1].code != deepest:
        last = _last_day(deepest, day)
        found = _path(levels, last) if last else found
    return found


def _levels(code: str) -> set[str]:
    if len(code) == 12 and code.endswith("000"):
        return {code[:6], code[:9]}
    return {code[:length] for length in LENGTHS if 6 <= length <= len(code)}


def _path(wanted: set[str], day: date) -> list[Division]:
    with connection.cursor() as cursor:
        cursor.execute(PATH, [sorted(wanted), day, day])
        return [Division(*row) for row in cursor.fetchall()]


def _last_day(code: str, before: date) -> date | None:
    """Gives the last day on which a code that has ended by `before` still held."""
    ended = Division.objects.filter(code=code, valid_to__lte=before).order_by("-valid_to").first()
    return ended.valid_to - timedelta(days=1) if ended is not None and ended.valid_to is not None else None


def successors(code: str, on: date | None = None) -> list[str]:
    """Gives what a code has become by a day: itself while it holds, else the ends of its chain, by code.

    A code that ended without a successor gives nothing.
    """
    return _follow(code, on or timezone.localdate(), "old", "new")


def predecessors(code: str, on: date | None = None) -> list[str]:
    """Gives the codes that came to be part of `code`, as they were on a day."""
    day = on or timezone.localdate()
    steps = Succession.objects.filter(new=code, on__gt=day).order_by("old")
    found = {earlier for step in steps for earlier in predecessors(step.old, day)}
    return sorted(found) or ([code] if _on(day).filter(code=code).exists() else [])


def succeeds(old: str, new: str, on: date) -> bool:
    """Says whether `new` holds on a day and is declared to succeed `old` by then, directly or in steps."""
    return old != new and new in successors(old, on)


def chain(code: str) -> list[Succession]:
    """Gives the steps by which a code came from others and became others, the earliest first."""
    found: dict[int, Succession] = {}
    for near, far in (("old", "new"), ("new", "old")):
        reach, seen = {code}, {code}
        while reach:
            steps = list(Succession.objects.filter(**{f"{near}__in": reach}).order_by("on", "old", "new"))
            found |= {step.pk: step for step in steps}
            reach = {getattr(step, far) for step in steps} - seen
            seen |= reach
    return sorted(found.values(), key=lambda step: (step.on, step.old, step.new))


def _follow(code: str, day: date, near: str, far: str) -> list[str]:
    ends, reach, seen = set(), {code}, {code}
    while reach:
        held = set(_on(day).filter(code__in=reach).values_list("code", flat=True))
        steps = Succession.objects.filter(**{f"{near}__in": reach}, on__lte=day)
        ends |= held
        reach = {getattr(step, far) for step in steps} - seen
        seen |= reach
    return sorted(ends)


def children(code: str, on: date | None = None) -> list[Division]:
    """Gives the divisions directly below a code, as they stood on a day, by code."""
    return list(_on(on or timezone.localdate()).filter(parent=code).order_by("code"))


def name(code: str, on: date | None = None) -> str:
    """Gives the full name from the county down, its last one for a code that ended, the code when unknown."""
    return "".join(division.name for division in remembered(code, on)) or code


def station_of(division: str) -> str:
    """Gives the code of the station in charge: one a town, so the town's nine digits and `000`."""
    return division[:9].ljust(12, "0")


def _on(day: date) -> Any:
    return Division.objects.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def _lines(path: Path, read: Callable[[dict[str, str]], Any]) -> list[Any]:
    """Gives what `read` makes of each line of a file; a file that is not there has no lines."""
    found: list[Any] = []
    if not path.exists() and path.name == "successions.csv":
        return found
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            try:
                found.append(read(row))
            except (KeyError, ValueError) as error:
                raise AnjiaError(
                    "divisions-malformed",
                    f"{path}:{line}: 区划表这一行无法读取：{error}",
                    f"{path}:{line}: this row of divisions cannot be read: {error}",
                    ("请按表头各列填写", "Fill the columns that the first line names"),
                ) from error
    return found


def _division(row: dict[str, str]) -> Division:
    return Division(
        code=row["code"],
        name=row["name"],
        level=row["level"],
        parent=row["parent"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
        managing_area=row.get("managing_area") or "",
    )


def _succession(row: dict[str, str]) -> Succession:
    if row["kind"] not in ("split", "merge", "rename"):
        raise ValueError(row["kind"])
    return Succession(old=row["old"], new=row["new"], on=date.fromisoformat(row["on"]), kind=row["kind"])
