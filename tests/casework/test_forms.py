"""The form: every kind of question, what is wrong with an answer, and reading without writing."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest

from anjia.casework import answers, cases, facts, flow, forms, values
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel import grants, readonly
from anjia.kernel.errors import AnjiaError
from tests.casework.conftest import EAST, WEST, Staff, Town
from tests.casework.people import LESSOR_NO
from tests.casework.steps import fresh, opened, submitted, take

pytestmark = pytest.mark.django_db

GOOD = {
    "words": "好", "count": "3", "size": "l", "since": "2024-02-29", "sure": "yes", "other_no": LESSOR_NO,
    "phone": "13800000000", "result": "plain",
}  # fmt: skip


@pytest.fixture
def case(staff: Staff) -> Case:
    return facts.refresh(staff.tenant, opened(staff, "sample"))


def post(staff: Staff, case: Case, **changed: str) -> dict[str, str]:
    """Posts the form and gives the code of each field's error."""
    now = fresh(case)
    errors = forms.answer(staff.tenant, now, "kinds", GOOD | changed, now.version)
    return {field: error.code for field, error in errors.items()}


def test_every_kind_of_answer_comes_back_as_its_type(staff: Staff, case: Case) -> None:
    assert post(staff, case, where=WEST) == {}
    case = fresh(case)
    assert answers.stored(case, item_of(case)) == {
        "words": "好", "count": 3, "size": "l", "since": date(2024, 2, 29), "sure": True,
        "other_no": LESSOR_NO, "phone": "13800000000", "result": "plain", "where": WEST,
    }  # fmt: skip
    assert forms.build(case)[0].complete
    assert facts.plain_values(case)["answers.since"] == date(2024, 2, 29)
    assert case.outcome == "plain"


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("words", "一二三四五六", "field-too-long"),
        ("count", "many", "field-not-number"),
        ("count", "0", "field-check-failed"),
        ("count", "1e400", "field-not-number"),
        ("count", "", "field-empty"),
        ("size", "xl", "field-choice-unknown"),
        ("since", "2023-02-29", "field-not-date"),
        ("since", "2199-01-01", "field-check-failed"),
        ("sure", "maybe", "field-choice-unknown"),
        ("phone", "123", "field-not-phone"),
        ("result", "at-the-moon", "field-choice-unknown"),
        ("where", "990199001001", "field-division-unknown"),
    ],
)
def test_a_wrong_answer_is_named_and_the_others_are_kept(
    staff: Staff, case: Case, field: str, text: str, code: str
) -> None:
    assert post(staff, case, **{field: text}) == {field: code}
    kept = fresh(case)
    assert field not in kept.answers
    assert "size" in kept.answers or field == "size"
    view = forms.build(kept, posted=GOOD | {field: text})[0]
    assert next(one.value for one in view.fields if one.spec.id == field) == text


def test_a_wrong_citizen_number_is_refused(staff: Staff, case: Case) -> None:
    wrong = LESSOR_NO[:-1] + ("1" if LESSOR_NO[-1] != "1" else "2")
    assert set(post(staff, case, other_no=wrong)) == {"other_no"}


def test_an_answer_opens_the_next_question_on_its_own_page(staff: Staff, case: Case) -> None:
    assert post(staff, case, sure="no") == {"why": "field-empty"}
    assert post(staff, case, sure="no", why="不知道") == {}
    assert post(staff, case) == {}
    shown = fresh(case)
    assert "answers.why" not in facts.plain_values(shown)
    assert "why" not in {one.spec.id for one in forms.build(shown)[0].fields}


def test_a_closed_outcome_is_not_offered(staff: Staff, case: Case) -> None:
    view = forms.build(case)[0]
    offered = next(one.choices for one in view.fields if one.spec.id == "result")
    assert [(one.id, one.hint is None) for one in offered] == [("plain", True), ("tenant", False)]


def test_a_division_is_picked_level_by_level(staff: Staff, case: Case) -> None:
    assert post(staff, case, **{"where.1": "990102"}) == {}
    view = next(one for one in forms.build(fresh(case))[0].fields if one.spec.id == "where")
    assert [(len(level.choices), level.value) for level in view.levels] == [(2, "990102"), (1, "")]
    assert "answers.where" not in facts.plain_values(fresh(case))
    steps = {"where.1": "990102", "where.2": "990102001", "where.3": WEST}
    assert post(staff, case, **steps) == {}
    assert facts.plain_values(fresh(case))["answers.where"] == WEST
    # Another district empties the levels below it.
    assert post(staff, case, **(steps | {"where.1": "990101"})) == {}
    assert answers.stored(fresh(case), item_of(case))["where"] == "990101"


def test_an_unfinished_form_is_not_handed_in(staff: Staff, case: Case) -> None:
    with pytest.raises(AnjiaError, match="form-incomplete") as caught:
        flow.submit(staff.tenant, case, key=uuid.uuid4(), version=case.version)
    assert "count" in caught.value.facts["fields"]
    assert fresh(case).state == "draft"


def test_reading_a_case_writes_nothing_but_the_look(town: Town, staff: Staff) -> None:
    case = opened(staff, "settle-collective")
    assert forms.answer(staff.tenant, case, "where", {"division": EAST, "along": ""}, case.version) == {}
    case = submitted(staff, case)
    with readonly.read_only():
        allowed = grants.require(staff.stranger, "case", "read", "settlement")
        assert [one.number for one in cases.queue(allowed)] == [case.number]
        view = flow.desk(staff.stranger, cases.get(allowed, case.number))
        own = grants.require(staff.tenant, "case", "read", "settlement")
        assert [one.number for one in cases.of_person(own)] == [case.number]
    assert view.preview_refusal is not None
    assert view.preview_refusal.code == "head-needed"
    with pytest.raises(AnjiaError, match="case-unknown"):
        cases.get(grants.require(staff.officer, "case", "read", "settlement"), case.number)


def test_the_queue_is_paged_by_its_last_row(town: Town, staff: Staff) -> None:
    for who in (staff.tenant, staff.lessor):
        one = opened(staff, "settle-collective", who=who)
        assert forms.answer(who, one, "where", {"division": EAST}, one.version) == {}
        submitted(staff, one, who=who)
    allowed = grants.require(staff.stranger, "case", "read", "settlement")
    first = cases.queue(allowed, limit=1)
    assert first[0].due_on is not None
    second = cases.queue(allowed, after=(first[0].due_on, first[0].pk), limit=1)
    assert [len(first), len(second), len({first[0].pk, second[0].pk})] == [1, 1, 2]
    assert take(staff.stranger, first[0], "examine").next_step == "approve"
    assert [one.pk for one in cases.queue(allowed, step="approve")] == [first[0].pk]


@pytest.mark.parametrize("value", [True, False, 0, 7, Decimal("1.50"), "文字", "", date(2024, 2, 29), [], [1, 2], None])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_value_comes_back_as_it_was_stored(value: object, sealed: bool) -> None:
    uid = uuid.uuid4()
    stored = values.pack(value, case=uid, name="x", sealed=sealed)
    back = values.unpack(stored, case=uid, name="x")
    assert (back, type(back)) == (value, type(value))


def test_a_sealed_value_opens_only_in_its_case_and_under_its_name() -> None:
    uid = uuid.uuid4()
    stored = values.pack("secret", case=uid, name="x", sealed=True)
    assert "secret" not in str(stored)
    for case, name in ((uuid.uuid4(), "x"), (uid, "y")):
        with pytest.raises(AnjiaError, match="identity-unreadable"):
            values.unpack(stored, case=case, name=name)
