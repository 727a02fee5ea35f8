"""What the writers fire: operations with random arguments, and raw acts that are legal, careless or forbidden.

A new operation is one more line of `OPERATIONS`, a new way to break the register one more line of `RAW`.
"""

from __future__ import annotations

import itertools
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from anjia.kernel import acts
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import operations, people
from anjia.registers.identity import Identity
from tests.registers.attacks import raw
from tests.registers.world import DAY, EAST, WEST, Person, World, draft, make

NAMES = ("甲", "乙", "丙", "丁", "戊", "己")
HOMES = {"甲户": ("J1", EAST), "丁户": ("J1", EAST), "东集体": ("T4", EAST), "西集体": ("T4", WEST), "校": ("T2", EAST)}
PERSONS = (
    Person("甲", "1", "1960-03-01", "甲户", "02", spouse="乙", marital="20"),
    Person("乙", "2", "1962-03-01", "甲户", "12", marital="20"),
    Person("丙", "1", "1988-05-05", "甲户", "20", father="甲", mother="乙"),
    Person("丁", "1", "1985-05-05", "丁户", "02", spouse="戊", marital="20"),
    Person("戊", "2", "1986-05-05", "丁户", "12", marital="20"),
    Person("己", "2", "1999-06-01", "东集体", "99"),
)
DWELLINGS = {"一号": WEST, "二号": EAST, "三号": EAST}
NEAR = 24
"""Persons whom the writers aim at: the latest ones, so that they meet."""

def _is_strange(error: AnjiaError) -> bool:
    """Says whether a refusal is a fault of the house: it broke, or a constraint that nobody gave a sentence."""
    return error.status >= 500 or error.code == "register-refused"


@dataclass
class Writer:
    """One writer with a stream of random shots of its own.

    Attributes:
        done: shots that were written, by name.
        refused: error code → shots that were refused.
        strange: errors that nobody expects.
    """

    world: World
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Seeds the stream; its numbers for newborns are nobody else's."""
        self.rng = random.Random(self.seed)
        self._serial = itertools.count(1)

    def shoot(self) -> None:
        """Fires one shot."""
        kinds: list[tuple[str, Callable[[Writer], bool]]] = [*OPERATIONS.items(), *RAW.items()]
        name, fire = self.rng.choice(kinds)
        try:
            if fire(self):
                self.done[name] += 1
        except AnjiaError as error:
            self.refused[error.code] += 1
            if _is_strange(error):
                self.strange.append(f"{name}: {error.code}: {error}")
        except DatabaseError as error:
            told = raw.translated(error)
            self.refused[told.code] += 1
            if _is_strange(told):
                self.strange.append(f"{name}: {error}")

    def person(self) -> int:
        """Gives one of the latest persons, dead or alive."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM kernel_subject WHERE kind = 'P' ORDER BY id DESC LIMIT %s", [NEAR])
            return int(self.rng.choice(cursor.fetchall())[0])

    def home(self, where: str = "TRUE") -> dict[str, Any]:
        """Gives one of the open households."""
        return dict(self.rng.choice(raw.now("household", where)))

    def day(self) -> date:
        """Gives a day around the present of this world."""
        return DAY + timedelta(days=self.rng.randint(-40, 40))

    def number(self, born: date, sex: str) -> str:
        """Gives a citizen number; a quarter of them does not fit, or is somebody's already."""
        serial = self.rng.choice((1, next(self._serial) % 40 + 40 * (self.seed % 12)))
        head = f"990199{born:%Y%m%d}{(2 * serial + (sex == '1')) % 1000:03d}"
        return head + citizen_no.check_digit(head) if self.rng.random() > 0.1 else head + "0"


def setting() -> World:
    """Writes the small world that the writers fight over."""
    return make(PERSONS, homes=HOMES, dwellings=DWELLINGS)


def _operate(name: str, arguments: Callable[[Writer], dict[str, Any] | None]) -> Callable[[Writer], bool]:
    def fire(writer: Writer) -> bool:
        given = arguments(writer)
        if given is None:
            return False
        on = writer.day()
        ready = operations.prepare(name, given, on=on)
        acts.commit(
            draft(
                "ATTACK", key=uuid.uuid4(), subjects=ready.subjects, decide=ready.decide, reads=ready.reads,
                new_subjects=ready.new_subjects, effective_on=ready.on,
            )
        )  # fmt: skip
        return True

    return fire


