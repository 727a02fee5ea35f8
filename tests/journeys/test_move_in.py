"""A bride comes from another province in a real browser: from her phone to the register and the booklet page."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework.models import Case
from anjia.credentials import issuing
from anjia.exchange.models import Move
from anjia.registers import history
from simulators.othercity.process import City
from tests.moves.conftest import (  # noqa: F401
    OTHER,
    Scene,
    city,
    departments,
    departments_folder,
    scene,
    shared_city,
    shared_departments,
    work,
)  # fmt: skip
from tests.moves.steps import take

People = Callable[..., Page]
DESK = ("desk", "standard", "english", "dark")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def peers(city: City, site: str) -> Iterator[City]:  # noqa: F811
    """The other city, which answers by letter after a while."""
    city.control("set", mode="later", delay=0.2, peer=f"{site}/departments/moves/", registers=False)
    yield city
    city.control("set", mode="now", peer="", registers=True)


def worked(done: set[int]) -> None:
    """Does the worker's jobs away from the browser's event loop, as the worker's process does."""

    def run() -> None:
        work(done)
        connection.close()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(run).result()


def until(claim: Callable[[], bool], done: set[int]) -> None:
    """Lets the worker run until something holds."""
    for _ in range(100):
        worked(done)
        if claim():
            return
        threading.Event().wait(0.1)
    raise AssertionError("waited in vain")


def test_from_the_phone_to_the_register_with_the_other_city_confirming(
    people_of: People, inspect: Any, picture_of: Any, scene: Scene, peers: City, departments: Any  # noqa: F811
) -> None:
    done: set[int] = set()
    page = people_of(scene.bride)
    page.goto("/")
    page.get_by_role("searchbox").fill("夫妻投靠")
    page.get_by_role("button", name="问一问").click()
    inspect("/items/joining-a-spouse/", scene.bride, "move-in-item")
    page.goto("/items/joining-a-spouse/")
    page.get_by_role("button", name="先查我符不符合").click()
    fill_in(page, inspect, scene)
    agree(people_of, scene)
    page.reload()
    page.locator(".aj-actionbar").get_by_role("button").click()
    expect(page.get_by_text("在线预审").first).to_be_visible()
    case = Case.objects.get()
    take(scene.assistant, case, "prereview")
    permit(people_of, picture_of, scene, case)
    until(lambda: Move.objects.filter(state="confirmed").exists(), done)
    until(lambda: bool(Case.objects.get().facts["origin.released"].get("value")), done)
    inspect(f"/cases/{case.number}/", scene.bride, "move-in-waiting")
    inspect("/notices/", scene.bride, "move-in-notices")
    move = Move.objects.get()
    picture_of("/counter/moves/", scene.examiner, "moves-confirmed", DESK)
    picture_of(f"/counter/moves/{move.uid}/", scene.examiner, "move-in-confirmed", DESK)
    decide(people_of, picture_of, scene, case)
    until(lambda: Move.objects.get().state == "closed", done)
    assert peers.control("state", number=scene.number("何新娘"))["person"]["registered"] is False
    issue(case)
    page.goto(f"/cases/{case.number}/")
    expect(page.get_by_text("已办结：落在配偶的户里")).to_be_visible()
    inspect("/household/", scene.bride, "move-in-household")
    booklet(page, inspect, scene)
    picture_of("/counter/moves/?show=over", scene.examiner, "moves-over", ("desk",))
    home = history.household_of(scene.world["何新娘"], timezone.localdate(), timezone.now())
    assert home is not None
    assert {one.name: one.relation for one in home.members} == {"周郎": "02", "周母": "52", "何新娘": "12"}


