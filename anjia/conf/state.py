"""The state folder of one installation: keys, secrets, logs and the embedded database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from anjia.kernel.errors import AnjiaError

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = {"connect_timeout": 10, "server_side_binding": True, "prepare_threshold": 5}
"""Options of every connection of the application's role."""


def folder() -> Path:
    """Gives the state folder (`ANJIA_STATE`, default `.anjia` in the checkout), making it.

    Raises:
        AnjiaError: `state-unusable` when this user may not write there.
    """
    path = Path(os.environ.get("ANJIA_STATE") or ROOT / ".anjia").resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, str(error)) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise _unusable(path, "not writable")
    return path


def secret(name: str) -> str:
    """Gives a secret of this installation, made on first use and readable by its owner alone."""
    place = folder() / "keys"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / name
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


def _unusable(path: Path, why: str) -> AnjiaError:
    return AnjiaError(
        "state-unusable",
        f"状态目录 {path} 不能使用：{why}",
        f"The state folder {path} cannot be used: {why}",
        (
            "请用建立它的用户运行，或用 ANJIA_STATE 指定另一个目录",
            "Run as the user who made it, or name another folder in ANJIA_STATE",
        ),
        status=500,
    )


def database(dsn: str) -> dict[str, Any]:
    """Gives Django's settings for a connection URL `postgresql://user:password@host:port/name`.

    The host may be a socket folder, percent-encoded or as `?host=`. An empty URL gives settings
    that connect nowhere, so that commands without a database still start.
    """
    url = urlsplit(dsn)
    query = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")) or "anjia",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.pop("host", None) or unquote(url.hostname or "") or str(folder() / "no-database"),
        "PORT": str(url.port or query.pop("port", "") or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**OPTIONS, **query},
    }
