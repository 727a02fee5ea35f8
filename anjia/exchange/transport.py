"""One pooled HTTP client whose queries end at a hard total deadline and whose answers are bounded.

The timeouts of httpx hold for each read, so a department that sends one byte a second would never
time out. Here every read is given only what is left until the request's own deadline.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

ANSWER_LIMIT = 262_144
"""Largest answer in bytes; a record is a few hundred."""

IDLE_SECONDS = 20.0

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


def open_client(*, connections: int = 8, tls: ssl.SSLContext | None = None) -> httpx.Client:
    """Opens the client that all queries share; the caller closes it.

    Args:
        connections: most connections at once, kept open between queries.
        tls: context with the department's authority and our certificate; default: the system's.
    """
    # Proxies of the environment are not for queries about persons: the transport ignores them.
    return httpx.Client(transport=BoundedTransport(connections, tls), trust_env=False, follow_redirects=False)


class BoundedTransport(httpx.BaseTransport):
    """Sends a request whose extension `deadline` (of `time.monotonic`) bounds it as a whole."""

    def __init__(self, connections: int, tls: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_ClockedBackend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Gives the whole answer, read to its end.

        Raises:
            httpx.TimeoutException: the deadline passed.
            httpx.TransportError: no connection, a broken one, or an answer out of bounds.
        """
        token = _deadline.set(request.extensions.get("deadline", float("inf")))
        try:
            with _translated(request):
                return self._send(request)
        finally:
            _deadline.reset(token)

    def close(self) -> None:
        """Closes every connection."""
        self._pool.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": {key: _left(None) for key in ("connect", "read", "write", "pool")}},
        )
        incoming = self._pool.handle_request(outgoing)
        try:
            if any(name.lower() == b"content-encoding" for name, _ in incoming.headers):
                raise httpx.RemoteProtocolError("compressed answers are not taken", request=request)
            body = _read(incoming.iter_stream(), request)
        finally:
            incoming.close()
        return httpx.Response(incoming.status, headers=incoming.headers, content=body, request=request)


class _ClockedStream(httpcore.NetworkStream):
    """A connection whose every read and write ends at the deadline of the request in hand."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _ClockedStream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _ClockedBackend(httpcore.NetworkBackend):
    """Opens connections within the deadline of the request in hand."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _ClockedStream(
            self._inner.connect_tcp(host, port, _left(timeout), local_address, socket_options)
        )


def _left(timeout: float | None) -> float | None:
    deadline = _deadline.get()
    if deadline == float("inf"):
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.TimeoutException("the deadline of the query has passed")
    return left if timeout is None else min(left, timeout)


def _read(chunks: Iterable[bytes], request: httpx.Request) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise httpx.RemoteProtocolError(f"answer above {ANSWER_LIMIT} bytes", request=request)
    return bytes(body)


@contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(str(error), request=request) from error
    except (httpcore.RemoteProtocolError, httpcore.LocalProtocolError) as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
    except (httpcore.NetworkError, httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable) as error:
        raise httpx.NetworkError(str(error), request=request) from error
