"""ID cards at the desk: taken, handed over, given out, lost, withdrawn; and why something cannot be done now."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from anjia.casework.models import Case
from anjia.exchange import cardmaking, source
from anjia.kernel.models import AccessRecord, Act, Actor
from anjia.registers import cards
from simulators.departments.process import Running
from tests.casework import residents
from tests.casework.conftest import actor
from tests.casework.residents import City
from tests.casework.steps import take
from tests.registers.world import do

pytestmark = pytest.mark.django_db
Visit = Callable[..., Client]
HERE = "370303001001"
SEEN = ["papers.genuine", "portrait.fits", "prints.done"]


@pytest.fixture
def city(db: None, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    with residents.first_city(shared_departments, departments_folder, settings, residents.months_ago(8)) as found:
        residents.owner_is_known(found)
        yield found


def address(city: City) -> str:
    """The cards of the owner of the dwelling, who is registered in the officers' area."""
    return f"/counter/persons/{city.town.lessor}/cards/"


def part(page: str, card: str) -> str:
    return page.split(f'<section class="aj-card" id="{card}"')[1].split("</section>")[0]


def apply(client: Client, city: City, item: str = "X05", **changed: Any) -> Any:
    data = {"key": uuid.uuid4(), f"{item}-phone": "13800000000", f"{item}-check": SEEN} | changed
    return client.post(f"{address(city)}apply/{item}/", data)


def act(client: Client, city: City, do_: str, **data: Any) -> Any:
    return client.post(f"{address(city)}{do_}/", {"key": uuid.uuid4(), **data})


def states(city: City) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in cards.cards(city.town.lessor, timezone.localdate(), timezone.now())]


def accepted(city: City, **parts: Any) -> str:
    """A card of the owner that was accepted by an act, as a case would."""
    given = {"person": city.town.lessor, "purpose": "first", "division": HERE, **parts}
    return str(do("accept-card", timezone.localdate(), event="CARD_FIRST", **given).summary["card"])


def arrived(city: City) -> str:
    number = accepted(city, reviewed=True)
    today, who = timezone.localdate(), {"person": city.town.lessor, "number": number}
    do("make-card", today, **who, batch="B")
    do("receive-card", today, **who, serial="CM0000000001")
    return number


def test_a_first_card_is_taken_at_the_window_and_decided_by_another(city: City, visit: Visit) -> None:
    client = visit(city.assistant)
    page = client.get(address(city)).content.decode()
    assert "指纹已当面采集" in part(page, "apply-X05")
    assert "持有身份证" in part(page, "refused")
    assert "没有的请首次申领，丢失的请补领" in part(page, "refused")
    key = uuid.uuid4()
    for _ in range(2):
        assert apply(client, city, key=key).status_code == 302
    case = Case.objects.get(item="X05")
    assert (case.next_step, case.channel, case.person) == ("approve", "counter", city.town.lessor)
    assert case.number in part(client.get(address(city)).content.decode(), "apply-X05")
    assert states(city) == []


def test_what_the_window_did_not_see_is_refused_in_words(city: City, visit: Visit) -> None:
    answer = apply(visit(city.assistant), city, **{"X05-check": ["papers.genuine"], "X05-phone": "1"})
    assert answer.status_code in (400, 422)
    assert "手机" in re.search(r'role="alert">(.*?)</div></div>', answer.content.decode(), re.DOTALL)[1]
    again = apply(visit(city.assistant), city, **{"X05-check": ["papers.genuine"]})
    assert again.status_code == 409
    assert "办件" in again.content.decode() or "编号" in again.content.decode()


def test_a_lost_card_is_reported_and_replaced_by_one_officer_at_once(city: City, visit: Visit) -> None:
    arrived(city)
    client = visit(city.approver)
    assert act(client, city, "deliver-card", **number_of(client, city, "deliver-card", "self")).status_code == 302
    assert apply(client, city, "D15").status_code == 302
    assert states(city) == [("card", "reviewed"), ("card", "lost")]
    assert Case.objects.get(item="D15").state == "decided"
    page = client.get(address(city)).content.decode()
    assert "没有正在办理的身份证" in part(page, "refused")
    assert "领过的请办换领或补领" in part(page, "refused")


