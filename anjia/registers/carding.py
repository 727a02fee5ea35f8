"""ID cards: application, making, delivery, loss, end, and the temporary card (rules I-01 to I-06)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from anjia.kernel import numbers
from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import add_months, years_between
from anjia.registers import divisions, holdings, standing
from anjia.registers.card import (
    ACCEPTED,
    CARD,
    LOST,
    MAKING,
    READY,
    REVIEWED,
    TEMPORARY,
    UNDER_WAY,
    VALID,
    WITHDRAWN,
    WORDS,
)
from anjia.registers.family import OPEN, Changes, add
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import ELSEWHERE, NORMAL

AHEAD_DAYS = 90
FIRST, RENEW, CHANGE, DAMAGED, REISSUE = "first", "renew", "change", "damaged", "reissue"
PURPOSES = (FIRST, RENEW, CHANGE, DAMAGED, REISSUE)
AGES = ((16, 5), (26, 10), (46, 20))
"""Age below which a card holds so many years; from 46 on it is long-term (居民身份证法 Art. 5; INV-14)."""

TEMPORARY_MONTHS = 3
NUMBERING = frozenset({"number"})
BORN = f"SELECT birth_on FROM registers_particulars WHERE {OPEN} AND subject = %s::bigint"


def years_of(birth_on: date, on: date) -> int | None:
    """Gives for how many years a card holds that is applied for on a day, None for long-term."""
    age = years_between(birth_on, on)
    return next((years for limit, years in AGES if age < limit), None)


def last_day(signed_on: date, years: int | None) -> date | None:
    """Gives the last day of validity, None for long-term; it still belongs to it."""
    return None if years is None else add_months(signed_on, years * 12)


@operation("accept-card", needs="person purpose division", takes="portrait reviewed renew_ahead_days")
def accept_card(
    *, on: date, person: int, purpose: str, division: str, portrait: str = "", reviewed: bool = False,
    renew_ahead_days: int = AHEAD_DAYS,
) -> Prepared:  # fmt: skip
    """Takes an application for an ID card (CARD_FIRST, CARD_RENEW, CARD_REISSUE).

    Args:
        purpose: `first`, `renew` (on expiry), `change` (name or another printed item), `damaged`, `reissue` (lost);
            the last marks the valid card as lost in the same act (rule I-05).
        division: 12-digit code of the station's area that takes the application.
        portrait: reference to the picture in the police's own base; no picture and no fingerprint is kept here.
        reviewed: the application was examined before this act, as a case's is.
        renew_ahead_days: days before expiry from which a card is renewed (rule I-02).

    Raises:
        AnjiaError: `purpose-unknown` (422); when done `person-not-registrable`, `card-there-already`,
            `card-missing`, `card-too-early`.
    """
    if purpose not in PURPOSES:
        raise _purpose()
    county = division[:6]

    def decide(seen: Seen, moment: Moment) -> Plan:
        _require_living(seen)
        _require_purpose(seen, purpose, on, renew_ahead_days)
        values = {
            "number": _number_of(county, seen), "kind": CARD, "state": REVIEWED if reviewed else ACCEPTED,
            "purpose": purpose, "accepted_on": on, "years": years_of(seen["born"][0]["birth_on"], on),
            "signed_on": None, "valid_until": None, "serial": "", "portrait": portrait, "batch": "",
            "division": division, "station": divisions.station_of(division), "note": "",
        }  # fmt: skip
        changes: Changes = ([], [])
        for row in seen["cards"]:
            if purpose == REISSUE and row["state"] == VALID and row["kind"] == CARD:
                add(changes, holdings.turned("card", row, on, state=LOST, note=""))
        changes[1].append(Open("card", person, on, None, values))
        return _plan(changes, person, values)

    reads = (*_reads(person), Read("born", BORN, [person]), Read("number", numbers.NEXT, [f"card:{county}"]))
    return Prepared("accept-card", (person,), (), reads, decide, on, NUMBERING)


@operation("review-card", needs="person number")
def review_card(*, on: date, person: int, number: str) -> Prepared:
    """Passes an application on to be made."""
    return _step("review-card", on, person, number, (ACCEPTED,), state=REVIEWED, note="")


@operation("make-card", needs="person number batch")
def make_card(*, on: date, person: int, number: str, batch: str) -> Prepared:
    """Hands an application over to the card maker; the station signs it on this day."""
    return _step("make-card", on, person, number, (REVIEWED,), state=MAKING, batch=batch, signed_on=on, note="")


@operation("receive-card", needs="person number serial")
def receive_card(*, on: date, person: int, number: str, serial: str) -> Prepared:
    """Notes that the card came from the maker under its serial and waits for its owner."""
    return _step("receive-card", on, person, number, (MAKING,), state=READY, serial=serial)


@operation("reject-card", needs="person number reason")
def reject_card(*, on: date, person: int, number: str, reason: str) -> Prepared:
    """Notes that the maker cannot make the card; the application is to be mended and reviewed again."""
    return _step(
        "reject-card", on, person, number, (MAKING,), state=ACCEPTED, batch="", signed_on=None, note=reason[:60]
    )


@operation("deliver-card", needs="person number")
def deliver_card(*, on: date, person: int, number: str) -> Prepared:
    """Gives the new card to its owner; the old card and the temporary one are withdrawn in the same act."""

    def decide(seen: Seen, moment: Moment) -> Plan:
        _require_living(seen)
        row = _numbered(seen, number, (READY,))
        changes: Changes = ([], [])
        for other in seen["cards"]:
            if other["state"] == VALID:
                add(changes, holdings.turned("card", other, on, state=WITHDRAWN, note="replaced"))
        values = {"state": VALID, "valid_until": last_day(row["signed_on"], row["years"])}
        add(changes, holdings.turned("card", row, on, **values))
        return _plan(changes, person, {**row, **values})

    return Prepared("deliver-card", (person,), (), _reads(person), decide, on)


@operation("lose-card", needs="person", takes="number")
def lose_card(*, on: date, person: int, number: str = "") -> Prepared:
    """Marks the valid card as lost at once; a card that is found does not revive (rule I-05).

    Raises:
        AnjiaError: when done `card-missing` (409).
    """

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = _numbered(seen, number or _valid(seen, CARD)["number"], (VALID,))
        return _plan(holdings.turned("card", row, on, state=LOST, note=""), person, {**row, "state": LOST})

    return Prepared("lose-card", (person,), (), _reads(person), decide, on)


@operation("withdraw-card", needs="person reason", takes="number")
def withdraw_card(*, on: date, person: int, reason: str, number: str = "") -> Prepared:
    """Takes cards in for good: one by its number, or all that are valid, lost or under way."""

    def decide(seen: Seen, moment: Moment) -> Plan:
        chosen = [row for row in seen["cards"] if row["state"] in (*UNDER_WAY, VALID, LOST)]
        chosen = [row for row in chosen if number in ("", row["number"])]
        if not chosen:
            raise _missing()
        changes: Changes = ([], [])
        for row in chosen:
            add(changes, holdings.turned("card", row, on, state=WITHDRAWN, note=reason[:60]))
        return _plan(changes, person, {**chosen[-1], "state": WITHDRAWN})

    return Prepared("withdraw-card", (person,), (), _reads(person), decide, on)


@operation("issue-temporary-card", needs="person", takes="portrait")
def issue_temporary_card(*, on: date, person: int, portrait: str = "") -> Prepared:
    """Gives a temporary card for three months while a card is being made (CARD_TEMP, rule I-06).

    Raises:
        AnjiaError: when done `card-missing` when none is under way, `card-there-already`.
    """

    def decide(seen: Seen, moment: Moment) -> Plan:
        _require_living(seen)
        under_way = next((row for row in seen["cards"] if row["state"] in UNDER_WAY), None)
        if under_way is None:
            raise _none_under_way()
        changes: Changes = ([], [])
        for row in seen["cards"]:
            if row["kind"] == TEMPORARY and row["state"] == VALID:
                if row["valid_until"] >= on:
                    raise _there_already(row["number"])
                add(changes, holdings.turned("card", row, on, state=WITHDRAWN, note="replaced"))
        values = {
            "number": _number_of(under_way["division"][:6], seen, "T"), "kind": TEMPORARY, "state": VALID,
            "purpose": under_way["purpose"], "accepted_on": on, "years": None, "signed_on": on,
            "valid_until": add_months(on, TEMPORARY_MONTHS), "serial": "", "portrait": portrait, "batch": "",
            "division": under_way["division"], "station": under_way["station"], "note": "",
        }  # fmt: skip
        changes[1].append(Open("card", person, on, None, values))
        return _plan(changes, person, values)

    reads = (*_reads(person), Read("number", numbers.NEXT, ["card:temporary"]))
    return Prepared("issue-temporary-card", (person,), (), reads, decide, on, NUMBERING)


def _step(name: str, on: date, person: int, number: str, states: tuple[str, ...], **values: Any) -> Prepared:
    """Gives an operation that brings one card from a state to the next."""

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = _numbered(seen, number, states)
        return _plan(holdings.turned("card", row, on, **values), person, {**row, **values})

    return Prepared(name, (person,), (), _reads(person), decide, on)


def _reads(person: int) -> tuple[Read, ...]:
    return Read("cards", holdings.CARDS, [[person]]), standing.read("status", [person])


def _number_of(county: str, seen: Seen, mark: str = "C") -> str:
    """Gives the next number of a county's applications; a preview gives none out."""
    return f"{mark}{county}{seen['number'][0]['value']:08d}" if "number" in seen else ""


