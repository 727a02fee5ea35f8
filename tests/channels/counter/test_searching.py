"""The register's search page: what was typed decides what is looked for, and each state says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from anjia.kernel.models import AccessRecord
from tests.registers.world import EAST, Person, World, do, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("单小芳", "2", "1985-01-01", "户"), Person("王芳", "2", "1990-01-01", dead=True)],
        homes={"户": ("J1", EAST)},
    )


@pytest.fixture
def page(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks the page as a clerk whose grant covers what the test says."""
    from anjia.kernel import grants
    from anjia.kernel.grants import Allowed
    from anjia.kernel.models import Actor

    clerk = Actor.objects.create(username="clerk", kind="staff", name_zh="钱")
    held = {"person", "household"}

    def find(actor: Any, register: str, action: str, purpose: str, on: Any = None) -> Allowed | None:
        if register not in held:
            return None
        return Allowed(clerk, register, action, purpose, "all", fields=frozenset({"*"}))

    monkeypatch.setattr(grants, "find", find)
    client.force_login(clerk)

    def ask(q: str, without: str = "", **more: str) -> Any:
        held.discard(without)
        return client.get("/counter/register/", {"q": q, **more})

    return ask


def test_a_name_gives_a_list_with_masked_names_and_a_record(page: Any, world: World) -> None:
    text = page("shan").content.decode()
    assert "单＊芳" in text
    assert "单小芳" not in text
    assert "990000001" in text
    assert f"/counter/persons/{world['单小芳']}/" in text
    assert AccessRecord.objects.filter(ground="name search: shan", outcome="1 of 1").exists()


def test_the_dead_are_marked_and_reached(page: Any) -> None:
    text = page("王芳").content.decode()
    assert "王＊" in text
    assert "死亡" in text


def test_each_state_says_what_to_do(page: Any) -> None:
    assert "没有查到“龘”" in page("龘").content.decode()
    assert "没有号码 990099999" in page("990099999").content.decode()
    assert page("990000001").url == "/counter/register/990000001/"
    assert page("没有路12号").status_code == 200
    assert "不能按这种方式查找" in page("shan", without="person").content.decode()


def test_the_clerk_may_say_what_is_meant(page: Any) -> None:
    assert page("户号", by="address").context is None or "户号" in page("户号", by="address").content.decode()
    assert "王＊" not in page("王芳", by="address").content.decode()
    assert page("王芳", after="x_y").status_code == 200


def test_an_address_that_is_found_leads_to_its_page(page: Any, world: World) -> None:
    given = {"street": "人民路", "door_plate": "12号", "printed": "人民路12号", "usage": "dwelling"}
    place = do("open-place", division=EAST, **given).summary["place"]
    text = page("人民路12号", by="address").content.decode()
    assert f'<a href="/counter/places/{place}/">人民路12号</a>' in text
