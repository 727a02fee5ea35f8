"""Administrative divisions: loading the city's list, and the way from a code to its names."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers.division import Division

LENGTHS = (2, 4, 6, 9, 12)
# Read at every decision, so it is one prepared statement and no query set.
PATH = """
SELECT id, code, name, level, parent, valid_from, valid_to, managing_area FROM registers_division
 WHERE code = ANY(%s::text[]) AND valid_from <= %s::date AND (valid_to IS NULL OR valid_to > %s::date)
 ORDER BY code
"""


def load(folder: Path) -> int:
    """Loads `divisions.csv` of a city and gives how many rows are new.

    Columns: code, name, level, parent, valid_from, valid_to, managing_area. A row that is known
    already (code and first day) is left as it is, so loading twice changes nothing.

    Raises:
        AnjiaError: `divisions-malformed` with the line that cannot be read.
    """
    known = set(Division.objects.values_list("code", "valid_from"))
    path = folder / "divisions.csv"
    fresh = []
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            division = _division(path, line, row)
            if (division.code, division.valid_from) not in known:
                fresh.append(division)
    with transaction.atomic():
        Division.objects.bulk_create(fresh, batch_size=1000)
    return len(fresh)


def path(code: str, on: date | None = None) -> list[Division]:
    """Gives the divisions from the county down to `code` (6 to 12 digits), as they stood on a day."""
    day = on or timezone.localdate()
    wanted = {code[:length] for length in LENGTHS if 6 <= length <= len(code)}
    if len(code) == 12 and code.endswith("000"):
        wanted = {code[:6], code[:9]}
    with connection.cursor() as cursor:
        cursor.execute(PATH, [sorted(wanted), day, day])
        return [Division(*row) for row in cursor.fetchall()]


def children(code: str, on: date | None = None) -> list[Division]:
    """Gives the divisions directly below a code, as they stood on a day, by code."""
    return list(_on(on or timezone.localdate()).filter(parent=code).order_by("code"))


def name(code: str, on: date | None = None) -> str:
    """Gives the full name from the county down, the code itself when it is unknown."""
    return "".join(division.name for division in path(code, on)) or code


def station_of(division: str) -> str:
    """Gives the code of the station in charge: one a town, so the town's nine digits and `000`."""
    return division[:9].ljust(12, "0")


def _on(day: date) -> Any:
    return Division.objects.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def _division(path: Path, line: int, row: dict[str, str]) -> Division:
    try:
        return Division(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent=row["parent"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
            managing_area=row.get("managing_area") or "",
        )
    except (KeyError, ValueError) as error:
        raise AnjiaError(
            "divisions-malformed",
            f"{path}:{line}: 区划表这一行无法读取：{error}",
            f"{path}:{line}: this row of divisions cannot be read: {error}",
            ("请按 code,name,level,parent,valid_from,valid_to 填写", "Fill code,name,level,parent,valid_from,valid_to"),
        ) from error
