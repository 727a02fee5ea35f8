"""The entries of the register on which a judgement rests, so that a later act can tell that they moved."""

from __future__ import annotations

from typing import Any

from django.db import connection

from anjia.kernel.acts import Read, Rows
from anjia.kernel.errors import AnjiaError

NAME = "case_basis"

ENTRIES = """
WITH mine AS MATERIALIZED (
    SELECT id, household FROM registers_membership
     WHERE subject = {person} AND recorded_to IS NULL AND valid_to IS NULL),
home AS MATERIALIZED (
    SELECT h.id, h.subject, h.kind FROM registers_household h JOIN mine ON h.subject = mine.household
     WHERE h.recorded_to IS NULL AND h.valid_to IS NULL)
SELECT id FROM mine
UNION SELECT m.id FROM registers_membership m JOIN home ON m.household = home.subject
 WHERE home.kind = 'J1' AND m.recorded_to IS NULL AND m.valid_to IS NULL
UNION SELECT -id FROM home
ORDER BY id
"""
"""Open memberships of the person and, in a family household, of its members; the household negative.

A collective household has hundreds of members who do not concern each other; only the own one counts.
"""


def of(person: str) -> str:
    """Gives the query of the ids for a person given as an SQL expression."""
    return ENTRIES.format(person=person)


SQL = of("%s::bigint")


def entries(person: int) -> list[int]:
    """Gives the ids of the entries as they are now, in order."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, [person])
        return [row[0] for row in cursor.fetchall()]


def read(person: int) -> Read:
    """Gives the statement that an act runs under its lock."""
    return Read(NAME, SQL, [person])


def require(rows: Rows, judged: list[int]) -> None:
    """Refuses an act on entries other than those that were judged.

    Raises:
        AnjiaError: `register-moved` (409).
    """
    if [row["id"] for row in rows] != judged:
        raise moved()


def moved(**facts: Any) -> AnjiaError:
    """Gives the error for a registration that changed after it was examined."""
    return AnjiaError(
        "register-moved",
        "审核之后，此人或其家庭户的户口登记已被另一件业务改动，这次没有写入；办件已退回审核",
        "After the examination another act changed the registration of this person or household; "
        "nothing was written and the case is back at examination",
        ("请按最新的登记重新审核", "Examine the case again on the register as it is now"),
        status=409,
        **facts,
    )
