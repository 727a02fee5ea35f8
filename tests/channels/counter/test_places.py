"""The desk's page of an address: on both axes, by area, possible and disputed, across a redrawn division."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from anjia.kernel.models import AccessRecord, Actor
from anjia.registers import divisions
from anjia.registers.models import Place
from tests.casework.conftest import actor
from tests.casework.test_first_city import FOLDER
from tests.cities import published
from tests.registers.test_redrawing import BEFORE, DIVISIONS, NORTH, STEPS
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make

pytestmark = pytest.mark.django_db
Visit = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    published(FOLDER)
    return make(
        [
            Person("甲先生", "1", "1980-01-01", "户", spouse="乙女士", marital="20"),
            Person("乙女士", "2", "1982-01-01", "户", "12", marital="20"),
            Person("丙先生", "1", "1990-01-01", "邻"),
        ],
        homes={"户": ("J1", EAST), "邻": ("J1", WEST)}, dwellings={"旧居": EAST, "新居": WEST},
    )  # fmt: skip


@pytest.fixture
def clerk(world: World) -> Actor:
    return officer("clerk", "990101")


def officer(name: str, area: str) -> Actor:
    return actor(name, "staff", "approving-officer", areas=[area], station=f"{area[:6]}001000")


def read(client: Client, place: int, **asked: Any) -> str:
    answer = client.get(f"/counter/places/{place}/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def part(page: str, card: str) -> str:
    """Gives one card of a page."""
    return page.split(f'<section class="aj-card" id="{card}"')[1].split("</section>")[0]


def test_who_is_registered_and_who_lives_at_an_address(world: World, clerk: Actor, visit: Visit) -> None:
    do("record-stay", person=world["丙先生"], place=world.code("at 户"), since="2020-05-01")
    page = read(visit(clerk), world["at 户"])
    registered, resident = part(page, "registered"), part(page, "resident")
    assert "甲＊生" in registered
    assert "甲先生" not in page
    assert f"/counter/persons/{world['甲先生']}/" in registered
    assert "丙" not in registered
    assert "丙＊生" in resident
    assert "2020-05-01 起，未止" in resident
    assert "/counter/register/990000001/" in part(page, "households")


def test_the_day_and_the_moment_of_knowledge_both_count(world: World, clerk: Actor, visit: Visit) -> None:
    before = timezone.now()
    move = {"person": world["甲先生"], "place": world.code("旧居"), "companions": [world["乙女士"]]}
    do("settle-at-address", DAY, **move)
    client = visit(clerk)
    now = part(read(client, world["at 户"], on=DAY.isoformat()), "registered")
    assert "这一天没有人的户口登记在这里" in now
    assert "其他日子在这里的 2 人次" in now
    assert f"2015-01-01 起，{DAY} 止" in now
    then = part(read(client, world["at 户"], on=(DAY - timedelta(days=1)).isoformat()), "registered")
    assert "2 人" in then
    assert "这一天没有人的户口登记" not in then
    known = before.isoformat(timespec="microseconds")
    page = read(client, world["at 户"], on=DAY.isoformat(), known_at=known)
    assert "当时所知" in page
    assert "未止" in part(page, "registered")
    assert "这一天没有人的户口登记" not in part(page, "registered")
    moved = part(read(client, world["旧居"], on=DAY.isoformat()), "registered")
    assert moved.count("是</span>") == 2


def test_a_partly_known_date_is_possible_and_a_dispute_says_so(world: World, clerk: Actor, visit: Visit) -> None:
    do("record-stay", person=world["丙先生"], place=world.code("旧居"), since="2020")
    client = visit(clerk)
    possible = part(read(client, world["旧居"], on="2020-06-01"), "resident")
    assert "可能</span>" in possible
    assert "2020-01-01 至 2020-12-31 之间起" in possible
    assert "可能另有 1 人" in possible
    certain = part(read(client, world["旧居"], on="2021-01-01"), "resident")
    assert "可能" not in certain
    assert "有争议" not in certain
    do("open-enquiry", timezone.localdate(), subject=world["丙先生"], register="residence", ground="邻居反映")
    disputed = part(read(client, world["旧居"], on="2021-01-01"), "resident")
    assert "有争议，正在核查" in disputed
    assert "邻居反映" in disputed
    do("open-enquiry", timezone.localdate(), subject=world["旧居"], register="place", ground="门牌重号")
    assert "门牌重号" in part(read(client, world["旧居"]), "place")


def test_an_address_of_another_area_is_hidden_and_each_look_is_recorded(
    world: World, clerk: Actor, visit: Visit
) -> None:
    place = world["at 户"]
    assert visit(officer("west", "990102")).get(f"/counter/places/{place}/").status_code == 404
    assert visit(clerk).get(f"/counter/places/{10**12}/").status_code == 404
    assert not AccessRecord.objects.filter(register="place").exists()
    read(visit(clerk), place)
    looks = AccessRecord.objects.filter(register="place", actor_id=clerk.pk, purpose="household-register")
    assert set(looks.values_list("subject", flat=True)) == {None, world["甲先生"], world["乙女士"]}
    assert looks.get(subject=None).outcome == "2 rows"


def test_many_people_are_counted_and_not_named(
    world: World, clerk: Actor, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anjia.channels.counter.places.NAMED", 1)
    page = read(visit(clerk), world["at 户"])
    assert "2 人" in part(page, "registered")
    assert "人数太多" in part(page, "registered")
    assert "甲＊生" not in page
    assert AccessRecord.objects.filter(register="place").count() == 1


@pytest.fixture
def redrawn(world: World, tmp_path: Path) -> World:
    """The east is split on `DAY`; the dwelling goes north, after a stay that had ended before."""
    (tmp_path / "divisions.csv").write_text(DIVISIONS, encoding="utf-8")
    (tmp_path / "successions.csv").write_text(STEPS, encoding="utf-8")
    divisions.load(tmp_path)
    do("record-stay", person=world["丙先生"], place=world.code("at 户"), since="2018-01-01")
    do("end-stay", person=world["丙先生"], since="2019-01-01")
    do("redraw-division", DAY, old=EAST, new=NORTH, old_text="at 户", new_text="北社区户")
    return world


def test_a_redrawn_place_shows_the_division_of_its_day_and_of_today(redrawn: World, visit: Visit) -> None:
    client = visit(officer("north", "990101002"))
    page = read(client, redrawn["at 户"], on=BEFORE.isoformat())
    place = part(page, "place")
    assert "东县柳桥镇柳桥社区" in place
    assert "东县新桥街道北社区" in place
    assert "at 户号" in place
    assert "丙＊生" in part(page, "resident")
    assert "甲＊生" in part(page, "registered")
    assert "2015-01-01 起，未止" in part(page, "registered")
    assert "区划调整" in part(page, "story")
    assert "东县柳桥镇柳桥社区 改为 东县新桥街道北社区" in part(page, "successions")
    today = part(read(client, redrawn["at 户"]), "place")
    assert "北社区户号" in today
    assert "柳桥社区" not in today
    assert "今日区划" not in today


def test_what_was_not_carried_over_yet_names_its_successors(redrawn: World, visit: Visit) -> None:
    do("open-place", BEFORE, division=EAST, printed="柳桥三号", usage="dwelling")
    place = Place.objects.get(printed="柳桥三号").subject
    assert "由东县新桥街道北社区、东县新桥街道南社区承接" in part(read(visit(officer("all", "9901")), place), "place")


def test_the_new_station_reads_the_past_of_a_redrawn_household_and_person(redrawn: World, visit: Visit) -> None:
    client = visit(officer("north", "990101002"))
    asked = {"on": BEFORE.isoformat()}
    household = client.get("/counter/register/990000001/", asked)
    assert household.status_code == 200
    page = household.content.decode()
    assert "东县柳桥镇柳桥社区" in page
    assert "东县新桥街道北社区" in page
    assert f"/counter/places/{redrawn['at 户']}/?on={BEFORE}" in page
    person = client.get(f"/counter/persons/{redrawn['甲先生']}/", asked)
    assert person.status_code == 200
    assert f"/counter/places/{redrawn['at 户']}/" in person.content.decode()


def test_a_person_page_says_where_the_person_lived(world: World, clerk: Actor, visit: Visit) -> None:
    do("record-stay", person=world["甲先生"], place=world.code("旧居"), since="2020")
    client = visit(clerk)
    page = client.get(f"/counter/persons/{world['甲先生']}/", {"on": "2020-03-01"}).content.decode()
    assert "可能</span>" in part(page, "residence")
    assert f"/counter/places/{world['旧居']}/?on=2020-03-01" in part(page, "residence")
    assert "这一天没有登记居住地" in client.get(f"/counter/persons/{world['乙女士']}/").content.decode()


def test_whoever_lived_here_is_read_on_those_days_though_registered_elsewhere(redrawn: World, visit: Visit) -> None:
    client, address = visit(officer("north", "990101002")), f"/counter/persons/{redrawn['丙先生']}/"
    assert client.get(address, {"on": "2018-06-01"}).status_code == 200
    assert client.get(address, {"on": "2020-06-01"}).status_code == 404
