"""Purpose-bound queries to departments: logged before they leave, bounded in time, never raising.

A department that is slow, down, refuses or answers nonsense leaves its facts unknown, with a
sentence for the person; the case goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import uuid4

import httpx
import msgspec

from anjia.exchange import answers, signing
from anjia.exchange.breaker import Breaker
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs.interface import InterfaceSpec
from anjia.kernel.specs.text import Words

State = Literal["answered", "not_found", "unavailable", "refused", "malformed"]
PARALLEL = 4
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP status codes that mean "not now"; other 4xx mean that the department refuses."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person asked about; `repr` shows neither number nor name."""

    citizen_no: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QueryLog:
    """One line of the record of queries; it holds no number, name or value.

    Attributes:
        phase: `intent` before the query leaves, `outcome` when it is over (same `request_id`).
        fields: ids of the definition's fields that were asked for.
        withheld: the law lets the query be withheld from the person.
        state: None at the intent.
        reason: short machine text of a failure, such as `timeout` or `status 503`.
    """

    phase: Literal["intent", "outcome"]
    request_id: str
    interface: str
    purpose: str
    case_number: str
    fields: tuple[str, ...]
    withheld: bool
    at: datetime
    state: State | None = None
    serial: str = ""
    reason: str = ""
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """How the departments are reached; one for the whole process.

    Attributes:
        base_url: `https://host[:port]` without path.
        client: from `anjia.exchange.transport.open_client`, so that the total time is hard.
        now: the clock, aware.
        log: called in the caller's thread, first with the intent, then with the outcome. It must
            have stored the line for good when it returns; when it raises, the query does not leave.
    """

    base_url: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    client: httpx.Client = field(repr=False)
    now: Callable[[], datetime]
    log: Callable[[QueryLog], None]
    breaker: Breaker = field(default_factory=Breaker, repr=False)


