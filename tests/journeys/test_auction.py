"""A move by decision after a court auction: the buyer asks, the former owner objects, the county decides."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework.models import Case, Statement
from anjia.credentials import issuing
from anjia.registers import history
from tests.casework import steps
from tests.casework.disputes import Dispute

People = Callable[..., Page]


def test_the_former_owner_is_heard_before_the_county_decides(
    people_of: People, inspect: Any, picture_of: Any, dispute: Dispute
) -> None:
    asks(people_of(dispute.buyer), inspect, dispute)
    case = Case.objects.get()
    steps.take(dispute.assistant, case, "prereview")
    steps.take(dispute.assistant, case, "accept")
    station_tells(people_of, picture_of, dispute, case)
    objects(people_of, inspect, dispute)
    county_decides(people_of, picture_of, dispute, case)
    served(people_of, inspect, dispute, case)
    the_register_shows_both(people_of, inspect, picture_of, dispute)


def asks(page: Page, inspect: Any, dispute: Dispute) -> None:
    """The buyer finds the item; the court's ruling is known, so hardly anything is asked."""
    inspect("/items/left-over-auction/", dispute.buyer, "auction-item")
    page.goto("/items/left-over-auction/")
    page.get_by_role("button", name="先查我符不符合").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("联系方式")
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("可以提交"))
    case = Case.objects.get()
    inspect(f"/cases/{case.number}/result/", dispute.buyer, "auction-result")
    page.locator(".aj-actionbar").get_by_role("button").click()
    expect(page.get_by_text("下一步：在线预审")).to_be_visible()


def station_tells(people_of: People, picture_of: Any, dispute: Dispute, case: Case) -> None:
    """The officer checks the rights and tells the persons concerned; the hearing may not be closed before its day."""
    page = people_of(dispute.examiner, "desk")
    page.goto(f"/counter/cases/{case.number}/")
    page.get_by_label("滞留人员对房屋没有权利").check()
    page.keyboard.press("F8")
    expect(page.get_by_label("已书面告知本人")).to_be_visible()
    page.get_by_label("已书面告知本人").check()
    page.get_by_label("已通知执行法院").check()
    page.keyboard.press("F8")
    expect(page.get_by_role("heading", name="告知和陈述申辩")).to_be_visible()
    expect(page.locator(".aj-decision")).to_contain_text("陈述申辩期到")
    picture_of(f"/counter/cases/{case.number}/", dispute.examiner, "auction-desk-hearing", ("desk",))


def objects(people_of: People, inspect: Any, dispute: Dispute) -> None:
    """The former owner reads what is asked and objects; without a reason nothing is kept."""
    page = people_of(dispute.former)
    page.goto("/consents/")
    inspect("/consents/", dispute.former, "auction-hearings")
    page.get_by_role("link", name=re.compile("有人申请迁出")).click()
    inspect(page.url, dispute.former, "auction-hearing")
    page.get_by_label("有异议", exact=True).check()
    page.get_by_role("button", name="提交意见").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明您的理由")
    page.get_by_label("理由和情况").fill("没有别处可住，请安排到社区公共集体户")
    page.get_by_label("社区公共集体户", exact=True).check()
    page.get_by_role("button", name="提交意见").click()
    expect(page.get_by_text("您提出了异议")).to_be_visible()


def county_decides(people_of: People, picture_of: Any, dispute: Dispute, case: Case) -> None:
    """The term ends, the objection is examined by another officer, the county decides."""
    Statement.objects.filter(case=case, state="told").update(due_on=timezone.localdate() - timedelta(days=1))
    page = people_of(dispute.second, "desk")
    page.goto(f"/counter/cases/{case.number}/")
    expect(page.get_by_text("没有别处可住")).to_be_visible()
    page.get_by_label("没有关于房屋所有权的未决诉讼").check()
    page.get_by_label("异议已逐条审查").check()
    picture_of(f"/counter/cases/{case.number}/", dispute.second, "auction-desk-objection", ("desk",))
    page.keyboard.press("F8")
    expect(page.get_by_text("陈述申辩和异议审查 通过")).to_be_visible()
    page = people_of(dispute.county, "desk")
    page.goto(f"/counter/cases/{case.number}/")
    picture_of(f"/counter/cases/{case.number}/", dispute.county, "auction-desk-decide", ("desk",))
    page.keyboard.press("F8")
    expect(page.get_by_text("已办结").first).to_be_visible()


def served(people_of: People, inspect: Any, dispute: Dispute, case: Case) -> None:
    """The decision reaches the former owner as a notice and as a sealed document."""
    done = Case.objects.get(pk=case.pk)
    steps.run_effects(done)
    with ThreadPoolExecutor(1) as worker:
        worker.submit(issue, done.act_id, dispute.town.tenant).result()
    page = people_of(dispute.former)
    page.goto("/documents/")
    expect(page.get_by_text("户口迁移决定书")).to_be_visible()
    page.goto("/notices/")
    expect(page.get_by_text("您的户口已依决定迁移")).to_be_visible()
    inspect("/notices/", dispute.former, "auction-served")
    home = history.household_of(dispute.town.tenant, *steps.today())
    assert home is not None
    assert home.kind == "T4"


def the_register_shows_both(people_of: People, inspect: Any, picture_of: Any, dispute: Dispute) -> None:
    """The person's page on any day, the household's, and the former owner's own history."""
    tenant = dispute.town.tenant
    picture_of(f"/counter/persons/{tenant}/", dispute.examiner, "person-desk", ("desk",))
    page = people_of(dispute.examiner, "desk")
    page.goto(f"/counter/persons/{tenant}/?on=2020-01-01")
    expect(page.get_by_role("region", name="常住户口")).to_contain_text("家庭户")
    page.goto(f"/counter/persons/{tenant}/")
    expect(page.get_by_role("region", name="常住户口")).to_contain_text("社区公共集体户")
    page.get_by_role("link", name="这一户的登记簿").click()
    picture_of(page.url, dispute.examiner, "household-desk", ("desk",))
    inspect("/history/", dispute.former, "history")


def issue(act_id: int, person: int) -> None:
    """Makes the document away from the browser's event loop, as the worker's process does."""
    issuing.issue_documents(act_id=act_id, documents=["move-decision"], person=person)
    connection.close()
