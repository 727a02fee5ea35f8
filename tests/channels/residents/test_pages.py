"""Each page of the residents' channel: who sees it, what it says, within how many queries and bytes."""

from __future__ import annotations

import gzip
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anjia.casework.models import Case, Consent
from tests.casework import steps
from tests.casework.conftest import Staff

PUBLIC = ["/", "/search/", "/search/?q=租房", "/items/", "/items/settle-by-lease/", "/sign-in/"]
OWN = ["/", "/me/", "/notices/", "/cases/", "/consents/", "/documents/", "/household/", "/my-data/"]
BUDGET = 30
"""Most queries of a page; the catalogue is fresh in each test and takes four of them."""


@pytest.mark.parametrize("path", PUBLIC)
def test_a_stranger_sees_the_public_pages(visit: Any, staff: Staff, path: str) -> None:
    assert visit().get(path).status_code == 200


@pytest.mark.parametrize("path", OWN[1:])
def test_a_stranger_is_sent_to_sign_in_and_back(visit: Any, staff: Staff, path: str) -> None:
    response = visit().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=%2F")


@pytest.mark.parametrize("path", OWN)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_resident_sees_every_own_page_within_its_budget(visit: Any, staff: Staff, path: str, language: str) -> None:
    client = visit(staff.tenant, anjia_language=language)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert len(queries) <= BUDGET, [one["sql"][:80] for one in queries]
    if language == "en":
        assert 'lang="en"' in response.content.decode()


def test_staff_have_no_own_pages_here(visit: Any, staff: Staff) -> None:
    assert visit(staff.officer).get("/household/").status_code == 403


def test_the_home_page_weighs_at_most_sixty_kilobytes(visit: Any, staff: Staff) -> None:
    client = visit(staff.tenant)
    page = client.get("/")
    linked = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.content.decode()))
    sheets = [Client().get(one) for one in linked]
    weight = len(gzip.compress(page.content)) + sum(
        len(gzip.compress(b"".join(one.streaming_content) if one.streaming else one.content)) for one in sheets
    )
    assert all(one.status_code == 200 for one in sheets)
    assert weight <= 60 * 1024
    assert not re.search(r'(?:href|src)="https?:', page.content.decode())


def test_the_size_and_the_language_are_on_every_page(visit: Any, staff: Staff) -> None:
    page = visit(staff.tenant, anjia_size="elder").get("/household/").content.decode()
    assert 'data-size="elder"' in page
    assert 'name="size" value="standard"' in page
    assert 'name="language" value="en"' in page
    assert "合成" in page


def started(visit: Any, staff: Staff) -> tuple[Client, Case, str]:
    client = visit(staff.tenant)
    response = client.post("/items/settle-by-lease/start/")
    assert response.status_code == 302
    return client, Case.objects.get(), response["Location"]


def answer(client: Client, staff: Staff, path: str) -> str:
    """Fills in the pages one after another and gives where the last one leads."""
    given = {"lease": steps.CONTACT, "household": {"moves_along": "yes", "companion": str(staff.town.child)}}
    seen = []
    while "/form/" in path:
        topic = path.rstrip("/").rpartition("/")[2]
        assert topic not in seen
        seen.append(topic)
        assert client.get(path).status_code == 200
        response = client.post(path, given[topic] | {"version": Case.objects.get().version})
        assert response.status_code == 302
        path = response["Location"]
    assert seen == ["lease", "household"]
    return path


