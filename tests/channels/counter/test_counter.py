"""The desk: the list of work, the case, its decision by three people, and what is refused."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from anjia.casework import consents, facts
from anjia.casework.models import Case
from anjia.channels.counter import reviewing
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import AccessRecord, Actor
from anjia.registers import history
from simulators.departments.process import Running
from tests.casework.conftest import Staff, Town
from tests.casework.steps import answered, fresh, opened, reviewed, submitted, today

pytestmark = pytest.mark.django_db


def at_desk(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor)
    return client


def waiting(staff: Staff) -> Case:
    """A case that waits for acceptance, with the lessor's consent given."""
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    consents.answer(staff.lessor, consents.asked_of(staff.town.lessor)[0].pk, True)
    return reviewed(staff, case)


def press(client: Client, case: Case, **parts: object) -> int:
    now = fresh(case)
    data = {"step": now.next_step, "version": now.version, "key": uuid.uuid4(), **parts}
    return client.post(f"/counter/cases/{case.number}/take/", data).status_code


def test_the_list_shows_the_case_to_those_who_can_take_its_step(
    departments: Running, town: Town, staff: Staff
) -> None:
    case = waiting(staff)
    mine = at_desk(staff.assistant).get("/counter/").content.decode()
    assert case.number in mine
    assert "田租客" not in mine
    assert case.number not in at_desk(staff.chief).get("/counter/").content.decode()
    assert case.number in at_desk(staff.officer).get("/counter/?show=all").content.decode()
    assert case.number not in at_desk(staff.stranger).get("/counter/?show=all").content.decode()


def test_the_case_page_holds_rules_facts_sources_and_the_household_afterwards(
    departments: Running, town: Town, staff: Staff
) -> None:
    case = waiting(staff)
    page = at_desk(staff.assistant).get(f"/counter/cases/{case.number}/").content.decode()
    for text in ("规则与事实", "办结后的这一户", "符合", "迁入", "石桥路1号", "F8", "F6"):
        assert text in page
    assert town.lessor_no not in page
    assert town.tenant_no not in page
    assert 'style="' not in page


def test_three_people_decide_a_case_by_their_keys(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    assert press(at_desk(staff.assistant), case, check="originals.seen") == 302
    assert press(at_desk(staff.officer), case) == 302
    assert press(at_desk(staff.chief), case) == 302
    assert fresh(case).state == "decided"
    home = history.household_of(town.tenant, *today())
    assert home is not None
    page = at_desk(staff.chief).get(f"/counter/cases/{case.number}/").content.decode()
    assert "已办结" in page
    assert home.address in page


def test_who_accepted_may_not_examine_and_the_page_says_why(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    press(at_desk(staff.everywhere), case, check="originals.seen")
    press(at_desk(staff.assistant), case, check="originals.seen")
    page = at_desk(staff.assistant).get(f"/counter/cases/{case.number}/").content.decode()
    assert "这一步您不能办" in page
    assert press(at_desk(staff.assistant), case) == 403


def test_a_stale_page_changes_nothing_and_says_so(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    stale = fresh(case).version
    client = at_desk(staff.assistant)
    assert press(client, case, check="originals.seen") == 302
    data = {"step": "accept", "version": stale, "key": uuid.uuid4()}
    answer = client.post(f"/counter/cases/{case.number}/take/", data)
    assert answer.status_code == 409
    assert fresh(case).next_step == "examine"


def test_the_same_press_twice_is_one_step(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    client, key, version = at_desk(staff.assistant), uuid.uuid4(), fresh(case).version
    data = {"step": "accept", "version": version, "key": key, "check": "originals.seen"}
    first = client.post(f"/counter/cases/{case.number}/take/", data).status_code
    second = client.post(f"/counter/cases/{case.number}/take/", data).status_code
    assert (first, second) == (302, 302)
    assert fresh(case).steps.filter(step="accept").count() == 1


def test_a_supplement_needs_words_and_keeps_them(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    client, url = at_desk(staff.assistant), f"/counter/cases/{case.number}/supplement/"
    data = {"step": "accept", "version": fresh(case).version, "key": uuid.uuid4(), "note": ""}
    assert client.post(url, data).status_code == 422
    assert client.post(url, {**data, "note": "请补身份证原件"}).status_code == 302
    assert fresh(case).state == "supplement"


def test_nothing_that_is_met_or_unknown_can_be_refused(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    page = at_desk(staff.assistant).get(f"/counter/cases/{case.number}/refuse/").content.decode()
    assert "不能不予办理" in page
    assert not re.search(r'type="radio"', page)


def test_each_look_of_an_officer_leaves_a_record(departments: Running, town: Town, staff: Staff) -> None:
    case = waiting(staff)
    before = AccessRecord.objects.filter(actor_id=staff.assistant.pk, case_number=case.number).count()
    at_desk(staff.assistant).get(f"/counter/cases/{case.number}/")
    after = AccessRecord.objects.filter(actor_id=staff.assistant.pk, case_number=case.number).count()
    assert after == before + 1


def test_a_withheld_look_is_counted_and_reviewed_once_with_words(catalogue: object) -> None:
    looked = access.record(
        actor=None, subject=None, register="lease-filing", fields=("x",), purpose="settlement", ground="规则 [law]",
        outcome="answered", withheld=True,
    )  # fmt: skip
    supervisor = Actor.objects.create_actor("supervisor", None, kind="staff", name_zh="督查")
    with pytest.raises(AnjiaError, match="note-needed"):
        access.review(supervisor.pk, looked, " ")
    with pytest.raises(AnjiaError, match="look-unknown"):
        access.review(supervisor.pk, looked + 1, "依据充分")
    assert reviewing.page("")["waiting"] == 1
    access.review(supervisor.pk, looked, "依据充分")
    page = reviewing.page("")
    assert (page["count"], page["waiting"]) == (1, 0)
    assert page["rows"][0].review.ground == "依据充分"
    assert page["rows"][0].outcome == "已查到"