def test_a_long_term_card_is_not_renewed_though_a_damaged_one_is_exchanged(city: City, visit: Visit) -> None:
    arrived(city)
    client = visit(city.assistant)
    act(client, city, "deliver-card", **number_of(client, city, "deliver-card", "self"))
    form = part(client.get(address(city)).content.decode(), "apply-D14")
    assert "损坏换领" in form
    refused = apply(client, city, "D14", **{"D14-outcome": "renewed"})
    assert refused.status_code in (409, 422)
    assert Case.objects.get(item="D14").state != "decided"


def test_a_damaged_card_is_exchanged_and_holds_until_the_new_one_is_handed_out(city: City, visit: Visit) -> None:
    arrived(city)
    client = visit(city.assistant)
    act(client, city, "deliver-card", **number_of(client, city, "deliver-card", "self"))
    assert apply(client, city, "D14", **{"D14-outcome": "damaged"}).status_code == 302
    case = Case.objects.get(item="D14")
    assert (case.next_step, case.outcome) == ("approve", "damaged")
    assert take(city.approver, case, "approve").state == "decided"
    assert states(city) == [("card", "reviewed"), ("card", "valid")]
    assert "损坏换领" in visit(city.approver).get("/counter/cards/").content.decode()


def number_of(client: Client, city: City, name: str, reason: str) -> dict[str, str]:
    """What the form of a page posts."""
    page = client.get(address(city)).content.decode()
    found = re.search(rf'name="number-{name}" value="(C\d+)"', page)
    assert found is not None
    return {f"number-{name}": found[1], f"reason-{name}": reason}


def test_a_card_that_arrived_is_handed_out_once_and_the_act_names_the_officer(city: City, visit: Visit) -> None:
    arrived(city)
    client, key = visit(city.assistant), uuid.uuid4()
    page = client.get(address(city)).content.decode()
    assert "身份证业务" not in part(page, "deliver-card")
    given = number_of(client, city, "deliver-card", "guardian")
    for _ in range(2):
        assert act(client, city, "deliver-card", **given, key=key).status_code == 302
    assert states(city) == [("card", "valid")]
    written = Act.objects.get(event="CARD_DELIVER")
    assert written.actor_id == city.assistant.pk
    assert "监护人领取" in written.reason
    late = act(client, city, "deliver-card", **given)
    assert late.status_code == 409
    assert "现在是“有效”，不能这样办" in late.content.decode()


def test_nothing_is_done_without_a_reason_or_a_grant(city: City, visit: Visit) -> None:
    number = arrived(city)
    client = visit(city.assistant)
    assert act(client, city, "deliver-card", **{"number-deliver-card": number}).status_code == 422
    gone = {"number-withdraw-card": number, "reason-withdraw-card": "录入有误"}
    assert act(client, city, "withdraw-card", **gone).status_code == 403
    assert act(visit(city.examiner), city, "deliver-card", **{"number-deliver-card": number}).status_code == 403
    assert act(client, city, "burn-card").status_code == 404
    assert states(city) == [("card", "ready")]
    assert "您的账号没有这项权限" in part(client.get(address(city)).content.decode(), "refused")
    assert act(visit(city.approver), city, "withdraw-card", **gone).status_code == 302
    assert states(city) == [("card", "withdrawn")]


def test_an_order_sent_back_by_the_maker_is_mended_and_reviewed_again(city: City, visit: Visit) -> None:
    number = accepted(city, reviewed=True)
    who = {"person": city.town.lessor, "number": number}
    do("make-card", timezone.localdate(), **who, batch="B")
    do("reject-card", timezone.localdate(), **who, reason="相片太暗")
    client = visit(city.approver)
    page = client.get(address(city)).content.decode()
    assert "相片太暗" in part(page, f"card-{number}")
    assert "相片太暗" in client.get("/counter/cards/").content.decode()
    given = {"number-review-card": number, "reason-review-card": "已重新采集相片"}
    assert act(client, city, "review-card", **given).status_code == 302
    assert states(city) == [("card", "reviewed")]


