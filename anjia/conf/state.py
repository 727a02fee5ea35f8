"""The folder in which one installation keeps its keys, its database and what it makes.

This module is read by the settings, so it knows nothing of Django.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

APPLICATION_DSN = "application.dsn"
PRIVATE = 0o600


def folder() -> Path:
    """Gives the state folder: `ANJIA_STATE`, or `.anjia` where the command was started."""
    return Path(os.environ.get("ANJIA_STATE") or ".anjia").resolve()


def keys() -> Path:
    """Gives the folder of the keys, made for the owner alone."""
    path = folder() / "keys"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret(name: str) -> str:
    """Gives the secret `name`, made on first use; two processes that ask at once get the same."""
    path = keys() / name
    if not path.exists():
        draft = path.with_name(f"{name}.{os.getpid()}.part")
        write_private(draft, secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8") as file:
        file.write(text)


def keep_dsn(dsn: str) -> None:
    """Keeps the connection of the application's role for the commands that are started later."""
    path = keys() / APPLICATION_DSN
    draft = path.with_name(f"{APPLICATION_DSN}.{os.getpid()}.part")
    write_private(draft, dsn)
    os.replace(draft, path)


def kept_dsn() -> str:
    """Gives the kept connection, or nothing when none was made yet."""
    path = keys() / APPLICATION_DSN
    return path.read_text(encoding="utf-8") if path.exists() else ""


def database(dsn: str) -> dict[str, Any]:
    """Gives Django's entry for a connection in libpq's form; by default the kept one.

    Connections stay open between requests: opening one for each is seven times slower.
    """
    parts: dict[str, Any] = dict(conninfo_to_dict(dsn or kept_dsn()))
    options = {k: v for k, v in parts.items() if k not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "anjia"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5, **options},
    }