def fill_in(page: Page, inspect: Any, scene: Scene) -> None:  # noqa: F811
    """Answers only what no city knows."""
    expect(page.get_by_role("heading", level=1)).to_have_text("户口现在在哪里")
    inspect(page.url, scene.bride, "move-in-form")
    page.get_by_label("临洲市（演示）").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("迁到配偶的户里")
    for group in page.locator("fieldset").all():
        group.get_by_label("是", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("随您一起迁的孩子")
    page.get_by_label("否", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("确认和联系方式")
    page.get_by_label("是", exact=True).check()
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/result/")
    inspect(page.url, scene.bride, "move-in-result")


def agree(people_of: People, scene: Scene) -> None:  # noqa: F811
    """The head, her husband, agrees under his own sign-in."""
    page = people_of(scene.groom)
    page.goto("/consents/")
    page.locator(".aj-links a").click()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("您的回答：已同意")).to_be_visible()


def permit(people_of: People, picture_of: Any, scene: Scene, case: Case) -> None:  # noqa: F811
    """The county permits the move in at its desk; from here on the other city is asked."""
    picture_of(f"/counter/cases/{case.number}/", scene.county, "move-in-permit", ("desk",))
    passed(people_of(scene.county, "desk"), case)


def decide(people_of: People, picture_of: Any, scene: Scene, case: Case) -> None:  # noqa: F811
    """Window, examination, approval."""
    for actor in (scene.assistant, scene.examiner, scene.approver):
        picture_of(f"/counter/cases/{case.number}/", actor, f"move-in-{actor.username}", ("desk",))
        passed(people_of(actor, "desk"), case)
    assert Case.objects.get().state == "decided"


def passed(page: Page, case: Case) -> None:
    """Passes the step that is due by its keys."""
    version = Case.objects.get().version
    page.goto(f"/counter/cases/{case.number}/")
    for box in page.locator(".aj-decision-checks input").all():
        box.check()
    # What speaks against the person is answered either way.
    for either in page.locator(".aj-decision-checks select").all():
        either.select_option("yes")
    page.keyboard.press("F8")
    page.wait_for_load_state()
    expect(page.locator(".aj-case-head")).to_be_visible()
    page.close()
    assert Case.objects.get().version > version


def issue(case: Case) -> None:
    """Makes the documents away from the browser's event loop, as the worker's process does."""
    now = Case.objects.get(pk=case.pk)

    def run() -> None:
        issuing.issue_documents(act_id=now.act_id, documents=["decision-notice", "booklet-page"], person=now.person)
        connection.close()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(run).result()


def booklet(page: Page, inspect: Any, scene: Scene) -> None:  # noqa: F811
    """The page of the booklet is there, sealed."""
    page.goto("/documents/")
    page.get_by_role("link", name="居民户口簿电子信息").first.click()
    inspect(page.url, scene.bride, "move-in-booklet")
    with page.expect_download() as down:
        page.get_by_role("link", name="下载 PDF").click()
    assert down.value.path().read_bytes().startswith(b"%PDF-")


def test_the_other_city_asks_and_the_station_answers(
    people_of: People, picture_of: Any, scene: Scene, peers: City  # noqa: F811
) -> None:
    done: set[int] = set()
    peers.control("set", registers=True)
    uid = str(uuid.uuid4())
    asked = [{"number": scene.number("周郎"), "name": "周郎"}]
    peers.control("ask", persons=asked, reason="购房落户", uid=uid, destination="临洲市（演示）")
    picture_of("/counter/moves/", scene.examiner, "moves-asked", DESK)
    picture_of(f"/counter/moves/{uid}/", scene.examiner, "move-out-asked", DESK)
    page = people_of(scene.examiner, "desk")
    page.goto("/counter/moves/")
    page.locator(".aj-table a").first.click()
    page.get_by_role("button", name="同意迁出").click()
    expect(page.get_by_role("alert")).to_contain_text("新户主")
    page.get_by_label("留下的人由谁当户主").select_option(index=1)
    page.get_by_role("button", name="同意迁出").click()
    until(lambda: Move.objects.get().state == "closed", done)
    page.reload()
    expect(page.get_by_text("已注销通知")).to_be_visible()
    picture_of(f"/counter/moves/{uid}/", scene.examiner, "move-out-closed", DESK)
    assert history.membership(scene.world["周郎"], timezone.localdate(), timezone.now()) is None
    assert peers.control("state", number=scene.number("周郎"))["person"]["registered"] is True


def test_an_objection_is_given_by_its_ground_alone(
    people_of: People, picture_of: Any, scene: Scene, peers: City  # noqa: F811
) -> None:
    uid = str(uuid.uuid4())
    asked = [{"number": scene.number("单身"), "name": "单身"}]
    peers.control("ask", persons=asked, reason="购房落户", uid=uid, destination="临洲市（演示）")
    page = people_of(scene.examiner, "desk")
    page.goto(f"/counter/moves/{uid}/")
    page.get_by_role("button", name="不同意").click()
    expect(page.get_by_role("alert")).to_contain_text("只能以列出的理由")
    page.get_by_label("正在核查重复登记").check()
    page.get_by_role("button", name="不同意").click()
    expect(page.get_by_text("不同意迁出").first).to_be_visible()
    picture_of(f"/counter/moves/{uid}/", scene.examiner, "move-out-objected", ("desk", "dark"))
