"""The first city's definitions over a small invented world, and another city that answers as a process."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from anjia.exchange import posting, signing, source
from anjia.exchange.models import Move
from anjia.kernel import effects
from anjia.kernel.models import Actor, Grant
from simulators.departments.process import Running
from simulators.departments.process import running as departments_running
from simulators.othercity.process import City
from simulators.othercity.process import running as city_running
from tests.cities import connected, published
from tests.registers.world import Person, World, make, number

CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
HERE, THERE = "370303001001", "370302001001"
OTHER, PATH = "linzhou", "/departments/moves/"
TOKEN = {"token": "test-token", "secret": "test-secret"}
BRIDE = Person("何新娘", "2", "1992-02-29")
FAMILY = (
    Person("周郎", "1", "1990-05-05", "周户", marital="20"),
    Person("周母", "2", "1960-03-01", "周户", "52"),
    Person("单身", "1", "1985-01-01", "单户"),
    BRIDE,
)
HOMES = {"周户": ("J1", HERE), "单户": ("J1", THERE), "社区": ("T4", HERE)}


@dataclass(frozen=True)
class Scene:
    """The world and the actors of the tests."""

    world: World
    bride: Actor
    groom: Actor
    assistant: Actor
    examiner: Actor
    approver: Actor
    county: Actor

    def number(self, name: str) -> str:
        """Gives the citizen number of a person of the world."""
        one = next(one for one in FAMILY if one.name == name)
        return number(one, self.world[name])


@pytest.fixture
def scene(db: None) -> Scene:
    """A groom who heads a household here, a bride who is registered elsewhere, and the officers."""
    published(CITY)
    world = make(FAMILY, homes=HOMES)
    _outside(world["何新娘"])
    return Scene(
        world,
        bride=actor("bride", "resident", "resident", person=world["何新娘"]),
        groom=actor("groom", "resident", "resident", person=world["周郎"]),
        assistant=actor("assistant", "staff", "window-assistant", areas=["370303001", "370302001"]),
        examiner=actor("examiner", "staff", "examining-officer", areas=["370303001", "370302001"]),
        approver=actor("approver", "staff", "approving-officer", areas=["370303001", "370302001"]),
        county=actor("county", "staff", "approving-officer", areas=["370303", "370302"]),
    )


def _outside(person: int) -> None:
    """Makes a person of the world one who lives here and is registered elsewhere."""
    from anjia.kernel.entries import Moment, Open, Plan, truncate
    from anjia.registers import standing
    from tests.registers.world import BEGIN, draft

    with connection.cursor() as cursor:
        cursor.execute(standing.read("status", [person]).sql, [[person]])
        names = [column.name for column in cursor.description or ()]
        row = dict(zip(names, cursor.fetchone(), strict=True))

    def decide(seen: Any, moment: Moment) -> Plan:
        closes, opens = truncate("status", row, BEGIN)
        opens = [*opens, Open("status", person, BEGIN, None, {"status": "8", "ground": ""})]
        return Plan(tuple(closes), tuple(opens))

    from anjia.kernel import acts

    acts.commit(draft("RESREG", subjects=(person,), decide=decide))


def actor(username: str, kind: str, role: str, *, person: int | None = None, areas: list[str] | None = None) -> Actor:
    """Makes an actor with one role."""
    station = "370303001000" if kind == "staff" else ""
    one = Actor.objects.create_actor(username, None, kind=kind, person=person, name_zh=username, station=station)
    Grant.objects.create(actor=one, role=role, divisions=areas or [], valid_from=date(2023, 7, 1), given_by="test")
    return one


@pytest.fixture(scope="session")
def shared_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("othercity")
    (folder / "credentials.json").write_text(json.dumps({**TOKEN, "control_token": "control"}))
    with city_running(folder, "--id", OTHER, "--name", "临洲市（演示）") as city:
        yield city


@pytest.fixture
def city(shared_city: City, scene: Scene, settings: Any, tmp_path: Path) -> Iterator[City]:
    """The other city; it registers the bride and answers in its reply unless a test says otherwise."""
    path = tmp_path / "partners.json"
    path.write_text(json.dumps({OTHER: {**TOKEN, "url": shared_city.url}}))
    settings.ANJIA_PARTNERS_CREDENTIALS = path
    shared_city.control("set", mode="now", latency=0, registers=True, peer="", delay=0)
    shared_city.control("add", person=bride(scene))
    yield shared_city
    shared_city.control("set", mode="now", latency=0, peer="")
    posting.client().close()
    posting.client.cache_clear()


def bride(scene: Scene, **changed: Any) -> dict[str, Any]:
    """Gives the bride as the other city has her."""
    return {
        "number": scene.number("何新娘"), "name": "何新娘", "sex": "2", "birth_on": "1992-02-29", "ethnicity": "01",
        "marital": "20", "spouse": scene.number("周郎"), "address": "临洲市某路1号",
    } | changed  # fmt: skip


@pytest.fixture(scope="session")
def departments_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("departments")


@pytest.fixture(scope="session")
def shared_departments(departments_folder: Path) -> Iterator[Running]:
    with departments_running(departments_folder, "--seed", "7") as departments:
        yield departments


@pytest.fixture
def departments(
    shared_departments: Running, departments_folder: Path, scene: Scene, settings: Any
) -> Iterator[Running]:
    """The departments here: who is real, who is married, who is barred."""
    one = shared_departments
    connected(one, departments_folder, settings)
    for person in FAMILY:
        no = scene.number(person.name)
        record = {"no": no, "name": person.name, "birth_on": person.born, "sex": person.sex, "photo_hash": "0"}
        one.control("add", kind="person", record=record)
    couple = [{"no": scene.number(name), "name": name} for name in ("何新娘", "周郎")]
    marriage = {"certificate_no": "J-1", "registered_on": "2026-05-20", "ended_on": None, "spouses": couple}
    one.control("add", kind="marriage", record=marriage)
    yield one
    source.line().client.close()
    source.line.cache_clear()


# ---
def work(done: set[int] | None = None) -> list[str]:
    """Does all queued effects but documents, as the worker would, and gives their names.

    Args:
        done: jobs done before; the ones done now are added.
    """
    seen: set[int] = done if done is not None else set()
    names = []
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [effects.TASK])
            rows = [row for row in cursor.fetchall() if row[0] not in seen]
        if not rows:
            return names
        for ident, args in rows:
            seen.add(ident)
            args = args if isinstance(args, dict) else json.loads(args)
            if args["effect"] != "issue-documents":
                names.append(args["effect"])
                effects.run(**args)


@pytest.fixture(scope="session", autouse=True)
def _static() -> None:
    """Collects the static files under hashed names, as they are served."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def letter(client: Client) -> Callable[..., Any]:
    """Sends a signed letter of the other city to this one's door."""

    def send(kind: str, uid: str | uuid.UUID, body: dict[str, Any], **changed: Any) -> Any:
        content = msgspec.json.encode(
            {"letter": str(uuid.uuid4()), "move": str(uid), "kind": kind, "at": datetime.now(UTC), "body": body}
        )
        return post(client, content, **changed)

    return send


def post(client: Client, content: bytes, *, city: str = OTHER, secret: str = TOKEN["secret"], at: float = 0) -> Any:
    """Posts a body as another city would."""
    when = datetime.fromtimestamp(time.time() + at, UTC)
    head = signing.headers(token=TOKEN["token"], secret=secret, path=PATH, body=content, at=when)
    return client.post(PATH, content, content_type="application/json", headers={**head, "Anjia-City": city})


def only() -> Move:
    """Gives the newest move."""
    return Move.objects.latest("id")
