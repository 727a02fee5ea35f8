"""Where the embedded database lives, and that a database of one's own serves as well."""

from __future__ import annotations

import shutil
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


def drop(server: database.Cluster) -> None:
    """Drops the database of the city, which an interrupted run may have left."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as owner:
        owner.execute("DROP DATABASE IF EXISTS anjia_elsewhere WITH (FORCE)")
