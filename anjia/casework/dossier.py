"""What a decision is made from, read by one statement: the case, who passed it, and the register as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from anjia.casework import basis
from anjia.casework.models import Case

_FIELDS = Case._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_LOADED: list[tuple[int, Callable[..., Any]]] = [
    (place, field.from_db_value) for place, field in enumerate(_FIELDS) if hasattr(field, "from_db_value")
]

SQL = f"""
SELECT {", ".join(f"c.{field.column}" for field in _FIELDS)},
       ARRAY({basis.of("c.person")}),
       (SELECT json_agg(json_build_array(s.step, s.actor_name, s.at) ORDER BY s.id)
          FROM casework_step s WHERE s.case_id = c.id AND s.verdict = 'pass')::text,
       (SELECT d.name FROM registers_division d
         WHERE d.code IN (left(c.station, 6), left(c.station, 9)) AND d.valid_from <= %s::date
           AND (d.valid_to IS NULL OR d.valid_to > %s::date) ORDER BY d.code DESC LIMIT 1)
  FROM casework_case c WHERE c.id = %s::bigint
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that an officer passed."""

    step: str
    officer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with what its decision tells and rests on, all as of one moment.

    Attributes:
        entries: the person's entries as the register has them now (see `basis`).
        passed: the steps that were passed, in order.
        town: name of the town or county of the case's station, None when the city has none.
    """

    case: Case
    entries: list[int]
    passed: tuple[Passed, ...]
    town: str | None


def read(case_id: int) -> Dossier:
    """Gives the dossier of a case.

    Raises:
        Case.DoesNotExist: when there is no such case.
    """
    today: date = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(SQL, [today, today, case_id])
        row = cursor.fetchone()
    if row is None:
        raise Case.DoesNotExist
    values, (entries, steps, town) = list(row[: len(_NAMES)]), row[len(_NAMES) :]
    for place, loaded in _LOADED:
        values[place] = loaded(values[place], None, connection)
    case = Case.from_db(connection.alias, _NAMES, values)
    return Dossier(case, entries, tuple(_passed(*step) for step in json.loads(steps or "[]")), town)


def _passed(step: str, officer: str, at: str) -> Passed:
    return Passed(step, officer, datetime.fromisoformat(at).astimezone(UTC))
