"""Issuing papers of moving and booklets, and what ends them: use, cancelling, loss (INV-11, P-13)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from anjia.kernel import numbers
from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault
from anjia.registers.asof import rows
from anjia.registers.family import OPEN, Changes, add
from anjia.registers.operations import Prepared, operation

TABLE = "registers_paper"
ISSUED, USED, VOID, LOST = "issued", "used", "void", "lost"
COLUMNS = (
    "id, subject, valid_from, valid_to, kind, issuer, number, state, person, home, valid_until, note, uid, "
    "ciphertext"
)
BY_NUMBER = (
    f"SELECT {COLUMNS} FROM registers_paper WHERE {OPEN} AND kind = %s::text AND issuer = %s::text "
    "AND number = %s::text"
)
LIVE = (
    f"SELECT {COLUMNS} FROM registers_paper WHERE {OPEN} AND kind = %s::text AND subject = %s::bigint "
    "AND state = 'issued'"
)
NOW = (
    f"SELECT {COLUMNS} FROM registers_paper WHERE {OPEN} AND kind = %(kind)s::text AND issuer = %(issuer)s::text "
    "AND number = %(number)s::text"
)
LIVE_NOW = (
    f"SELECT {COLUMNS} FROM registers_paper WHERE {OPEN} AND kind = %(kind)s::text AND subject = %(subject)s::bigint "
    "AND state = 'issued'"
)
EXPIRED = "expired"

Row = Mapping[str, Any]


@operation(
    "issue-paper", needs="person kind", takes="number issuer days valid_until prefix content"
)
def issue_paper(
    *, on: date, person: int, kind: str, number: str = "", issuer: str = "", days: int | None = None,
    valid_until: date | None = None, prefix: str = "", content: str = "",
) -> Prepared:  # fmt: skip
    """Issues a paper to a person; one whose term is over makes room for it.

    Args:
        kind: `permit` (准迁证), `certificate` (迁移证) or `release` (their electronic form).
        number: of the form; without it the next one of the city, day's year and kind.
        days: term in days, the day of issue not counted; without `days` and `valid_until` no term.
        prefix: division code in front of a number that is given out here.
        content: what an electronic paper says; it is stored encrypted.
    """
    until = valid_until or (on + timedelta(days=int(days)) if days is not None else None)
    counter = f"paper:{kind}:{prefix}:{on:%Y}"
    reads: tuple[Read, ...] = (Read("live", LIVE, [kind, person]),)
    if not number:
        reads = (*reads, Read("number", numbers.NEXT, [counter]))

    def decide(seen: Seen, moment: Moment) -> Plan:
        changes: Changes = ([], [])
        for row in seen["live"]:
            # A release is a promise to another city: only that city's word ends it.
            if kind == "release" or row["valid_until"] is None or row["valid_until"] >= on:
                raise _live_already(row)
            add(changes, ended(row, on, VOID, EXPIRED))
        given = number or _given_out(prefix, on, seen)
        changes[1].append(issued(person, kind, given, on, issuer=issuer, person=person, valid_until=until,
                                 content=content))  # fmt: skip
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "paper": given})

    return Prepared("issue-paper", (person,), (), reads, decide, on, frozenset({"number"}))


@operation("print-booklet", needs="household", takes="number person prefix whole")
def print_booklet(
    *, on: date, household: int, number: str = "", person: int | None = None, prefix: str = "", whole: bool = False
) -> Prepared:
    """Records the printing of a booklet, or of one person's page, on a numbered form; the older one is void.

    The forms are the ministry's stock: nothing but the number and the day is kept here.

    Args:
        number: of the form; without it the next one of the city, day's year and kind.
        prefix: division code in front of a number that is given out here.
        whole: the booklet, though a person is named who applies for it.
    """
    page = person is not None and not whole
    kind, subject = ("page", person) if page else ("booklet", household)
    counter = f"paper:{kind}:{prefix}:{on:%Y}"
    reads: tuple[Read, ...] = (Read("live", LIVE, [kind, subject]),)
    if not number:
        reads = (*reads, Read("number", numbers.NEXT, [counter]))

    def decide(seen: Seen, moment: Moment) -> Plan:
        given = number or _given_out(prefix, on, seen)
        changes: Changes = ([], [])
        for row in seen["live"]:
            add(changes, ended(row, on, VOID, given))
        changes[1].append(issued(subject, kind, given, on, person=person if page else None, home=household))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"household": household, "paper": given})

    subjects = tuple(sorted({household, subject}))
    return Prepared("print-booklet", subjects, (), reads, decide, on, frozenset({"number"}))


@operation("use-paper", needs="kind number", takes="issuer person note")
def use_paper(
    *, on: date, kind: str, number: str, issuer: str = "", person: int | None = None, note: str = ""
) -> Prepared:
    """Records that a paper was handed in; one whose term is over cannot be used (B-26)."""
    return _end("use-paper", on, kind, issuer, number, person, USED, note)


@operation("void-paper", needs="kind number note", takes="issuer person")
def void_paper(
    *, on: date, kind: str, number: str, note: str, issuer: str = "", person: int | None = None
) -> Prepared:
    """Cancels a paper that was not used."""
    return _end("void-paper", on, kind, issuer, number, person, VOID, note)


@operation("lose-paper", needs="kind number", takes="person reissue days prefix")
def lose_paper(
    *, on: date, kind: str, number: str, person: int | None = None, reissue: bool = True, days: int | None = None,
    prefix: str = "",
) -> Prepared:  # fmt: skip
    """Records the loss of a paper of this city and issues another one in its place (P-13).

    Args:
        reissue: False when the person restores the registration instead (B-26).
        days: term of the new paper; without it the new one has the term of the lost one.
    """
    lost = get(kind, "", number)
    subject = lost["subject"]
    reads: tuple[Read, ...] = (Read("paper", BY_NUMBER, [kind, "", number]),)
    if reissue:
        reads = (*reads, Read("number", numbers.NEXT, [f"paper:{kind}:{prefix}:{on:%Y}"]))

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = usable(seen["paper"], person, None)
        given = _given_out(prefix, on, seen) if reissue else ""
        changes = ended(row, on, LOST, given)
        if reissue:
            until = on + timedelta(days=int(days)) if days is not None else row["valid_until"]
            changes[1].append(issued(subject, kind, given, on, person=row["person"], home=row["home"],
                                     valid_until=until))  # fmt: skip
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": row["person"], "paper": given})

    return Prepared("lose-paper", (subject,), (), reads, decide, on, frozenset({"number"}))


def get(kind: str, issuer: str, number: str) -> Row:
    """Gives a paper as it is now.

    Raises:
        AnjiaError: `paper-unknown` (404).
    """
    found = rows(NOW, date.max, timezone.now(), kind=kind, issuer=issuer, number=number)
    if not found:
        raise unknown(number)
    row: Row = found[0]
    return row


def find_live(kind: str, subject: int) -> Row | None:
    """Gives the issued paper of a kind that a person holds, None when there is none."""
    found = rows(LIVE_NOW, date.max, timezone.now(), kind=kind, subject=subject)
    return found[0] if found else None


def content_of(row: Row) -> str:
    """Gives what an electronic paper says, empty for one on paper."""
    return vault().decrypt(row["ciphertext"], TABLE, row["uid"]) if bytes(row["ciphertext"]) else ""


def issued(
    subject: Any, kind: str, number: str, on: date, *, issuer: str = "", person: int | None = None,
    home: int | None = None, valid_until: date | None = None, content: str = "", state: str = ISSUED,
    note: str = "",
) -> Open:  # fmt: skip
    """Gives the entry of a paper that comes into being."""
    uid = uuid.uuid4()
    sealed = vault().encrypt(content, TABLE, uid) if content else b""
    values = {
        "kind": kind, "issuer": issuer, "number": number, "state": state, "person": person, "home": home,
        "valid_until": valid_until, "note": note, "uid": uid, "ciphertext": sealed,
    }  # fmt: skip
    return Open("paper", subject, on, None, values)


def ended(row: Row, on: date, state: str, note: str = "") -> Changes:
    """Gives the changes that bring an issued paper to its last state."""
    changes: Changes = truncate("paper", row, on)
    own = {key: value for key, value in row.items() if key not in ("id", "subject", "valid_from", "valid_to")}
    begin = max(on, row["valid_from"])
    changes[1].append(Open("paper", row["subject"], begin, None, {**own, "state": state, "note": note[:200]}))
    return changes


def usable(found: Any, person: int | None, on: date | None) -> Row:
    """Gives the issued paper that was read under the lock.

    Args:
        person: whose it must be, None for anybody's.
        on: the day on which it is used; None when its term does not matter.

    Raises:
        AnjiaError: `paper-ended`, `paper-expired` (409), `paper-not-yours` (422).
    """
    if not found:
        raise conflict()
    row: Row = found[0]
    if row["state"] != ISSUED:
        raise _ended(row)
    if person is not None and row["subject"] != person:
        raise _not_yours(row)
    if on is not None and row["valid_until"] is not None and on > row["valid_until"]:
        raise expired(row)
    return row


def _end(
    do: str, on: date, kind: str, issuer: str, number: str, person: int | None, state: str, note: str
) -> Prepared:
    subject = get(kind, issuer, number)["subject"]

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = usable(seen["paper"], person, on if state == USED else None)
        changes = ended(row, on, state, note)
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": row["person"], "paper": number})

    return Prepared(do, (subject,), (), (Read("paper", BY_NUMBER, [kind, issuer, number]),), decide, on)


def _given_out(prefix: str, on: date, seen: Seen) -> str:
    """Gives a number of this city: division, year, serial; a preview gives none out."""
    return f"{prefix[:6]}{on:%Y}{seen['number'][0]['value']:06d}" if "number" in seen else ""


def unknown(number: str) -> AnjiaError:
    """Gives the error for a paper that nobody issued."""
    return AnjiaError(
        "paper-unknown", f"没有编号为 {number} 的证件", f"There is no paper {number}",
        ("请核对证件编号", "Check the number on the paper"), status=404, number=number,
    )  # fmt: skip


def expired(row: Row) -> AnjiaError:
    """Gives the error for a paper whose term is over."""
    return AnjiaError(
        "paper-expired",
        f"证件 {row['number']} 的有效期到 {row['valid_until']} 为止，已经过期",
        f"Paper {row['number']} was valid until {row['valid_until']}",
        ("请向签发机关补办；也可以在迁出地恢复户口",
         "Ask the issuer for another one, or be restored at the place left"),
        status=409,
        number=row["number"],
    )  # fmt: skip


def _ended(row: Row) -> AnjiaError:
    zh, en = {USED: ("已使用", "used"), VOID: ("已作废", "cancelled"), LOST: ("已挂失", "reported lost")}[row["state"]]
    return AnjiaError(
        "paper-ended", f"证件 {row['number']} {zh}", f"Paper {row['number']} has been {en}",
        ("请核对证件编号和持证人", "Check the number and the holder"), status=409, number=row["number"],
        state=row["state"],
    )  # fmt: skip


def _not_yours(row: Row) -> AnjiaError:
    return AnjiaError(
        "paper-not-yours", f"证件 {row['number']} 的持证人不是此人",
        f"Paper {row['number']} was issued to somebody else",
        ("请核对证件编号和持证人", "Check the number and the holder"), status=422, number=row["number"],
    )  # fmt: skip


def _live_already(row: Row) -> AnjiaError:
    return AnjiaError(
        "paper-live-already",
        f"此人已有一张没有用完的证件 {row['number']}",
        f"This person holds such a paper already: {row['number']}",
        ("请先使用、作废或挂失它", "Use it, cancel it or report it lost first"),
        status=409,
        number=row["number"],
    )
