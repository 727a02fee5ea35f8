"""As-of answers by SQL equal a plain model that replays the same acts, for random acts, days and moments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel.errors import AnjiaError
from anjia.kernel.periods import PartialDate
from anjia.registers import dates, history, lists, occupancy
from anjia.registers.dates import When
from tests.registers.world import EAST, WEST, Person, World, do, make

pytestmark = pytest.mark.django_db
FIRST = date(2010, 1, 1)
LAST = date(2010, 7, 31)
HOMES = ("东", "西")

whole_days = st.dates(FIRST, LAST)
partly = whole_days.map(lambda day: PartialDate(day.year, day.month))
whens = st.one_of(
    whole_days.map(lambda day: PartialDate(day.year, day.month, day.day)), partly, st.just(PartialDate(2010)), st.none()
)
doings = st.lists(
    st.tuples(st.sampled_from(("stay", "stay", "stay", "end", "redate", "strike")), whens, st.integers(0, 5)),
    min_size=1, max_size=6,
)  # fmt: skip
questions = st.lists(st.tuples(st.dates(date(2009, 12, 1), date(2011, 2, 1)), st.integers(0, 6)), max_size=12)
relaxed = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(frozen=True)
class Told:
    """A stay as it was told: `home` None for an absence, `first` the earliest day after the one before."""

    since: When
    home: str | None
    first: date = date.min

    @property
    def vague(self) -> bool:
        return self.since is None or self.since.exact is None

    @property
    def beyond(self) -> date:
        """First day on which it must have begun, the last day of its window not counted as certain."""
        if self.since is None:
            return date.max
        return self.since.latest + timedelta(days=1) if self.vague else self.since.latest


class Impossible(Exception):
    """The told order cannot have been."""


@dataclass
class Model:
    """What is known of one person, by moments."""

    told: list[Told] = field(default_factory=list)
    known: list[tuple[datetime, list[Told]]] = field(default_factory=list)

    def placed(self, told: list[Told]) -> list[Told]:
        """Gives each stay its earliest day and leaves out what was overtaken on its first day."""
        found: list[Told] = []
        for one in told:
            earliest = date.min if one.since is None else one.since.earliest
            before = found[-1] if found else None
            if before is not None and earliest <= before.first:
                if not one.vague and earliest < before.first:
                    raise Impossible
                at_once = before.home is None and before.vague and _width(before) == _width(one)
                if one.vague:
                    earliest = before.first + timedelta(days=0 if at_once else 1)
                if one.vague and earliest >= one.beyond:
                    raise Impossible
            found.append(replace(one, first=earliest))
        return _kept(found)

    def on(self, told: list[Told], home: str, day: date) -> bool | None:
        """Says whether the person lived in a home on a day (None = possible)."""
        answers = {self._answer(told, run, day) for run in _runs(told) if told[run[0]].home == home}
        return True if True in answers else None if None in answers else False

    def _answer(self, told: list[Told], run: tuple[int, int], day: date) -> bool | None:
        later = told[run[1] + 1 :]
        possible_to = min((after.beyond for after in later), default=date.max)
        sure_to = later[0].first if later else date.max
        if not self._possible_from(told, run) <= day < possible_to:
            return False
        sure_from = min(one.beyond for one in told[run[0] : run[1] + 1])
        return True if sure_from <= day < sure_to else None

    def _possible_from(self, told: list[Told], run: tuple[int, int]) -> date:
        """Gives the first day on which a stay can have begun: at once with vague ones kept a day apart."""
        one = told[run[0]]
        if not one.vague:
            return one.first
        day = one.first
        for before in reversed([told[start] for start, _ in _runs(told) if start < run[0] and told[start].vague]):
            if before.first == day - timedelta(days=1):
                day = before.first
        return max(day, date.min if one.since is None else one.since.earliest)


def _kept(told: list[Told]) -> list[Told]:
    """Leaves out what was overtaken on its first day, and absences that follow no stay."""
    found: list[Told] = []
    for one, after in zip_longest(told, told[1:]):
        if after is not None and after.first == one.first:
            continue
        if one.home is not None or (found and found[-1].home is not None):
            found.append(one)
    return found


def _runs(told: list[Told]) -> list[tuple[int, int]]:
    """Gives first and last of each unbroken stay at one home."""
    found: list[tuple[int, int]] = []
    for position, one in enumerate(told):
        if one.home is None:
            continue
        if found and found[-1][1] == position - 1 and told[position - 1].home == one.home:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found


def _width(one: Told) -> str:
    return dates.known_of(one.since)


@relaxed
@given(acts=doings, asked=questions)
def test_where_somebody_lived_as_known_at_any_moment(db: None, acts: list[Any], asked: list[Any]) -> None:
    with _fresh() as world:
        _lived(world, acts, asked)


def _lived(world: World, acts: list[Any], asked: list[Any]) -> None:
    model = Model()
    for what, when, number in acts:
        told = _next(model.told, what, when, number)
        if told is None:
            continue
        try:
            told = model.placed(told)
        except Impossible:
            with pytest.raises(AnjiaError):
                _do(world, model, what, when, number)
            continue
        done = _do(world, model, what, when, number)
        model.told = told
        model.known.append((done.at, told))
    for day, number in asked:
        if not model.known:
            break
        at, told = model.known[number % len(model.known)]
        for home in HOMES:
            spells = [one for one in occupancy.at(world[home], day, at) if one.subject == world["甲"]]
            answers = {spell.on(day) for spell in spells} or {False}
            found = True if True in answers else None if None in answers else False
            assert found is model.on(told, home, day), (home, day, told)
            if found is True:
                assert all(spell.possible.contains(day) for spell in spells)


@relaxed
@given(
    moves=st.lists(st.tuples(st.sampled_from(("东集体", "西集体")), st.integers(1, 60)), max_size=5),
    asked=st.lists(st.tuples(st.dates(date(2019, 12, 1), date(2021, 6, 1)), st.integers(0, 5)), min_size=1, max_size=8),
)
def test_registrations_lists_and_counts_as_known_at_any_moment(
    db: None, moves: list[Any], asked: list[Any]
) -> None:
    with _fresh() as world:
        _registered(world, moves, asked)


def _registered(world: World, moves: list[Any], asked: list[Any]) -> None:
    stays = [(date(2015, 1, 1), "户")]
    day = date(2020, 1, 1)
    known = [(timezone.now(), list(stays))]
    for home, step in moves:
        day += timedelta(days=step)
        if home == stays[-1][1]:
            continue
        done = do("join-collective", day, event="MOVE_INTRA", person=world["乙"], household=world[home])
        stays = [*stays, (day, home)]
        known.append((done.at, list(stays)))
    divisions = {"户": EAST, "东集体": EAST, "西集体": WEST}
    for on, number in asked:
        at, told = known[number % len(known)]
        home = [name for since, name in told if since <= on][-1]
        own = history.membership(world["乙"], on, at)
        assert own is not None
        assert own.household == world[home]
        assert [spell.subject for spell in occupancy.at(world[home], on, at, capacity="member")].count(world["乙"]) == 1
        page = history.household(world[home], on, at)
        assert world["乙"] in {member.subject for member in page.members}
        listed = lists.people(divisions[home], on, at, allowed=None, limit=1000)
        assert world["乙"] in {one.subject for one in listed}
        counted = lists.count(divisions[home], on, at, by="division", allowed=None)
        assert counted[0].people == len(listed)


@contextmanager
def _fresh() -> Iterator[World]:
    """Gives a world that is gone again afterwards, so that examples do not meet."""
    with transaction.atomic():
        yield make(
            [Person("甲", "1", "1980-01-01", "户"), Person("乙", "1", "1981-01-01", "户", "20")],
            homes={"户": ("J1", EAST), "东集体": ("T4", EAST), "西集体": ("T4", WEST)},
            dwellings={"东": EAST, "西": WEST},
        )
        transaction.set_rollback(True)


def _next(told: list[Told], what: str, when: When, number: int) -> list[Told] | None:
    """Gives the stays after a doing, None when there is nothing to do it to."""
    if what == "stay":
        return [*told, Told(when, HOMES[number % 2])]
    if not told:
        return None
    if what == "end":
        return None if told[-1].home is None else [*told, Told(when, None)]
    at = number % len(told)
    if what == "strike":
        return told[:at] + told[at + 1 :]
    return [*told[:at], Told(when, told[at].home), *told[at + 1 :]]


def _do(world: World, model: Model, what: str, when: When, number: int) -> Any:
    since = "unknown" if when is None else str(when)
    if what == "stay":
        return do("record-stay", person=world["甲"], place=world.code(HOMES[number % 2]), since=since)
    if what == "end":
        return do("end-stay", person=world["甲"], since=since)
    day = model.told[number % len(model.told)].first
    if what == "strike":
        return do("correct-stay", event="CORRECT", person=world["甲"], day=day, strike=True)
    return do("correct-stay", event="CORRECT", person=world["甲"], day=day, since=since)
