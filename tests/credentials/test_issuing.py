"""Every decision has its documents, each made once, whatever happens to the worker."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from anjia.credentials import documents, issuing, sealing
from anjia.credentials.models import Document
from anjia.kernel import effects
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from tests.casework.people import CHILD_NO, TENANT_NO
from tests.credentials import moving
from tests.credentials.conftest import Judge
from tests.credentials.moving import Town

BOTH = ["decision-notice", "booklet-page"]


@pytest.fixture
def town(db: None) -> Town:
    """The invented town with its people."""
    return moving.found_town()


def run(act: Act, town: Town, *certificates: str) -> None:
    """Runs the effect as the worker does."""
    effects.run(
        "issue-documents", act_id=act.pk, documents=list(certificates or BOTH), case_number=act.case_number,
        person=town.tenant,
    )  # fmt: skip


def test_an_effect_run_twice_makes_each_document_once(town: Town) -> None:
    act = moving.decide(town)
    run(act, town)
    run(act, town)
    made = documents.of_case(act.case_number)
    assert [one.certificate for one in made] == BOTH
    assert {one.act_id for one in made} == {act.pk}
    assert [one.number for one in documents.of_person(town.tenant)] == [one.number for one in reversed(made)]


@pytest.mark.judge
def test_notice_tells_outcome_clauses_officers_and_both_addresses(
    town: Town, judge: Judge, tmp_path: Path
) -> None:
    act = moving.decide(town)
    run(act, town, "decision-notice")
    text = text_of(documents.of_case(act.case_number)[0], judge, tmp_path)
    for said in (
        "租赁备案", "田租客", "准予办理：落在租住的房屋", "租赁合同已登记备案",
        "《中华人民共和国户口登记条例》第6条", "法律原文",
        "孙国栋", "赵一鸣", "柳桥路1号", "石桥路1号", "100000001", "可以申请行政复议", "材料齐全的当场办结",
        f"{TENANT_NO[:4]}**********{TENANT_NO[-4:]}",
    ):  # fmt: skip
        assert said in text, said
    assert TENANT_NO not in text


@pytest.mark.judge
def test_refusal_notice_names_the_clause_and_what_to_do(town: Town, judge: Judge, tmp_path: Path) -> None:
    act = moving.decide(town, verdict="no")
    run(act, town, "decision-notice")
    text = text_of(documents.of_case(act.case_number)[0], judge, tmp_path)
    assert "不予办理：租房落户" in text
    assert "不符合" in text
    assert "请补齐：房东同意落户" in text
    assert "请补齐：租赁合同已登记备案" not in text


@pytest.mark.judge
def test_booklet_page_shows_the_register_as_of_the_act(town: Town, judge: Judge, tmp_path: Path) -> None:
    act = moving.decide(town)
    run(act, town, "booklet-page")
    text = text_of(documents.of_case(act.case_number)[0], judge, tmp_path)
    for said in (
        "家庭户",
        "石桥路1号",
        moving.household_number(town.tenant, act),
        "户主",
        "田租客",
        "田小禾",
        TENANT_NO,
    ):
        assert said in text, said
    assert CHILD_NO in text
    assert "汉" in text
    assert "——" in text


def test_the_newest_booklet_page_replaces_the_earlier_one(town: Town) -> None:
    first = moving.decide(town)
    run(first, town)
    second = moving.decide(town, verdict="no", case="LS990102261125-0002")
    run(second, town)
    old, new = Document.objects.filter(certificate="booklet-page").order_by("id")
    assert old.is_revoked
    assert old.replaced_by == new.number
    assert not new.is_revoked
    assert not any(one.is_revoked for one in Document.objects.filter(certificate="decision-notice"))


def test_kept_bytes_are_the_issued_ones_and_encrypted(town: Town) -> None:
    act = moving.decide(town)
    run(act, town, "booklet-page")
    (document,) = documents.of_case(act.case_number)
    pdf = documents.content(document)
    assert hashlib.sha256(pdf).hexdigest() == document.digest
    assert len(pdf) == document.size
    assert b"%PDF" not in bytes(document.content)


def test_application_can_neither_change_nor_delete_a_document(town: Town) -> None:
    act = moving.decide(town)
    run(act, town, "decision-notice")
    for attempt in (
        lambda: Document.objects.update(title_zh="伪造"),
        lambda: Document.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    (document,) = documents.of_case(act.case_number)
    documents.revoke(document.number, ground="发现身份冒用")
    with pytest.raises(AnjiaError, match="act-conflict"):
        documents.revoke(document.number, ground="再次")
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(revoked_at=None)


def test_a_worker_that_dies_while_sealing_leaves_nothing_and_the_next_makes_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = moving.decide(town)

    class Killed(BaseException):
        """Stands for a process that ends here."""

    def die(*_: Any, **__: Any) -> bytes:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(sealing, "seal_pdf", die)
        with pytest.raises(Killed), transaction.atomic():
            run(act, town)
    assert not Document.objects.exists()
    run(act, town)
    assert [one.number[-6:] for one in documents.of_case(act.case_number)] == ["000001", "000002"]


def test_a_name_that_no_font_covers_is_refused_and_nothing_is_kept(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = moving.decide(town)
    monkeypatch.setattr("anjia.credentials.fonts.coverage", lambda: frozenset(range(0x4E00, 0x7000)))
    with pytest.raises(AnjiaError, match="glyph-missing"):
        run(act, town)
    assert not Document.objects.exists()


def test_an_unknown_content_kind_is_named(town: Town) -> None:
    with pytest.raises(AnjiaError, match="definition-unknown"):
        issuing.issue_of_act(moving.decide(town), "no-such-paper", town.tenant)


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_act_make_one_document() -> None:
    town = moving.found_town()
    act = moving.decide(town)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            run(act, town, "decision-notice")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Document.objects.filter(act_id=act.pk).count() == 1


def text_of(document: Document, judge: Judge, folder: Path) -> str:
    """Gives the text of a document as an outside reader sees it, without line breaks."""
    (folder / "a.pdf").write_bytes(documents.content(documents.get(document.number)))
    return "".join(judge("pdftotext", "-raw", "a.pdf", "-").split("\n"))
