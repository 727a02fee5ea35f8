"""The HTTP door of the departments: reads a request within bounds and sends the office's reply."""

from __future__ import annotations

import ipaddress
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.departments.office import ORDERS, Office, Reply, problem

BODY_LIMIT = 65_536
HANG_SECONDS = 600
DRIP_SECONDS = 0.05


class DepartmentServer(ThreadingHTTPServer):
    """One thread a connection; threads do not hold the process back when it stops."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], office: Office) -> None:
        super().__init__(address, Door)
        self.office = office


class Door(BaseHTTPRequestHandler):
    """Reads one request and sends one reply; connections stay open between queries."""

    protocol_version = "HTTP/1.1"
    server_version = "Departments/1"
    sys_version = ""
    timeout = 60
    wbufsize = -1
    disable_nagle_algorithm = True
    server: DepartmentServer

    def do_GET(self) -> None:
        """Serves `/healthz`; nothing else is read by GET, so that no personal data is in an address."""
        if self.path == "/healthz":
            self._send(self.server.office.health())
        else:
            self._send(problem(404, "path-unknown", "没有这个地址", "Queries are POST /v1/<interface>"))

    def do_POST(self) -> None:
        """Serves queries and, to this machine only, the control desk."""
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(
                problem(413, "body-bounds", "请求体过大或缺少长度", f"Content-Length up to {BODY_LIMIT}")
            )
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        office = self.server.office
        if self.path == "/v1/_control":
            if ipaddress.ip_address(self.client_address[0]).is_loopback:
                self._send(office.control(headers, body))
            else:
                self._send(problem(403, "control-remote", "仅限本机控制", "Control is for this machine only"))
        elif self.path == ORDERS:
            self._send(office.order(headers, body))
        elif self.path.startswith("/v1/"):
            self._send(office.query(self.path.removeprefix("/v1/"), headers, body))
        else:
            self._send(problem(404, "path-unknown", "没有这个地址", "Queries are POST /v1/<interface>"))

    def log_message(self, format: str, *args: Any) -> None:
        """Writes method, path and status; bodies and headers are never written."""
        sys.stderr.write(f"{self.log_date_time_string()} {format % args}\n")

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Stays silent for what was served: the log of queries is in the data file."""

    def _body(self) -> bytes | None:
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > BODY_LIMIT:
            return None
        return self.rfile.read(int(length))

    def _send(self, reply: Reply) -> None:
        if reply.mode == "hang":
            self.server.office.stop.wait(HANG_SECONDS)
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.mode == "drip":
            self._drip(reply.body)
        else:
            self.wfile.write(reply.body)

    def _drip(self, body: bytes) -> None:
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            if self.server.office.stop.wait(DRIP_SECONDS):
                return

    def handle(self) -> None:
        """Serves the connection; a client that hung up is no fault of ours."""
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def finish(self) -> None:
        """Closes the connection; what a client that hung up did not read is dropped."""
        try:
            super().finish()
        except (BrokenPipeError, ConnectionResetError, ValueError):
            self.close_connection = True
