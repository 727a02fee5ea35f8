"""The departments' data file: loading, reloading, and what the control desk added."""

from __future__ import annotations

import json
import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from simulators.departments.archive import Archive, ArchiveError
from simulators.departments.desks import open_desks
from simulators.departments.office import Office
from simulators.departments.process import start
from simulators.departments.samples import LEASE, TENANT
from simulators.departments.server import DepartmentServer
from simulators.departments.signing import Credentials, open_credentials


def load(folder: Path) -> tuple[Archive, list[str]]:
    said: list[str] = []
    archive = Archive(folder / "departments.sqlite3")
    archive.load(folder, said.append)
    return archive, said


def test_unchanged_files_are_not_read_again_and_changed_ones_are(folder: Path) -> None:
    archive, _ = load(folder)
    archive.close()
    leases = folder / "leases.jsonl"
    leases.write_text(json.dumps({**LEASE, "contract_no": "ZL-8"}) + "\n", encoding="utf-8")
    archive, said = load(folder)
    assert "leases.jsonl: 1 records read" in said
    assert "titles.jsonl: unchanged, 1 records" in said
    assert [row["contract_no"] for row in archive.find("lease", f"tenant:{TENANT}")] == ["ZL-8"]
    archive.close()


def test_what_the_control_desk_added_outlives_a_reload_and_wins_over_the_file(folder: Path) -> None:
    archive, _ = load(folder)
    archive.add("lease", {**LEASE, "contract_no": "ZL-9"})
    archive.add("lease", {**LEASE, "address": "改过的地址"})
    archive.close()
    with (folder / "leases.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n".join([json.dumps({**LEASE, "contract_no": "ZL-7"}), ""]))
    archive, _ = load(folder)
    found = {row["contract_no"]: row["address"] for row in archive.find("lease", f"tenant:{TENANT}")}
    assert set(found) == {"ZL-0", "ZL-1", "ZL-7", "ZL-9"}
    assert found["ZL-1"] == "改过的地址"
    archive.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: a JSON object"),
        ("{}", "line 2: lacks contract_no"),
        (json.dumps(dict(LEASE)), "line 2: its contract_no stands there twice"),
    ],
)
def test_a_bad_line_is_named_and_nothing_of_the_file_is_kept(folder: Path, line: str, words: str) -> None:
    (folder / "leases.jsonl").write_text(json.dumps(dict(LEASE)) + "\n" + line + "\n", encoding="utf-8")
    archive = Archive(folder / "departments.sqlite3")
    with pytest.raises(ArchiveError, match=words):
        archive.load(folder, print)
    assert archive.count("lease") == 0
    archive.close()
    with pytest.raises(RuntimeError, match=f"status 2: departments: cannot start: leases.jsonl {words}"):
        start(folder)


def test_a_record_whose_persons_have_no_numbers_is_named(folder: Path) -> None:
    archive, _ = load(folder)
    title = archive.find("title", "place:7001")[0]
    for holders in ([{"name": "方东"}], "方东", None):
        with pytest.raises(ArchiveError, match="record: cannot be filed"):
            archive.add("title", title | {"holders": holders})
    assert archive.find("title", "place:7001") == [title]
    archive.close()


def test_agreements_replace_the_purposes_and_unknown_interfaces_are_named(folder: Path) -> None:
    assert open_desks({"real-person": ["lodging"]})["real-person"].purposes == {"lodging"}
    agreements = folder / "agreements.json"
    agreements.write_text('{"tax": ["settlement"]}')
    with pytest.raises(RuntimeError, match="unknown interfaces: tax"):
        start(folder, "--agreements", str(agreements))


def test_credentials_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    made = open_credentials(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_credentials(path) == made
    assert len({made.token, made.secret, made.control_token}) == 3
    path.write_text("{}")
    with pytest.raises(ValueError, match="not a credentials file"):
        open_credentials(path)


class _FarAway(DepartmentServer):
    """The server as a client of another machine meets it."""

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, _ = super().get_request()
        return connection, ("192.0.2.7", 4711)


@pytest.mark.parametrize(("kind", "status"), [(DepartmentServer, b"200"), (_FarAway, b"403")])
def test_the_control_desk_serves_this_machine_only(
    folder: Path, kind: type[DepartmentServer], status: bytes
) -> None:
    archive, _ = load(folder)
    office = Office(archive, open_desks(), Credentials("t", "s", "control"), seed=0)
    server = kind(("127.0.0.1", 0), office)
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    worker.start()
    try:
        with socket.create_connection(server.server_address[:2], timeout=10) as connection:
            body = b'{"action": "reset"}'
            connection.sendall(
                b"POST /v1/_control HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                b"Authorization: Bearer control\r\n"
                + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
            )  # fmt: skip
            assert connection.makefile("rb").readline().split()[1] == status
    finally:
        server.shutdown()
        server.server_close()
        worker.join()
        archive.close()
