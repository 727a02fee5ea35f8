"""Undoing an act by another act: what it opened is taken back, what it closed counts again (REVERSAL)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import connection

from anjia.kernel import acts
from anjia.kernel.acts import Committed, Draft, Read, Seen, conflict
from anjia.kernel.entries import Close, Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault
from anjia.registers import REGISTERS, people
from anjia.registers.operations import Prepared, operation
from anjia.registers.refusal import Refusal
from anjia.registers.relations import HEAD

EVENT = "REVERSAL"
AXES = frozenset({"id", "valid", "recorded", "recorded_from", "recorded_to", "opened_by", "closed_by"})
FRAME = ("subject", "valid_from", "valid_to")
SEALED = frozenset({"uid", "ciphertext", "key_id"})
"""Columns of an identity that differ each time it is written, with the same number in it."""
SINGLE = frozenset({
    "particulars", "status", "condition", "household", "membership", "residence", "place", "officer", "guardianship",
})  # fmt: skip
"""Registers that hold one entry a subject at a time."""
WIDEST = 5000
ACT = "SELECT id, event, effective_on, at FROM kernel_act WHERE id = %(act)s::bigint"
OVERTAKERS = "SELECT id, event, effective_on, at FROM kernel_act WHERE id = ANY(%s::bigint[]) ORDER BY id"

UNKNOWN = Refusal(
    "act-unknown", "登记簿里没有这次登记行为", "There is no such act",
    ("请核对登记行为编号", "Check its number"), 404,
)  # fmt: skip
EMPTY = Refusal(
    "act-empty", "这次登记行为没有写入登记簿，没有可撤销的内容", "This act wrote no register; there is nothing to undo",
    ("不需要撤销", "Nothing is to be done"), 409,
)  # fmt: skip
IS_REVERSAL = Refusal(
    "act-is-reversal", "撤销行为本身不能再撤销", "A reversal cannot itself be reversed",
    ("需要恢复的，请重新办理原业务", "Do the first act again instead"), 409,
)  # fmt: skip
WIDE = Refusal(
    "act-too-wide", "这次登记行为涉及的登记太多，不能整批撤销",
    "This act wrote too many entries to be undone as a whole",
    ("请逐户更正", "Correct them one by one"), 409,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was written.

    Attributes:
        ended: it no longer counts, by the act `closed_by`.
        own: the register's own columns.
    """

    register: str
    id: int
    subject: int
    valid_from: date
    valid_to: date | None
    ended: bool
    opened_by: int
    closed_by: int | None
    own: Mapping[str, Any]

    @property
    def content(self) -> tuple[Any, ...]:
        """What it says, so that an entry that was taken back and came again is known as the same."""
        own = tuple((key, _plain(value)) for key, value in self.own.items() if key not in SEALED)
        return (self.register, self.subject, self.valid_from, self.valid_to, own)

    def overlaps(self, other: Entry) -> bool:
        """Says whether both are about one subject and share a day."""
        return self.register == other.register and self.subject == other.subject and self.meets(other)

    def meets(self, other: Entry) -> bool:
        """Says whether both hold on some day."""
        begins = self.valid_to is None or other.valid_from < self.valid_to
        return begins and (other.valid_to is None or self.valid_from < other.valid_to)


@dataclass(frozen=True, slots=True)
class Undone:
    """An act that is to be undone, with everything that it wrote.

    Attributes:
        subjects: everything to lock.
        new: subjects of which the register knew nothing before the act.
    """

    act: int
    opened: tuple[Entry, ...]
    closed: tuple[Entry, ...]
    subjects: tuple[int, ...]
    new: frozenset[int]


