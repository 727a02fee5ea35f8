"""Demo accounts: residents of the synthetic town and the staff who serve them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor, Grant
from anjia.synthesis.settling import RECORD

GIVEN_BY = "demo"
SINCE = date(2023, 6, 30)
RESIDENTS: Mapping[str, tuple[str, str]] = {
    "tenant": ("tenant", "租客，合同已备案，房东可以同意 · tenant, filed lease, the owner can agree"),
    "lessor": ("owner", "房东，可以同意租客落户 · owner, can agree to the tenant's settlement"),
    "unfiled": ("tenant2", "租客，合同没有备案 · tenant, the lease is not filed"),
    "head": ("head", "户主，迁走后家人留在原户 · head of household, the family stays behind"),
    "elder": ("elder", "六十岁以上 · over 60"),
    "newcomer": (
        "newcomer",
        "户口在市外，住满半年，可以申领居住证 · registered elsewhere, here for half a year, can apply for a permit",
    ),
    "bride": ("bride", "户口在外市，配偶在本市，可办夫妻投靠 · registered in another city, spouse here"),
    "groom": ("groom", "户主，可以同意配偶从外市迁入 · head, can agree to the spouse's move in"),
}
STAFF: tuple[tuple[str, str, str, str], ...] = (
    (
        "assistant",
        "window-assistant",
        "counter",
        "窗口辅助人员，预审和受理 · window assistant, pre-review and acceptance",
    ),
    ("examiner", "examining-officer", "counter", "审核民警 · examining officer"),
    ("approver", "approving-officer", "counter", "审批民警 · approving officer"),
    ("county", "approving-officer", "counter", "县局审批，准予迁入 · county, permits moves in"),
    ("designer", "policy-designer", "desk", "起草规则、看影响谁 · drafts rules and sees whom they touch"),
    ("publisher", "policy-publisher", "desk", "发布别人起草的规则 · publishes what others drafted"),
    ("supervisor", "supervisor", "supervision", "督查 · supervisor"),
    ("analyst", "policy-analyst", "counter", "政策分析，按规则数人 · policy analyst, counts and lists without names"),
    ("outreach", "outreach-officer", "counter", "政策服务，名单带姓名 · outreach officer, lists with names"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One demo account as `demo.json` lists it."""

    channel: str
    username: str
    password: str
    name: str
    what: str


def create(state: Path, password: str) -> list[Account]:
    """Makes the demo accounts of the loaded town, all with one password, and writes `demo.json`.

    Accounts that exist keep their grants and get this password.

    Raises:
        AnjiaError: `town-missing` when no town was loaded from this state folder.
    """
    path = state / "synthetic" / RECORD
    if not path.exists():
        raise AnjiaError(
            "town-missing",
            "还没有合成城镇，无法建立演示账号",
            "There is no synthetic town yet, so no demo accounts can be made",
            ("请先运行 anjia synth", "Run anjia synth first"),
            status=409,
        )
    town = json.loads(path.read_text(encoding="utf-8"))
    accounts = [*_residents(town, password), *_staff(town, password)]
    draft = state / "demo.json.part"
    draft.write_text(json.dumps([asdict(one) for one in accounts], ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(state / "demo.json")
    return accounts


def _residents(town: Mapping[str, Any], password: str) -> list[Account]:
    accounts = []
    for part, (username, what) in RESIDENTS.items():
        person = town["cast"].get(part)
        if person is not None:
            _account(username, password, "resident", person["name"], "", "resident", [], person["subject"])
            accounts.append(Account("residents", username, password, person["name"], what))
    return accounts


def _staff(town: Mapping[str, Any], password: str) -> list[Account]:
    accounts = []
    for (username, role, channel, what), name in zip(STAFF, town["staff"], strict=False):
        areas = [] if role == "supervisor" else town["towns"]
        if username == "county":
            areas = sorted({code[:6] for code in areas})
        _account(username, password, "staff", name, town["station"], role, areas, None)
        accounts.append(Account(channel, username, password, name, what))
    return accounts


def _account(
    username: str, password: str, kind: str, name: str, station: str, role: str, areas: list[str], person: int | None
) -> None:
    with transaction.atomic():
        actor = Actor.objects.filter(username=username).first()
        if actor is None:
            actor = Actor.objects.create_actor(
                username, password, kind=kind, name_zh=name, station=station, person=person
            )
            Grant.objects.create(actor=actor, role=role, divisions=areas, valid_from=SINCE, given_by=GIVEN_BY)
        else:
            actor.set_password(password)
            actor.save(update_fields=["password"])
