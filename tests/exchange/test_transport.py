"""The bounded client against servers that misbehave below HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from anjia.exchange.transport import ANSWER_LIMIT, open_client

Behaviour = Callable[[socket.socket, threading.Event], None]
LATE = 1.5
"""What a loaded machine may add, in seconds; without a deadline these servers go on for ten."""


def read_request(connection: socket.socket) -> None:
    # To its end: closing with unread bytes would reset the connection and hide what was sent.
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
        if received.endswith(b"{}"):
            return


def drip_header(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.05):
        connection.sendall(b"a")


def drip_body(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b"a")


def silence(connection: socket.socket, over: threading.Event) -> None:
    over.wait(10)


def flood(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * (ANSWER_LIMIT + 1))


def bomb(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")


def noise(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"\x00\x01\x02 no HTTP at all\r\n\r\n")


def hang_up(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            read_request(connection)
            try:
                behaviour(connection, over)
            except OSError:
                return

    worker = threading.Thread(target=serve)
    worker.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        worker.join(10)
        listener.close()


def post(url: str, seconds: float) -> httpx.Response:
    with open_client() as client:
        return client.post(
            url, content=b"{}", timeout=seconds, extensions={"deadline": time.monotonic() + seconds}
        )


@pytest.mark.parametrize("behaviour", [drip_header, drip_body, silence])
def test_the_deadline_holds_for_the_whole_exchange(behaviour: Behaviour) -> None:
    with serving(behaviour) as url:
        before = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            post(url, 0.3)
        assert 0.3 <= time.monotonic() - before < 0.3 + LATE


@pytest.mark.parametrize("behaviour", [flood, bomb, noise, hang_up])
def test_an_answer_out_of_bounds_is_a_protocol_error(behaviour: Behaviour) -> None:
    with serving(behaviour) as url, pytest.raises(httpx.RemoteProtocolError):
        post(url, 3)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(silence) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("ALL_PROXY", proxy)
        with pytest.raises(httpx.NetworkError):
            post("http://127.0.0.1:1", 0.5)
        # Through the proxy, which says nothing, it would have been a timeout. Its one accept is still due.
        socket.create_connection(("127.0.0.1", int(proxy.rpartition(":")[2]))).close()


def test_a_connection_is_used_again() -> None:
    accepted: list[int] = []

    def keep(connection: socket.socket, over: threading.Event) -> None:
        accepted.append(1)
        for _ in range(2):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            read_request(connection)

    with serving(keep) as url, open_client() as client:
        assert [client.post(url, content=b"{}", timeout=2).text for _ in range(2)] == ["{}", "{}"]
    assert accepted == [1]