def _numbered(seen: Seen, number: str, states: tuple[str, ...]) -> Any:
    for row in seen["cards"]:
        if row["number"] == number:
            if row["state"] in states:
                return row
            zh, en = WORDS[row["state"]]
            raise AnjiaError(
                "card-state",
                f"身份证业务 {number} 现在是“{zh}”，不能这样办",
                f"Card {number} is “{en}” now; this cannot be done with it",
                ("请等它到这一步；页面旧了请刷新", "Wait until it has come so far; reload an old page"),
                status=409,
                state=row["state"],
            )
    raise _missing() if number else _none_under_way()


def _valid(seen: Seen, kind: str) -> Any:
    for row in seen["cards"]:
        if row["kind"] == kind and row["state"] == VALID:
            return row
    raise _missing()


def _require_purpose(seen: Seen, purpose: str, on: date, ahead: int) -> None:
    cards = [row for row in seen["cards"] if row["kind"] == CARD]
    for row in cards:
        if row["state"] in UNDER_WAY:
            raise _there_already(row["number"])
    valid = next((row for row in cards if row["state"] == VALID), None)
    if purpose == FIRST and cards:
        raise _there_already(cards[0]["number"])
    if purpose in (RENEW, CHANGE, DAMAGED) and valid is None:
        raise _missing()
    if purpose == RENEW and valid is not None:
        until = valid["valid_until"]
        if until is None or (until - on) > timedelta(days=ahead):
            raise _too_early(until, ahead)


