"""Another city asks for a person: checked, held, let go, closed; or objected to, taken back, asked twice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from anjia.exchange import leaving, tending
from anjia.exchange.models import Letter, Move
from anjia.kernel import workdays
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import history, papers
from anjia.registers.status import Status
from simulators.othercity.process import City
from tests.moves.conftest import OTHER, Scene, only, post, work
from tests.registers.world import refused

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]


def asked(scene: Scene, name: str = "单身", **more: Any) -> dict[str, Any]:
    person = {"number": scene.number(name), "name": name}
    return {"persons": [person], "destination": "临洲市（演示）", "reason": "购房"} | more


def registered(scene: Scene, name: str) -> bool:
    return history.membership(scene.world[name], timezone.localdate(), timezone.now()) is not None


def test_a_request_is_held_then_closed_on_the_word_of_the_other_city(scene: Scene, city: City, letter: Send) -> None:
    uid = uuid.uuid4()
    answer = letter("request", uid, asked(scene))
    assert (answer.status_code, answer.json()["state"], answer.json()["answer"]) == (200, "requested", None)
    move = leaving.confirm(scene.examiner, only())
    assert registered(scene, "单身")
    assert papers.find_live("release", scene.world["单身"])["number"] == f"{uid}:0"
    said = letter("request", uid, asked(scene)).json()
    assert (said["state"], said["answer"]["kind"]) == ("confirmed", "confirm")
    told = said["answer"]["body"]["handover"]["persons"][0]
    assert (told["number"], told["name"], told["birth_on"]) == (scene.number("单身"), "单身", "1985-01-01")
    closed = letter("registered", uid, {"on": str(timezone.localdate())}).json()
    assert (closed["state"], closed["answer"]["kind"]) == ("closed", "closed")
    assert not registered(scene, "单身")
    now = Status.objects.get(subject=scene.world["单身"], recorded_to=None, valid_to=None)
    assert (now.status, now.ground) == ("8", "临洲市（演示）")
    act = Act.objects.get(pk=Move.objects.get(uid=uid).act_id)
    assert (act.event, act.actor_id) == ("MOVE_OUT", scene.examiner.pk)
    assert move.decided_by == scene.examiner.pk


def test_every_letter_may_come_again(scene: Scene, city: City, letter: Send) -> None:
    uid = uuid.uuid4()
    for _ in range(3):
        letter("request", uid, asked(scene))
    assert Move.objects.count() == 1
    leaving.confirm(scene.examiner, only())
    assert refused(lambda: leaving.confirm(scene.examiner, only())) == "move-over"
    first = [letter("registered", uid, {"on": str(timezone.localdate())}).json()["state"] for _ in range(3)]
    assert first == ["closed"] * 3
    assert Act.objects.filter(event="MOVE_OUT").count() == 1
    assert letter("withdraw", uid, {}).json()["state"] == "closed"
    assert Letter.objects.filter(move=only(), sent=True).count() == 2


def test_what_is_not_signed_by_a_known_city_is_refused_as_a_problem(scene: Scene, city: City, client: Client) -> None:
    body = json.dumps({"letter": str(uuid.uuid4()), "move": str(uuid.uuid4()), "kind": "request",
                       "at": "2026-01-01T00:00:00Z", "body": asked(scene)}).encode()  # fmt: skip
    for more in ({"city": "nowhere"}, {"secret": "wrong"}, {"at": -301}, {"at": 301}):
        answer = post(client, body, **more)
        assert (answer.status_code, answer.json()["code"]) == (401, "partner-not-authentic")
        assert answer["Content-Type"] == "application/problem+json"
    assert client.post("/departments/moves/", body, content_type="application/json").status_code == 401
    assert client.get("/departments/moves/").status_code == 405
    assert Move.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"move": 1}', b"[" * 60_000, b'{"letter":"x","move":"y","kind":"request"}'],
)
def test_nonsense_is_a_problem_and_leaves_nothing(scene: Scene, city: City, client: Client, content: bytes) -> None:
    answer = post(client, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "letter-malformed")


def test_letters_about_other_moves_are_not_taken(scene: Scene, city: City, letter: Send) -> None:
    for kind, body in (("registered", {"on": "2026-11-01"}), ("withdraw", {}), ("closed", {}), ("inquire", {})):
        answer = letter(kind, uuid.uuid4(), body)
        assert (answer.status_code, answer.json()["code"]) == (404, "move-unknown")
    assert letter("object", uuid.uuid4(), {"ground": "land"}).json()["code"] == "ground-refused"


def test_whom_the_register_does_not_know_is_answered_at_once(scene: Scene, city: City, letter: Send) -> None:
    body = {"persons": [{"number": "370399198001010019", "name": "无名"}], "destination": "临洲市"}
    answer = letter("request", uuid.uuid4(), body).json()
    assert (answer["state"], answer["answer"]["body"]["ground"]) == ("objected", "person-not-found")


@pytest.mark.parametrize("ground", ["land", "family-planning", "unpaid-fees", "old-employer", "", "PERSON-NOT-FOUND"])
def test_no_other_ground_allows_an_objection(scene: Scene, city: City, letter: Send, ground: str) -> None:
    letter("request", uuid.uuid4(), asked(scene))
    assert refused(lambda: leaving.object_to(scene.examiner, only(), ground)) == "ground-refused"
    assert only().state == "requested"


def test_an_objection_is_the_answer(scene: Scene, city: City, letter: Send) -> None:
    uid = uuid.uuid4()
    letter("request", uid, asked(scene))
    leaving.object_to(scene.examiner, only(), "duplicate-check", "正在核查")
    said = letter("request", uid, asked(scene)).json()
    assert (said["state"], said["answer"]["body"]["ground"]) == ("objected", "duplicate-check")
    assert refused(lambda: leaving.confirm(scene.examiner, only())) == "move-over"


def test_another_name_or_a_closed_registration_bars_and_says_so(scene: Scene, city: City, letter: Send) -> None:
    letter("request", uuid.uuid4(), asked(scene, persons=[{"number": scene.number("单身"), "name": "双身"}]))
    assert only().findings[0] == "identity-conflict"
    assert refused(lambda: leaving.confirm(scene.examiner, only())) == "move-barred"
    letter("request", uuid.uuid4(), asked(scene, "何新娘"))
    assert "status-closed" in only().findings


def test_a_supervised_person_leaves_with_approval_only(
    scene: Scene, city: City, departments: Any, letter: Send
) -> None:
    record = {"no": scene.number("单身"), "barred": True, "approved": False}
    departments.control("add", kind="bar", record=record)
    letter("request", uuid.uuid4(), asked(scene))
    assert only().findings == ["supervised"]
    assert refused(lambda: leaving.confirm(scene.examiner, only())) == "move-barred"
    departments.control("add", kind="bar", record={**record, "approved": True})
    assert leaving.confirm(scene.examiner, only()).state == "confirmed"
    departments.control("add", kind="bar", record={**record, "barred": False})


def test_a_head_who_leaves_needs_one_who_follows(scene: Scene, city: City, letter: Send) -> None:
    uid = uuid.uuid4()
    letter("request", uid, asked(scene, "周郎"))
    assert [one.name for one in leaving.members_left(only())] == ["周母"]
    assert refused(lambda: leaving.confirm(scene.examiner, only())) == "head-needed"
    leaving.confirm(scene.examiner, only(), new_head=scene.world["周母"])
    assert letter("registered", uid, {"on": str(timezone.localdate())}).json()["state"] == "closed"
    home = history.household_of(scene.world["周母"], timezone.localdate(), timezone.now())
    assert home is not None
    assert home.head == scene.world["周母"]


def test_what_keeps_the_closing_back_becomes_the_stations_task(scene: Scene, city: City, letter: Send) -> None:
    from tests.registers.world import do

    uid = uuid.uuid4()
    letter("request", uid, asked(scene, "周郎"))
    leaving.confirm(scene.examiner, only(), new_head=scene.world["周母"])
    # The head who was to follow dies before the other city has registered.
    do("record-death", timezone.localdate(), person=scene.world["周母"], event="DEATH")
    assert letter("registered", uid, {"on": str(timezone.localdate())}).json()["state"] in ("registered", "closed")
    move = Move.objects.get(uid=uid)
    if move.state == "registered":
        assert move.fault
        leaving.finish(scene.examiner, move, new_head=None)
    assert not registered(scene, "周郎")


def test_taken_back_the_person_is_free_for_another_city(scene: Scene, city: City, letter: Send) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    letter("request", first, asked(scene))
    leaving.confirm(scene.examiner, only())
    letter("request", second, asked(scene))
    assert "duplicate-check" in only().findings
    assert refused(lambda: leaving.confirm(scene.examiner, only())) == "move-barred"
    assert letter("withdraw", first, {"note": "case closed"}).json()["state"] == "withdrawn"
    assert papers.find_live("release", scene.world["单身"]) is None
    assert leaving.confirm(scene.examiner, only()).state == "confirmed"
    assert letter("registered", first, {"on": "2026-11-01"}).json()["state"] == "withdrawn"
    assert registered(scene, "单身")


@pytest.mark.django_db(transaction=True)
def test_two_cities_at_once_one_of_them_gets_the_person(scene: Scene, city: City, letter: Send) -> None:
    moves = []
    for _ in range(2):
        uid = uuid.uuid4()
        letter("request", uid, asked(scene))
        moves.append(Move.objects.get(uid=uid))

    def confirm(move: Move) -> str:
        try:
            return leaving.confirm(scene.examiner, move).state
        except AnjiaError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(confirm, moves))
    assert found[0] == "confirmed"
    assert found[1] in ("paper-live-already", "move-barred", "act-conflict")


@pytest.mark.django_db(transaction=True)
def test_one_letter_sent_many_times_at_once_is_one_move(scene: Scene, city: City) -> None:
    uid = uuid.uuid4()
    content = json.dumps({"letter": str(uuid.uuid4()), "move": str(uid), "kind": "request",
                          "at": "2026-01-01T00:00:00Z", "body": asked(scene)}).encode()  # fmt: skip

    def send(_: int) -> int:
        try:
            return int(post(Client(), content).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(6))) == {200}
    assert Move.objects.filter(uid=uid).count() == 1
    assert only().movers.count() == 1


def test_a_missed_term_is_noted_and_after_the_longer_one_told(scene: Scene, city: City, letter: Send) -> None:
    letter("request", uuid.uuid4(), asked(scene))
    today = timezone.localdate()
    assert only().due_on == workdays.add_working_days(today, 3)
    assert tending.tend(workdays.add_working_days(today, 3))["reminded"] == 0
    late = tending.tend(workdays.add_working_days(today, 4))
    assert (late["reminded"], late["told"]) == (1, 0)
    assert tending.tend(workdays.add_working_days(today, 6))["told"] == 1
    assert tending.tend(workdays.add_working_days(today, 7))["told"] == 0


def test_our_word_is_not_taken_back_by_time_alone(scene: Scene, city: City, letter: Send) -> None:
    uid = uuid.uuid4()
    letter("request", uid, asked(scene))
    move = leaving.confirm(scene.examiner, only())
    after = move.valid_until + timedelta(days=1)
    city.control("set", mode="down")
    assert tending.tend(after)["inquired"] == 1
    work()
    assert papers.find_live("release", scene.world["单身"]) is not None
    assert letter("withdraw", uid, {"note": "expired"}).json()["state"] == "withdrawn"
    assert papers.find_live("release", scene.world["单身"]) is None


def test_only_our_partners_name_is_kept_of_a_move_of_theirs(scene: Scene, city: City, letter: Send) -> None:
    uid = uuid.uuid4()
    letter("request", uid, asked(scene))
    move = Move.objects.get(uid=uid)
    assert move.partner == OTHER
    stored = b"".join(bytes(one.sealed) for one in move.letters.all())
    assert scene.number("单身").encode() not in stored
