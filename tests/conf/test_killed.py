"""Server, worker and database die in the middle of 200 decisions: each is whole or absent, with its documents."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conf.stack import PATIENCE, ROOT, Stack, stack, wait_for

COUNT = 200
CLERKS = 3
PASSWORD = "only-for-this-test"
TOWN = ROOT / "tests" / "casework" / "town"
LAYOUTS = ROOT / "cities" / "zibo" / "certificates"
DOCUMENT = '\n[[document]]\ncertificate = "decision-notice"\non = "any"\n'

WHOLE = """
SELECT c.number, c.state, c.version, c.act_id IS NOT NULL,
       (SELECT count(*) FROM kernel_act a WHERE a.case_number = c.number),
       (SELECT count(*) FROM casework_step s WHERE s.case_id = c.id AND s.step = 'approve'),
       (SELECT count(*) FROM registers_membership m WHERE m.opened_by = c.act_id),
       (SELECT count(*) FROM registers_membership m WHERE m.closed_by = c.act_id),
       (SELECT count(*) FROM registers_membership m
         WHERE m.subject = c.person AND m.recorded_to IS NULL AND m.valid_to IS NULL),
       (SELECT count(*) FROM procrastinate_jobs j WHERE j.args->>'case_number' = c.number
           AND j.args->>'effect' = 'issue-documents')
  FROM casework_case c ORDER BY c.id
"""
PAPERS = """
SELECT c.state, (SELECT count(*) FROM credentials_document d WHERE d.case_number = c.number), count(*)
  FROM casework_case c GROUP BY 1, 2
"""


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Stack]:
    """The made-up city, its community household's item giving a notice, running without a synthetic town."""
    folder = tmp_path / "town"
    shutil.copytree(TOWN, folder)
    # Every kind of question, for tests of forms; it cannot be published.
    (folder / "items" / "sample.toml").unlink()
    (folder / "certificates").mkdir()
    for path in LAYOUTS.glob("decision-notice.*"):
        shutil.copy(path, folder / "certificates")
    item = folder / "items" / "collective.toml"
    item.write_text(item.read_text("utf-8") + DOCUMENT, "utf-8")
    with stack(tmp_path / "state", "--persons", "0", ANJIA_CITY=str(folder)) as made:
        yield made.start()


class Clerk:
    """A chief at the counter: one signed-in browser, used again after every failure."""

    def __init__(self, home: str) -> None:
        self.client = httpx.Client(base_url=home, timeout=PATIENCE / 4)
        token = self._token("/counter/sign-in/")
        data = {"username": "chief", "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert self.client.post("/counter/sign-in/", data=data).status_code == 302

    def approve(self, case: dict[str, Any]) -> int:
        """Sends one decision and gives the status, 0 when no answer came."""
        data = {
            "step": "approve", "version": case["version"], "key": case["key"],
            "csrfmiddlewaretoken": self.client.cookies["csrftoken"],
        }  # fmt: skip
        try:
            return self.client.post(f"/counter/cases/{case['number']}/take/", data=data).status_code
        except httpx.HTTPError:
            return 0

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.client.get(path).text)
        assert found is not None
        return found[1]


def test_nothing_is_half_done_when_everything_is_killed(city: Stack) -> None:
    cases = waiting(city)
    clerks = [Clerk(city.home) for _ in range(CLERKS)]
    statuses = decide(city, cases, clerks)
    wait_for(city.healthy, "the server to come back")
    assert statuses.count(302) < COUNT, "nothing was hit: the kills came too late"
    states = whole_or_absent(city)
    sent = dict(zip((case["number"] for case in cases), statuses, strict=True))
    assert all(states[number] == "decided" for number, status in sent.items() if status == 302)
    again = [clerks[0].approve(case) for case in cases]
    assert set(again) == {302}, "a decision sent again under its key ends well"
    assert set(whole_or_absent(city).values()) == {"decided"}
    wait_for(lambda: city.ask(PAPERS) == [("decided", 1, COUNT)], "the documents", 2 * PATIENCE)
    assert ", 0 faults" in city.command("log", "verify").stdout


def waiting(city: Stack) -> list[dict[str, Any]]:
    """Gives the cases that wait for approval, each with the key of its decision."""
    environment = {**city.environment, "ANJIA_DSN": city.url("anjia_app")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.conf.deciding", str(COUNT), PASSWORD], cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=2 * PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [{**case, "key": str(uuid.uuid4())} for case in json.loads(done.stdout)]


def decide(city: Stack, cases: list[dict[str, Any]], clerks: list[Clerk]) -> list[int]:
    """Lets the clerks decide all cases while one thing after the other is killed."""
    deaths = {
        COUNT // 4: lambda: city.kill("granian"),
        COUNT // 2: lambda: city.kill("anjia.conf.main worker"),
        3 * COUNT // 4: lambda: os.kill(city.database_pid(), signal.SIGKILL),
    }
    lost = threading.Event()

    def one(turn: int) -> int:
        assert not lost.is_set(), "the server did not come back for another clerk"
        if turn in deaths:
            # From beside the other clerks, whose decisions are under way.
            deaths[turn]()
        status = clerks[turn % CLERKS].approve(cases[turn])
        if status != 302:
            try:
                wait_for(city.healthy, "the server to come back")
            except AssertionError:
                # One wait is enough: one for each of the others would take hours.
                lost.set()
                raise AssertionError(city.written) from None
        return status

    with ThreadPoolExecutor(CLERKS) as pool:
        return list(pool.map(one, range(len(cases))))


def whole_or_absent(city: Stack) -> dict[str, str]:
    """Gives the state of each case; act, step, entries and jobs must agree with it."""
    states = {}
    for number, state, _, *rest in city.ask(WHOLE):
        has_act, acts, steps, opened, closed, standing, jobs = rest
        # Two memberships open: the old one again with its end, and the new one.
        whole = (True, 1, 1, 2, 1, 1, 1) if state == "decided" else (False, 0, 0, 0, 0, 1, 0)
        assert (has_act, acts, steps, opened, closed, standing, jobs) == whole, (number, state, rest)
        assert state in ("open", "decided")
        states[str(number)] = str(state)
    return states