def test_a_temporary_card_bridges_the_wait_and_no_longer(city: City, visit: Visit) -> None:
    client = visit(city.approver)
    page = client.get(address(city)).content.decode()
    assert "此人没有正在办理的身份证" in part(page, "refused")
    accepted(city)
    why = {"reason-issue-temporary-card": "下周考试"}
    assert act(client, city, "issue-temporary-card", **why).status_code == 302
    assert sorted(states(city)) == [("card", "accepted"), ("temporary", "valid")]
    again = act(client, city, "issue-temporary-card", **why)
    assert again.status_code == 409
    assert "此人已有身份证业务" in again.content.decode()
    assert "此人已有身份证业务" in part(client.get(address(city)).content.decode(), "refused")


def test_the_lists_hold_the_areas_cards_by_state_and_by_term(
    city: City, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = accepted(city, reviewed=True)

    def listed(show: str, who: Actor = city.assistant) -> bool:
        answer = visit(who).get("/counter/cards/", {"show": show})
        assert answer.status_code == 200
        return number in answer.content.decode()

    assert [show for show in ("accepted", "making", "ready", "overdue", "expiring") if listed(show)] == ["accepted"]
    clock = residents.Clock(monkeypatch)
    clock.to(timezone.localdate() + timedelta(days=60))
    assert not listed("overdue")
    clock.to(timezone.localdate() + timedelta(days=1))
    assert listed("overdue")
    page = visit(city.assistant).get("/counter/cards/", {"show": "overdue"}).content.decode()
    assert "方＊" in page
    assert "方东" not in page
    assert "已超期 1" in page
    stranger = actor("stranger", "staff", "approving-officer", areas=["370302002"], station="370302002000")
    assert not listed("accepted", stranger)
    assert visit(stranger).get(address(city)).status_code == 404
    assert AccessRecord.objects.filter(register="card", subject=None, purpose="id-card").count() >= 9


def test_the_list_goes_on_where_the_page_ended(city: City, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    number = accepted(city)
    other = str(
        do(
            "accept-card", timezone.localdate(), person=city.town.tenant, purpose="first", division=HERE
        ).summary["card"]
    )  # fmt: skip
    monkeypatch.setattr("anjia.channels.counter.cards.PAGE", 1)
    client = visit(city.assistant)
    first = client.get("/counter/cards/").content.decode()
    assert (number in first, other in first) == (True, False)
    following = re.search(r'href="(/counter/cards/\?show=accepted&amp;after=[^"]+)"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).content.decode()
    assert (number in second, other in second) == (False, True)


def test_cards_are_read_on_both_axes_and_the_look_is_recorded(city: City, visit: Visit) -> None:
    before = timezone.now().isoformat(timespec="microseconds")
    number = accepted(city)
    client = visit(city.examiner)
    today = client.get(address(city)).content.decode()
    assert "待审核" in part(today, f"card-{number}")
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "这一天没有身份证" in client.get(address(city), {"on": yesterday}).content.decode()
    unknown = client.get(address(city), {"known_at": before}).content.decode()
    assert "这一天没有身份证" in unknown
    assert "看过去的日子时不能办理" in unknown
    assert AccessRecord.objects.filter(register="card", subject=city.town.lessor).count() == 3


def test_the_maker_gets_what_the_desk_accepted(city: City, visit: Visit) -> None:
    number = accepted(city, reviewed=True, portrait="P-1")
    assert cardmaking.hand_over(source.line).made == 1
    page = visit(city.assistant).get("/counter/cards/", {"show": "ready"}).content.decode()
    assert number in page
    assert "待领取" in page