def _newborn(writer: Writer) -> dict[str, Any]:
    sex, born = writer.rng.choice("12"), writer.day() - timedelta(days=writer.rng.choice((1, 8000)))
    couple = writer.rng.choice((("甲", "乙"), ("丁", "戊")))
    return {
        "household": writer.home()["subject"], "name": "新", "sex": sex, "birth_on": born,
        "ethnicity": writer.rng.choice(("01", "01", "02")), "number": writer.number(born, sex),
        "father": writer.world[couple[0]], "mother": writer.world[couple[1]],
    }  # fmt: skip


SEXES: tuple[dict[str, str], ...] = ({"sex": "1"}, {"sex": "2"}) if hasattr(Identity, "says") else ()
"""A sex may be corrected where the register sees that the number says the same."""


def _entry_of(writer: Writer, register: str) -> tuple[int, int] | None:
    rows = raw.now(register, "subject = %s", writer.person())
    return (rows[0]["subject"], rows[0]["id"]) if rows else None


def _correction(writer: Writer) -> dict[str, Any] | None:
    found = _entry_of(writer, "particulars")
    values = writer.rng.choice(({"ethnicity": "02"}, {"name": "改"}, {"ethnicity": "01"}, *SEXES))
    return found and {"register": "particulars", "subject": found[0], "entry": found[1], "values": values}


OPERATIONS: dict[str, Callable[[Writer], bool]] = {
    "settle-at-address": _operate("settle-at-address", lambda w: {
        "person": w.person(), "place": w.world.code(w.rng.choice(list(DWELLINGS))),
        "companions": [w.person()] if w.rng.random() < 0.3 else [], "new_head": w.person(),
    }),
    "join-collective": _operate("join-collective", lambda w: {
        "person": w.person(), "household": w.home("kind <> 'J1'")["subject"], "new_head": w.person(),
    }),
    "change-head": _operate("change-head", lambda w: {"household": w.home()["subject"], "new_head": w.person()}),
    "record-death": _operate("record-death", lambda w: {"person": w.person(), "new_head": w.person()}),
    "register-person": _operate("register-person", _newborn),
    "register-person again": _operate("register-person", _newborn),
    "change status": _operate("change", lambda w: {
        "register": "status", "subject": w.person(), "values": {"status": w.rng.choice("0134")},
    }),
    "change condition": _operate("change", lambda w: {
        "register": "condition", "subject": w.person(), "values": {"marital": w.rng.choice(("10", "20", "40"))},
    }),
    "correct": _operate("correct", _correction),
}  # fmt: skip


def _raw(plan: Callable[[Writer], Plan | None]) -> Callable[[Writer], bool]:
    def fire(writer: Writer) -> bool:
        found = plan(writer)
        if found is None:
            return False
        raw.write(found, pause=raw.sleepy(writer.rng.random() * 0.01))
        return True

    return fire


def _membership(writer: Writer, where: str = "TRUE") -> dict[str, Any] | None:
    rows = raw.now("membership", f"subject = %s AND {where}", writer.person())
    return rows[0] if rows else None


def _again(writer: Writer, **changed: Any) -> Plan | None:
    """The same membership with other content from a day on."""
    row = _membership(writer)
    if row is None:
        return None
    on = writer.day()
    begun = raw.opens("membership", row["subject"], on, None, **raw.own(row, **changed))
    return raw.joined(raw.ended("membership", row, on), begun)


def _second(writer: Writer, **more: Any) -> Plan:
    home = writer.home()
    return raw.member(writer.person(), home["subject"], more.pop("division", home["division"]), writer.day(), **more)


def _leave(writer: Writer, ground: str) -> Plan | None:
    row = _membership(writer)
    return row and raw.ended("membership", row, writer.day(), close_ground=ground)


def _come_back(writer: Writer) -> Plan | None:
    """Who has no registration gets one, as far as this writer sees."""
    who = writer.person()
    if raw.now("membership", "subject = %s", who):
        return None
    home = writer.home("kind <> 'J1'")
    return raw.member(who, home["subject"], home["division"], writer.day() + timedelta(days=60))


def _die(writer: Writer, *, careful: bool) -> Plan | None:
    """Who has no registration dies, as far as this writer sees; or somebody dies without a look."""
    who = writer.person()
    status = raw.now("status", "subject = %s AND status = '0'", who)
    if not status or (careful and raw.now("membership", "subject = %s", who)):
        return None
    on = writer.day()
    return raw.joined(raw.ended("status", status[0], on), raw.opens("status", who, on, None, status="1", ground=""))


