"""A bride comes from another city: asked, let go, registered, closed there; objection, silence, outage, crash."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import facts, flow, waiting
from anjia.casework.models import Case, Notice
from anjia.exchange import coming, posting, receiving, tending
from anjia.exchange.models import Letter, Move
from anjia.kernel import effects, workdays
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import AccessRecord, Act
from anjia.registers import history, papers, people
from anjia.registers.identity import Identity
from anjia.registers.membership import Membership
from simulators.othercity.process import City
from tests.moves import steps
from tests.moves.conftest import HERE, Person, Scene, bride, number, only, work
from tests.registers.world import refused

pytestmark = pytest.mark.django_db


def here(scene: Scene, name: str = "何新娘") -> bool:
    return history.membership(scene.world[name], timezone.localdate(), timezone.now()) is not None


def there(scene: Scene, city: City) -> bool:
    return bool(city.control("state", number=scene.number("何新娘"))["person"]["registered"])


def fact(case: Case, name: str) -> Any:
    return facts.known(steps.fresh(case))[name].value


def test_from_the_form_to_the_register_and_closed_at_the_place_left(
    scene: Scene, city: City, departments: Any
) -> None:
    done: set[int] = set()
    case = steps.submitted(scene)
    assert (case.division, case.next_step) == (HERE, "prereview")
    assert not Move.objects.exists()
    steps.permitted(scene, case)
    assert work(done) == ["ask-facts", "send-letter", "answer-arrived"]
    move = only()
    assert (move.state, move.direction, move.case_number) == ("confirmed", "in", case.number)
    assert fact(case, "origin.released") is True
    assert Notice.objects.filter(case_number=case.number, body_zh__contains="迁出地已同意").count() == 1
    assert (here(scene), there(scene, city)) == (False, True)
    steps.examined(scene, case)
    preview = flow.preview(steps.fresh(case))
    assert {one.name for one in preview.after[0].members} == {"周郎", "周母", "何新娘"}
    decided = steps.decided(scene, case)
    assert (here(scene), there(scene, city)) == (True, True)
    work(done)
    assert (here(scene), there(scene, city)) == (True, False)
    assert only().state == "closed"
    home = history.household_of(scene.world["何新娘"], timezone.localdate(), timezone.now())
    assert home is not None
    assert {one.name: one.relation for one in home.members} == {"周郎": "02", "周母": "52", "何新娘": "12"}
    assert Act.objects.get(pk=decided.act_id).event == "MOVE_IN"
    [row] = Membership.objects.filter(subject=scene.world["何新娘"])
    assert (row.from_place, row.ground) == ("临洲市某路1号", "21")
    assert papers.get("release", move.partner, str(move.uid))["state"] == "used"


def test_nobody_is_registered_before_the_place_left_lets_go(scene: Scene, city: City, departments: Any) -> None:
    city.control("set", mode="silent")
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    assert only().state == "requested"
    with pytest.raises(AnjiaError) as caught:
        steps.take(scene.assistant, case, "accept", checks={"papers.genuine": True, "application.signed": True})
    assert caught.value.code == "rule-not-met"
    assert "P-10.released=unknown" in caught.value.facts["clauses"]


def test_the_worker_asks_again_and_the_case_goes_on_by_itself(
    scene: Scene, city: City, departments: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.control("set", mode="silent")
    done: set[int] = set()
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work(done)
    assert fact(case, "origin.released") is None
    assert "应在" in facts.known(steps.fresh(case))["origin.released"].detail.zh
    city.control("answer", uid=str(only().uid))
    monkeypatch.setattr(tending, "ASK_AGAIN", timedelta(0))
    tending.tend()
    work(done)
    assert fact(case, "origin.released") is True


def test_a_missed_answer_is_reminded_then_told_to_the_supervision(
    scene: Scene, city: City, departments: Any
) -> None:
    city.control("set", mode="silent")
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    today = timezone.localdate()
    assert tending.tend(workdays.add_working_days(today, 4))["reminded"] == 1
    assert tending.tend(workdays.add_working_days(today, 6))["told"] == 1
    assert only().told_at is not None


def test_an_outage_delays_and_loses_nothing(
    scene: Scene, city: City, departments: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.control("set", mode="down")
    done: set[int] = set()
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work(done)
    letter = Letter.objects.get(kind="request")
    assert (letter.delivered_at, letter.tries, letter.failure) == (None, 1, "status-503")
    assert posting.send_due() == 0
    city.control("set", mode="now")
    Letter.objects.update(next_at=timezone.now())
    assert posting.send_due() == 1
    work(done)
    assert only().state == "confirmed"
    city.control("set", mode="down")
    steps.examined(scene, case)
    steps.decided(scene, case)
    work(done)
    assert (only().state, here(scene), there(scene, city)) == ("registered", True, True)
    city.control("set", mode="now")
    Letter.objects.filter(delivered_at=None).update(next_at=timezone.now())
    tending.tend()
    assert (only().state, there(scene, city)) == ("closed", False)


def test_an_objection_refuses_by_its_clause_or_is_asked_anew(scene: Scene, city: City, departments: Any) -> None:
    city.control("set", mode="object", ground="duplicate-check")
    done: set[int] = set()
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work(done)
    assert (only().state, only().ground) == ("objected", "duplicate-check")
    assert (fact(case, "origin.released"), fact(case, "origin.objection")) == (False, "duplicate-check")
    city.control("set", mode="now")
    again = coming.ask_again(only())
    assert refused(lambda: coming.ask_again(again)) == "move-over"
    work(done)
    assert (only().state, fact(case, "origin.released")) == ("confirmed", True)
    assert list(Move.objects.order_by("id").values_list("state", flat=True)) == ["withdrawn", "confirmed"]


def test_a_refusal_rests_on_the_objection(scene: Scene, city: City, departments: Any) -> None:
    city.control("set", mode="object", ground="supervised")
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    now = steps.take(
        scene.assistant, case, "accept", verdict="refuse", note="迁出地不同意", clause="P-10.released",
        checks={"papers.genuine": True},
    )  # fmt: skip
    assert now.state == "refused"
    assert waiting.is_over(case.number)


def test_an_objection_on_a_forbidden_ground_is_no_answer(scene: Scene, city: City, departments: Any) -> None:
    city.control("set", mode="object", ground="land-not-given-up")
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    assert only().state == "requested"
    city.control("set", ground="duplicate-check")


def test_a_withdrawn_case_sets_the_person_free_there(scene: Scene, city: City, departments: Any) -> None:
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    done: set[int] = set()
    work(done)
    assert city.control("state", number=scene.number("何新娘"))["person"]["held_by"]
    flow.withdraw(scene.bride, steps.fresh(case), key=uuid.uuid4(), version=steps.fresh(case).version)
    assert [one for one in tending.open_cases() if waiting.is_over(one)] == [case.number]
    coming.withdraw(case.number)
    coming.withdraw(case.number)
    work(done)
    assert only().state == "withdrawn"
    assert city.control("state", number=scene.number("何新娘"))["person"]["held_by"] is None
    assert papers.find_live("release", scene.world["何新娘"]) is None


def test_a_child_comes_along_and_is_new_to_the_register(scene: Scene, city: City, departments: Any) -> None:
    child_no = number(Person("何小童", "1", "2018-02-28"), 11).replace("990199", "370399", 1)
    from anjia.kernel.codes import citizen_no

    child_no = child_no[:17] + citizen_no.check_digit(child_no[:17])
    child = {"number": child_no, "name": "何小童", "sex": "1", "birth_on": "2018-02-28",
             "mother": scene.number("何新娘")}  # fmt: skip
    city.control("add", person=child)
    case = steps.submitted(scene, child_name="何小童", child_no=child_no)
    done: set[int] = set()
    steps.permitted(scene, case)
    work(done)
    steps.examined(scene, case)
    assert "何小童" in {one.name for one in flow.preview(steps.fresh(case)).after[0].members}
    steps.decided(scene, case)
    work(done)
    key = people.find_by_number(child_no)
    assert key is not None
    home = history.household_of(key, timezone.localdate(), timezone.now())
    assert home is not None
    assert {one.name: one.relation for one in home.members}["何小童"] in ("37", "27", "20", "97")
    assert Identity.objects.get(subject=key).issued_here is False
    assert city.control("state", number=child_no)["person"]["registered"] is False


def test_others_than_those_asked_for_are_not_taken(scene: Scene, city: City, departments: Any) -> None:
    city.control("set", mode="silent")
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    move = only()
    other = {**bride(scene), "number": scene.number("单身"), "name": "单身", "sex": "1", "birth_on": "1985-01-01"}
    other.pop("address")
    body = {"handover": {"persons": [other], "from_place": "x"}, "valid_until": str(date(2099, 1, 1))}
    envelope = receiving.letters.Envelope(uuid.uuid4(), move.uid, "confirm", timezone.now(), body)
    read = receiving.letters.body_in(envelope)
    assert refused(lambda: receiving.receive(move.partner, envelope, read)) == "handover-malformed"
    assert only().state == "requested"
    assert refused(lambda: receiving.receive("elsewhere", envelope, read)) == "move-unknown"


def test_a_word_that_expired_is_void_and_asked_for_again(scene: Scene, city: City, departments: Any) -> None:
    case = steps.submitted(scene)
    done: set[int] = set()
    steps.permitted(scene, case)
    work(done)
    first = only()
    assert tending.tend(first.valid_until + timedelta(days=1))["expired"] == 1
    assert papers.get("release", first.partner, str(first.uid))["state"] == "void"
    work(done)
    assert Move.objects.get(pk=first.pk).state == "expired"
    assert only().pk != first.pk
    assert only().state == "confirmed"
    assert refused(lambda: papers.usable([papers.get("release", first.partner, str(first.uid))], None, None)) == (
        "paper-ended"
    )


def test_asked_what_became_of_its_word_the_answer_is_true_for_ever(
    scene: Scene, city: City, departments: Any
) -> None:
    case = steps.submitted(scene)
    done: set[int] = set()
    steps.permitted(scene, case)
    work(done)
    move = only()
    envelope = receiving.letters.Envelope(uuid.uuid4(), move.uid, "inquire", timezone.now(), {})
    receiving.receive(move.partner, envelope, receiving.letters.body_in(envelope))
    assert Move.objects.get(pk=move.pk).state == "expired"
    # From now on the first word cannot be used; the city is asked anew, and until it answers nothing goes on.
    city.control("set", mode="silent")
    assert refused(lambda: steps.examined(scene, case)) == "rule-not-met"
    assert (only().pk != move.pk, fact(case, "origin.released")) == (True, None)
    assert not here(scene)


class Killed(BaseException):
    """The worker's process ends here."""