@operation("reverse", needs="act")
def reverse(*, on: date, act: int) -> Prepared:
    """Undoes an act: its entries that still stand are closed, those that it closed are opened again.

    Later events on the same persons are looked at first: one that rests on the act stops the reversal
    and is named. The constraints have the last word. An act is reversed once.

    Args:
        act: number of the act.

    Raises:
        AnjiaError: `act-unknown`, `act-empty`, `act-is-reversal`, `act-too-wide`; when done
            `act-overtaken` (409) with the later act, `act-reversed` (409).
    """
    undone = _undone(int(act))
    reopened = [(one, _again(one)) for one in undone.closed]
    later = sorted({one.closed_by for one in undone.opened if one.closed_by})

    def decide(seen: Seen, moment: Moment) -> Plan:
        standing = [_entry(register, row) for register in REGISTERS for row in seen[register]]
        beside = [_entry(name, row) for name in ("membership", "kinship") for row in seen[f"beside {name}"]]
        closes = _standing(undone, standing, seen["overtakers"])
        taken = {(one.register, one.id) for one in closes}
        rest = [one for one in (*standing, *beside) if (one.register, one.id) not in taken]
        for one in _resting(undone, closes, rest):
            raise _overtaken(one.opened_by, seen["acts"])
        opens = [Open(one.register, one.subject, one.valid_from, one.valid_to, own) for one, own in reopened]
        mark = Open("reversal", undone.subjects[0], on, None, {"act": undone.act})
        closing = tuple(Close(one.register, one.id, one.subject) for one in closes)
        return Plan(closing, (*opens, mark), {"reversed": undone.act})

    reads = (*_reads(undone), Read("overtakers", OVERTAKERS, [later]))
    return Prepared("reverse", undone.subjects, (), reads, decide, on)


def reverse_act(
    act: int, *, key: uuid.UUID, actor: int | None, reason: str, on: date, definition: str,
    evidence: Mapping[str, Any] | None = None, grant: int | None = None, case_number: str = "", station: str = "",
) -> Committed:  # fmt: skip
    """Undoes an act at once, as an act of its own that names it.

    Args:
        reason: why the act was wrong, or which decision demands its reversal.
        evidence: what it rests on; the number of the undone act is added.

    Raises:
        AnjiaError: what `reverse` refuses.
    """
    ready = reverse(on=on, act=act)
    return acts.commit(
        Draft(
            key=key, event=EVENT, definition=definition, actor=actor, subjects=ready.subjects, effective_on=on,
            reason=reason, evidence={**(evidence or {}), "reverses": act}, decide=ready.decide, reads=ready.reads,
            grant=grant, case_number=case_number, station=station,
        )
    )  # fmt: skip


def _undone(act: int) -> Undone:
    [found] = _rows(ACT, act=act) or [None]
    if found is None:
        raise UNKNOWN()
    if found["event"] == EVENT:
        raise IS_REVERSAL()
    opened = tuple(_of_act("opened_by", act))
    closed = tuple(_of_act("closed_by", act))
    if not opened and not closed:
        raise EMPTY()
    if len(opened) + len(closed) > WIDEST:
        raise WIDE()
    subjects = {one.subject for one in (*opened, *closed)}
    subjects |= {one.own["household"] for one in (*opened, *closed) if one.register == "membership"}
    known = {
        row["subject"] for register in REGISTERS
        for row in _rows(
            f"SELECT DISTINCT subject FROM registers_{register} "
            "WHERE subject = ANY(%(subjects)s::bigint[]) AND opened_by < %(act)s::bigint",
            subjects=sorted(subjects), act=act,
        )
    }  # fmt: skip
    return Undone(act, opened, closed, tuple(sorted(subjects)), frozenset(subjects - known))


def _reads(undone: Undone) -> tuple[Read, ...]:
    subjects, new = list(undone.subjects), sorted(undone.new)
    standing = tuple(
        Read(name, f"SELECT {_columns(name)} FROM registers_{name} "
             "WHERE recorded_to IS NULL AND subject = ANY(%s::bigint[]) ORDER BY id", [subjects])
        for name in REGISTERS
    )  # fmt: skip
    beside = tuple(
        Read(f"beside {name}", f"SELECT {_columns(name)} FROM registers_{name} "
             f"WHERE recorded_to IS NULL AND {column} = ANY(%s::bigint[]) ORDER BY id", [wanted])
        for name, column, wanted in (("membership", "household", subjects), ("kinship", "kin", new))
    )  # fmt: skip
    columns = [*((name, "subject") for name in REGISTERS), ("membership", "household"), ("kinship", "kin")]
    acts_later = (
        "SELECT id, event, effective_on, at FROM kernel_act WHERE id IN ("
        + " UNION ALL ".join(
            f"SELECT opened_by FROM registers_{name} WHERE recorded_to IS NULL AND {column} = ANY(%s::bigint[])"
            for name, column in columns
        )
        + ") ORDER BY id"
    )
    return (*standing, *beside, Read("acts", acts_later, [subjects] * (len(REGISTERS) + 1) + [new]))