def _close_home(writer: Writer, *, careful: bool) -> Plan | None:
    home = writer.home()
    if careful and raw.now("membership", "household = %s", home["subject"]):
        return None
    if not careful or home["kind"] == "J1" or writer.rng.random() < 0.05:
        return raw.ended("household", home, writer.day())
    return None


def _turn_home(writer: Writer) -> Plan | None:
    home, on = writer.home(), writer.day()
    kind = writer.rng.choice(("J1", "T1", "T4")) if home["kind"] not in ("T4",) else "T4"
    begun = raw.opens("household", home["subject"], on, None, **raw.own(home, kind=kind))
    return raw.joined(raw.ended("household", home, on), begun)


def _twice_numbered(writer: Writer) -> Plan:
    values = people.sealed("citizen_no", writer.number(date(1990, 1, 1), "1"), uuid.uuid4())
    return raw.opens("identity", writer.person(), writer.day(), None, **values)


def _without_act(writer: Writer) -> bool:
    row = _membership(writer)
    if row is None:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id, at FROM kernel_act ORDER BY random() LIMIT 1")
        act, at = cursor.fetchone()
        at = writer.rng.choice(("now()", f"'{at.isoformat()}'"))
        cursor.execute(
            writer.rng.choice((
                f"UPDATE registers_membership SET recorded_to = {at}, closed_by = %(act)s WHERE id = %(id)s",
                "INSERT INTO registers_residence (subject, valid_from, recorded_from, opened_by, place, division, "
                f"station, ground) VALUES (%(subject)s, '1990-01-01', {at}, %(act)s, 1, '', '', '')",
            )),
            {"act": act, "id": row["id"], "subject": row["subject"]},
        )  # fmt: skip
    return True


def _past(writer: Writer) -> Plan:
    home, on = writer.home(), date(2000 + writer.rng.randint(0, 14), 1, 1)
    return raw.member(writer.person(), home["subject"], home["division"], on, on + timedelta(days=400),
                      close_ground=writer.rng.choice(("", "2")))  # fmt: skip


def _bear(writer: Writer) -> Plan:
    """A child whose parents are named, of whatever ethnicity; as new particulars of somebody who is there."""
    who, on = writer.person(), writer.day()
    row = raw.now("particulars", "subject = %s", who)
    if not row:
        return Plan()
    begun = raw.opens("particulars", who, on, None, **raw.own(row[0], ethnicity=writer.rng.choice(("02", "03"))))
    return raw.joined(raw.ended("particulars", row[0], on), begun)


def _nobody(writer: Writer) -> Plan:
    home = writer.home("kind <> 'J1'")
    return Plan((), (Open("status", 10**12, writer.day(), None, {"status": "0", "ground": ""}),
                     *raw.member(10**12, home["subject"], home["division"], writer.day()).opens))  # fmt: skip


RAW: dict[str, Callable[[Writer], bool]] = {
    "raw: a second registration": _raw(_second),
    "raw: a second head": _raw(lambda w: _second(w, relation="02")),
    "raw: another division": _raw(lambda w: _second(w, division="990199001001")),
    "raw: head all at once": _raw(lambda w: _again(w, relation="02")),
    "raw: no head any more": _raw(lambda w: _again(w, relation="99")),
    "raw: a wife or a husband": _raw(lambda w: _again(w, relation=w.rng.choice(("11", "12", "20", "30")))),
    "raw: leaves": _raw(lambda w: _leave(w, "2")),
    "raw: leaves without a ground": _raw(lambda w: _leave(w, "")),
    "raw: comes back": _raw(_come_back),
    "raw: dies unseen": _raw(lambda w: _die(w, careful=True)),
    "raw: dies though registered": _raw(lambda w: _die(w, careful=False)),
    "raw: closes an empty household": _raw(lambda w: _close_home(w, careful=True)),
    "raw: closes a household": _raw(lambda w: _close_home(w, careful=False)),
    "raw: makes it another kind": _raw(_turn_home),
    "raw: a number twice": _raw(_twice_numbered),
    "raw: without an act": _without_act,
    "raw: a past beside the past": _raw(_past),
    "raw: another ethnicity": _raw(_bear),
    "raw: nobody": _raw(_nobody),
}


def seeds(writers: int) -> list[int]:
    """Gives the seeds of the writers; `ANJIA_ATTACK_SEED` repeats a run."""
    first = int(os.environ.get("ANJIA_ATTACK_SEED") or random.SystemRandom().randrange(10**6))
    return [first + n for n in range(writers)]
