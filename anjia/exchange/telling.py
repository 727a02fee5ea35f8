"""What this register says of persons who leave, for the city to which they go."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from anjia.registers import arrival, history, people
from anjia.registers.arrival import Arrival, Handover
from anjia.registers.asof import predicate, rows

KIN = f"""
SELECT k.kind, k.kin FROM registers_kinship k
 WHERE k.subject = %(subject)s::bigint AND k.kind IN ('father', 'mother', 'spouse') AND {predicate("k")}
UNION ALL
SELECT 'spouse', k.subject FROM registers_kinship k
 WHERE k.kin = %(subject)s::bigint AND k.kind = 'spouse' AND {predicate("k")}
"""


def handover(movers: Sequence[int]) -> Handover:
    """Gives particulars, numbers and kin of persons as they are registered today, in the given order.

    Raises:
        AnjiaError: `number-mismatch` when the register itself does not hold together.
    """
    home = history.household_of(movers[0], timezone.localdate(), timezone.now())
    return arrival.checked(Handover(tuple(_person(who) for who in movers), home.address[:100] if home else ""))


def _person(who: int) -> Arrival:
    today, now = timezone.localdate(), timezone.now()
    view = history.person(who, today, now)
    kin = {row["kind"]: people.number_of(row["kin"], None) or "" for row in rows(KIN, today, now, subject=who)}
    return Arrival(
        number=people.number_of(who, None) or "", name=view.name, sex=view.sex, birth_on=view.birth_on,
        ethnicity=view.ethnicity, former_name=view.former_name, birth_place=view.birth_place,
        native_place=view.native_place, marital=view.marital or "90", education=view.education or "90", **kin,
    )  # fmt: skip
