"""The columns of a register, so that an act that copies an entry leaves nothing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import connection

from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Entry
from anjia.registers import REGISTERS

SHARED = frozenset(field.name for field in Entry._meta.fields) | {"id"}


def own_columns(register: str) -> tuple[str, ...]:
    """Gives the columns that a register has beside those of every entry.

    Raises:
        AnjiaError: `register-unknown`.
    """
    if register not in REGISTERS:
        raise AnjiaError(
            "register-unknown", f"没有名为 {register} 的登记簿", f"There is no register named {register}",
            ("请核对登记簿的名称", "Check the name of the register"), status=422,
        )  # fmt: skip
    model = apps.get_model("registers", register)
    return tuple(field.name for field in model._meta.concrete_fields if field.name not in SHARED)


def select(register: str) -> str:
    """Gives the SQL that reads the entries of a register that still count, with all that a copy needs."""
    names = ", ".join(("id", "subject", "valid_from", "valid_to", *own_columns(register)))
    return f"SELECT {names} FROM registers_{register} WHERE recorded_to IS NULL"


def own(register: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Gives a register's own columns of an entry as read."""
    return {name: row[name] for name in own_columns(register)}


def rows_now(sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
    """Gives the rows of a query outside an act, as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