def _require_living(seen: Seen) -> None:
    if not seen["status"] or seen["status"][0]["status"] not in (NORMAL, ELSEWHERE):
        raise AnjiaError(
            "person-not-registrable", "此人的户口已经注销", "This person's registration has been cancelled",
            ("请核对此人的状态", "Check this person's status"), status=409,
        )  # fmt: skip


def _plan(changes: Changes, person: int, values: Any) -> Plan:
    summary = {"person": person, "card": values["number"], "state": values["state"]}
    return Plan(tuple(changes[0]), tuple(changes[1]), summary)


def _there_already(number: str) -> AnjiaError:
    return AnjiaError(
        "card-there-already", f"此人已有身份证业务 {number}", f"This person has card {number} already",
        ("请先核对现有的证件", "Look at the present card first"), status=409, number=number,
    )  # fmt: skip


def _missing() -> AnjiaError:
    return AnjiaError(
        "card-missing", "没有查到此人这样的身份证", "There is no such card of this person",
        ("请核对此人的证件", "Check this person's cards"), status=409,
    )  # fmt: skip


def _none_under_way() -> AnjiaError:
    return AnjiaError(
        "card-missing", "此人没有正在办理的身份证", "No ID card of this person is under way",
        ("请先申领、换领或补领", "Apply for, renew or replace the card first"), status=409,
    )  # fmt: skip


def _too_early(until: date | None, ahead: int) -> AnjiaError:
    if until is None:
        return AnjiaError(
            "card-too-early", "长期有效的身份证不需要换领", "A long-term card is not renewed",
            ("丢失或损坏的，请补领或换领", "Replace it when it is lost or damaged"), status=422,
        )  # fmt: skip
    first = until - timedelta(days=ahead)
    return AnjiaError(
        "card-too-early",
        f"身份证 {until} 到期，{first} 起可以换领",
        f"The card expires on {until}; renew it from {first} on",
        (f"请在 {first} 及以后办理", f"Come on {first} or later"),
        status=422,
        until=until,
    )


def _purpose() -> AnjiaError:
    return AnjiaError(
        "purpose-unknown", "没有这种办证原因", "There is no such reason for a card",
        ("请从列出的原因中选择", "Choose one of the listed reasons"), status=422,
    )  # fmt: skip
