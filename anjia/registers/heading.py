"""Another head for a family household; the relations of all members are written anew."""

from __future__ import annotations

from datetime import date

from anjia.kernel.acts import Seen, conflict
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import family
from anjia.registers.operations import Prepared, operation
from anjia.registers.relations import HEAD


@operation("change-head", needs="household new_head")
def change_head(*, on: date, household: int, new_head: int) -> Prepared:
    """Makes an adult member the head of a family household.

    Args:
        household: key of the household.
        new_head: key of the member.
    """
    circle = family.circle((), (household,))

    def decide(seen: Seen, moment: Moment) -> Plan:
        now = circle.family(seen)
        if household not in now.homes:
            raise conflict()
        relation = {row["subject"]: row["relation"] for row in now.members}
        if relation.get(new_head, HEAD) == HEAD:
            raise _not_a_member()
        closes, opens = family.under_new_head(now, now.members, new_head, on)
        return Plan(tuple(closes), tuple(opens), {"household": household, "head": new_head})

    return Prepared("change-head", circle.subjects, (), circle.reads(), decide, on)


def _not_a_member() -> AnjiaError:
    return AnjiaError(
        "head-not-a-member",
        "新户主应当是这一户里户主以外的成员",
        "The new head must be a member of this household who is not its head",
        ("请在现有成员中指定", "Name one of the present members"),
        status=422,
    )