def test_killed_between_the_word_and_its_record_nothing_is_half(
    scene: Scene, city: City, departments: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    waiting.refresh(case.number)

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(coming, "_tell", die)
        with pytest.raises(Killed):
            effects.run("send-letter", letter=str(Letter.objects.get(kind="request").uid), act_id=0)
    # The other city holds the bride; here nothing was written, and she is registered there alone.
    assert (only().state, here(scene), there(scene, city)) == ("requested", False, True)
    assert papers.find_live("release", scene.world["何新娘"]) is None
    monkeypatch.setattr(tending, "ASK_AGAIN", timedelta(0))
    Letter.objects.update(delivered_at=None, next_at=timezone.now())
    posting.send_due()
    work()
    assert only().state == "confirmed"
    assert Act.objects.filter(event="MOVE_RELEASED").count() == 1


def test_killed_between_registration_and_report_the_report_still_goes(
    scene: Scene, city: City, departments: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: set[int] = set()
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work(done)
    steps.examined(scene, case)
    decided = steps.decided(scene, case)
    with monkeypatch.context() as patch:
        patch.setattr(coming, "report", lambda move: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            effects.run("report-registered", act_id=decided.act_id, case_number=case.number)
    assert (only().state, here(scene), there(scene, city)) == ("confirmed", True, True)
    work(done)
    assert (only().state, here(scene), there(scene, city)) == ("closed", True, False)
    effects.run("report-registered", act_id=decided.act_id, case_number=case.number)
    assert only().state == "closed"


def test_what_was_asked_of_the_other_city_is_on_record(scene: Scene, city: City, departments: Any) -> None:
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    looks = AccessRecord.objects.filter(register="origin-release", case_number=case.number)
    assert [(one.subject, one.outcome) for one in looks] == [(scene.world["何新娘"], "asked")]


def test_without_address_and_key_of_the_city_the_classic_way_is_named(
    scene: Scene, departments: Any, settings: Any, tmp_path: Any
) -> None:
    settings.ANJIA_PARTNERS_CREDENTIALS = tmp_path / "none.json"
    case = steps.submitted(scene)
    steps.permitted(scene, case)
    work()
    assert not Move.objects.exists()
    assert "准迁证" in facts.known(steps.fresh(case))["origin.released"].detail.zh
