"""Start the demo city: database, definitions, a synthetic town, server, worker, departments.

The first start makes everything and takes a minute or two; the next ones take seconds. Ctrl-C stops
all of it. State is kept in ./.anjia (ANJIA_STATE); ANJIA_DATABASE_URL names a PostgreSQL of your own."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable
from pathlib import Path

from anjia.conf import installation, state, supervisor
from anjia.conf.installation import Installation
from anjia.conf.supervisor import Part, Supervisor
from anjia.kernel.errors import AnjiaError

EXAMPLES = """examples:
  anjia run
  anjia run --persons 20000 --port 8080
  ANJIA_DATABASE_URL=postgresql://owner:secret@db.example/anjia anjia run"""
HEALTHY_SECONDS = 60.0
DATABASE_PAUSE_SECONDS = 5.0
PORTS = range(20000, 30000)
"""Where a free port is sought."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--host", default=os.environ.get("ANJIA_HOST", "127.0.0.1"), help="address (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("ANJIA_PORT", "8000")),
        help="port, 0 for a free one (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--persons", type=int, default=int(os.environ.get("ANJIA_PERSONS", "5000")),
        help="residents of the synthetic town, used by the first start only; 0 for no town (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="seed of the synthetic town (%(default)s)")
    parser.add_argument("--prepare-only", action="store_true", help="make everything ready and stop")


def run(options: argparse.Namespace) -> int:
    """Runs the city until Ctrl-C."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _interrupt)
    lock = supervisor.only_one()
    os.environ[supervisor.MARK] = str(state.folder())
    left = supervisor.end_leftovers()
    if left:
        say(f"an earlier run was killed; {left} of its processes ended")
    options.port = options.port or _free_port()
    _require_free(options.host, options.port)
    started = time.monotonic()
    say(f"state folder {state.folder()}")
    here = installation.here()
    try:
        say(_where_data_is(here))
        here.start()
        _prepare(here, options)
        if not options.prepare_only:
            _serve(here, options, started)
    except KeyboardInterrupt:
        return 130
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        here.stop()
        lock.close()
        say("stopped")
    return 0


