"""Numbers: the next free one, never one twice, also by several connections at once; inherited ones as claims."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from anjia.kernel import acts
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import numbering, people
from anjia.registers.claim import Claim
from anjia.registers.identity import Identity
from anjia.registers.numbering import PLACES, Wanted, candidates
from anjia.registers.origin import Origin
from tests.registers.lives import number
from tests.registers.world import DAY, EAST, Person, World, do, draft, make, refused
from tests.registers.world import number as written

BORN = date(2026, 10, 20)
NEXT = DAY + timedelta(days=10)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from("12"))
def test_all_candidates_fit_and_differ(born: date, sex: str) -> None:
    found = list(candidates(Wanted(("370399",), born, sex)))
    assert len(set(found)) == PLACES == len(found)
    for one in (found[0], found[1], found[498], found[499]):
        parts = citizen_no.parts(one)
        assert (parts.birth_on, parts.sex, parts.address) == (born, sex, "370399")
        assert citizen_no.check_digit(one[:17]) == one[17]


def birth(world: World, name: str = "婴", **more: Any) -> str:
    child = {"household": world["户"], "name": name, "sex": "2", "birth_on": BORN, "ethnicity": "01"} | more
    return number(int(do("register-person", event="BIRTH", **child).summary["person"]))


@pytest.fixture
def world(db: None) -> World:
    return make([Person("甲", "1", "1990-01-01", "户"), Person("乙", "2", "1991-01-01", "户", "97")],
                homes={"户": ("J1", EAST)})  # fmt: skip


def places(found: list[str]) -> list[str]:
    return [one[14:17] for one in found]


@pytest.mark.django_db
def test_numbers_are_given_in_order_by_sex(world: World) -> None:
    assert places([birth(world), birth(world), birth(world, sex="1"), birth(world)]) == ["002", "004", "001", "006"]


@pytest.mark.django_db
def test_a_number_that_came_from_elsewhere_or_was_taken_back_is_passed_over(world: World) -> None:
    on = Wanted(("990101",), BORN, "2")
    taken = list(candidates(on))
    birth(world, number=taken[0])
    do("cancel-duplicate", wrong=people.find_by_number(taken[0]), kept=world["甲"], decision="清-1")
    assert birth(world) == taken[1]


@pytest.mark.django_db
def test_a_number_on_paper_that_somebody_inherited_is_refused(world: World) -> None:
    paper = next(candidates(Wanted(("990101",), BORN, "2")))
    do("claim-number", person=world["乙"], number=paper)
    assert refused(lambda: birth(world, number=paper)) == "number-taken"
    assert birth(world)[14:17] == "004"


@pytest.mark.django_db
def test_a_full_day_is_decided_by_a_person(world: World) -> None:
    last = list(candidates(Wanted(("990101",), BORN, "2")))[:-1]
    acts.commit(draft(
        "IMPORT", new_subjects=("P",) * len(last),
        decide=lambda seen, moment: Plan((), tuple(
            numbering.entry(who, one, BORN) for who, one in zip(moment.subjects, last, strict=True)
        )),
    ))  # fmt: skip
    assert birth(world)[14:17] == "000"
    assert refused(lambda: birth(world)) == "numbers-exhausted"
    assert birth(world, sex="1")[14:17] == "001"


@pytest.mark.django_db
def test_who_has_a_number_gets_no_other(world: World) -> None:
    assert refused(lambda: do("issue-number", persons=[world["甲"], world["乙"]])) == "number-issued-already"


@pytest.mark.django_db
def test_the_bulk_gives_different_numbers_by_day_and_sex() -> None:
    wanted = {key: Wanted(("990101",), BORN, "2" if key % 3 else "1") for key in range(1, 40)}
    issue = numbering.Issue(wanted)
    seen: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for read in issue.reads:
            cursor.execute(read.sql, list(read.params))
            names = [column.name for column in cursor.description]
            seen[read.name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = issue.give(seen)
    assert len(set(found.values())) == len(found) == 39
    assert all(str(2 - int(one[16]) % 2) == wanted[key].sex for key, one in found.items())
    names = [read.name for read in issue.reads]
    assert [name[:4] for name in names] == ["lock", "lock", "numb", "numb"]
    assert names[:2] == sorted(names[:2])


@pytest.mark.django_db(transaction=True)
def test_no_number_is_given_twice_by_connections_at_once(transactional_db: None) -> None:
    heads = [Person(f"户主{name}", "1", "1980-01-01", f"户{name}") for name in "一二三四五六七八"]
    made = make(heads, homes={one.home: ("J1", EAST) for one in heads})
    rounds = 12

    def births(one: Person) -> list[str]:
        return [birth_in(made, one, turn) for turn in range(rounds)]

    found = [two for one in together([lambda one=one: births(one) for one in heads]) for two in one]
    assert len(found) == len(set(found)) == len(heads) * rounds
    assert sorted(places(found)) == [f"{2 * place + 2:03d}" for place in range(len(found))]
    assert Origin.objects.count() == len(found)


def birth_in(made: World, head: Person, turn: int) -> str:
    child = {"name": "婴", "sex": "2", "birth_on": BORN, "ethnicity": "01", "certificate": f"{head.name}{turn}"}
    key = do("register-person", event="BIRTH", household=made[head.home], **child).summary["person"]
    return number(int(key))


@pytest.mark.django_db(transaction=True)
def test_one_certificate_at_several_counters_registers_once(transactional_db: None) -> None:
    heads = [Person(f"户主{name}", "1", "1980-01-01", f"户{name}") for name in "一二三四"]
    made = make(heads, homes={one.home: ("J1", EAST) for one in heads})
    child = {"name": "婴", "sex": "2", "birth_on": BORN, "ethnicity": "01", "certificate": "Q1"}

    def once(one: Person) -> str:
        try:
            do("register-person", event="BIRTH", household=made[one.home], **child)
        except AnjiaError as error:
            return error.code
        return "done"

    assert sorted(together([lambda one=one: once(one) for one in heads])) == ["certificate-used"] * 3 + ["done"]


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Runs the calls from one starting line, each on a connection of its own."""
    line = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            line.wait(30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result(120) for one in [pool.submit(run, call) for call in calls]]


