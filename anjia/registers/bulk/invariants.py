"""What the deferred triggers check row by row, asked once of the whole register.

A trigger that is not named here stays in force while a register is loaded: slower, but never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from anjia.kernel.errors import AnjiaError
from anjia.kernel.violations import sentence

OPEN = "{0}.recorded_to IS NULL AND {0}.valid_to IS NULL"
MEMBER, HOME, STATE = OPEN.format("m"), OPEN.format("h"), OPEN.format("s")

CHECKS: Mapping[str, str] = {
    "household_has_head": f"""
SELECT h.subject FROM registers_household h WHERE {HOME} AND h.kind = 'J1' AND NOT EXISTS (
    SELECT FROM registers_membership m WHERE m.household = h.subject AND {MEMBER} AND m.relation = '02')""",
    "household_open_for_members": f"""
SELECT m.subject FROM registers_membership m WHERE {MEMBER} AND NOT EXISTS (
    SELECT FROM registers_household h WHERE h.subject = m.household AND {HOME})""",
    "membership_of_the_living": f"""
SELECT m.subject FROM registers_membership m WHERE {MEMBER} AND NOT EXISTS (
    SELECT FROM registers_status s WHERE s.subject = m.subject AND {STATE} AND s.status = '0')""",
    "membership_in_its_division": f"""
SELECT m.subject FROM registers_membership m JOIN registers_household h ON h.subject = m.household
 WHERE {MEMBER} AND {HOME} AND h.division <> m.division""",
    "membership_collective_relation": f"""
SELECT m.subject FROM registers_membership m JOIN registers_household h ON h.subject = m.household
 WHERE {MEMBER} AND {HOME} AND (h.kind <> 'J1' AND m.relation NOT IN ('02', '99')
       OR h.kind IN ('T4', 'T5') AND m.relation = '02')""",
}
"""Name of the invariant → subjects that break it."""

TRIGGERS = ("membership_whole", "status_whole", "household_whole")
"""The deferred triggers that these checks stand for."""
SHOWN = 5


def check(owner: psycopg.Connection[Any]) -> None:
    """Asks all checks of the whole register, in the caller's transaction.

    Raises:
        AnjiaError: the error of the first invariant that does not hold, with the first subjects that break it.
    """
    owner.execute("SET LOCAL work_mem = '128MB'")
    for name, statement in CHECKS.items():
        found = [subject for (subject,) in owner.execute(f"{statement} LIMIT {SHOWN}").fetchall()]
        if found:
            code, zh, en = sentence(name)
            raise AnjiaError(
                code, zh, en, ("装载已撤销，请改正数据后再来", "The loading is undone; mend the data and come again"),
                status=409, constraint=name, subjects=found,
            )  # fmt: skip