@dataclass(frozen=True, slots=True)
class Query:
    """One question: which interface, about whom, for which purpose and case."""

    interface: InterfaceSpec
    purpose: str
    case_number: str
    subject: Subject
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known after asking.

    Attributes:
        facts: fact id → value; a fact that stayed unknown is absent.
        answered_at: the department's own moment, None without an answer.
        serial: the department's number of this answer.
        detail: a sentence for the person, None when the department answered with a record.
        request_id: same as in the log, empty when the query did not leave.
    """

    interface: str
    state: State
    facts: dict[str, Any] = field(repr=False)
    source: Words
    answered_at: datetime | None
    serial: str
    elapsed_ms: int
    detail: Words | None
    request_id: str


@dataclass(frozen=True, slots=True)
class _Sent:
    state: State
    reason: str = ""
    reading: answers.Reading | None = None
    elapsed_ms: int = 0


def ask(query: Query, line: Line) -> Answer:
    """Asks one department and gives what is known then, at the latest after the timeout.

    Raises:
        AnjiaError: `query-purpose-refused` (403) when the definition does not name the purpose.
    """
    return ask_all([query], line)[0]


def ask_all(queries: Sequence[Query], line: Line, *, parallel: int = PARALLEL) -> list[Answer]:
    """Asks several departments side by side and gives the answers in the order of the queries.

    Args:
        parallel: most queries under way at once.

    Raises:
        AnjiaError: `query-purpose-refused` (403) when a definition does not name the purpose;
            then nothing has left.
    """
    for query in queries:
        _require_purpose(query)
    request_ids = [_intend(query, line) for query in queries]
    leaving = [(query, ident) for query, ident in zip(queries, request_ids, strict=True) if ident]
    sent = iter(_send_all(leaving, line, parallel))
    return [
        _settle(query, line, ident, next(sent))
        if ident
        else _answer(query, "", _Sent("unavailable", "paused"))
        for query, ident in zip(queries, request_ids, strict=True)
    ]


def _require_purpose(query: Query) -> None:
    interface = query.interface
    if query.purpose not in interface.purposes:
        raise AnjiaError(
            "query-purpose-refused",
            f"“{interface.title.zh}”不能用于该目的",
            f"“{interface.title.en}” may not be asked for this purpose",
            ("请在接口目录中核对用途", "Check the purposes in the definition of the interface"),
            status=403,
            interface=interface.id,
            purpose=query.purpose,
        )


def _intend(query: Query, line: Line) -> str:
    if not line.breaker.allows(query.interface.id):
        return ""
    request_id = str(uuid4())
    line.log(_log(query, "intent", request_id, line.now()))
    return request_id


def _send_all(leaving: Sequence[tuple[Query, str]], line: Line, parallel: int) -> Iterable[_Sent]:
    # Only the sending runs in threads: the log may write to a database connection that is the caller's.
    if len(leaving) <= 1:
        return [_send(query, ident, line) for query, ident in leaving]
    with ThreadPoolExecutor(min(parallel, len(leaving)), thread_name_prefix="exchange") as pool:
        return list(pool.map(lambda pair: _send(pair[0], pair[1], line), leaving))


def _send(query: Query, request_id: str, line: Line) -> _Sent:
    interface = query.interface
    started = time.monotonic()
    body = _body(query, request_id)
    seconds = interface.timeout_ms / 1000
    head = signing.headers(
        token=line.token, secret=line.secret, path=interface.path, body=body, at=line.now()
    )
    try:
        response = line.client.post(
            line.base_url.rstrip("/") + interface.path,
            content=body,
            headers={**head, "Content-Type": "application/json", "Accept-Encoding": "identity"},
            timeout=seconds,
            extensions={"deadline": started + seconds},
        )
        sent = _judge(interface, request_id, response)
    except httpx.TimeoutException:
        sent = _Sent("unavailable", "timeout")
    except httpx.RemoteProtocolError:
        sent = _Sent("malformed", "protocol")
    except httpx.HTTPError as error:
        sent = _Sent("unavailable", type(error).__name__)
    line.breaker.record(interface.id, reached=sent.state != "unavailable")
    return _Sent(sent.state, sent.reason, sent.reading, round((time.monotonic() - started) * 1000))


def _judge(interface: InterfaceSpec, request_id: str, response: httpx.Response) -> _Sent:
    status = response.status_code
    if status in BUSY:
        return _Sent("unavailable", f"status {status}")
    if 400 <= status < 500:
        return _Sent("refused", f"status {status}")
    if status != 200:
        return _Sent("malformed", f"status {status}")
    try:
        reading = answers.read(interface, request_id, response.content)
    except answers.MalformedError as error:
        return _Sent("malformed", str(error))
    return _Sent("answered" if reading.found else "not_found", "", reading)


def _settle(query: Query, line: Line, request_id: str, sent: _Sent) -> Answer:
    answer = _answer(query, request_id, sent)
    line.log(_log(query, "outcome", request_id, line.now(), sent=sent))
    return answer


def _log(
    query: Query,
    phase: Literal["intent", "outcome"],
    request_id: str,
    at: datetime,
    *,
    sent: _Sent | None = None,
) -> QueryLog:
    return QueryLog(
        phase=phase,
        request_id=request_id,
        interface=query.interface.id,
        purpose=query.purpose,
        case_number=query.case_number,
        fields=tuple(field.id for field in query.interface.field),
        withheld=query.interface.withhold,
        at=at,
        state=sent.state if sent else None,
        serial=sent.reading.serial if sent and sent.reading else "",
        reason=sent.reason if sent else "",
        elapsed_ms=sent.elapsed_ms if sent else 0,
    )


def _body(query: Query, request_id: str) -> bytes:
    return msgspec.json.encode(
        {
            "request_id": request_id,
            "purpose": query.purpose,
            "case": query.case_number,
            "subject": {"citizen_no": query.subject.citizen_no, "name": query.subject.name},
            "arguments": {name: _text(value) for name, value in query.arguments.items()},
        }
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _answer(query: Query, request_id: str, sent: _Sent) -> Answer:
    reading = sent.reading
    return Answer(
        interface=query.interface.id,
        state=sent.state,
        facts=reading.facts if reading else {},
        source=query.interface.owner,
        answered_at=reading.answered_at if reading else None,
        serial=reading.serial if reading else "",
        elapsed_ms=sent.elapsed_ms,
        detail=_detail(query.interface, sent.state),
        request_id=request_id,
    )


def _detail(interface: InterfaceSpec, state: State) -> Words | None:
    zh, en = interface.owner.zh, interface.owner.en
    match state:
        case "answered":
            return None
        case "not_found":
            return interface.nothing_found or Words(zh=f"{zh}没有查到相关登记", en=f"{en}: nothing on record")
        case "refused":
            return Words(
                zh=f"{zh}没有同意这次查询，可先提交，由工作人员核实",
                en=f"{en} declined this query. You can submit; a clerk will check.",
            )
        case "malformed":
            return Words(
                zh=f"{zh}返回的数据无法识别，可先提交，由工作人员核实",
                en=f"The reply of {en} cannot be read. You can submit; a clerk will check.",
            )
    return Words(
        zh=f"{zh}的数据暂时查不到，可先提交，查到后短信告诉您",
        en=f"The data of {en} cannot be reached just now. You can submit; we will text you once it is there.",
    )