@pytest.mark.django_db
def test_a_number_of_another_is_a_claim_and_no_second_owner(world: World) -> None:
    shared = number(world["甲"])
    stranger = newcomer(world)
    assert do("claim-number", person=stranger, number=shared).summary["state"] == "disputed"
    assert states() == {world["甲"]: "disputed", stranger: "disputed"}
    assert people.find_by_number(shared) == world["甲"]
    assert refused(lambda: do("claim-number", person=stranger, number=shared)) == "claim-known"


def newcomer(world: World) -> int:
    """A person born on the same day as 甲, who has no number yet."""
    made: dict[str, int] = {}

    def decide(seen: Any, moment: Any) -> Any:
        made["key"] = moment.subjects[0]
        values = {
            "name": "外", "former_name": "", "sex": "1", "birth_on": date(1990, 1, 1), "birth_place": "",
            "ethnicity": "01", "native_place": "", "first_county": "990202",
        }  # fmt: skip
        return Plan((), (Open("particulars", made["key"], date(1990, 1, 1), None, values),))

    acts.commit(draft("IMPORT", decide=decide, new_subjects=("P",)))
    return made["key"]


def states() -> dict[int, str]:
    return {one.subject: one.state for one in Claim.objects.filter(recorded_to=None, valid_to=None)}


@pytest.mark.django_db
def test_who_came_later_gets_a_new_number_and_stays_linked_to_the_old(world: World) -> None:
    shared, stranger = number(world["甲"]), newcomer(world)
    do("claim-number", person=stranger, number=shared)
    done = do("settle-claim", NEXT, number=shared, decision="裁-1")
    assert (done.summary["keeper"], done.summary["renumbered"]) == (world["甲"], [stranger])
    assert number(world["甲"]) == shared
    assert number(stranger)[:14] == "99020219900101"
    linked = Identity.objects.filter(subject=stranger, recorded_to=None).order_by("valid_from")
    spans = [(one.valid_from, one.valid_to, one.issued_here) for one in linked]
    assert spans == [(DAY, NEXT, False), (NEXT, None, True)]
    assert set(states().values()) == {"resolved"}
    assert people.find_by_number(shared) == world["甲"]
    assert refused(lambda: do("settle-claim", NEXT, number=shared)) == "claim-missing"


@pytest.mark.django_db
def test_by_agreement_the_other_keeps_it(world: World) -> None:
    shared, stranger = number(world["甲"]), newcomer(world)
    do("claim-number", person=stranger, number=shared)
    assert refused(lambda: do("settle-claim", NEXT, number=shared, keeper=world["乙"])) == "keeper-stranger"
    do("settle-claim", NEXT, number=shared, keeper=stranger)
    assert (number(stranger), number(world["甲"]) != shared) == (shared, True)
    assert people.find_by_number(shared) == stranger
    # The number was issued here once, so it is never issued again.
    assert birth(world, sex="1", birth_on=date(1990, 1, 1)) not in (shared, number(world["甲"]))


@pytest.mark.django_db
def test_an_inherited_number_that_nobody_else_has_is_an_open_claim(world: World) -> None:
    stranger, mine = newcomer(world), written(Person("外", "1", "1990-01-01"), 77)
    assert do("claim-number", person=stranger, number=mine.lower()).summary["state"] == "open"
    assert people.find_by_number(mine) == stranger
    assert refused(lambda: do("claim-number", person=stranger, number="123")) == "citizen-no-malformed"
    assert refused(lambda: do("issue-number", persons=[stranger])) == "number-issued-already"


@pytest.mark.django_db
def test_a_person_without_a_number_gets_one(world: World) -> None:
    some = [newcomer(world) for _ in range(5)]
    do("issue-number", persons=some)
    assert places(sorted(number(one) for one in some)) == ["001", "003", "005", "007", "009"]
