"""The installation under test: its state folder and its own embedded PostgreSQL, set before Django loads."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

os.environ.setdefault("ANJIA_STATE", str(Path(__file__).resolve().parents[1] / ".anjia-test"))
os.environ.pop("ANJIA_LOG", None)

from anjia.conf import database, state

CLUSTER = database.embedded(fsync="off", full_page_writes="off")
os.environ["ANJIA_DSN"] = CLUSTER.url("anjia_tests")

_started: list[bool] = []


def start() -> database.Cluster:
    """Starts the cluster once a process and stops it when the process ends."""
    if not _started:
        CLUSTER.start()
        _started.append(True)
        atexit.register(CLUSTER.stop, "immediate")
    return CLUSTER


def application_password() -> str:
    """Gives the password of the application's role in this installation."""
    return state.secret("database-anjia_app")
