"""A demo authority and a sealed notice of an invented decision, made once for the module's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anjia.credentials import layout, sealing, sheet
from anjia.credentials.authority import Authority
from anjia.credentials.offices import Issuer
from anjia.kernel import definitions
from anjia.kernel.specs import Words

CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
AT = datetime(2026, 11, 25, 15, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
NUMBER = "ZBD370303-2026-000042"
CODE = "7KQM2XPA9RTW"
OFFICE = Words(
    zh="示范市公安局东街派出所", en="East Street Police Station, Model City Public Security Bureau"
)
RARE_NAME = "王䶮𫖯"

Judge = Callable[..., str]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority in a folder of its own."""
    return Authority(tmp_path_factory.mktemp("authority"), "示范市演示签章机构")


@pytest.fixture(scope="session")
def draw() -> Callable[..., bytes]:
    """Lays out a document of the city from its own part of the data."""
    catalogue = definitions.load(CITY).catalogue

    def render(certificate: str, own: dict[str, Any], language: str = "zh") -> bytes:
        definition = catalogue.get("certificate", certificate)
        face = sheet.Face(NUMBER, CODE, Issuer("370303001000", OFFICE), AT, language, "http://127.0.0.1:8000")
        data = sheet.data(face, definition.spec, catalogue.city, own)
        return layout.render(definition.path.parent / definition.spec.layout, data, AT)

    return render


@pytest.fixture(scope="session")
def seal(authority: Authority) -> Callable[[bytes], bytes]:
    """Seals a laid-out document as the office of these tests."""
    office = sealing.Office("370303001000", OFFICE.zh, "户口专用章", "演示 SYNTHETIC")
    place = sealing.Place(40, 22, 42)
    return lambda pdf: sealing.seal_pdf(pdf, authority, office, place, reason=f"办理结果告知单 {NUMBER}")


@pytest.fixture(scope="session")
def notice_pdf(draw: Callable[..., bytes], seal: Callable[[bytes], bytes]) -> bytes:
    """A sealed notice for a person with a rare name."""
    return seal(draw("decision-notice", {"notice": notice()}))


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Runs an outside program and gives what it printed; its exit code proves nothing here."""

    def run(program: str, *arguments: str, stdin: bytes | None = None) -> str:
        if shutil.which(program) is None:
            message = f"{program} is not installed: apt-get install poppler-utils libnss3-tools openssl"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        done = subprocess.run(
            [program, *arguments], cwd=tmp_path, input=stdin, capture_output=True, timeout=60, check=False
        )
        return (done.stdout + done.stderr).decode(errors="replace")

    return run


def notice(name: str = RARE_NAME) -> dict[str, Any]:
    """Gives the own part of a decision notice."""
    clause = {
        "text": "房屋租赁合同已经登记备案", "verdict": "yes", "words": "符合",
        "basis": [{"law": "租房落户条件", "article": "", "tag": "系统设定"}],
        "facts": [{"text": "租赁合同已备案：是", "source": "租赁备案，2026-11-24 10:12"}],
    }  # fmt: skip
    return {
        "verdict": "yes", "result": "准予办理：落在租住的房屋", "result_detail": "", "note": "",
        "salutation": f"{name}（公民身份号码 3703**********0016）：", "lead": "您的申请已审查完毕。",
        "changes": [{"label": "户号", "before": "030100217", "after": "030305512"}],
        "clauses": [clause], "remedies": [],
        "terms": [["申请日期", "2026年11月23日"], ["决定日期", "2026年11月25日"]],
        "terms_basis": "服务承诺", "terms_tag": "系统设定",
        "officers": [{"step": "审批", "name": "孙国栋", "at": "2026-11-25 15:20"}],
        "objection": ["可以申请行政复议。"],
    }  # fmt: skip


def card(name: str, **changed: str) -> dict[str, Any]:
    """Gives one person's card of a booklet page."""
    keys = (
        "relation former_name sex birth_place ethnicity native_place birth_on other_address religion "
        "citizen_no height blood education marital military employer occupation to_city to_address "
        "clerk registered_on"
    )
    return {"name": name, **dict.fromkeys(keys.split(), ""), "changes": [], **changed}


def booklet(*names: str, on: date = date(2026, 11, 25)) -> dict[str, Any]:
    """Gives the own part of a booklet page with a card for each name."""
    head = {
        "kind": "家庭户", "head_name": names[0], "number": "030305512", "issued_on": sheet.day(on, "zh"),
        "address": "示范市东街道花园社区一号路1号", "moves": [],
    }  # fmt: skip
    return {
        "as_of": "登记簿截至 2026年11月25日 的记载",
        "head": head,
        "persons": [card(name) for name in names],
    }
