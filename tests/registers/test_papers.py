"""Papers of moving: one state for each number, no number twice, terms, loss and the printed booklet."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from anjia.registers import papers
from anjia.registers.paper import Paper
from tests.registers.world import DAY, EAST, Person, World, commit, do, make, prepared, refused

pytestmark = pytest.mark.django_db
CITY = "990100"


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("甲", "1", "1990-01-01", "甲户"), Person("乙", "2", "1992-02-29", "乙户")],
        homes={"甲户": ("J1", EAST), "乙户": ("J1", EAST)},
    )


def issue(world: World, who: str = "甲", kind: str = "permit", on: date = DAY, **more: object) -> str:
    given = {"days": 40, "prefix": CITY} | more
    return str(do("issue-paper", on, person=world[who], kind=kind, **given).summary["paper"])


def states(number: str) -> list[tuple[str, date, date | None]]:
    rows = Paper.objects.filter(number=number, recorded_to=None).order_by("valid_from")
    return [(row.state, row.valid_from, row.valid_to) for row in rows]


def test_numbers_run_and_each_has_one_state(world: World) -> None:
    first, second = issue(world), issue(world, "乙")
    assert (first, second) == (f"{CITY}2026000001", f"{CITY}2026000002")
    later = DAY + timedelta(days=3)
    do("use-paper", later, kind="permit", number=first)
    assert states(first) == [("issued", DAY, later), ("used", later, None)]
    assert refused(lambda: do("use-paper", later, kind="permit", number=first)) == "paper-ended"
    assert refused(lambda: do("void-paper", later, kind="permit", number=first, note="x")) == "paper-ended"
    assert refused(lambda: do("lose-paper", later, kind="permit", number=first)) == "paper-ended"


def test_a_number_is_never_given_out_again(world: World) -> None:
    issue(world, number="P-1")
    do("void-paper", kind="permit", number="P-1", note="写错")
    for who in ("甲", "乙"):
        assert refused(lambda who=who: issue(world, who, number="P-1")) == "paper-number-taken"


def test_the_term_includes_its_last_day_and_not_the_day_of_issue(world: World) -> None:
    number = issue(world)
    last = DAY + timedelta(days=40)
    over = prepared("use-paper", last + timedelta(days=1), kind="permit", number=number)
    assert refused(lambda: commit(over)) == "paper-expired"
    do("use-paper", last, kind="permit", number=number)


def test_a_person_holds_one_of_a_kind_until_its_term_is_over(world: World) -> None:
    number = issue(world)
    assert refused(lambda: issue(world)) == "paper-live-already"
    issue(world, kind="certificate")
    after = DAY + timedelta(days=41)
    issue(world, on=after)
    assert states(number)[-1] == ("void", after, None)


def test_a_lost_paper_is_issued_anew_under_another_number(world: World) -> None:
    number = issue(world, kind="certificate", days=30)
    day = DAY + timedelta(days=10)
    fresh = str(do("lose-paper", day, kind="certificate", number=number, days=30, prefix=CITY).summary["paper"])
    assert states(number)[-1] == ("lost", day, None)
    assert states(fresh) == [("issued", day, None)]
    assert papers.get("certificate", "", fresh)["valid_until"] == day + timedelta(days=30)
    assert refused(lambda: do("use-paper", day, kind="certificate", number=number)) == "paper-ended"


def test_somebody_elses_and_unknown_papers(world: World) -> None:
    number = issue(world)
    assert refused(lambda: do("use-paper", kind="permit", number=number, person=world["乙"])) == "paper-not-yours"
    assert refused(lambda: do("use-paper", kind="permit", number="nothing")) == "paper-unknown"


def test_of_a_printed_booklet_the_number_is_kept_and_the_older_one_is_void(world: World) -> None:
    do("print-booklet", household=world["甲户"], number="B-1")
    do("print-booklet", household=world["甲户"], number="B-2")
    do("print-booklet", household=world["甲户"], number="C-1", person=world["甲"])
    assert states("B-1") == [("void", DAY, None)]
    assert states("B-2") == [("issued", DAY, None)]
    assert states("C-1") == [("issued", DAY, None)]
    assert refused(lambda: do("print-booklet", household=world["乙户"], number="B-1")) == "paper-number-taken"


def test_the_database_has_the_last_word(world: World) -> None:
    number = issue(world)
    columns = "subject, valid_from, recorded_from, opened_by, kind, issuer, number, state, person, note, uid"
    columns += ", ciphertext"
    values = "%s, %s, now(), 1, 'permit', '', %s, %s, %s, '', %s, ''"
    for state in ("issued", "used", "void"):
        with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO registers_paper ({columns}) VALUES ({values})",
                [world["甲"], DAY, number, state, world["甲"], uuid.uuid4()],
            )
        cause = caught.value.__cause__
        assert isinstance(cause, psycopg.Error)
        assert str(cause.diag.constraint_name).startswith("paper_")
