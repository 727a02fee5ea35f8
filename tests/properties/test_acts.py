"""Any sequence of acts keeps the register whole, and no later act changes what was known before."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel.errors import AnjiaError
from anjia.registers import history
from anjia.registers.condition import Condition
from anjia.registers.household import Household
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.membership import Membership
from anjia.registers.origin import Origin
from anjia.registers.particulars import Particulars
from anjia.registers.residence import Residence
from anjia.registers.status import Status
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make

NAMES = ("父", "母", "子", "媳", "孙", "独")
PERSONS = (
    Person("父", "1", "1955-03-01", "甲户", "02", marital="20", spouse="母"),
    Person("母", "2", "1957-03-01", "甲户", "12", marital="20"),
    Person("子", "1", "1985-05-05", "甲户", "20", father="父", mother="母", marital="20", spouse="媳"),
    Person("媳", "2", "1986-05-05", "甲户", "38", marital="20"),
    Person("孙", "1", "2015-06-01", "甲户", "41", father="子", mother="媳"),
    Person("独", "2", "1990-01-01", "乙户"),
)
HOMES = {"甲户": ("J1", EAST), "乙户": ("J1", EAST), "东集体": ("T4", EAST), "西集体": ("T4", WEST)}
REFUSALS = {
    "head-needed", "head-minor", "companion-not-allowed", "membership-there-already", "membership-overlap",
    "household-not-family",
    "membership-missing", "change-too-early", "entry-overlap", "period-empty", "act-conflict", "household-two-heads",
    "household-headless", "person-not-registrable", "household-closed", "ground-not-restorable", "household-needed",
    "married-already", "not-married", "spouse-living", "name-unchanged", "name-county-decides", "sex-unchanged",
    "birth-unchanged", "birth-after-registration", "twin-mark-needed", "parents-unchanged", "nothing-to-change",
    "day-impossible", "record-cancelled-already", "records-same", "number-disagrees", "parent-needed",
    "kinship-with-oneself", "head-same",
}  # fmt: skip
"""What an act may be refused for; anything else is a fault of the house."""

REGISTERED = (Membership, Household, Particulars, Condition, Residence, Status, Kinship, Identity, Origin)

who, place = st.sampled_from(NAMES), st.sampled_from(["一号", "二号"])
companions = st.lists(who, max_size=3, unique=True)
head = st.none() | who
act = st.one_of(
    st.tuples(st.just("settle"), who, place, companions, head),
    st.tuples(st.just("collective"), who, st.sampled_from([EAST, WEST]), companions, head),
    st.tuples(st.just("head"), who, who),
    st.tuples(st.just("rename"), who, st.sampled_from(["王", "李", "张"])),
    st.tuples(st.just("marry"), who, st.sampled_from(["10", "20", "40"])),
    st.tuples(st.just("correct name"), who, st.integers(0, 3), st.sampled_from(["赵", "钱"])),
    st.tuples(st.just("correct days"), who, st.integers(0, 3), st.integers(-40, 40)),
    st.tuples(st.just("death"), who, head),
    st.tuples(st.just("enlist"), who, head),
    st.tuples(st.just("emigrate"), who, head, st.booleans()),
    st.tuples(st.just("restore"), who, st.sampled_from("123456789"), head),
    st.tuples(st.just("birth"), who, st.sampled_from("12"), st.booleans(), st.integers(0, 60)),
    st.tuples(st.just("wed"), who, who),
    st.tuples(st.just("divorce"), who),
    st.tuples(st.just("widow"), who),
    st.tuples(st.just("adopt"), who, who, st.booleans()),
    st.tuples(st.just("change name"), who, st.sampled_from(["孙", "周"]), st.sampled_from(["station", "county"])),
    st.tuples(st.just("sex"), who, st.sampled_from("12"), st.booleans()),
    st.tuples(st.just("birthday"), who, st.integers(-400, 400)),
    st.tuples(st.just("amend"), who, st.integers(100, 200)),
    st.tuples(st.just("duplicate"), who, who, head),
)
steps = st.lists(st.tuples(st.integers(-3, 30), act), min_size=1, max_size=10)


@dataclass
class Story:
    """What happened so far, with what the register answered after each act."""

    world: World
    day: date = DAY
    memory: list[tuple[datetime, date, Any]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def remember(self, at: datetime) -> None:
        """Notes what the register answers now about a day before, today and one to come."""
        for on in (DAY - timedelta(days=400), self.day, self.day + timedelta(days=60)):
            self.memory.append((at, on, answers(self.world, on, at)))


def answers(world: World, on: date, known_at: datetime) -> Any:
    """Gives everything that the register says about the world on a day as known at a moment."""
    people = []
    for name in NAMES:
        try:
            people.append(history.person(world[name], on, known_at))
        except AnjiaError as error:
            people.append(error.code)
    return people, [history.household_of(world[name], on, known_at) for name in NAMES]


def take(story: Story, days: int, chosen: tuple[Any, ...]) -> None:
    """Does one act; a refusal leaves no trace."""
    world, day = story.world, max(DAY, story.day + timedelta(days=days))
    kind, *rest = chosen
    name, arguments = operation(world, kind, rest)
    if name is None:
        return
    before = counts()
    try:
        done = do(name, day, event="CORRECT" if name == "correct" else "TEST", **arguments)
    except AnjiaError as error:
        if error.code not in REFUSALS or counts() != before:
            raise
        story.done["refused"] += 1
        return
    story.day = day
    story.done[kind] += 1
    story.remember(done.at)


def operation(world: World, kind: str, rest: list[Any]) -> tuple[str | None, dict[str, Any]]:
    """Gives the operation and its arguments."""
    subject = world[rest[0]]
    if kind in ("settle", "collective"):
        given = {"person": subject, "companions": [world[one] for one in rest[2]]}
        given |= {"new_head": world[rest[3]]} if rest[3] else {}
        if kind == "settle":
            return "settle-at-address", given | {"place": world.code(rest[1])}
        return "join-collective", given | {"division": rest[1]}
    if kind == "head":
        home = Membership.objects.filter(subject=subject, recorded_to=None, valid_to=None).first()
        return ("change-head", {"household": home.household, "new_head": world[rest[1]]}) if home else (None, {})
    if kind == "death":
        return "record-death", {"person": subject} | ({"new_head": world[rest[1]]} if rest[1] else {})
    if kind in LIVES:
        return LIVES[kind](world, subject, *rest[1:])
    if kind == "rename":
        return "change", {"register": "particulars", "subject": subject, "values": {"name": rest[1]}}
    if kind == "marry":
        return "change", {"register": "condition", "subject": subject, "values": {"marital": rest[1]}}
    entries = Particulars.objects.filter(subject=subject, recorded_to=None).order_by("valid_from")
    entry = entries[rest[1] % len(entries)]
    values = {"name": rest[2]} if kind == "correct name" else {"valid_from": entry.valid_from + timedelta(days=rest[2])}
    return "correct", {"register": "particulars", "subject": subject, "entry": entry.pk, "values": values}


def named(world: World, name: str | None, argument: str) -> dict[str, int]:
    return {argument: world[name]} if name else {}


def born(world: World, subject: int, sex: str, twin: bool, days: int) -> tuple[str, dict[str, Any]]:
    known = Particulars.objects.filter(subject=subject, recorded_to=None, valid_to=None).get()
    parent = "father" if known.sex == "1" else "mother"
    return "register-person", {
        "name": "新", "sex": sex, "birth_on": DAY - timedelta(days=days), "ethnicity": "01", parent: subject,
        "twin": twin,
    }  # fmt: skip


def birthday(world: World, subject: int, days: int) -> tuple[str, dict[str, Any]]:
    known = Particulars.objects.filter(subject=subject, recorded_to=None, valid_to=None).get()
    return "correct-birth", {"person": subject, "birth_on": known.birth_on + timedelta(days=days), "paper": "证"}


LIVES: dict[str, Callable[..., tuple[str, dict[str, Any]]]] = {
    "enlist": lambda world, who, head: ("enlist", {"person": who, "notice": "入"} | named(world, head, "new_head")),
    "emigrate": lambda world, who, head, lost: (
        "emigrate", {"person": who, "paper": "出", "nationality": lost} | named(world, head, "new_head"),
    ),
    "restore": lambda world, who, kind, host: (
        "restore", {"person": who, "kind": kind} | ({"household": home} if (home := home_of(world, host)) else {}),
    ),
    "birth": born,
    "wed": lambda world, who, spouse: ("marry", {"person": who, "spouse": world[spouse]}),
    "divorce": lambda world, who: ("divorce", {"person": who}),
    "widow": lambda world, who: ("widow", {"person": who}),
    "adopt": lambda world, who, parent, moves: (
        "adopt", {"child": who, "certificate": "收", "mother": world[parent]}
        | ({"household": home} if moves and (home := home_of(world, parent)) else {}),
    ),
    "change name": lambda world, who, name, level: ("change-name", {"person": who, "name": name, "level": level}),
    "sex": lambda world, who, sex, wrong: (
        "change-sex", {"person": who, "sex": sex, "paper": "县", "correction": wrong},
    ),
    "birthday": birthday,
    "amend": lambda world, who, height: ("amend", {"person": who, "height_cm": height}),
    "duplicate": lambda world, wrong, kept, head: (
        "cancel-duplicate",
        {"wrong": wrong, "kept": world[kept], "decision": "清"} | named(world, head, "new_head"),
    ),
}  # fmt: skip
"""Life events: how the drawn values become an operation."""


def home_of(world: World, name: str | None) -> int | None:
    if name is None:
        return None
    row = Membership.objects.filter(subject=world[name], recorded_to=None, valid_to=None).first()
    return row.household if row else None


def counts() -> list[int]:
    return [model.objects.count() for model in REGISTERED]


def whole(story: Story) -> None:
    """Checks the invariants of the whole register on the open knowledge (register notes, INV-01 to INV-05)."""
    for model in (Membership, Household, Particulars, Condition, Residence, Status):
        rows = model.objects.filter(recorded_to=None).order_by("subject", "valid_from")
        for one, two in itertools.pairwise(rows):
            assert one.subject != two.subject or (one.valid_to is not None and one.valid_to <= two.valid_from)
    now = list(Membership.objects.filter(recorded_to=None, valid_to=None))
    assert max(Counter(one.subject for one in now).values(), default=0) <= 1
    homes = {one.subject: one for one in Household.objects.filter(recorded_to=None, valid_to=None)}
    assert {one.household for one in now} <= set(homes)
    heads = Counter(one.household for one in now if one.relation == "02")
    for subject, home in homes.items():
        assert heads[subject] == (1 if home.kind == "J1" else 0), (home.kind, heads)
    alive = {one.subject for one in Status.objects.filter(recorded_to=None, valid_to=None, status="0")}
    assert {one.subject for one in now} <= alive
    numbers_are_whole()
    # Heads on any day, not only now.
    marked = Membership.objects.filter(recorded_to=None, relation="02").order_by("household", "valid_from")
    for one, two in itertools.pairwise(marked):
        assert one.household != two.household or (one.valid_to is not None and one.valid_to <= two.valid_from)


def numbers_are_whole() -> None:
    """Checks that everybody's number is sound, nobody else's for all time, and says what the person is (INV-04)."""
    owners: dict[bytes, set[int]] = {}
    for one in Identity.objects.filter(kind="citizen_no"):
        owners.setdefault(bytes(one.blind), set()).add(one.subject)
    assert all(len(found) == 1 for found in owners.values())
    present = {one.subject: one for one in Particulars.objects.filter(recorded_to=None, valid_to=None)}
    carried = list(Identity.objects.filter(kind="citizen_no", recorded_to=None, valid_to=None))
    assert len({one.subject for one in carried}) == len(carried) == len(present)
    for one in carried:
        assert one.says == f"{present[one.subject].birth_on:%Y%m%d}{present[one.subject].sex}"


def nothing_lost(story: Story) -> None:
    """Checks that every answer of the past is given again as known at its moment."""
    for at, on, answer in story.memory:
        assert answers(story.world, on, at) == answer


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_no_sequence_of_acts_breaks_the_register_or_forgets(taken: list[tuple[int, tuple[Any, ...]]]) -> None:
    with transaction.atomic():
        story = Story(make(PERSONS, homes=HOMES, dwellings={"一号": WEST, "二号": EAST}))
        for days, chosen in taken:
            take(story, days, chosen)
            whole(story)
        nothing_lost(story)
        transaction.set_rollback(True)
    assert connection.in_atomic_block


@pytest.mark.django_db
def test_the_sequences_really_do_something() -> None:
    """Acts of every kind succeed, so that the property above is not empty."""
    story = Story(make(PERSONS, homes=HOMES, dwellings={"一号": WEST, "二号": EAST}))
    taken: list[tuple[int, tuple[Any, ...]]] = [
        (0, ("head", "父", "子")), (1, ("settle", "子", "一号", ["媳", "孙"], "父")),
        (1, ("collective", "独", WEST, [], None)), (1, ("rename", "母", "王")), (1, ("marry", "独", "20")),
        (0, ("correct name", "父", 0, "赵")), (0, ("correct days", "父", 0, 5)), (1, ("death", "父", "母")),
        (1, ("widow", "母")), (1, ("birth", "媳", "2", False, 5)), (1, ("enlist", "媳", None)),
        (1, ("restore", "媳", "1", None)), (1, ("divorce", "媳")), (1, ("wed", "母", "子")),
        (1, ("adopt", "孙", "母", False)), (1, ("change name", "独", "周", "county")), (1, ("sex", "媳", "1", False)),
        (1, ("birthday", "独", -3)), (1, ("amend", "孙", 120)), (1, ("emigrate", "子", "媳", False)),
        (1, ("duplicate", "独", "母", None)),
    ]  # fmt: skip
    for days, chosen in taken:
        take(story, days, chosen)
        whole(story)
    nothing_lost(story)
    assert story.done == Counter({chosen[0]: 1 for _, chosen in taken})