def test_answers_are_kept_resumed_and_lead_to_the_result(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, path = started(visit, staff)
    result = answer(client, staff, path)
    assert result == f"/cases/{case.number}/result/"
    page = client.get(result).content.decode()
    assert "还差一步就能办" in page
    assert "产权人同意" in page
    assert "市住建局" in page
    assert 'value="13800000000"' in client.get(path).content.decode()


def test_a_wrong_answer_is_shown_with_a_summary_and_status_422(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, path = started(visit, staff)
    response = client.post(path, {"contract_no": "L-7", "reachable": "123", "version": case.version})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#reachable"' in page
    assert 'aria-invalid="true"' in page
    assert 'value="123"' in page


def test_a_dependent_question_comes_alone_and_typing_is_left_alone(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, path = started(visit, staff)
    client.post(path, steps.CONTACT | {"version": case.version})
    groups = f"/cases/{case.number}/form/household/groups/"
    said = {"moves_along": "yes", "version": Case.objects.get().version, "shown": ["moves_along"]}
    fragment = client.post(
        groups, said, headers={"HX-Request": "true", "HX-Trigger-Name": "moves_along"}
    ).content.decode()
    assert 'id="group-companion"' in fragment
    assert 'id="group-moves_along"' not in fragment
    assert f'value="{Case.objects.get().version}"' in fragment


def test_a_form_sent_twice_is_one_submission(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, path = started(visit, staff)
    answer(client, staff, path)
    body = {"key": str(uuid.uuid4()), "version": Case.objects.get().version}
    first, second = (client.post(f"/cases/{case.number}/submit/", body) for _ in range(2))
    assert first["Location"] == second["Location"] == f"/cases/{case.number}/"
    assert case.steps.filter(verdict="submit").count() == 1
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "下一步：预审" in page
    assert "工作日内" in page


def test_a_second_start_leads_to_the_open_case(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, _ = started(visit, staff)
    assert client.post("/items/settle-by-lease/start/")["Location"] == f"/cases/{case.number}/"
    assert "您已有一件在办" in client.get("/items/settle-by-lease/").content.decode()


def test_a_stale_page_is_told_and_nothing_is_lost(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, path = started(visit, staff)
    answer(client, staff, path)
    response = client.post(path, {"contract_no": "L-9", "reachable": "13900000000", "version": case.version})
    assert response.status_code == 409
    assert "刚刚有了变化" in response.content.decode()


def test_withdrawing_asks_first_and_ends_the_case(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, _ = started(visit, staff)
    path = f"/cases/{case.number}/withdraw/"
    assert "撤回这件事吗" in client.get(path).content.decode()
    assert steps.fresh(case).state == "draft"
    client.post(path, {"key": str(uuid.uuid4()), "version": steps.fresh(case).version})
    assert steps.fresh(case).state == "withdrawn"
    assert "您已撤回这件事" in client.get(f"/cases/{case.number}/").content.decode()


def test_the_owner_alone_sees_and_answers_the_question(visit: Any, staff: Staff, departments: Any) -> None:
    client, case, path = started(visit, staff)
    answer(client, staff, path)
    question = f"/consents/{Consent.objects.get().pk}/"
    assert client.get(question).status_code == 404
    assert client.post(question, {"answer": "agree"}).status_code == 404
    owner = visit(staff.lessor)
    page = owner.get(question).content.decode()
    assert "田＊客" in page
    assert "田租客" not in page
    assert "等您同意" in owner.get("/").content.decode()
    assert owner.post(question, {"answer": "maybe"}).status_code == 422
    assert owner.post(question, {"answer": "agree"}).status_code == 302
    assert Consent.objects.get().state == "agreed"
    assert "已同意" in client.get(f"/cases/{case.number}/").content.decode()


@pytest.mark.parametrize("part", ["", "result/", "withdraw/", "form/lease/"])
def test_another_persons_case_is_not_there(visit: Any, staff: Staff, departments: Any, part: str) -> None:
    _, case, _ = started(visit, staff)
    assert visit(staff.lessor).get(f"/cases/{case.number}/{part}").status_code == 404


def test_every_query_of_the_case_is_shown_once_with_its_purpose(visit: Any, staff: Staff, departments: Any) -> None:
    client, _, _ = started(visit, staff)
    page = client.get("/my-data/").content.decode()
    assert page.count("租赁备案查询") == 1
    assert "办理落户" in page
    assert "依法可以不告知本人的查询不在这里" in page


def test_the_household_is_shown_on_any_day(visit: Any, staff: Staff) -> None:
    client = visit(staff.tenant)
    now = client.get("/household/").content.decode()
    assert "柳桥路1号" in now
    assert "田小禾" in now
    before = client.get("/household/?on=2014-06-01").content.decode()
    assert "这一天，登记簿里没有您的户口" in before
    assert "日期看不懂" in client.get("/household/?on=soon").content.decode()
    assert client.get("/household/?mark=2015-01-01").status_code == 200


def test_people_sign_in_by_account_or_citizen_number(visit: Any, staff: Staff) -> None:
    staff.tenant.set_password("long enough 1")
    staff.tenant.save()
    for name in ("tenant", staff.town.tenant_no, f" {staff.town.tenant_no} "):
        response = visit().post("/sign-in/", {"username": name, "password": "long enough 1", "next": "/me/"})
        assert response["Location"] == "/me/"


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/x", "javascript:alert(1)"])
def test_signing_in_never_leads_away(visit: Any, staff: Staff, wanted: str) -> None:
    staff.tenant.set_password("long enough 1")
    staff.tenant.save()
    body = {"username": "tenant", "password": "long enough 1", "next": wanted}
    assert visit().post("/sign-in/", body)["Location"] == "/"


def test_failures_at_sign_in_are_alike_and_slow_down(visit: Any, staff: Staff) -> None:
    said = set()
    for name in ("tenant", "nobody", staff.town.tenant_no, "officer"):
        response = visit().post("/sign-in/", {"username": name, "password": "wrong"})
        assert response.status_code == 422
        said.add(re.search(r'role="alert".*?</div>', response.content.decode(), re.DOTALL)[0])  # type: ignore[index]
    assert len(said) == 1
    statuses = [visit().post("/sign-in/", {"username": "tenant", "password": "wrong"}).status_code for _ in range(9)]
    assert statuses[-1] == 429


def test_a_typed_citizen_number_is_not_sent_back(visit: Any, staff: Staff) -> None:
    page = visit().post("/sign-in/", {"username": staff.town.tenant_no, "password": "wrong"}).content.decode()
    assert staff.town.tenant_no not in page


def test_silence_after_the_term_closes_the_question(visit: Any, staff: Staff, departments: Any) -> None:
    client, _, path = started(visit, staff)
    answer(client, staff, path)
    row = Consent.objects.get()
    Consent.objects.update(due_on=row.due_on - timedelta(days=40))
    owner = visit(staff.lessor)
    assert "等您同意" not in owner.get("/").content.decode()
    assert "不用再回答" in owner.get(f"/consents/{row.pk}/").content.decode()
