"""Change of name: who was called what stays, and how often a name was changed can be asked."""

from __future__ import annotations

import re
from datetime import date

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Plan
from anjia.registers import standing
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import refusal, turn

STANDARD = re.compile(r"[〇\u3400-\u9fff\U00020000-\U000323af]+(·[〇\u3400-\u9fff\U00020000-\U000323af]+)*")
"""Chinese characters of the code table, parts joined by a middle dot (rule N-01)."""

STATION, COUNTY = "station", "county"
# What the register says now about all times: a correction leaves no trace here, a change does.
CHANGES = """
SELECT count(*)::int AS changes FROM (
    SELECT name, lag(name) OVER (ORDER BY valid_from) AS before FROM registers_particulars
     WHERE subject = %s::bigint AND recorded_to IS NULL) story
 WHERE name <> before
"""


@operation("change-name", needs="person name", takes="level")
def change_name(*, on: date, person: int, name: str, level: str = STATION) -> Prepared:
    """Gives a person another name; the old one stays as the former name (AMEND_NAME, rules N-01 to N-06).

    Args:
        level: who decides; a second change needs the county (N-06).

    Raises:
        AnjiaError: `name-not-standard`, `name-unchanged` (422); when done `name-county-decides` (422).
    """
    require_standard(name)

    def decide(seen: Seen, moment: Moment) -> Plan:
        standing.living(seen, person)
        row = standing.entry(seen, "particulars", person)
        if row["name"] == name:
            raise refusal(
                "name-unchanged", "新姓名和现在的一样", "The new name is the present one",
                ("不需要再办", "Nothing is left to do"),
            )  # fmt: skip
        if seen["changes"][0]["changes"] and level != COUNTY:
            raise refusal(
                "name-county-decides", "已经变更过姓名，再次变更由县级公安机关决定",
                "The name was changed before; another change is decided by the county bureau",
                ("请报县级公安机关审批", "Refer it to the county bureau"),
            )  # fmt: skip
        closes, opens = turn("particulars", row, on, name=name, former_name=row["name"])
        return Plan(tuple(closes), tuple(opens), {"person": person, "before": seen["changes"][0]["changes"]})

    reads = (
        standing.read("status", [person]), standing.read("particulars", [person]), Read("changes", CHANGES, [person]),
    )  # fmt: skip
    return Prepared("change-name", (person,), (), reads, decide, on)


def require_standard(name: str) -> None:
    """Refuses a name that is not written in standard characters.

    Raises:
        AnjiaError: `name-not-standard` (422).
    """
    if not STANDARD.fullmatch(name):
        raise refusal(
            "name-not-standard", "姓名应当使用规范汉字", "A name is written in standard Chinese characters",
            ("请去掉空格、字母和符号；少数民族姓名用间隔号“·”",
             "Leave out spaces, letters and signs; join parts by “·”"),
        )  # fmt: skip
