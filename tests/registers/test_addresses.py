"""Addresses: opened, renamed in bulk with their households, closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.entries import Moment, Open, Plan
from anjia.registers import history
from anjia.registers.models import Household, Membership, Place
from anjia.registers.place import code_of
from tests.registers.village import built, household
from tests.registers.world import BEGIN, DAY, EAST, WEST, World, do, draft, refused

pytestmark = pytest.mark.django_db
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=30)
OLD, NEW = "柳泉路", "淄水大道"


@pytest.fixture
def world(db: None) -> World:
    return built()


@pytest.fixture
def street(db: None) -> dict[str, int]:
    """Three doors on one road in the east and one on its namesake in the west; each has a household."""
    return road({"1号": EAST, "2号": EAST, "3号": EAST, "西": WEST})


def road(doors: dict[str, str], serial: int = 0) -> dict[str, int]:
    keys: dict[str, int] = {}

    def decide(seen: acts.Seen, moment: Moment) -> Plan:
        opens = []
        subjects = iter(moment.subjects)
        for turn, (door, division) in enumerate(doors.items(), serial):
            place, home, person = next(subjects), next(subjects), next(subjects)
            keys.update({door: place, f"户{door}": home, f"人{door}": person})
            printed = f"云市东县{OLD}{door}院2号楼101室"
            opens += [
                Open("place", place, BEGIN, None, {
                    "division": division, "street": OLD, "door_plate": door, "compound": "", "building": "2号楼",
                    "unit": "", "floor": "", "room": "101室", "printed": printed, "usage": "dwelling",
                    "state": "in_use",
                }),
                Open("household", home, BEGIN, None, {
                    "number": f"9901{turn:05d}", "kind": "J1", "place": place, "address": printed,
                    "division": division, "station": f"{division[:9]}000", "name": "",
                }),
                Open("particulars", person, BEGIN, None, {
                    "name": "某", "former_name": "", "sex": "1", "birth_on": BEGIN.replace(year=1980),
                    "birth_place": "", "ethnicity": "01", "native_place": "", "first_county": "990101",
                }),
                Open("status", person, BEGIN, None, {"status": "0", "ground": ""}),
                Open("membership", person, BEGIN, None, {
                    "household": home, "relation": "02", "ground": "", "from_place": "", "division": division,
                    "close_ground": "",
                }),
            ]  # fmt: skip
        return Plan((), tuple(opens))

    kinds = ("L", "H", "P") * len(doors)
    acts.commit(draft("IMPORT", decide=decide, new_subjects=kinds, effective_on=BEGIN))
    return keys


def printed(place: int, on: Any = DAY) -> str:
    found = history.place(place, on, timezone.now())
    assert found is not None
    return str(found["printed"])


def test_an_address_is_opened_planned_and_taken_into_use(world: World) -> None:
    given = {"division": EAST, "printed": "云市东县新路1号", "usage": "dwelling", "street": "新路", "planned": True}
    place = do("open-place", **given).summary["place"]
    there = {"person": world["邻"], "place": code_of(EAST, place)}
    assert refused(lambda: do("set-up-household", **there)) == "place-unknown"
    do("use-place", LATER, places=[place])
    do("set-up-household", LATER, **there)
    assert history.households_at(place, LATER, timezone.now())[0].address == "云市东县新路1号"
    assert refused(lambda: do("open-place", division=EAST, printed=" ", usage="dwelling")) == "place-unprinted"
    assert refused(lambda: do("use-place", LATER, places=[place])) == "place-gone"


def test_a_road_is_renamed_with_all_its_households(street: dict[str, int]) -> None:
    done = do("rename-places", event="ADDRESS_CHANGE", division=EAST[:6], street=OLD, to_street=NEW)
    assert done.summary == {"places": 3, "households": 3}
    assert printed(street["2号"]) == f"云市东县{NEW}2号院2号楼101室"
    assert printed(street["2号"], BEFORE) == f"云市东县{OLD}2号院2号楼101室"
    view = household(World(), street["户2号"])
    assert view is not None
    assert view.address == printed(street["2号"])
    assert household(World(), street["户2号"], BEFORE).address == printed(street["2号"], BEFORE)
    assert printed(street["西"]) == f"云市东县{OLD}西院2号楼101室"
    assert Membership.objects.count() == 4


def test_the_changes_of_address_are_listed_with_what_brought_them(street: dict[str, int]) -> None:
    do("rename-places", event="ADDRESS_CHANGE", division=EAST, street=OLD, to_street=NEW)
    found = history.addresses(street["户1号"], LATER, timezone.now())
    assert [(one.on, one.event) for one in found] == [(DAY, "ADDRESS_CHANGE"), (BEGIN, "IMPORT")]
    assert not any(one.moved for one in found)
    assert len(history.addresses(street["户1号"], BEFORE, timezone.now())) == 1


def test_doors_are_renumbered_and_may_change_places(street: dict[str, int]) -> None:
    swapped = {"1号": "2号", "2号": "1号"}
    done = do("rename-places", division=EAST, street=OLD, doors=swapped)
    assert done.summary == {"places": 2, "households": 2}
    assert printed(street["1号"]) == f"云市东县{OLD}2号院2号楼101室"
    assert printed(street["2号"]) == f"云市东县{OLD}1号院2号楼101室"
    do("rename-places", division=EAST, street=OLD, to_street=NEW, doors={"3号": "33号"})
    assert printed(street["3号"]) == f"云市东县{NEW}33号院2号楼101室"


def test_two_renames_of_one_day_leave_the_last(street: dict[str, int]) -> None:
    do("rename-places", division=EAST, street=OLD, to_street="中间路")
    do("rename-places", division=EAST, street="中间路", to_street=NEW)
    assert printed(street["1号"]).startswith(f"云市东县{NEW}1号")
    assert Place.objects.filter(subject=street["1号"], recorded_to=None).count() == 2


def test_what_is_no_rename(street: dict[str, int], world: World) -> None:
    def rename(**given: Any) -> str:
        return refused(lambda: do("rename-places", **given))

    assert rename(division="9901", street=OLD, to_street=NEW) == "places-too-wide"
    assert rename(division=EAST, street="没有路", to_street=NEW) == "places-none"
    assert rename(division=EAST, street=OLD, doors={"99号": "1号"}) == "places-none"
    assert rename(division=EAST, street=OLD, to_street=OLD) == "places-unchanged"
    assert rename(division=EAST, street=OLD) == "places-unchanged"
    assert rename(division=EAST, street="", to_street=NEW) == "place-text-differs"


def test_a_demolished_address_takes_nobody(street: dict[str, int], world: World) -> None:
    assert refused(lambda: do("close-place", places=[street["1号"]])) == "place-without-households"
    do("settle-at-address", person=street["人1号"], place=world.code("新居"))
    do("close-place", LATER, places=[street["1号"]])
    found = history.place(street["1号"], LATER, timezone.now())
    assert found is not None
    assert found["state"] == "demolished"
    there = {"person": world["邻"], "place": code_of(EAST, street["1号"])}
    assert refused(lambda: do("settle-at-address", LATER, **there)) == "place-unknown"
    assert refused(lambda: do("close-place", LATER, places=[street["1号"]])) == "place-gone"
    assert refused(lambda: do("close-place", LATER, places=[10**9])) == "act-conflict"


def test_the_database_itself_keeps_households_out_of_what_is_gone(street: dict[str, int]) -> None:
    row = Place.objects.get(subject=street["1号"])
    names = ("division", "street", "door_plate", "compound", "building", "unit", "floor", "room", "printed", "usage")
    values = {**{name: getattr(row, name) for name in names}, "state": "demolished"}

    def decide(seen: Any, moment: Moment) -> Plan:
        from anjia.kernel.entries import Close

        return Plan((Close("place", row.pk, row.subject),), (Open("place", row.subject, DAY, None, values),))

    gone = draft("TEST", subjects=(row.subject,), decide=decide)
    assert refused(lambda: acts.commit(gone)) == "place-without-households"


def test_a_thousand_doors_and_more_are_renamed_by_one_act(db: None) -> None:
    road({f"{turn}号": EAST for turn in range(1500)})
    done = do("rename-places", event="ADDRESS_CHANGE", division=EAST, street=OLD, to_street=NEW)
    assert done.summary == {"places": 1500, "households": 1500}
    assert Household.objects.filter(recorded_to=None, valid_to=None, address__contains=NEW).count() == 1500
