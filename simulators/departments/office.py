"""What the process does with one query: door, log, purpose, desk, answer."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from simulators.departments import signing
from simulators.departments.archive import Archive, ArchiveError
from simulators.departments.cardmaker import CardMaker, OrderError
from simulators.departments.desks import Desk, Question, argument_fault
from simulators.departments.faults import Fault, FaultError, Faults, falsify, mistype

LOCAL = timezone(timedelta(hours=8))
ORDERS = "/v1/card-orders"
ENTRY_TEXTS = ("request_id", "purpose", "case")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer on its way out; `mode` says how it is sent."""

    status: int
    body: bytes
    mode: str = "ok"

    @property
    def content_type(self) -> str:
        """Gives the media type: a problem from status 400 on."""
        return "application/problem+json" if self.status >= 400 else "application/json"


def reply(status: int, content: Any) -> Reply:
    """Gives an answer with a JSON body."""
    return Reply(status, json.dumps(content, ensure_ascii=False).encode())


def problem(status: int, code: str, zh: str, en: str) -> Reply:
    """Gives a refusal as RFC 9457 problem, in both languages."""
    content = {"type": f"urn:department:{code}", "status": status, "code": code, "title": zh, "title_en": en}
    return reply(status, content)


DOOR = {
    "token-wrong": ("客户端令牌不对", "The bearer token is missing or wrong"),
    "timestamp-missing": ("缺少时间戳", "The header Anjia-Timestamp must be seconds since 1970"),
    "signature-wrong": ("签名不对", "The signature does not fit time, path and body"),
    "timestamp-old": ("签名已过期，请核对时钟", "The signature is more than 5 minutes off; check the clock"),
}


