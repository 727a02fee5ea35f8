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
    "officer_of_open_household": f"""
SELECT o.subject FROM registers_officer o WHERE {OPEN.format("o")} AND NOT EXISTS (
    SELECT FROM registers_household h WHERE h.subject = o.subject AND {HOME})""",
    "place_without_households": f"""
SELECT h.subject FROM registers_household h JOIN registers_place l ON l.subject = h.place
 WHERE {HOME} AND {OPEN.format("l")} AND l.state IN ('demolished', 'planned')""",
    "identity_number_agrees": f"""
SELECT i.subject FROM registers_identity i JOIN registers_particulars p ON p.subject = i.subject
 WHERE {OPEN.format("i")} AND {OPEN.format("p")} AND i.kind = 'citizen_no' AND i.issued_here AND i.says <> ''
   AND i.says <> to_char(p.birth_on, 'YYYYMMDD') || p.sex""",
    "identity_number_never_again": """
SELECT min(subject) FROM registers_identity WHERE kind = 'citizen_no' AND issued_here
 GROUP BY blind HAVING count(DISTINCT subject) > 1""",
    "membership_end_grounded": """
SELECT subject FROM (
    SELECT subject, valid_to, close_ground,
           lead(valid_from) OVER (PARTITION BY subject ORDER BY valid_from) AS next
      FROM registers_membership WHERE recorded_to IS NULL) known
 WHERE valid_to IS NOT NULL AND close_ground = '' AND next IS DISTINCT FROM valid_to""",
    "permit_of_outsiders": f"""
SELECT t.subject FROM (
    SELECT subject FROM registers_stay WHERE recorded_to IS NULL AND valid_to IS NULL
     UNION
    SELECT subject FROM registers_permit WHERE recorded_to IS NULL AND valid_to IS NULL AND state <> 'cancelled') t
 WHERE NOT EXISTS (SELECT FROM registers_status s WHERE s.subject = t.subject AND {STATE} AND s.status = '8')""",
    "permit_issue_day_stays": """
SELECT subject FROM registers_permit WHERE recorded_to IS NULL
 GROUP BY subject, serial HAVING min(issued_on) <> max(issued_on)""",
    "card_never_revives": """
SELECT c.subject FROM registers_card c JOIN registers_card gone ON gone.number = c.number
 WHERE c.recorded_to IS NULL AND c.state NOT IN ('lost', 'withdrawn') AND gone.recorded_to IS NULL
   AND gone.state IN ('lost', 'withdrawn') AND gone.valid_from <= c.valid_from""",
    "card_of_the_living": f"""
SELECT c.subject FROM registers_card c
 WHERE {OPEN.format("c")} AND c.state NOT IN ('lost', 'expired', 'withdrawn') AND NOT EXISTS (
    SELECT FROM registers_status s WHERE s.subject = c.subject AND {STATE} AND s.status IN ('0', '8'))""",
}
"""Name of the invariant → subjects that break it."""

TRIGGERS = (
    "membership_whole", "status_whole", "household_whole", "officer_whole", "guardianship_whole", "place_whole",
    "household_at_place", "identity_whole", "particulars_whole", "membership_gaps", "status_holder", "stay_holder",
    "permit_holder", "card_holder", "permit_whole", "card_whole",
)  # fmt: skip
"""The deferred triggers that these checks stand for.

Two things are let in that no act may write, because old registers hold them: a household of minors without
a guardian, and a collective household without an officer. `anjia register check` lists them, and the next
act on such a household names the missing person first.
"""
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