def _standing(undone: Undone, standing: Sequence[Entry], overtakers: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Gives what still says what the act said; what a later act closed must have come back by its reversal."""
    by_id = {(one.register, one.id): one for one in standing}
    by_content = {one.content: one for one in standing}
    found = []
    for one in undone.opened:
        now = by_id.get((one.register, one.id)) or by_content.get(one.content)
        if now is None:
            raise _overtaken(one.closed_by or 0, overtakers)
        found.append(now)
    return found


def _resting(undone: Undone, closes: Sequence[Entry], rest: Sequence[Entry]) -> Iterator[Entry]:
    """Gives what later acts built on what is taken back, or put in the place of what comes back."""
    back = [one for one in undone.closed if one.valid_to is None]
    pages = {one.subject for one in (*rest, *back) if one.register == "household" and one.valid_to is None}
    gone = {one.subject for one in closes if one.register == "household"} - pages
    homes = {one.own["household"] for one in back if one.register == "membership"} - pages
    for one in rest:
        if one.opened_by <= undone.act:
            continue
        own, household = one.own, one.register == "household"
        lives_there = one.register == "membership" and one.valid_to is None and own["household"] in gone
        about_new = one.subject in undone.new or (one.register == "kinship" and own["kin"] in undone.new)
        in_the_way = one.register in SINGLE and any(one.overlaps(other) for other in undone.closed)
        closed_since = household and one.subject in homes
        if lives_there or about_new or in_the_way or closed_since or _heads_instead(one, undone.closed):
            yield one


def _heads_instead(one: Entry, back: Iterable[Entry]) -> bool:
    """Says whether somebody heads a household in days in which the one who comes back headed it."""
    return one.register == "membership" and one.own["relation"] == HEAD and any(
        other.register == "membership" and other.own["relation"] == HEAD
        and other.own["household"] == one.own["household"] and one.meets(other) for other in back
    )  # fmt: skip


def _overtaken(act: int, known: Iterable[Mapping[str, Any]]) -> AnjiaError:
    """Gives the error that names the later act which rests on the one to be undone."""
    later = next((row for row in known if row["id"] == act), None)
    if later is None:
        return conflict()
    if later["event"] == EVENT:
        return AnjiaError(
            "act-reversed", f"这次登记已由登记行为 {act} 撤销", f"This act was undone already, by act {act}",
            ("不需要再办", "Nothing is left to do"), status=409, act=act,
        )  # fmt: skip
    event, on = later["event"], later["effective_on"]
    return AnjiaError(
        "act-overtaken",
        f"之后的登记行为 {act}（{event}，{on}）以它为依据，不能先撤销",
        f"The later act {act} ({event}, {on}) rests on it, so it cannot be undone first",
        ("请先撤销或更正之后的登记", "Undo or correct the later act first"),
        status=409, act=act, event=event, on=on,
    )  # fmt: skip


def _again(one: Entry) -> Mapping[str, Any]:
    """Gives the values with which an entry is opened again; a number is sealed anew for its new row."""
    if one.register != "identity":
        return one.own
    plain = vault().decrypt(one.own["ciphertext"], people.TABLE, one.own["uid"])
    return {**people.sealed(one.own["kind"], plain, uuid.uuid4()), "issued_here": one.own["issued_here"]}


def _of_act(column: str, act: int) -> Iterator[Entry]:
    for register in REGISTERS:
        sql = f"SELECT {_columns(register)} FROM registers_{register} WHERE {column} = %(act)s::bigint ORDER BY id"
        for row in _rows(sql, act=act):
            yield _entry(register, row)


def _entry(register: str, row: Mapping[str, Any]) -> Entry:
    own = {name: row[name] for name in _own(register)}
    ended: datetime | None = row["recorded_to"]
    return Entry(
        register, row["id"], row["subject"], row["valid_from"], row["valid_to"], ended is not None,
        row["opened_by"], row["closed_by"], own,
    )  # fmt: skip


def _columns(register: str) -> str:
    return ", ".join(("id", *FRAME, "recorded_to", "opened_by", "closed_by", *_own(register)))


def _own(register: str) -> tuple[str, ...]:
    """Gives the register's own columns."""
    model = apps.get_model("registers", register)
    stored = (one.column for one in model._meta.concrete_fields if not one.generated)
    return tuple(column for column in stored if column not in AXES and column not in FRAME)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _rows(sql: str, **given: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
