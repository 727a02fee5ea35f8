"""Two records of one person: the wrong one is closed and points to the one that stays (CANCEL_DUP, rule X-12)."""

from __future__ import annotations

from datetime import date

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.registers import standing
from anjia.registers.family import OPEN, Changes, add, circle, family, leave
from anjia.registers.merger import Merger
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import DUPLICATE, refusal, turn

MERGERS = f"SELECT subject, kept FROM registers_merger WHERE {OPEN} AND subject = ANY(%s::bigint[])"


@operation("cancel-duplicate", needs="wrong kept decision", takes="person new_head")
def cancel_duplicate(
    *, on: date, wrong: int, kept: int, decision: str, person: int | None = None, new_head: int | None = None
) -> Prepared:
    """Closes a duplicate or false record (CANCEL_DUP); its number stays with it and is never given out again.

    Args:
        wrong: the record that is cancelled; kept: the one that is real and used.
        decision: number of the decision after the check of rights (rule X-12).
        person: who applies; ignored, the records are named by the officer.

    Raises:
        AnjiaError: `records-same` (422); when done `record-cancelled-already` (422), `head-needed` (422).
    """
    if wrong == kept:
        raise refusal(
            "records-same", "两条记录是同一条", "The two records are one and the same",
            ("请核对要注销的记录", "Check which record is to be cancelled"),
        )  # fmt: skip
    looked = circle([wrong], standing.later_homes(wrong, on))
    subjects = tuple(sorted({*looked.subjects, kept}))

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        if seen["mergers"]:
            raise refusal(
                "record-cancelled-already", "其中一条记录已作为重复记录注销",
                "One of the records was cancelled as a duplicate before",
                ("请以保留的那条记录办理", "Use the record that was kept"),
            )  # fmt: skip
        status, _ = standing.entry(seen, "status", wrong), standing.entry(seen, "status", kept)
        registered = any(row["subject"] == wrong for row in found.members)
        changes: Changes = leave(found, [wrong], on, DUPLICATE, new_head) if registered else ([], [])
        for row in seen["later"]:
            add(changes, truncate("membership", row, on, close_ground=DUPLICATE))
        add(changes, turn("status", status, on, status=DUPLICATE, ground=decision))
        for row in seen["residence"]:
            add(changes, truncate("residence", row, on))
        changes[1].append(Open("merger", wrong, on, None, {"kept": kept, "decision": decision}))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": kept, "cancelled": wrong})

    reads = (
        *looked.reads(), standing.read("status", [wrong, kept]), standing.read("residence", [wrong]),
        standing.later(wrong, on), Read("mergers", MERGERS, [[wrong, kept]]),
    )  # fmt: skip
    return Prepared("cancel-duplicate", subjects, (), reads, decide, on)


def kept_of(subject: int) -> int:
    """Gives the record that counts for a person: the one kept in the end, or itself when it is no duplicate."""
    links = Merger.objects.filter(recorded_to=None, valid_to=None)
    while (kept := links.filter(subject=subject).values_list("kept", flat=True).first()) is not None:
        subject = kept
    return subject
