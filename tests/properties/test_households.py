"""Any sequence of household events keeps the register whole (register notes, INV-01, 02, 05, 07, 09)."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel.errors import AnjiaError
from anjia.registers import history, reversing
from anjia.registers.models import Guardianship, Household, Membership, Officer, Particulars, Status
from tests.registers.village import HOMES, PERSONS, built
from tests.registers.world import DAY, EAST, World, do

NAMES = tuple(one.name for one in PERSONS)
WARD = {"guardian_name": "舅舅", "guardian_ground": "dead", "approved_by": "所长"}
REFUSALS = {
    "head-needed", "head-minor", "guardian-needed", "companion-not-allowed", "membership-there-already",
    "membership-missing", "household-not-family", "household-not-collective", "household-not-empty",
    "split-leaves-nobody", "split-across-households", "merge-across-addresses", "merge-of-strangers",
    "relation-of-head", "relation-same", "relation-against-sex", "relation-order-open", "person-not-registrable",
    "officer-same", "officer-not-alive", "leave-not-unit", "collective-missing", "collective-of-unit",
    "collective-of-village", "act-overtaken", "act-reversed", "membership-overlap", "household-two-heads",
    "household-headless", "period-empty", "entry-overlap", "household-closed", "act-conflict",
    "place-without-households", "household-officerless", "household-two-officers", "officer-left-over",
    "stay-unknown", "relation-needed", "household-not-standing", "act-is-reversal", "head-same",
}  # fmt: skip
"""What an act may be refused for; anything else is a fault of the house."""

who, home = st.sampled_from(NAMES), st.sampled_from([*HOMES, "他的", "新户"])
some, heir, flag = st.lists(who, max_size=3, unique=True), st.none() | who, st.booleans()
act = st.one_of(
    st.tuples(st.just("set up"), who, some, heir, st.sampled_from(["新居", "空房"]), flag),
    st.tuples(st.just("join"), who, some, heir, home),
    st.tuples(st.just("split"), who, some, heir, flag),
    st.tuples(st.just("merge"), who, who, heir),
    st.tuples(st.just("head"), who, flag),
    st.tuples(st.just("relation"), who, st.sampled_from(["20", "22", "30", "97", "99"]), flag),
    st.tuples(st.just("enter"), who, some, heir, home),
    st.tuples(st.just("leave"), who, some),
    st.tuples(st.just("officer"), home, who),
    st.tuples(st.just("close"), home),
    st.tuples(st.just("found"), st.sampled_from(["T1", "T5"]), who),
    st.tuples(st.just("death"), who, heir),
    st.tuples(st.just("stay"), who, home, st.integers(-900, 0), st.integers(1, 900)),
    st.tuples(st.just("undo"), st.integers(0, 9)),
)
steps = st.lists(st.tuples(st.integers(0, 30), act), min_size=1, max_size=12)


@dataclass
class Story:
    """What happened so far, with what the register answered after each act."""

    world: World
    day: date = DAY
    acts: list[int] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    memory: list[tuple[datetime, date, Any]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def home(self, name: str, of: int) -> int:
        """Gives a household by its name, the one that was made last, or the one in which a person is."""
        if name == "新户" and self.made:
            return self.made[-1]
        own = Membership.objects.filter(subject=of, recorded_to=None, valid_to=None).first()
        if name in ("他的", "新户"):
            return own.household if own else self.world["老宅"]
        return self.world[name]


def take(story: Story, days: int, chosen: tuple[Any, ...]) -> None:
    """Does one act; a refusal leaves no trace."""
    day, before = story.day + timedelta(days=days), counts()
    kind, *rest = chosen
    try:
        done = undo(story, day, rest[0]) if kind == "undo" else act_of(story, kind, rest, day)
    except AnjiaError as error:
        if error.code not in REFUSALS or counts() != before:
            raise
        story.done["refused"] += 1
        return
    if done is None:
        return
    story.day = day
    story.done[kind] += 1
    story.acts.append(done.act_id)
    if kind in ("set up", "split", "found"):
        story.made.append(done.summary["household"])
    for on in (DAY - timedelta(days=400), day):
        story.memory.append((done.at, on, answers(story.world, on, done.at)))


def act_of(story: Story, kind: str, rest: list[Any], day: date) -> Any:
    name, on, arguments = operation(story, kind, rest, day)
    return do(name, on, **arguments)


def undo(story: Story, day: date, turn: int) -> Any:
    if not story.acts:
        return None
    act = story.acts[-1 - turn % len(story.acts)]
    return reversing.reverse_act(act, key=uuid.uuid4(), actor=None, reason="test", on=day, definition="0" * 64)


def operation(story: Story, kind: str, rest: list[Any], day: date) -> tuple[str, date, dict[str, Any]]:
    """Gives the operation, its day and its arguments."""
    world = story.world
    head = {"new_head": world[rest[2]]} if kind in ("set up", "join", "split", "enter") and rest[2] else {}
    subject = world[rest[0]] if rest[0] in world.keys else 0
    along = [world[one] for one in rest[1]] if kind in ("set up", "join", "split", "enter", "leave") else []
    ward = WARD if rest[-1] is True and kind in ("set up", "split", "head") else {}
    if kind == "set up":
        return "set-up-household", day, {
            "person": subject, "members": along, "place": world.code(rest[3]), **head, **ward,
        }  # fmt: skip
    if kind == "join":
        return "join-household", day, {
            "person": subject, "members": along, "household": story.home(rest[3], subject), **head,
        }  # fmt: skip
    if kind == "split":
        return "split-household", day, {"person": subject, "members": along, **head, **ward}
    if kind == "merge":
        other = {"head": world[rest[2]]} if rest[2] else {}
        kept, gone = (story.home("他的", world[one]) for one in rest[:2])
        return "merge-households", day, {"household": kept, "merged": gone, **other}
    if kind == "head":
        return "change-head", day, {"household": story.home("他的", subject), "new_head": subject, **ward}
    if kind == "relation":
        return "change-relation", day, {"person": subject, "relation": rest[1], "all_children": rest[2]}
    if kind == "enter":
        return "enter-collective", day, {
            "person": subject, "companions": along, "household": story.home(rest[3], subject), **head,
        }  # fmt: skip
    return rare(story, kind, rest, day)


def rare(story: Story, kind: str, rest: list[Any], day: date) -> tuple[str, date, dict[str, Any]]:
    """Gives the operations about officers, whole collective households, deaths and wrong stays."""
    world, subject = story.world, story.world.keys.get(rest[0], 0)
    if kind == "leave":
        return "leave-collective", day, {"person": subject, "companions": [world[one] for one in rest[1]]}
    if kind == "officer":
        named = {"officer": world[rest[1]], "officer_name": rest[1]}
        return "appoint-officer", day, {"household": story.home(rest[0], world["父"]), **named}
    if kind == "close":
        return "close-household", day, {"household": story.home(rest[0], world["父"])}
    if kind == "found":
        named = {"name": f"{rest[1]}厂", "officer_name": rest[1]}
        return "set-up-collective", day, {"kind": rest[0], "division": EAST, **named}
    if kind == "death":
        return "record-death", day, {"person": subject, **({"new_head": world[rest[1]]} if rest[1] else {})}
    since = day + timedelta(days=rest[2])
    return "correct-registration", day, {
        "person": subject, "household": story.home(rest[1], subject), "since": since,
        "until": since + timedelta(days=rest[3]), "relation": "99",
    }  # fmt: skip


def answers(world: World, on: date, known_at: datetime) -> Any:
    homes = [history.household_of(world[name], on, known_at) for name in NAMES]
    return homes, [history.officer(world[name], on, known_at) for name in HOMES]


def counts() -> list[int]:
    return [model.objects.count() for model in (Membership, Household, Officer, Guardianship, Status)]


def whole() -> None:
    """Checks the invariants on the present knowledge."""
    now = list(Membership.objects.filter(recorded_to=None, valid_to=None))
    assert max(Counter(one.subject for one in now).values(), default=0) <= 1, "INV-01"
    for model in (Membership, Household, Officer, Guardianship):
        rows = model.objects.filter(recorded_to=None).order_by("subject", "valid_from")
        for one, two in itertools.pairwise(rows):
            assert one.subject != two.subject or (one.valid_to is not None and one.valid_to <= two.valid_from), "INV-05"
    homes = {one.subject: one for one in Household.objects.filter(recorded_to=None, valid_to=None)}
    assert {one.household for one in now} <= set(homes)
    heads = Counter(one.household for one in now if one.relation == "02")
    officers = Counter(Officer.objects.filter(recorded_to=None, valid_to=None).values_list("subject", flat=True))
    wards = set(Guardianship.objects.filter(recorded_to=None, valid_to=None).values_list("subject", flat=True))
    born = dict(Particulars.objects.filter(recorded_to=None, valid_to=None).values_list("subject", "birth_on"))
    today = timezone.localdate()
    adult = today.replace(year=today.year - 18) if (today.month, today.day) != (2, 29) else date(today.year - 18, 3, 1)
    for subject, page in homes.items():
        members = [one for one in now if one.household == subject]
        if page.kind == "J1":
            assert (heads[subject], officers[subject]) == (1, 0), "INV-02"
            assert subject in wards or any(born[one.subject] <= adult for one in members), "INV-07"
        else:
            assert officers[subject] == 1, "INV-02"
            assert all(one.relation in ("99",) for one in members), "INV-09"
    assert set(officers) | wards <= set(homes)
    alive = set(Status.objects.filter(recorded_to=None, valid_to=None, status="0").values_list("subject", flat=True))
    assert {one.subject for one in now} <= alive, "INV-03"


def nothing_lost(story: Story) -> None:
    for at, on, answer in story.memory:
        assert answers(story.world, on, at) == answer


@pytest.mark.django_db
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_no_sequence_of_household_events_breaks_the_register(taken: list[tuple[int, tuple[Any, ...]]]) -> None:
    with transaction.atomic():
        story = Story(built())
        for days, chosen in taken:
            take(story, days, chosen)
            whole()
        nothing_lost(story)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_household_sequences_really_do_something() -> None:
    story = Story(built())
    taken: list[tuple[Any, ...]] = [
        ("set up", "无户", [], None, "新居", False), ("join", "女", [], None, "老宅"),
        ("split", "女", [], None, False), ("merge", "父", "女", None), ("head", "子", False),
        ("relation", "孙女", "97", False), ("enter", "妻", ["工子"], None, "厂"), ("leave", "工", []),
        ("officer", "社区", "女"), ("found", "T5", "邻"), ("close", "新户"), ("death", "父", None),
        ("stay", "母", "邻户", -800, 100), ("undo", 0),
    ]  # fmt: skip
    for chosen in taken:
        take(story, 1, chosen)
        whole()
    nothing_lost(story)
    assert story.done == Counter({chosen[0]: 1 for chosen in taken})
