"""Where the embedded database lives, and that a database of one's own serves as well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from anjia.conf import database, state
from tests import installation
from tests.conf.stack import stack


def test_a_state_folder_made_anew_never_meets_the_data_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJIA_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(database.os, "geteuid", lambda: 0)
    monkeypatch.setattr(database, "_unprivileged", lambda: "nobody")
    monkeypatch.setattr(database, "_binaries", lambda user: tmp_path)
    monkeypatch.setattr(database, "_reachable", lambda path, user: False)
    first, again = database.embedded().data, database.embedded().data
    shutil.rmtree(state.folder())
    anew = database.embedded().data
    assert first == again
    assert not first.is_relative_to(tmp_path)
    assert anew != first


def test_the_city_runs_on_a_server_that_is_named(tmp_path: Path) -> None:
    server = installation.start()
    drop(server)
    # A role of its own: the tests' role has another password on this server.
    named = {"ANJIA_DATABASE_URL": server.url("anjia_elsewhere"), "ANJIA_APP_ROLE": "anjia_elsewhere_app"}
    with stack(tmp_path / "state", "--persons", "0", **named) as made:
        made.start()
        assert made.healthy()
        assert not (made.state / "database").exists()
        assert made.stop() == 0
    assert server.running(), "it is not ours to stop"
    drop(server)


def test_a_command_on_a_database_without_tables_says_what_to_run_first(tmp_path: Path) -> None:
    server = installation.start()
    drop(server)
    named = {
        "ANJIA_STATE": str(tmp_path / "state"), "ANJIA_DATABASE_URL": server.url("anjia_elsewhere"),
        "ANJIA_APP_ROLE": "anjia_elsewhere_app",
    }  # fmt: skip
    tried = subprocess.run(
        [sys.executable, "-m", "anjia.conf.main", "synth", "--persons", "10"], env=os.environ | named,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    drop(server)
    assert tried.returncode == 2, tried.stderr
    assert "database-unmigrated" in tried.stderr
    assert "anjia migrate" in tried.stderr
    assert "Traceback" not in tried.stderr


def drop(server: database.Cluster) -> None:
    """Drops the database of the city, which an interrupted run may have left."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as owner:
        owner.execute("DROP DATABASE IF EXISTS anjia_elsewhere WITH (FORCE)")
