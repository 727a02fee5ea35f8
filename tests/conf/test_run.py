"""`anjia run` as a stranger meets it: start, stop, start again, and every kind of sudden death."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conf.stack import Stack, stack, wait_for

MEMBERS = """
SELECT h.number FROM registers_household h JOIN registers_membership m ON m.household = h.subject
 WHERE h.valid_to IS NULL AND h.recorded_to IS NULL AND m.valid_to IS NULL AND m.recorded_to IS NULL
 ORDER BY h.id LIMIT 1
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One installation for the tests of this file, stopped or running."""
    with stack(tmp_path_factory.mktemp("city") / "state") as made:
        yield made


@pytest.fixture
def running(city: Stack) -> Stack:
    """The installation, running."""
    return city if city.lives() else city.start()


def test_the_first_start_makes_a_town_and_prints_where_to_go(running: Stack) -> None:
    accounts = json.loads((running.state / "demo.json").read_text("utf-8"))
    for account in accounts:
        assert account["username"] in running.written
    for path in ("/\n", "/counter/", "/verify/"):
        assert f"{running.home}{path}" in running.written
    assert running.healthy()
    assert int(running.ask("SELECT count(*) FROM registers_household")[0][0]) > 100


def test_the_program_works_as_a_role_that_cannot_delete(running: Stack) -> None:
    assert running.ask("SELECT has_table_privilege('anjia_app', 'kernel_act', 'DELETE')") == [(False,)]
    assert running.ask("SELECT rolsuper FROM pg_roles WHERE rolname = 'anjia_app'") == [(False,)]


def test_other_commands_work_beside_it(running: Stack) -> None:
    number = str(running.ask(MEMBERS)[0][0])
    shown = running.command("household", number, "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["number"] == number
    assert json.loads(shown.stdout)["members"]
    verified = running.command("log", "verify")
    assert verified.returncode == 0, verified.stdout
    assert ", 0 faults" in verified.stdout


def test_a_second_one_is_refused_and_told_why(running: Stack) -> None:
    refused = running.command("run", "--port", "0")
    assert refused.returncode == 2
    assert "city-running" in refused.stderr
    assert running.healthy()


@pytest.mark.parametrize(
    "part", ["granian", "anjia.conf.main worker", "simulators.departments", "simulators.othercity"]
)
def test_a_part_that_is_killed_comes_back(running: Stack, part: str) -> None:
    killed = running.kill(part)
    wait_for(lambda: bool(set(running.pids(part)) - set(killed)) and running.healthy(), f"{part} to come back")
    assert not set(running.pids(part)) & set(killed)


def test_a_database_that_is_killed_comes_back_with_what_was_committed(running: Stack) -> None:
    before = running.ask("SELECT count(*) FROM kernel_act")
    killed = running.database_pid()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: running.cluster().pid() not in (killed, None) and running.healthy(), "the database to come back")
    assert running.cluster().running()
    assert running.ask("SELECT count(*) FROM kernel_act") == before
    wait_for(lambda: bool(running.pids("anjia.conf.main worker")), "the worker")


def test_a_killed_run_is_cleared_away_by_the_next_start(running: Stack) -> None:
    assert running.process is not None
    running.process.kill()
    running.process.wait()
    orphans = running.pids("")
    assert orphans
    running.start()
    assert "an earlier run was killed" in running.written
    assert not set(orphans) & set(running.pids(""))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it_and_a_second_start_takes_seconds(running: Stack, how: signal.Signals) -> None:
    postgres = running.database_pid()
    assert running.stop(how) == 0
    assert running.pids("") == []
    assert not alive(postgres)
    assert "stopped" in running.written
    running.start()
    assert "the synthetic town is there" in running.written
    assert "making" not in running.written


def test_a_start_that_is_interrupted_leaves_nothing_running(tmp_path: Path) -> None:
    with stack(tmp_path / "state") as made:
        made.launch()
        wait_for(lambda: "tables" in made.written, "the tables")
        postgres = made.database_pid()
        assert made.stop(signal.SIGTERM) == 130
        assert made.pids("") == []
        assert not alive(postgres)


def alive(pid: int) -> bool:
    """Says whether a process still works; one that ended and was not fetched does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
