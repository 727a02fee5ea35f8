"""Numbers of persons who are in the register already: issued, inherited, disputed, settled (INV-04, rule N-13)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault
from anjia.registers import numbering, people
from anjia.registers.asof import rows
from anjia.registers.claim import DISPUTED, RESOLVED
from anjia.registers.claim import OPEN as STANDS
from anjia.registers.family import OPEN, Changes, add
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import refusal, turn

HOLDERS = f"""
SELECT {numbering.COLUMNS} FROM registers_identity
 WHERE {OPEN} AND kind = 'citizen_no' AND blind = %s::bytea ORDER BY valid_from, id
"""
HOLDERS_NOW = HOLDERS.replace("%s", "%(blind)s")
CLAIMS = f"""
SELECT id, subject, valid_from, valid_to, blind, state, outcome, ground FROM registers_claim
 WHERE {OPEN} AND blind = %s::bytea AND state <> '{RESOLVED}' ORDER BY id
"""
CLAIMS_NOW = CLAIMS.replace("%s", "%(blind)s")


@operation("issue-number", needs="persons")
def issue_number(*, on: date, persons: Iterable[int]) -> Prepared:
    """Issues a number to each of some persons who have none; all in one act, none twice.

    Raises:
        AnjiaError: when done `number-issued-already` (409), `numbers-exhausted` (409, EX-NUM-01).
    """
    who = tuple(sorted({int(one) for one in persons}))
    issue = numbering.Issue({one: numbering.wanted(one) for one in who})

    def decide(seen: Seen, moment: Moment) -> Plan:
        if seen["numbers"]:
            raise AnjiaError(
                "number-issued-already", "其中有人已有公民身份号码", "One of these persons has a number already",
                ("号码终身不变，只有更正时才重编", "A number is for life; only a correction gives a new one"),
                status=409, subject=seen["numbers"][0]["subject"],
            )  # fmt: skip
        opens = [numbering.entry(one, number, on) for one, number in sorted(issue.give(seen).items())]
        return Plan((), tuple(opens), {"persons": list(who)})

    return Prepared("issue-number", who, (), (numbering.read(who), *issue.reads), decide, on, issue.names)


@operation("claim-number", needs="person number", takes="ground")
def claim_number(*, on: date, person: int, number: str, ground: str = "") -> Prepared:
    """Notes that a person carries a number that was not issued here (INV-04).

    It is a claim beside the numbers issued here, never a second owner: open while nobody else carries
    the number, disputed for all its holders when somebody does. A person without a number carries it
    from then on, so that the person is found by it.

    Raises:
        AnjiaError: `citizen-no-…` for a malformed number; when done `claim-known` (409).
    """
    text = citizen_no.normal(number)
    text = citizen_no.lengthened(text) if len(text) == people.OLD else text
    citizen_no.parts(text)
    blind = vault().blind("citizen_no", text)
    others = _touched(blind)
    subjects = tuple(sorted({person, *others}))

    def decide(seen: Seen, moment: Moment) -> Plan:
        holders = {row["subject"] for row in seen["holders"]}
        known = {row["subject"]: row for row in seen["claims"]}
        if not holders | set(known) <= set(subjects):
            raise conflict()
        if person in known:
            raise _known()
        rivals = (holders | set(known)) - {person}
        state = DISPUTED if rivals else STANDS
        changes: Changes = ([], [])
        values = {"blind": blind, "state": state, "outcome": "", "ground": ground}
        changes[1].append(Open("claim", person, on, None, values))
        for one in sorted(rivals):
            if one not in known:
                changes[1].append(Open("claim", one, on, None, {**values, "ground": ""}))
            elif known[one]["state"] != DISPUTED:
                add(changes, turn("claim", known[one], on, state=DISPUTED))
        if numbering.carried(seen, person) is None:
            changes[1].append(numbering.entry(person, text, on, issued_here=False))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "state": state})

    reads = (
        *numbering.require_free(text)[0], Read("holders", HOLDERS, [blind]), Read("claims", CLAIMS, [blind]),
        numbering.read([person]),
    )  # fmt: skip
    return Prepared("claim-number", subjects, (), reads, decide, on)


@operation("settle-claim", needs="number", takes="person keeper decision")
def settle_claim(
    *, on: date, number: str, person: int | None = None, keeper: int | None = None, decision: str = ""
) -> Prepared:
    """Ends the dispute about a number: one keeps it, the others get new ones and stay linked to it (N-13).

    Args:
        keeper: who keeps it by agreement of all; without it the one who carried it first.
        person: who applies; ignored.

    Raises:
        AnjiaError: `claim-missing` (409), `keeper-stranger` (422); when done `numbers-exhausted` (409).
    """
    blind = vault().blind("citizen_no", citizen_no.normal(number))
    holders = [int(row["subject"]) for row in rows(HOLDERS_NOW, date.max, timezone.now(), blind=blind)]
    subjects = _touched(blind)
    stays = keeper if keeper is not None else holders[0] if holders else None
    if not subjects or stays is None:
        raise _missing()
    if stays not in holders:
        raise refusal(
            "keeper-stranger", "保留号码的人现在不使用这个号码", "Who shall keep the number does not carry it",
            ("请从现在使用这个号码的人中选择", "Choose one of those who carry it"),
        )  # fmt: skip
    losers = sorted(set(holders) - {stays})
    issue = numbering.Issue({one: numbering.wanted(one) for one in losers})

    def decide(seen: Seen, moment: Moment) -> Plan:
        if {row["subject"] for row in seen["holders"]} != set(holders):
            raise conflict()
        if not seen["claims"]:
            raise _missing()
        changes: Changes = ([], [])
        for row in seen["claims"]:
            outcome = "kept" if row["subject"] == stays else "renumbered"
            add(changes, turn("claim", row, on, state=RESOLVED, outcome=outcome, ground=decision or row["ground"]))
        given = issue.give(seen)
        for row in seen["holders"]:
            if row["subject"] in given:
                add(changes, truncate("identity", row, on))
                changes[1].append(numbering.entry(row["subject"], given[row["subject"]], on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"keeper": stays, "renumbered": losers})

    reads = (Read("holders", HOLDERS, [blind]), Read("claims", CLAIMS, [blind]), *issue.reads)
    return Prepared("settle-claim", subjects, (), reads, decide, on, issue.names)


def _touched(blind: bytes) -> tuple[int, ...]:
    """Gives everybody who carries a number or has a claim on it."""
    now = timezone.now()
    found = [*rows(HOLDERS_NOW, date.max, now, blind=blind), *rows(CLAIMS_NOW, date.max, now, blind=blind)]
    return tuple(sorted({int(row["subject"]) for row in found}))


def _known() -> AnjiaError:
    return AnjiaError(
        "claim-known", "此人对这个号码的主张已经登记", "This person's claim on the number is registered already",
        ("请等待处理，或办理认定", "Wait for the decision, or settle the claim"), status=409,
    )  # fmt: skip


def _missing() -> AnjiaError:
    return AnjiaError(
        "claim-missing", "登记簿没有对这个号码的未决主张", "The register has no open claim on this number",
        ("请先登记主张", "Register the claim first"), status=409,
    )  # fmt: skip
