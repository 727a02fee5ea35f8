"""Start the demo city: database, definitions, a synthetic town, server, worker, departments.

The first start makes everything and takes a minute or two; the next ones take seconds. Ctrl-C stops
all of it. State is kept in ./.anjia (ANJIA_STATE); ANJIA_DATABASE_URL names a PostgreSQL of your own."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
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


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--host", default=os.environ.get("ANJIA_HOST", "127.0.0.1"), help="address (%(default)s)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("ANJIA_PORT", "8000")), help="(%(default)s)")
    parser.add_argument(
        "--persons", type=int, default=int(os.environ.get("ANJIA_PERSONS", "5000")),
        help="residents of the synthetic town, used by the first start only (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="seed of the synthetic town (%(default)s)")
    parser.add_argument("--prepare-only", action="store_true", help="make everything ready and stop")


def run(options: argparse.Namespace) -> int:
    """Runs the city until Ctrl-C."""
    lock = supervisor.only_one()
    os.environ["ANJIA_RUN"] = str(state.folder())
    left = supervisor.end_leftovers()
    if left:
        say(f"an earlier run was killed; {left} of its processes ended")
    _require_free(options.host, options.port)
    started = time.monotonic()
    say(f"state folder {state.folder()}")
    here = installation.here()
    say("database …")
    here.start()
    try:
        _prepare(here, options)
        if not options.prepare_only:
            _serve(here, options, started)
    finally:
        here.stop()
        lock.close()
        say("stopped")
    return 0


def say(text: str) -> None:
    """Writes one line for the person who started the city."""
    sys.stdout.write(f"anjia: {text}\n")
    sys.stdout.flush()


def _prepare(here: Installation, options: argparse.Namespace) -> None:
    say("tables …")
    _command(here, "migrate", owner=True)
    say("definitions …")
    _command(here, "publish", "--drafted-by", "demo drafter", "--published-by", "demo publisher")
    _command(here, "synth", "--once", "--persons", str(options.persons), "--seed", str(options.seed), owner=True)


def _command(here: Installation, *words: str, owner: bool = False) -> None:
    done = subprocess.run(
        supervisor.python("anjia.conf.main", *words), env=here.environment(owner=owner), cwd=state.ROOT, check=False
    )
    if done.returncode:
        raise AnjiaError(
            "step-failed",
            f"“anjia {words[0]}”没有完成",
            f"“anjia {words[0]}” did not finish",
            ("原因见上面几行；改好后再运行 anjia run，已完成的部分会沿用",
             "The lines above say why; mend it and run again: what is done is kept"),
            status=500,
        )  # fmt: skip


def _serve(here: Installation, options: argparse.Namespace, started: float) -> None:
    departments = _free_port()
    parts = _parts(here, options, departments)
    watch = Supervisor(parts, say, keep=_keeper(here))
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: watch.stopping.set())
    watch.start()
    _wait_healthy(options, watch)
    if not watch.stopping.is_set():
        _welcome(options, time.monotonic() - started)
    watch.run()


def _keeper(here: Installation) -> object:
    def keep() -> None:
        if here.cluster is not None and not here.cluster.running():
            say("the database ended; starting it again")
            here.cluster.start()

    return keep


def _parts(here: Installation, options: argparse.Namespace, departments: int) -> list[Part]:
    logs = state.folder() / "logs"
    logs.mkdir(exist_ok=True)
    data = state.folder() / "departments"
    environment = {
        **here.environment(),
        "ANJIA_DEPARTMENTS_URL": f"http://127.0.0.1:{departments}",
        "ANJIA_DEPARTMENTS_CREDENTIALS": str(data / "credentials.json"),
        "ANJIA_PUBLIC_URL": f"http://{options.host}:{options.port}",
    }
    granian = str(Path(sys.executable).with_name("granian"))
    server = [
        granian if Path(granian).exists() else shutil.which("granian") or granian,
        "--interface", "wsgi", "--host", options.host, "--port", str(options.port), "--workers", "2",
        "--blocking-threads", "2", "--respawn-failed-workers", "--no-ws", "--log-level", "warning",
        "anjia.conf.wsgi:application",
    ]  # fmt: skip
    simulator = supervisor.python("simulators.departments", "--data", str(data), "--port", str(departments))
    worker = supervisor.python("anjia.conf.main", "worker", "--alone")
    return [
        Part("departments", simulator, environment, logs / "departments.log"),
        Part("worker", worker, environment, logs / "worker.log"),
        Part("server", server, environment, logs / "server.log"),
    ]


def _wait_healthy(options: argparse.Namespace, watch: Supervisor) -> None:
    url = f"http://{options.host}:{options.port}/health/"
    deadline = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < deadline and not watch.stopping.wait(0.2):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            for part in watch.parts:
                part.tend(say)
    if not watch.stopping.is_set():
        watch.end()
        raise AnjiaError(
            "server-not-healthy",
            f"服务器没有应答，日志见 {state.folder() / 'logs'}",
            f"The server does not answer; see the logs in {state.folder() / 'logs'}",
            ("请看 server.log 的最后几行", "Read the last lines of server.log"),
            status=500,
        )


def _welcome(options: argparse.Namespace, seconds: float) -> None:
    home = f"http://{options.host}:{options.port}"
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
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
