"""Change of ethnicity: the father's or the mother's, once as a child and once from 18 to 20 (rules N-20 to N-22)."""

from __future__ import annotations

from datetime import date

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.expressions.functions import years_between
from anjia.registers import standing
from anjia.registers.family import ADULT
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import birthday, refusal, turn

LAST = 20
"""Full years at which an adult may no longer choose: within two years from the 18th birthday (N-21)."""

PARENTS = """
SELECT p.subject, p.ethnicity FROM registers_kinship k
  JOIN registers_particulars p ON p.subject = k.kin AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE k.recorded_to IS NULL AND k.valid_to IS NULL AND k.kind IN ('father', 'mother') AND k.subject = %s::bigint
"""
CHANGES = """
SELECT valid_from FROM (
    SELECT valid_from, ethnicity, lag(ethnicity) OVER (ORDER BY valid_from) AS before FROM registers_particulars
     WHERE subject = %s::bigint AND recorded_to IS NULL) story
 WHERE ethnicity <> before
"""


@operation("change-ethnicity", needs="person ethnicity file", takes="other_ethnicity")
def change_ethnicity(
    *, on: date, person: int, ethnicity: str, file: str, other_ethnicity: str = ""
) -> Prepared:
    """Registers the ethnicity that the ethnic-affairs departments decided (AMEND_ETHNICITY).

    Args:
        file: number of their decision.
        other_ethnicity: of a parent whom the register does not know, as the decision states it.

    Raises:
        AnjiaError: when done `ethnicity-not-parents`, `ethnicity-unchanged`, `ethnicity-too-late`,
            `ethnicity-changed-before` (422).
    """

    def decide(seen: Seen, moment: Moment) -> Plan:
        standing.living(seen, person)
        row = standing.entry(seen, "particulars", person)
        if row["ethnicity"] == ethnicity:
            raise refusal(
                "ethnicity-unchanged", "民族和登记簿上的一样", "The register has this ethnicity already",
                ("不需要再办", "Nothing is left to do"),
            )  # fmt: skip
        if ethnicity not in {one["ethnicity"] for one in seen["parents"]} | set(other_ethnicity.split()):
            raise refusal(
                "ethnicity-not-parents", "民族应当随父亲或者母亲", "The ethnicity must be the father's or the mother's",
                ("请核对父母的民族", "Check the parents' ethnicity"),
            )  # fmt: skip
        _in_time(row["birth_on"], on, [one["valid_from"] for one in seen["changes"]])
        closes, opens = turn("particulars", row, on, ethnicity=ethnicity)
        return Plan(tuple(closes), tuple(opens), {"person": person, "file": file})

    reads = (
        standing.read("status", [person]), standing.read("particulars", [person]), Read("parents", PARENTS, [person]),
        Read("changes", CHANGES, [person]),
    )  # fmt: skip
    return Prepared("change-ethnicity", (person,), (), reads, decide, on)


def _in_time(born: date, on: date, before: list[date]) -> None:
    years, grown = years_between(born, on), birthday(born, ADULT)
    if years >= LAST:
        raise refusal(
            "ethnicity-too-late", "年满二十周岁不再变更民族", "From 20 on the ethnicity is no longer changed",
            ("登记错误的请办更正", "If the register was wrong, make a correction"),
        )  # fmt: skip
    earlier = before if years < ADULT else [day for day in before if day >= grown]
    if earlier:
        raise refusal(
            "ethnicity-changed-before", "这一年龄段只能变更一次民族", "At this age the ethnicity changes once only",
            ("未成年时和十八至二十周岁各一次", "Once as a minor and once from 18 to 20"),
        )  # fmt: skip
