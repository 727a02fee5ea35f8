"""Command line of the department simulator."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from simulators.departments.archive import Archive, ArchiveError
from simulators.departments.cardmaker import CardMaker
from simulators.departments.desks import Desk, open_desks
from simulators.departments.office import Office
from simulators.departments.samples import write_samples
from simulators.departments.server import DepartmentServer
from simulators.departments.signing import open_credentials


def main(arguments: list[str] | None = None) -> int:
    """Loads the records, serves until SIGTERM or Ctrl-C, and gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        office = _open(options)
        server = DepartmentServer((options.host, options.port), office)
    except (ArchiveError, OSError, ValueError) as error:
        say(f"cannot start: {error}")
        return 2
    if options.port_file is not None:
        _write_whole(options.port_file, f"{server.server_address[1]}\n")
    # The data file stays open to the end: a query may still be in hand, and each entry is committed.
    _serve(server, office)
    say("stopped")
    return 0


def say(text: str) -> None:
    """Writes one line for the person who started the process."""
    sys.stdout.write(f"departments: {text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.departments", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with leases.jsonl, titles.jsonl, people.jsonl, marriages.jsonl, births.jsonl; "
        "the process keeps departments.sqlite3 and credentials.json there",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port, 0 = any free one (default)")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="file to write the port into")
    parser.add_argument(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="JSON with token, secret, control_token; made when absent",
    )
    parser.add_argument(
        "--agreements",
        type=Path,
        metavar="FILE",
        help="JSON object: interface id -> list of purposes that it answers for",
    )
    parser.add_argument(
        "--samples",
        action="store_true",
        help="write a handful of made-up records into the folder first, where none are",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of serial numbers and of wrong data")
    return parser  # fmt: skip


def _open(options: argparse.Namespace) -> Office:
    options.data.mkdir(parents=True, exist_ok=True)
    if options.samples:
        write_samples(options.data)
    desks = _desks(options.agreements)
    credentials = open_credentials(options.credentials or options.data / "credentials.json")
    archive = Archive(options.data / "departments.sqlite3")
    archive.load(options.data, say)
    maker = CardMaker(options.data / "cardmaker.sqlite3")
    return Office(archive, desks, credentials, options.seed, maker=maker)


def _desks(path: Path | None) -> dict[str, Desk]:
    if path is None:
        return open_desks()
    agreements = json.loads(path.read_text(encoding="utf-8"))
    strangers = sorted(set(agreements) - set(open_desks()))
    if strangers:
        raise ValueError(f"{path} names unknown interfaces: {', '.join(strangers)}")
    return open_desks(agreements)


def _write_whole(path: Path, text: str) -> None:
    # Renamed into place, so that a reader never sees half a number.
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, encoding="ascii")
    os.replace(draft, path)


def _serve(server: DepartmentServer, office: Office) -> None:
    # Blocked before the first thread starts and waited for here: a handler that sets an event
    # could interrupt this very thread inside the event's lock.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    worker.start()
    interfaces = ", ".join(sorted(office.desks))
    say(f"synthetic records; answering on {_address(server)}/v1/<interface>: {interfaces}")
    signal.sigwait(ends)
    office.stop.set()
    server.shutdown()
    server.server_close()


def _address(server: DepartmentServer) -> str:
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"


if __name__ == "__main__":
    raise SystemExit(main())