def _where_data_is(here: Installation) -> str:
    """Says where the data are unless they are in the state folder, where everybody looks first."""
    if here.cluster is None or here.cluster.data.is_relative_to(state.folder()):
        return "database …"
    return f"database … (in {here.cluster.data}: its user {here.cluster.user} cannot reach the state folder)"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Writes one line for the person who started the city."""
    sys.stdout.write(f"anjia: {text}\n")
    sys.stdout.flush()


def _prepare(here: Installation, options: argparse.Namespace) -> None:
    say("tables …")
    _command(here, "migrate", owner=True)
    say("definitions …")
    _command(here, "publish", "--drafted-by", "demo drafter", "--published-by", "demo publisher")
    if options.persons:
        _command(here, "synth", "--once", "--persons", str(options.persons), "--seed", str(options.seed), owner=True)


def _command(here: Installation, *words: str, owner: bool = False) -> None:
    """Runs one command as a process of its own and waits; one that is interrupted is ended first."""
    process = subprocess.Popen(
        supervisor.python("anjia.conf.main", *words), env=here.environment(owner=owner), cwd=state.ROOT,
        start_new_session=True,
    )  # fmt: skip
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.kill()
        process.wait()
        raise
    if status:
        raise AnjiaError(
            "step-failed",
            f"“anjia {words[0]}”没有完成",
            f"“anjia {words[0]}” did not finish",
            ("原因见上面几行；改好后再运行 anjia run，已完成的部分会沿用",
             "The lines above say why; mend it and run again: what is done is kept"),
            status=500,
        )  # fmt: skip


def _serve(here: Installation, options: argparse.Namespace, started: float) -> None:
    watch = Supervisor(_parts(here, options, _free_port()), say, keep=_keeper(here))
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, watch.stop)
    try:
        watch.start()
        _wait_healthy(options, watch)
        if not watch.stopping:
            _welcome(options, time.monotonic() - started)
        watch.run()
        say("stopping …")
    finally:
        watch.end()


def _keeper(here: Installation) -> Callable[[], None]:
    """Gives what keeps the embedded database alive; a start that fails is tried again after a pause."""
    not_before = 0.0

    def keep() -> None:
        nonlocal not_before
        if here.cluster is None or time.monotonic() < not_before or here.cluster.running():
            return
        say("the database ended; starting it again")
        try:
            here.cluster.start()
        except AnjiaError as error:
            say(f"{error.message.zh} / {error.message.en}")
            not_before = time.monotonic() + DATABASE_PAUSE_SECONDS

    return keep


def _other_cities(options: argparse.Namespace, environment: dict[str, str]) -> list[Part]:
    """Gives one simulated city for each that is declared, and writes down how this one reaches them."""
    folder = state.folder() / "partners"
    folder.mkdir(exist_ok=True)
    parts, entries = [], {}
    city = Path(os.environ.get("ANJIA_CITY", state.ROOT / "cities" / "zibo"))
    for path in sorted((city / "partners").glob("*.toml")):
        spec = tomllib.loads(path.read_text(encoding="utf-8"))
        data, port = folder / spec["id"], _free_port()
        data.mkdir(exist_ok=True)
        key = {name: state.secret(f"partner-{spec['id']}-{name}") for name in ("token", "secret")}
        content = {**key, "control_token": state.secret(f"partner-{spec['id']}-control")}
        _write_secret(data / "credentials.json", content)
        entries[spec["id"]] = {**key, "url": f"http://127.0.0.1:{port}/moves/"}
        command = supervisor.python(
            "simulators.othercity", "--data", str(data), "--port", str(port), "--id", spec["id"],
            "--name", spec["name"]["zh"], "--peer", f"{_home(options)}/departments/moves/", "--delay", "5",
        )  # fmt: skip
        parts.append(Part(spec["id"], command, environment, state.folder() / "logs" / f"{spec['id']}.log"))
    _write_secret(folder / "credentials.json", entries)
    return parts


def _write_secret(path: Path, content: object) -> None:
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file)
    draft.replace(path)


def _parts(here: Installation, options: argparse.Namespace, departments: int) -> list[Part]:
    logs = state.folder() / "logs"
    logs.mkdir(exist_ok=True)
    data = state.folder() / "departments"
    environment = {
        "ANJIA_PUBLIC_URL": _home(options),
        "ANJIA_HOSTS": ",".join(("127.0.0.1", "localhost", socket.gethostname(), options.host)),
        **here.environment(),
        "ANJIA_DEPARTMENTS_URL": f"http://127.0.0.1:{departments}",
        "ANJIA_DEPARTMENTS_CREDENTIALS": str(data / "credentials.json"),
        "ANJIA_PARTNERS_CREDENTIALS": str(state.folder() / "partners" / "credentials.json"),
    }
    server = supervisor.python(
        "granian", "--interface", "wsgi", "--host", options.host, "--port", str(options.port), "--workers", "2",
        "--blocking-threads", "2", "--respawn-failed-workers", "--no-ws", "--log-level", "warning",
        "anjia.conf.wsgi:application",
    )  # fmt: skip
    simulator = supervisor.python("simulators.departments", "--data", str(data), "--port", str(departments))
    worker = supervisor.python("anjia.conf.main", "worker", "--alone")
    return [
        Part("departments", simulator, environment, logs / "departments.log"),
        *_other_cities(options, environment),
        Part("worker", worker, environment, logs / "worker.log"),
        Part("server", server, environment, logs / "server.log"),
    ]


def _home(options: argparse.Namespace) -> str:
    """Gives the address to type; a server that listens everywhere is found on this machine too."""
    host = "127.0.0.1" if options.host in ("", "0.0.0.0", "::") else options.host
    return f"http://{host}:{options.port}"


def _wait_healthy(options: argparse.Namespace, watch: Supervisor) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    watch.run(until=lambda: time.monotonic() > deadline or _healthy(options))
    if watch.stopping or _healthy(options):
        return
    raise AnjiaError(
        "server-not-healthy",
        f"服务器没有应答，日志见 {state.folder() / 'logs'}",
        f"The server does not answer; see the logs in {state.folder() / 'logs'}",
        ("请看 server.log 的最后几行", "Read the last lines of server.log"),
        status=500,
    )


def _healthy(options: argparse.Namespace) -> bool:
    try:
        with urllib.request.urlopen(f"{_home(options)}/health/", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _welcome(options: argparse.Namespace, seconds: float) -> None:
    home = _home(options)
    say(f"ready after {seconds:.1f} s")
    print(f"\n  居民 residents       {home}/")
    print(f"  窗口 counter         {home}/counter/")
    print(f"  验真 verification    {home}/verify/")
    print(f"  组件 components      {home}/gallery/\n")
    demo = state.folder() / "demo.json"
    if demo.exists():
        for account in json.loads(demo.read_text(encoding="utf-8")):
            print(
                f"  {account['channel']:<10} {account['username']:<16} {account['password']:<12} "
                f"{account['name']}  {account['what']}"
            )
    print("\n  合成数据 synthetic data · Ctrl-C stops everything\n", flush=True)


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AnjiaError(
                "port-busy",
                f"端口 {host}:{port} 已被占用",
                f"{host}:{port} is in use",
                ("请用 --port 换一个端口", "Choose another one with --port"),
                status=409,
            ) from error


def _free_port() -> int:
    """Gives a port that nothing serves, below those that the system hands to outgoing connections by itself.

    One of those could be taken by a client of ours between the look and the start, or while the server restarts.
    """
    for port in random.sample(PORTS, 50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AnjiaError(
        "port-missing", f"{PORTS.start} 到 {PORTS.stop - 1} 之间没有空闲端口",
        f"No port is free from {PORTS.start} to {PORTS.stop - 1}",
        ("请用 --port 指定端口", "Name one with --port"), status=503,
    )  # fmt: skip
