"""Which database this installation uses, and how its parts get there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg

from anjia.conf import database, state
from anjia.kernel.errors import AnjiaError

NAME = "anjia"
ROLE = os.environ.get("ANJIA_APP_ROLE", "anjia_app")
OLDEST = 150000
"""PostgreSQL 15."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The database of this installation.

    Attributes:
        cluster: the embedded cluster, None for a server named by `ANJIA_DATABASE_URL`.
        owner: connection URL of the role that owns the tables.
        application: connection URL of the role that the program works as.
    """

    cluster: database.Cluster | None
    owner: str
    application: str

    def start(self) -> None:
        """Starts the embedded server if there is one, and makes role and database.

        Raises:
            AnjiaError: `database-failed`, `database-unreachable`, `database-too-old`.
        """
        if self.cluster is not None:
            self.cluster.start()
        name = unquote(urlsplit(self.owner).path.lstrip("/"))
        try:
            url = self.owner if _exists(self.owner) else of_database(self.owner, "postgres")
            with psycopg.connect(url, connect_timeout=10) as connection:
                version = connection.info.server_version
            if version < OLDEST:
                raise _too_old(version)
            database.prepare(url, role=ROLE, password=state.secret(f"database-{ROLE}"), name=name)
        except psycopg.Error as error:
            raise _unreachable(str(error)) from error

    def stop(self) -> None:
        """Stops the embedded server."""
        if self.cluster is not None:
            self.cluster.stop()

    def environment(self, *, owner: bool = False) -> dict[str, str]:
        """Gives the variables with which a process of this installation starts."""
        url = self.owner if owner else self.application
        return {**os.environ, "ANJIA_STATE": str(state.folder()), "ANJIA_DSN": url}


def here() -> Installation:
    """Gives the installation of this state folder and environment; nothing is started."""
    named = os.environ.get("ANJIA_DATABASE_URL")
    if named:
        if not urlsplit(named).path.strip("/"):
            named = of_database(named, NAME)
        return Installation(None, named, _as_role(named))
    cluster = database.embedded()
    return Installation(cluster, cluster.url(NAME), cluster.url(NAME, ROLE))


@contextmanager
def connected(*, owner: bool = False, migrated: bool = True) -> Iterator[Installation]:
    """Sets Django up on this installation's database, starting it for the block if nobody else has.

    Args:
        migrated: whether the tables must be those of this version.

    Raises:
        AnjiaError: `database-unmigrated` when they are not.
    """
    installation = here()
    was_running = installation.cluster is None or installation.cluster.running()
    if "ANJIA_DSN" not in os.environ:
        installation.start()
        os.environ["ANJIA_DSN"] = installation.owner if owner else installation.application
    set_up()
    try:
        if migrated:
            _require_migrated()
        yield installation
    finally:
        if not was_running:
            installation.stop()


def set_up() -> None:
    """Loads Django; the environment must be complete by now."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anjia.conf.settings")
    django.setup()


def _require_migrated() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise AnjiaError(
            "database-unmigrated",
            "数据库里还没有这一版的表",
            "The database does not have the tables of this version",
            ("先运行 anjia migrate；anjia run --prepare-only 会把数据库、定义和示范数据一次备好",
             "Run anjia migrate first; anjia run --prepare-only makes database, definitions and demo data ready"),
            status=503,
        )  # fmt: skip


def _exists(url: str) -> bool:
    """Says whether the database that the URL names is there; an unreachable server goes to the caller."""
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        psycopg.connect(of_database(url, "postgres"), connect_timeout=10).close()
        return False
    return True


def of_database(url: str, name: str) -> str:
    """Gives the URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def _as_role(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{ROLE}:{quote(state.secret(f'database-{ROLE}'), safe='')}@{place}"
    return urlunsplit(parts._replace(netloc=login))


def _unreachable(detail: str) -> AnjiaError:
    return AnjiaError(
        "database-unreachable",
        f"连不上数据库：{detail.strip()}",
        f"The database cannot be reached: {detail.strip()}",
        (
            "请核对 ANJIA_DATABASE_URL，或删去它以使用内嵌数据库",
            "Check ANJIA_DATABASE_URL, or drop it to use the embedded one",
        ),
        status=503,
    )


def _too_old(version: int) -> AnjiaError:
    return AnjiaError(
        "database-too-old",
        f"需要 PostgreSQL 15 以上，现在是 {version // 10000}",
        f"PostgreSQL 15 or newer is needed; this is {version // 10000}",
        ("请换一台服务器", "Use another server"),
        status=500,
    )
