"""What the other city does with a letter, and what it writes itself."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from simulators.departments.office import DOOR, Reply, problem, reply
from simulators.departments.signing import Credentials, fault_of, signature
from simulators.othercity.register import Record, Register

TERM_DAYS = 40
MODES = ("now", "later", "silent", "object", "down")
PAUSE_SECONDS = 1.0
TRIES = 600


@dataclass
class Bureau:
    """The office of the other city.

    Attributes:
        ident: id under which the peer knows this city.
        peer: address to which its letters go, empty when it only answers.
        mode: `now` answers in the reply, `later` writes a letter after `delay`, `silent` never answers,
            `object` objects with `ground`, `down` takes no letter.
        registers: it registers at once whom the peer lets go.
    """

    register: Register
    credentials: Credentials
    ident: str
    name: str
    peer: str
    delay: float = 0.0
    mode: str = "later"
    latency: float = 0.0
    ground: str = "duplicate-check"
    registers: bool = True
    stop: threading.Event = field(default_factory=threading.Event)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Takes a letter of the peer and answers with the last word about its move."""
        wrong = fault_of(self.credentials, headers, path, body, self.now().timestamp())
        if wrong is not None:
            return problem(401, wrong, *DOOR[wrong])
        self.stop.wait(self.latency)
        if self.mode == "down":
            return problem(503, "city-down", "系统维护中，请稍后再试", "Down for maintenance, try later")
        try:
            letter = json.loads(body)
            uid, kind, content = str(uuid.UUID(letter["move"])), letter["kind"], letter["body"]
            step = getattr(self, f"_on_{kind}")
        except (ValueError, KeyError, TypeError, AttributeError):
            return problem(400, "letter-malformed", "来函格式不对", "The letter cannot be read")
        with self.register.lock:
            self.register.note(uid, kind, self.now().isoformat(), sent=False)
            step(uid, content)
            move = self.register.move(uid)
        if move is None:
            return problem(404, "move-unknown", "没有这件迁移", "There is no such move")
        return reply(200, {"move": uid, "state": move["state"], "answer": move["answer"]})

    def ask(self, persons: list[Record], *, destination: str, reason: str = "", uid: str = "") -> str:
        """Asks the peer to let persons go, as a city to which they move, and gives the move's number."""
        ident = uid or str(uuid.uuid4())
        body = {"persons": persons, "destination": destination or self.name, "reason": reason}
        self.register.put(ident, "new", "requested", body)
        self._write(ident, "request", body)
        return ident

    def answer(self, uid: str) -> None:
        """Decides about a request and writes the answer."""
        with self.register.lock:
            letter = self._decide(uid)
        if letter is not None:
            self._post(letter)

    def register_here(self, uid: str) -> None:
        """Registers whom the peer lets go and writes so until it has closed its side."""
        with self.register.lock:
            move = self.register.move(uid)
            if move is None or move["state"] != "confirmed":
                return
            for person in move["body"]["handover"]["persons"]:
                self.register.add(person)
            body = {"on": self.now().date().isoformat(), "address": self.name}
            letter = self._letter(uid, "registered", body)
            self.register.put(uid, "new", "registered", move["body"], letter)
        self._post(letter)

    def withdraw(self, uid: str) -> None:
        """Takes a request back."""
        with self.register.lock:
            move = self.register.move(uid) or {"body": {}}
            letter = self._letter(uid, "withdraw", {"note": "withdrawn"})
            self.register.put(uid, "new", "withdrawn", move["body"], letter)
        self._post(letter)

    def again(self, uid: str, kind: str) -> None:
        """Writes a letter once more, as a city does that missed the reply."""
        move = self.register.move(uid)
        if move is not None and kind == "request":
            self._write(uid, kind, move["body"])
        elif move is not None and move["answer"] is not None:
            self._post(move["answer"])

    def _on_request(self, uid: str, body: Record) -> None:
        if self.register.move(uid) is not None:
            return
        self.register.put(uid, "left", "requested", body)
        if self.mode in ("now", "object"):
            self._decide(uid)
        elif self.mode == "later":
            threading.Thread(target=self._later, args=(uid,), daemon=True).start()

    def _on_registered(self, uid: str, body: Record) -> None:
        move = self.register.move(uid)
        if move is None or move["state"] not in ("confirmed", "closed"):
            return
        for person in move["body"]["persons"]:
            self.register.leave(person["number"])
        self.register.put(uid, "left", "closed", move["body"], self._letter(uid, "closed", {}))

    def _on_withdraw(self, uid: str, body: Record) -> None:
        move = self.register.move(uid)
        if move is None:
            return
        for person in move["body"]["persons"]:
            known = self.register.person(person["number"])
            if known is not None and known["held_by"] == uid:
                self.register.hold(person["number"], None)
        self.register.put(uid, "left", "withdrawn", move["body"])

    def _on_confirm(self, uid: str, body: Record) -> None:
        move = self.register.move(uid)
        if move is None or move["state"] != "requested":
            return
        self.register.put(uid, "new", "confirmed", body)
        if self.registers:
            threading.Thread(target=self.register_here, args=(uid,), daemon=True).start()

    def _on_object(self, uid: str, body: Record) -> None:
        move = self.register.move(uid)
        if move is not None and move["state"] == "requested":
            self.register.put(uid, "new", "objected", {**move["body"], **body})

    def _on_closed(self, uid: str, body: Record) -> None:
        move = self.register.move(uid)
        if move is not None and move["state"] == "registered":
            self.register.put(uid, "new", "closed", move["body"])

    def _on_inquire(self, uid: str, body: Record) -> None:
        move = self.register.move(uid)
        if move is not None and move["state"] in ("requested", "confirmed"):
            self.register.put(uid, "new", "withdrawn", move["body"], self._letter(uid, "withdraw", {"note": "expired"}))

    def _later(self, uid: str) -> None:
        if not self.stop.wait(self.delay):
            self.answer(uid)

    def _decide(self, uid: str) -> Record | None:
        move = self.register.move(uid)
        if move is None or move["state"] != "requested":
            return None if move is None else move["answer"]
        persons = [self.register.person(one["number"]) for one in move["body"]["persons"]]
        ground = self._bar(uid, move["body"]["persons"], persons)
        if ground:
            letter = self._letter(uid, "object", {"ground": ground, "note": ""})
            self.register.put(uid, "left", "objected", move["body"], letter)
            return letter
        own = ("registered", "held_by", "address")
        told = [{key: value for key, value in one.items() if key not in own} for one in persons if one is not None]
        for one in told:
            self.register.hold(one["number"], uid)
        until = (self.now().astimezone().date() + timedelta(days=TERM_DAYS)).isoformat()
        address = str((persons[0] or {}).get("address") or self.name)
        body = {"handover": {"persons": told, "from_place": address}, "valid_until": until}
        letter = self._letter(uid, "confirm", body)
        self.register.put(uid, "left", "confirmed", move["body"], letter)
        return letter

    def _bar(self, uid: str, asked: list[Record], persons: list[Record | None]) -> str:
        if self.mode == "object":
            return self.ground
        for wanted, known in zip(asked, persons, strict=True):
            if known is None:
                return "person-not-found"
            if known["name"] != wanted["name"]:
                return "identity-conflict"
            if not known["registered"]:
                return "status-closed"
            if known["held_by"] not in (None, uid):
                return "duplicate-check"
        return ""

    def _letter(self, uid: str, kind: str, body: Record) -> Record:
        return {
            "letter": str(uuid.uuid5(uuid.UUID(uid), kind)), "move": uid, "kind": kind, "at": self.now().isoformat(),
            "body": body,
        }  # fmt: skip

    def _write(self, uid: str, kind: str, body: Record) -> None:
        self._post(self._letter(uid, kind, body))

    def _post(self, letter: Record) -> None:
        """Writes to the peer until it has the letter, and takes in its answer."""
        if not self.peer:
            return
        for _ in range(TRIES):
            status, content = self._once(letter)
            if status == 200:
                self._answered(content)
                return
            if status in (400, 401, 404, 422) or self.stop.wait(PAUSE_SECONDS):
                return

    def _once(self, letter: Record) -> tuple[int, Any]:
        url = urlsplit(self.peer)
        body = json.dumps(letter, ensure_ascii=False).encode()
        stamp = str(int(time.time()))
        headers = {
            "Authorization": f"Bearer {self.credentials.token}", "Anjia-Timestamp": stamp,
            "Anjia-Signature": signature(self.credentials.secret, stamp, url.path, body), "Anjia-City": self.ident,
            "Content-Type": "application/json",
        }  # fmt: skip
        self.register.note(letter["move"], letter["kind"], self.now().isoformat(), sent=True)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=15)
        try:
            connection.request("POST", url.path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, ValueError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()

    def _answered(self, content: Any) -> None:
        answer = content.get("answer") if isinstance(content, dict) else None
        if answer:
            with self.register.lock:
                getattr(self, f"_on_{answer['kind']}")(answer["move"], answer["body"])
