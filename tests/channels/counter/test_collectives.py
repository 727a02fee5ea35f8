"""Collective households at the desk: who sees which, and who changes them by name."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from anjia.kernel.models import AccessRecord, Act, Actor
from anjia.registers import history, people
from tests.casework.conftest import actor
from tests.casework.test_first_city import FOLDER
from tests.cities import published
from tests.registers.world import Person, World, make

pytestmark = pytest.mark.django_db

HERE, THERE = "370303001001", "370302001001"
PERSONS = (
    Person("工甲", "1", "1990-01-01", "厂", "99"),
    Person("工乙", "2", "1991-01-01", "厂", "99"),
    Person("独", "1", "1985-01-01", "户", "02"),
)
HOMES = {"厂": ("T1", HERE), "社区": ("T4", HERE), "外": ("T4", THERE), "户": ("J1", HERE)}
FACTORY, COMMUNITY, ELSEWHERE = "990000001", "990000002", "990000003"


@pytest.fixture
def world(db: None) -> World:
    published(FOLDER)
    return make(PERSONS, homes=HOMES)


def officer(role: str = "approving-officer") -> Actor:
    return actor(f"one-{role}", "staff", role, areas=["370303001"], station="370303001000")


def at_desk(one: Actor) -> Client:
    client = Client()
    client.force_login(one)
    return client


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(f"/counter/collectives/{path}", {"key": uuid.uuid4(), **data})


def text(client: Client, path: str = "") -> str:
    return client.get(f"/counter/collectives/{path}").content.decode()


def number(world: World, name: str) -> str:
    return people.number_of(world[name], None) or ""


def test_the_list_shows_the_households_of_the_area(world: World) -> None:
    page = text(at_desk(officer("window-assistant")))
    assert FACTORY in page
    assert COMMUNITY in page
    assert ELSEWHERE not in page
    assert "单位集体户" in page
    assert "设立集体户" not in page
    assert "设立集体户" in text(at_desk(officer()))


def test_the_page_shows_members_masked_and_records_the_look(world: World) -> None:
    page = text(at_desk(officer("window-assistant")), f"{FACTORY}/")
    assert "户管员" in page
    assert "工甲" not in page
    assert "更换协管员" not in page
    looked = AccessRecord.objects.filter(register="household").values_list("subject", flat=True)
    assert set(looked) == {world["工甲"], world["工乙"]}


def test_households_elsewhere_and_families_are_not_here(world: World) -> None:
    client = at_desk(officer())
    assert client.get(f"/counter/collectives/{ELSEWHERE}/").status_code == 404
    assert client.get("/counter/collectives/990000004/").status_code == 404
    assert client.get("/counter/collectives/nothing/").status_code == 404


def test_an_officer_sets_one_up_in_his_own_name(world: World) -> None:
    one = officer()
    given = {"kind": "T1", "division": HERE, "name": "青石机械厂", "officer": "管户", "reason": "单位来函 1 号"}
    answer = post(at_desk(one), "new/", **given)
    assert answer.status_code == 302
    page = at_desk(one).get(answer["Location"]).content.decode()
    assert "青石机械厂" in page
    act = Act.objects.latest("id")
    assert (act.event, act.actor_id, act.station, act.reason) == ("NEWHH", one.pk, "370303001000", "单位来函 1 号")
    assert act.evidence["officer"] == one.name_zh
    assert len(act.definition) == 64
    again = post(at_desk(one), "new/", **given)
    assert again.status_code == 409
    assert "这个单位已有集体户" in again.content.decode()


def test_what_is_not_set_up(world: World) -> None:
    client = at_desk(officer())
    given = {"kind": "T5", "division": HERE, "officer": "管户", "reason": "村委会申请"}
    assert post(client, "new/", **given | {"reason": " "}).status_code == 422
    assert post(client, "new/", **given | {"officer": ""}).status_code == 422
    assert post(client, "new/", **given | {"division": THERE}).status_code == 403
    assert post(at_desk(officer("window-assistant")), "new/", **given).status_code == 403
    assert client.post("/counter/collectives/new/", given).status_code == 400


def test_the_officer_changes_members_come_and_go_and_it_closes(world: World) -> None:
    client = at_desk(officer())
    assert post(client, f"{FACTORY}/officer/", officer_name="新管", reason_officer="来函").status_code == 302
    assert "新管" in text(client, f"{FACTORY}/")
    enters = {"entering": number(world, "独"), "reason_enter": "录用"}
    assert post(client, f"{FACTORY}/enter/", **enters).status_code == 302
    assert at(world, "独") == world["厂"]
    for name in ("工甲", "工乙", "独"):
        leaves = {"leaving": number(world, name), "reason_leave": "离职"}
        assert post(client, f"{FACTORY}/leave/", **leaves).status_code == 302
        assert at(world, name) == world["社区"]
    assert post(client, f"{FACTORY}/leave/", leaving=number(world, "独"), reason_leave="离职").status_code == 404
    assert "撤销集体户" in text(client, f"{FACTORY}/")
    assert post(client, f"{FACTORY}/close/", reason_close="单位注销").status_code == 302
    assert client.get(f"/counter/collectives/{FACTORY}/").status_code == 404


def test_a_double_press_is_one_act(world: World) -> None:
    client, key = at_desk(officer()), uuid.uuid4()
    data = {"key": key, "officer_name": "新管", "reason_officer": "来函"}
    before = Act.objects.count()
    for _ in range(2):
        assert client.post(f"/counter/collectives/{FACTORY}/officer/", data).status_code == 302
    assert Act.objects.count() == before + 1


def at(world: World, name: str) -> int | None:
    own = history.membership(world[name], timezone.localdate(), timezone.now())
    return own.household if own else None
