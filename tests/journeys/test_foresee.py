"""A change is drafted, seen by district and published by a second person; yesterday's case keeps its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework import consents, facts, flow
from anjia.casework.models import Case
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue, Definition, digest_of
from anjia.kernel.definitions.loading import decode
from anjia.kernel.models import Actor, DefinitionDraft
from tests.casework import steps
from tests.casework.conftest import Staff, file_lease
from tests.population.conftest import designer, people, publisher, snapshot  # noqa: F401
from tests.rules.examples_of import judged_on

People = Callable[..., Page]
OFFICE = ("desk", "standard", "english", "dark")


def test_a_change_is_drafted_seen_and_published(
    people_of: People, picture_of: Any, snapshot: Any, designer: Actor, publisher: Actor,  # noqa: F811
) -> None:  # fmt: skip
    page = people_of(designer, "desk")
    page.goto("/desk/")
    page.select_option("#rule", "rule:elder")
    page.get_by_role("button", name="起草规则").click()
    checks = page.locator("#checks")
    expect(checks).to_contain_text("没有错误")
    page.fill("#clause-0-when", "years_between(person.born_on, today) >= 85")
    expect(checks).to_contain_text("person.born_on")
    page.fill("#clause-0-when", "years_between(person.birth_on, today) >= 85")
    expect(checks).to_contain_text("· 不符")
    page.fill("#examples", page.input_value("#examples").replace("1944-03-01", "1939-03-01"))
    expect(checks).not_to_contain_text("· 不符")
    page.fill("#reason", "预算不够")
    page.get_by_role("button", name="保存草案").click()
    expect(page.locator("#reason")).to_have_value("预算不够")
    address = re.sub(r"#.*", "", page.url)
    path = re.sub(r"https?://[^/]+", "", address)
    page.get_by_role("button", name="用全市数据试一试").click()
    losers = page.get_by_role("table", name="按区县")
    expect(losers.get_by_role("row").nth(1)).to_contain_text("24")
    expect(losers.get_by_role("row").nth(2)).to_contain_text("15")
    found = re.sub(r"https?://[^/]+", "", page.url)
    page.goto(path)
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("h1")).to_contain_text("待发布")
    expect(page.get_by_role("button", name="发布", exact=True)).to_have_count(0)

    second = people_of(publisher, "desk")
    second.goto(found)
    second.get_by_role("link", name="看不再符合的人").click()
    expect(second.locator("tbody tr")).to_have_count(24)
    second.goto(path)
    second.get_by_role("button", name="发布", exact=True).click()
    expect(second.locator("h1")).to_contain_text("已发布")
    expect(second.locator("#simulations")).to_contain_text("附于发布版")

    draft, today = DefinitionDraft.objects.get(), timezone.localdate()
    assert (draft.author, draft.publisher) == (designer, publisher)
    born = {"person.birth_on": today.replace(year=today.year - 82, day=1)}
    assert judged_on("elder", born, today) == "yes"
    assert judged_on("elder", born, today + timedelta(days=1)) == "no"
    picture_of("/desk/", designer, "desk-home", OFFICE)
    picture_of(path, designer, "desk-published", OFFICE)
    picture_of(found, publisher, "desk-simulation", OFFICE)


def test_the_editor_holds(people_of: People, picture_of: Any, designer: Actor) -> None:  # noqa: F811
    page = people_of(designer, "desk")
    for kind in ("rule:tenant", "parameter:elder_age"):
        page.goto("/desk/")
        name = kind.partition(":")[0]
        page.select_option(f"#{name}", kind)
        page.get_by_role("button", name="起草规则" if name == "rule" else "起草参数").click()
        path = re.sub(r"https?://[^/]+|#.*", "", page.url)
        picture_of(path, designer, f"desk-draft-{name}", OFFICE)
    picture_of("/desk/sign-in/", None, "desk-sign-in", OFFICE)


def test_yesterdays_case_is_judged_by_yesterdays_text(
    people_of: People, staff: Staff, departments: Any
) -> None:
    case = steps.opened(staff)
    opened = timezone.localdate() - timedelta(days=1)
    Case.objects.filter(pk=case.pk).update(opened_on=opened)
    now = publishing.in_force()
    old = now.get("rule", "tenant", opened)
    # In force from today: a version with one clause more, which nobody could meet.
    changed = {**old.content, "valid_from": timezone.localdate(), "clause": [*old.content["clause"], NEW]}
    spec = decode("rule", changed, strict=False)
    newer = Definition("rule", "tenant", digest_of(changed), changed, spec, spec.valid_from, None, old.path)
    publishing.publish(Catalogue([newer]), drafted_by="one", published_by="another")
    judged = flow.desk(staff.assistant, steps.reviewed(staff, steps.submitted(staff, steps.answered(staff, case))))
    clauses = {part.clause.id for one in judged.rules for part in one.clauses}
    assert "never" not in clauses
    assert "filed" in clauses
    page = people_of(staff.assistant, "desk")
    page.goto(f"/counter/cases/{case.number}/")
    expect(page.locator("#rules")).to_contain_text("租赁已备案")
    expect(page.locator("#rules")).not_to_contain_text("新加的条件")


NEW = {
    "id": "never", "when": "lease.filed == False", "text": {"zh": "新加的条件", "en": "A new condition"},
    "basis": [{"law": "租房落户条件", "tag": "assumed"}], "remedy": {"zh": "无", "en": "None"},
}  # fmt: skip


def test_a_refused_resident_is_told_from_which_day(people_of: People, staff: Staff, departments: Any) -> None:
    start = timezone.localdate() + timedelta(days=41)
    file_lease(departments, staff.town, start_on=start.isoformat())
    case = facts.refresh(staff.tenant, steps.opened(staff))
    # With the owner's consent the community household is closed too, so only time is missing.
    consents.answer(staff.lessor, consents.asked_of(staff.town.lessor)[0].pk, True)
    page = people_of(staff.tenant)
    page.goto(f"/cases/{case.number}/result/")
    expect(page.locator("main")).to_contain_text(f"从 {start.year} 年 {start.month} 月 {start.day} 日起可以办成")


