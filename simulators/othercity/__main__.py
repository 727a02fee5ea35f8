"""Command line of the simulated other city."""

from __future__ import annotations

import argparse
import ipaddress
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from simulators.departments.office import Reply, problem, reply
from simulators.departments.server import BODY_LIMIT, DepartmentServer, Door
from simulators.departments.signing import open_credentials
from simulators.othercity.bureau import MODES, Bureau
from simulators.othercity.register import Register


class CityDoor(Door):
    """Reads one letter, or one order of this machine, and sends one reply."""

    server_version = "OtherCity/1"

    def do_GET(self) -> None:
        """Serves `/healthz`."""
        if self.path == "/healthz":
            self._send(reply(200, {"status": "ok", "synthetic": True}))
        else:
            self._send(problem(404, "path-unknown", "没有这个地址", "Letters are POST /moves/"))

    def do_POST(self) -> None:
        """Serves letters and, to this machine only, the control desk."""
        body = self._body()
        bureau: Bureau = self.server.office  # type: ignore[assignment]
        headers = {name.lower(): value for name, value in self.headers.items()}
        if body is None:
            self.close_connection = True
            self._send(problem(413, "body-bounds", "请求体过大或缺少长度", f"Content-Length up to {BODY_LIMIT}"))
        elif self.path == "/moves/":
            self._send(bureau.take(self.path, headers, body))
        elif self.path == "/control" and ipaddress.ip_address(self.client_address[0]).is_loopback:
            self._send(control(bureau, headers, body))
        else:
            self._send(problem(404, "path-unknown", "没有这个地址", "Letters are POST /moves/"))


class CityServer(DepartmentServer):
    """Serves the other city."""

    def __init__(self, address: tuple[str, int], bureau: Bureau) -> None:
        super().__init__(address, bureau)  # type: ignore[arg-type]
        self.RequestHandlerClass = CityDoor


def control(bureau: Bureau, headers: dict[str, str], body: bytes) -> Reply:
    """Serves the control desk: `set`, `add`, `ask`, `answer`, `register`, `withdraw`, `again`, `state`."""
    if headers.get("authorization") != f"Bearer {bureau.credentials.control_token}":
        return problem(401, "token-wrong", "控制令牌不对", "The control token is missing or wrong")
    try:
        return reply(200, _order(bureau, json.loads(body)))
    except (KeyError, TypeError, ValueError) as error:
        return problem(400, "control-malformed", "控制指令不对", f"{type(error).__name__}: {error}")


def _order(bureau: Bureau, order: dict[str, Any]) -> dict[str, Any]:
    match order["action"]:
        case "set":
            if order.get("mode", "now") not in MODES:
                raise ValueError(f"mode must be one of {', '.join(MODES)}")
            for name in ("mode", "latency", "delay", "ground", "registers", "peer"):
                setattr(bureau, name, order.get(name, getattr(bureau, name)))
        case "add":
            bureau.register.add(order["person"])
        case "ask":
            given = {name: order[name] for name in ("destination", "reason", "uid") if name in order}
            return {"uid": bureau.ask(order["persons"], **{"destination": "", **given})}
        case "answer":
            bureau.answer(order["uid"])
        case "register":
            bureau.register_here(order["uid"])
        case "withdraw":
            bureau.withdraw(order["uid"])
        case "again":
            bureau.again(order["uid"], order["kind"])
        case "state":
            person = bureau.register.person(order["number"]) if "number" in order else None
            return {"moves": bureau.register.moves(), "letters": bureau.register.letters(), "person": person}
        case action:
            raise ValueError(f"unknown action {action!r}")
    return {"status": "done"}


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or Ctrl-C and gives the exit status."""
    options = _parser().parse_args(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    register = Register(options.data / "othercity.sqlite3")
    known = register.load(options.data / "people.jsonl")
    credentials = open_credentials(options.data / "credentials.json")
    bureau = Bureau(register, credentials, options.id, options.name, options.peer, delay=options.delay)
    server = CityServer((options.host, options.port), bureau)
    if options.port_file is not None:
        options.port_file.write_text(f"{server.server_address[1]}\n", encoding="ascii")
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    threading.Thread(target=_ask, args=(bureau, options.data / "requests.jsonl"), daemon=True).start()
    host, port = server.server_address[:2]
    sys.stdout.write(f"othercity: {known} synthetic persons; answering on http://{host!s}:{port}/moves/\n")
    sys.stdout.flush()
    signal.sigwait(ends)
    bureau.stop.set()
    server.shutdown()
    server.server_close()
    sys.stdout.write("othercity: stopped\n")
    return 0


def _ask(bureau: Bureau, path: Path) -> None:
    """Asks the peer for the persons of a file, each move once for ever."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        order = json.loads(line)
        if bureau.register.move(order["uid"]) is None:
            bureau.ask(order["persons"], destination=order["destination"], reason=order["reason"], uid=order["uid"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.othercity", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with people.jsonl")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="port, 0 = any free one (default)")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="file to write the port into")
    parser.add_argument("--id", default="other", help="id under which the peer knows this city")
    parser.add_argument("--name", default="另一城市（演示）", help="name of this city in its letters")
    parser.add_argument("--peer", default="", metavar="URL", help="where its letters go")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="how long it thinks")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
