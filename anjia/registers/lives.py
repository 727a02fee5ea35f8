"""Who heads a family household."""

from __future__ import annotations

from datetime import date

from anjia.kernel.acts import Seen
from anjia.kernel.entries import Moment, Plan
from anjia.registers.family import circle, family, put_at_head
from anjia.registers.operations import Prepared, operation


@operation("change-head", needs="household new_head")
def change_head(*, on: date, household: int, new_head: int) -> Prepared:
    """Gives a family household another head and rewrites all relations (HEAD, rule H-04)."""
    looked = circle([], [household])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        members = [row for row in found.members if row["household"] == household]
        changes = put_at_head(found, members, new_head, on)
        return Plan(tuple(changes[0]), tuple(changes[1]), {"household": household, "head": new_head})

    return Prepared("change-head", looked.subjects, (), looked.reads(), decide, on)
