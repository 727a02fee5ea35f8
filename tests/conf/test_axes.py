"""The commands that ask the register on both time axes, read as a stranger reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from anjia.conf import installation, main
from anjia.kernel.models import AccessRecord
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make, number

pytestmark = pytest.mark.django_db
WHO = Person("甲", "1", "1980-01-01", "户")


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    @contextmanager
    def connected() -> Iterator[None]:
        yield

    monkeypatch.setattr(installation, "connected", connected)
    found = make(
        [WHO, Person("乙", "2", "1982-01-01", "户", "12")], homes={"户": ("J1", EAST)},
        dwellings={"旧居": EAST, "新居": WEST},
    )  # fmt: skip
    do("record-stay", event="RESREG", person=found["甲"], place=found.code("旧居"), since="2018-05")
    return found


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main.main(arguments)
    shown = capsys.readouterr()
    return status, shown.out + shown.err


def test_an_address_tells_yes_possible_and_what_is_under_enquiry(world: World, capsys: Any) -> None:
    code = world.code("旧居")
    status, text = run(capsys, "address", code, "--on", "2018-05-10")
    assert status == 0
    assert "可能 / possible  甲  2018-05-01 – …" in text
    assert "户口 / registered there：无 / nobody" in text
    do("open-enquiry", subject=world["甲"], register="residence", ground="邻居反映")
    status, text = run(capsys, "address", code, "--on", "2018-01-01", "--to", "2019-01-01")
    assert "2018-05-01 – 2018-06-01" in text
    assert "是   / yes       甲  2018-05-01 – …  核查中 / under enquiry" in text
    status, text = run(capsys, "address", code, "--on", "2018-01-01", "--to", "2019-01-01", "--json")
    found = json.loads(text)
    assert [bool(one["yes"]) for one in found["resident"]] == [False, True]
    assert found["resident"][1]["yes"][0]["under_enquiry"] is True
    assert AccessRecord.objects.filter(outcome=code).count() == 3


def test_an_address_that_did_not_exist_is_said_so(world: World, capsys: Any) -> None:
    assert run(capsys, "address", world.code("旧居"), "--on", "2010-01-01")[0] == 1
    assert run(capsys, "address", "12345")[0] == 2
    status, text = run(capsys, "address", world.code("旧居"), "--on", "2018-05-10", "--to", "2018-05-10")
    assert status == 2
    assert "period-empty" in text


def test_a_person_is_shown_on_both_axes(world: World, capsys: Any) -> None:
    before = timezone.now()
    do("doubt-date", register="particulars", subject=world["甲"], day=date(1980, 1, 1), known="year", field="birth_on")
    do("open-enquiry", subject=world["甲"], register="particulars", field="birth_on", ground="出生医学证明存疑")
    no = number(WHO, world["甲"])
    status, text = run(capsys, "person", no, "--on", "2018-05-10")
    assert status == 0
    assert "甲  男  1980  户口状态 0" in text
    assert "可能 / possible" in text
    assert "核查中 / under enquiry: particulars birth_on" in text
    _, text = run(capsys, "person", no, "--on", str(DAY), "--known-at", before.isoformat(), "--json")
    found = json.loads(text)
    assert (found["birth_on"], found["enquiries"], found["residence"][0]["answer"]) == ("1980-01-01", [], "yes")
    assert run(capsys, "person", no, "--on", "2010-01-01")[0] == 1
    assert run(capsys, "person", "990199200001010000", "--on", "2010-01-01")[0] == 1


def test_a_household_says_who_only_may_belong_to_it(world: World, capsys: Any) -> None:
    do("doubt-date", register="membership", subject=world["乙"], day=date(2015, 1, 1), known="year")
    _, text = run(capsys, "household", "990000001", "--on", "2015-06-01")
    assert "乙  女  1982-01-01  自 2015  可能 / possible" in text
    do("open-enquiry", subject=world["乙"], register="membership", ground="群众反映")
    _, text = run(capsys, "household", "990000001", "--on", "2015-06-01")
    assert "核查中 / under enquiry: 乙 membership 全部 / all 自 2026-11-01  群众反映" in text
    _, text = run(capsys, "household", "990000001", "--on", "2015-06-01", "--json")
    assert [one["answer"] for one in json.loads(text)["members"]] == ["yes", "possible"]


def test_the_balance_is_printed_and_fails_when_it_does_not_hold(world: World, capsys: Any) -> None:
    asked = ("register", "balance", "--from", "2014-12-31", "--to", "2026-12-31")
    status, text = run(capsys, *asked)
    assert status == 0
    assert "全市 / city  0 + 2 − 0 = 2  平 / balanced" in text
    do("record-death", event="BIRTH", person=world["乙"])
    status, text = run(capsys, *asked)
    assert status == 1
    assert "无登记行为依据 / no act explains it" in text
    status, text = run(capsys, *asked, "--json")
    assert (status, json.loads(text)[0]["holds"]) == (1, False)