@dataclass
class Office:
    """The departments behind one address.

    Attributes:
        stop: set when the process ends; it wakes hanging answers.
        now: the departments' clock (aware).
        maker: the card maker, None where there is none.
    """

    archive: Archive
    desks: dict[str, Desk]
    credentials: signing.Credentials
    seed: int
    stop: threading.Event = field(default_factory=threading.Event)
    faults: Faults = field(default_factory=Faults)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    maker: CardMaker | None = None

    def query(self, interface: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answers one query; every one that passes the door is in the log before it is answered."""
        wrong = signing.fault_of(self.credentials, headers, f"/v1/{interface}", body, self.now().timestamp())
        if wrong is not None:
            return problem(401, wrong, *DOOR[wrong])
        desk = self.desks.get(interface)
        if desk is None:
            return problem(404, "interface-unknown", "没有这个接口", f"There is no interface {interface}")
        content, fault = _read(body)
        if fault is not None:
            return problem(400, "query-malformed", "查询格式不对", fault)
        serial = self.archive.enter(
            {
                "request_id": content["request_id"],
                "at": self.now().isoformat(),
                "interface": interface,
                "purpose": content["purpose"],
                "case_number": content["case"],
                "subject": signing.pseudonym(self.credentials.secret, content["subject"]["citizen_no"]),
            }
        )
        if serial is None:
            return problem(409, "request-replayed", "该请求编号已用过", "This request_id was used before")
        outcome, answer = self._decide(interface, desk, content, serial)
        self.archive.settle(serial, outcome)
        return answer

    def order(self, headers: dict[str, str], body: bytes) -> Reply:
        """Takes a batch of ID cards to be made; without an answer the sender must ask again."""
        wrong = signing.fault_of(self.credentials, headers, ORDERS, body, self.now().timestamp())
        if wrong is not None:
            return problem(401, wrong, *DOOR[wrong])
        if self.maker is None:
            return problem(404, "interface-unknown", "没有制证中心", "There is no card maker here")
        try:
            answer, heard = self.maker.order(body)
        except OrderError as error:
            return problem(400, "order-malformed", "制证数据不对", str(error))
        if not heard:
            return problem(503, "interface-down", "系统维护中，请稍后再试", "Down for maintenance, try later")
        return reply(200, answer)

    def control(self, headers: dict[str, str], body: bytes) -> Reply:
        """Serves the control desk: `fault`, `reset`, `add`, `queries` (caller checked loopback)."""
        if headers.get("authorization") != f"Bearer {self.credentials.control_token}":
            return problem(401, "token-wrong", "控制令牌不对", "The control token is missing or wrong")
        try:
            return self._control(json.loads(body))
        except (ArchiveError, FaultError, KeyError, TypeError, ValueError) as error:
            return problem(400, "control-malformed", "控制指令不对", f"{type(error).__name__}: {error}")

    def health(self) -> Reply:
        """Says that the process serves, and what."""
        return reply(200, {"status": "ok", "synthetic": True, "interfaces": sorted(self.desks)})

    def _control(self, order: dict[str, Any]) -> Reply:
        match order["action"]:
            case "fault":
                if order["interface"] not in self.desks:
                    raise FaultError(f"unknown interface {order['interface']!r}")
                self.faults.switch(order["interface"], order.get("mode", "ok"), order.get("latency_ms", 0))
            case "reset":
                self.faults.reset()
            case "add":
                self.archive.add(order["kind"], order["record"])
            case "queries":
                return reply(200, {"queries": self.archive.queries()})
            case "cards" if self.maker is not None:
                return reply(200, self.maker.instruct(order))
            case action:
                raise ValueError(f"unknown action {action!r}; known: fault, reset, add, queries, cards")
        return reply(200, {"status": "done"})

    def _decide(self, interface: str, desk: Desk, content: dict[str, Any], serial: int) -> tuple[str, Reply]:
        if content["purpose"] not in desk.purposes:
            allowed = ", ".join(sorted(desk.purposes))
            return "refused", problem(
                403, "purpose-refused", "该用途未获准查询本接口", f"This interface answers for: {allowed}"
            )
        wrong = argument_fault(desk, content["arguments"])
        if wrong is not None:
            return "refused", problem(400, "arguments-wrong", "查询条件不对", wrong)
        fault = self.faults.of(interface)
        self.stop.wait(fault.latency_ms / 1000)
        if fault.mode == "down":
            return "down", problem(
                503, "interface-down", "系统维护中，请稍后再试", "Down for maintenance, try later"
            )
        subject = content["subject"]
        today = self.now().astimezone(LOCAL).date()
        record = desk.answer(
            self.archive, Question(subject["citizen_no"], subject["name"], content["arguments"], today)
        )
        outcome = "not-found" if record is None else "answered"
        envelope = {
            "request_id": content["request_id"],
            "answered_at": self.now().isoformat(),
            "source": desk.source,
            "found": record is not None,
            "record": record,
            "serial": f"{interface}-{self.seed}-{serial:08d}",
        }
        return outcome, self._send(envelope, fault)

    def _send(self, envelope: dict[str, Any], fault: Fault) -> Reply:
        match fault.mode:
            case "malformed":
                return Reply(200, json.dumps(envelope).encode()[:-9], "malformed")
            case "huge":
                return reply(200, {**envelope, "padding": "x" * 4_000_000})
            case "wrong-types":
                envelope = {**envelope, "record": mistype(envelope["record"])}
            case "wrong-data":
                dice = random.Random(f"{self.seed}.{envelope['serial']}")
                envelope = {**envelope, "record": falsify(envelope["record"], dice)}
            case "mixed-up":
                envelope = {**envelope, "request_id": "00000000-0000-0000-0000-000000000000"}
        return Reply(200, json.dumps(envelope, ensure_ascii=False).encode(), fault.mode)


def _read(body: bytes) -> tuple[dict[str, Any], str | None]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}, "the body must be JSON"
    if not isinstance(content, dict):
        return {}, "the body must be a JSON object"
    for name in ENTRY_TEXTS:
        value = content.get(name)
        if not isinstance(value, str) or not (value or name != "request_id") or len(value) > 100:
            return {}, f"{name} must be text of at most 100 characters"
    subject = content.get("subject")
    if not isinstance(subject, dict) or any(
        not isinstance(subject.get(key), str) for key in ("citizen_no", "name")
    ):
        return {}, "subject must hold citizen_no and name as text"
    content.setdefault("arguments", {})
    return content, None
