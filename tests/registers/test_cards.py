"""ID cards: how long they hold, how they are made, lost and withdrawn, and that one is valid at most."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from anjia.registers import carding, cards
from anjia.registers.card import Card
from tests.registers.outsiders import take_in
from tests.registers.world import DAY, EAST, Person, World, do, make, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("甲", "1", "1990-01-01", "户"), Person("童", "1", "2015-06-01", "户", "20", father="甲")],
        homes={"户": ("J1", EAST)},
    )


def accept(person: int, purpose: str = "first", on: date = DAY) -> str:
    done = do("accept-card", on, event="CARD_FIRST", person=person, purpose=purpose, division=EAST, reviewed=True)
    return str(done.summary["card"])


def made(person: int, number: str, on: date, serial: str = "S1") -> None:
    do("make-card", on, person=person, number=number, batch="B1")
    do("receive-card", on, person=person, number=number, serial=serial)


def holding(person: int, on: date = DAY) -> str:
    number = accept(person, on=on)
    made(person, number, on, f"S{number}")
    do("deliver-card", on, person=person, number=number)
    return number


def states(person: int, on: date) -> list[str]:
    return [one.state for one in cards.cards(person, on, timezone.now())]


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        ("2010-03-05", "2026-03-04", 5), ("2010-03-05", "2026-03-05", 10), ("2000-03-05", "2026-03-04", 10),
        ("2000-03-05", "2026-03-05", 20), ("1980-03-05", "2026-03-04", 20), ("1980-03-05", "2026-03-05", None),
        ("2012-02-29", "2028-02-28", 5), ("2012-02-29", "2028-02-29", 10), ("2004-02-29", "2030-02-28", 10),
        ("2004-02-29", "2030-03-01", 20), ("1980-02-29", "2026-02-28", 20), ("1980-02-29", "2026-03-01", None),
        ("2026-03-05", "2026-03-05", 5),
    ],
)  # fmt: skip
def test_years_follow_the_age_on_the_day_of_application(born: str, on: str, years: int | None) -> None:
    assert carding.years_of(date.fromisoformat(born), date.fromisoformat(on)) == years


def test_the_last_day_belongs_to_the_validity() -> None:
    assert carding.last_day(date(2024, 2, 29), 5) == date(2029, 2, 28)
    assert carding.last_day(date(2024, 2, 29), 20) == date(2044, 2, 29)
    assert carding.last_day(date(2024, 2, 29), None) is None


def test_a_card_goes_from_application_to_its_owner(world: World) -> None:
    person = world["甲"]
    number = do("accept-card", person=person, purpose="first", division=EAST).summary["card"]
    assert states(person, DAY) == ["accepted"]
    assert refused(lambda: do("make-card", person=person, number=number, batch="B1")) == "card-state"
    do("review-card", DAY + timedelta(1), person=person, number=number)
    do("make-card", DAY + timedelta(2), person=person, number=number, batch="B1")
    do("reject-card", DAY + timedelta(3), person=person, number=number, reason="portrait")
    assert states(person, DAY + timedelta(3)) == ["accepted"]
    do("review-card", DAY + timedelta(4), person=person, number=number)
    made(person, number, DAY + timedelta(5))
    assert refused(lambda: do("receive-card", person=person, number=number, serial="S2")) == "card-state"
    do("deliver-card", DAY + timedelta(9), person=person, number=number)
    [card] = cards.cards(person, DAY + timedelta(9), timezone.now())
    assert (card.state, card.serial, card.years) == ("valid", "S1", 20)
    assert (card.signed_on, card.valid_until) == (date(2026, 11, 6), date(2046, 11, 6))
    assert [states(person, DAY + timedelta(days)) for days in range(6)] == [
        ["accepted"], ["reviewed"], ["making"], ["accepted"], ["reviewed"], ["ready"],
    ]  # fmt: skip


def test_a_new_card_withdraws_the_old_one_in_the_same_act(world: World) -> None:
    person = world["甲"]
    first = holding(person)
    renewal = date(2046, 11, 1) - timedelta(90)
    assert refused(lambda: accept(person, "renew", renewal - timedelta(1))) == "card-too-early"
    second = accept(person, "renew", renewal)
    made(person, second, renewal, "S9")
    assert states(person, renewal) == ["ready", "valid"]
    done = do("deliver-card", renewal + timedelta(5), person=person, number=second)
    old = Card.objects.get(number=first, recorded_to=None, valid_to=None)
    assert (old.state, old.opened_by) == ("withdrawn", done.act_id)
    assert cards.cards(person, renewal + timedelta(5), timezone.now())[0].valid_until is None


def test_a_card_expires_by_its_date_without_a_write(world: World) -> None:
    child = world["童"]
    number = holding(child)
    until = date(2031, 11, 1)
    assert (states(child, until), states(child, until + timedelta(1))) == (["valid"], ["expired"])
    assert Card.objects.get(number=number, recorded_to=None, valid_to=None).state == "valid"
    again = accept(child, "renew", until + timedelta(400))
    made(child, again, until + timedelta(400), "S2")
    do("deliver-card", until + timedelta(400), person=child, number=again)
    assert states(child, until + timedelta(400)) == ["valid", "withdrawn"]


def test_a_lost_card_is_marked_at_once_and_does_not_revive(world: World) -> None:
    person = world["甲"]
    number = holding(person)
    do("lose-card", DAY + timedelta(1), event="CARD_LOSS", person=person)
    assert states(person, DAY + timedelta(1)) == ["lost"]
    assert refused(lambda: do("lose-card", DAY + timedelta(1), person=person)) == "card-missing"
    assert refused(lambda: do("deliver-card", DAY + timedelta(1), person=person, number=number)) == "card-state"
    new = accept(person, "reissue", DAY + timedelta(2))
    made(person, new, DAY + timedelta(2), "S2")
    do("deliver-card", DAY + timedelta(3), person=person, number=new)
    assert states(person, DAY + timedelta(3)) == ["valid", "lost"]


def test_a_replacement_marks_the_card_lost_in_the_same_act(world: World) -> None:
    person = world["甲"]
    number = holding(person)
    new = accept(person, "reissue", DAY + timedelta(2))
    lost = Card.objects.get(number=number, recorded_to=None, valid_to=None)
    ordered = Card.objects.get(number=new, recorded_to=None)
    assert (lost.state, lost.opened_by) == ("lost", ordered.opened_by)


def test_one_application_at_a_time_and_the_first_only_once(world: World) -> None:
    person = world["甲"]
    accept(person)
    assert refused(lambda: accept(person)) == "card-there-already"
    assert refused(lambda: accept(world["童"], "renew")) == "card-missing"
    assert refused(lambda: accept(world["童"], "whim")) == "purpose-unknown"


def test_a_temporary_card_holds_three_months_while_another_is_made(world: World) -> None:
    person = world["甲"]
    assert refused(lambda: do("issue-temporary-card", person=person)) == "card-missing"
    number = accept(person)
    day = date(2026, 11, 30)
    do("issue-temporary-card", day, event="CARD_TEMP", person=person)
    temporary = next(one for one in cards.cards(person, day, timezone.now()) if one.kind == "temporary")
    assert (temporary.state, temporary.valid_until) == ("valid", date(2027, 2, 28))
    assert refused(lambda: do("issue-temporary-card", day, person=person)) == "card-there-already"
    do("issue-temporary-card", date(2027, 3, 1), person=person)
    made(person, number, date(2027, 3, 2))
    do("deliver-card", date(2027, 3, 5), person=person, number=number)
    found = cards.cards(person, date(2027, 3, 5), timezone.now())
    assert [one.state for one in found if one.kind == "card"] == ["valid"]
    assert {one.state for one in found if one.kind == "temporary"} == {"withdrawn"}


def test_death_withdraws_every_card_in_the_same_act(world: World) -> None:
    person = world["童"]
    holding(person)
    accept(person, "damaged")
    done = do("record-death", DAY + timedelta(9), event="DEATH", person=person)
    ended = Card.objects.filter(subject=person, recorded_to=None, valid_to=None)
    assert {(one.state, one.note, one.opened_by) for one in ended} == {("withdrawn", "death", done.act_id)}
    assert refused(lambda: accept(person, "first", DAY + timedelta(9))) == "person-not-registrable"


def test_a_status_that_ends_the_registration_needs_the_card_withdrawn(world: World) -> None:
    person = world["甲"]
    outsider = take_in()
    holding(outsider)
    change = {"register": "status", "subject": outsider, "values": {"status": "4"}}
    assert refused(lambda: do("change", **change)) == "card-of-the-living"
    do("withdraw-card", person=outsider, reason="emigration")
    do("change", **change)
    assert refused(lambda: do("withdraw-card", person=person, reason="emigration")) == "card-missing"
