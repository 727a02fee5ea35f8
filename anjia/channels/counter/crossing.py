"""What the counter's pages show of moves between cities."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from anjia.casework import deadlines
from anjia.channels.counter import desk
from anjia.channels.ui import masking, texts
from anjia.exchange import leaving, letters, moves, partners
from anjia.exchange.models import Letter, Move
from anjia.kernel import grants
from anjia.kernel.errors import AnjiaError
from anjia.registers import people

PATHS = {
    "in": ("requested", "confirmed", "registered", "closed"),
    "out": ("requested", "confirmed", "closed"),
}
"""The way that a move takes when nothing stands in it."""

OVER = ("closed", "withdrawn", "expired")
TONES = {"requested": "blue", "confirmed": "blue", "registered": "gold", "objected": "red", "closed": "green"}


def work(request: HttpRequest) -> dict[str, Any]:
    """Gives the list of moves: those in progress, or those that are over."""
    is_over = request.GET.get("show") == "over"
    before = request.GET.get("before", "")
    states = OVER if is_over else tuple(TONES)[:4]
    found = moves.listed(
        request.allowed, states=states, before=int(before) if before.isdigit() else None, limit=desk.PAGE,  # type: ignore[attr-defined]
    )  # fmt: skip
    names = people.names_of(one.person for one in found if one.person)
    following = f"?show={'over' if is_over else 'open'}&before={found[-1].pk}" if len(found) == desk.PAGE else ""
    return {
        "section": "moves", "over": is_over, "next": following,
        "rows": [_row(one, names.get(one.person or 0, "")) for one in found],
    }  # fmt: skip


def page(request: HttpRequest, uid: str, error: AnjiaError | None = None) -> dict[str, Any]:
    """Gives everything that the page of one move shows."""
    move = moves.get(request.allowed, uid)  # type: ignore[attr-defined]
    may = grants.find(request.user, "move", "release", desk.PURPOSE) is not None
    is_ours = move.direction == "out"
    left = leaving.members_left(move) if is_ours and move.state in ("requested", "registered") else []
    return {
        "section": "moves", "move": move, "row": _row(move, people.name_of(move.person) if move.person else ""),
        "steps": _steps(move), "letters": [_letter(one) for one in moves.history(move)],
        "findings": [_ground(code) for code in move.findings] if move.state == "requested" else [],
        "unfinished": word(f"fault_{move.fault}", move.fault) if move.fault else "",
        "heads": [{"value": str(one.subject), "label": masking.name(one.name)} for one in left],
        "grounds": [{"value": code, "label": _ground(code), "hint": ""} for code in letters.GROUNDS],
        "may_answer": may and is_ours and move.state == "requested",
        "may_finish": may and is_ours and bool(move.fault),
        "may_ask": may and not is_ours and move.state == "objected",
        "errors": [{"field": "move", "message": desk.words(error.message)}] if error else [],
    }  # fmt: skip


def word(key: str, otherwise: str) -> str:
    """Gives a sentence of the moves, or the plain code where there is none."""
    try:
        return texts.text("counter", f"moves.{key}")
    except texts.UnknownTextError:
        return otherwise


def _row(move: Move, name: str) -> SimpleNamespace:
    spec = partners.find_spec(move.partner)
    days = (timezone.localdate() - timezone.localdate(move.opened_at)).days
    left = deadlines.days_left(move.due_on)
    return SimpleNamespace(
        href=reverse("counter:move", args=[str(move.uid)]), name=name, is_in=move.direction == "in",
        partner=desk.words(spec.name) if spec else move.partner,
        direction=texts.text("counter", f"moves.{move.direction}"),
        state=_state(move, move.state), tone=TONES.get(move.state, "plain"),
        age=texts.text("counter", "moves.age" if days else "moves.today", n=days), due_on=move.due_on, days=left or 0,
        next=word(f"n_{move.direction}_{move.state}", ""), told=move.told_at is not None, fault=bool(move.fault),
        case_number=move.case_number, destination=move.destination, reason=move.reason, note=move.note,
        ground=_ground(move.ground) if move.ground else "", opened_at=move.opened_at, valid_until=move.valid_until,
    )  # fmt: skip


def _state(move: Move, state: str) -> str:
    otherwise = texts.text("counter", f"moves.s_{state}")
    return word(f"s_{move.direction}_{state}", otherwise)


def _ground(code: str) -> str:
    return word(f"g_{code}", code)


def _steps(move: Move) -> list[dict[str, str]]:
    """Gives the way of the move; an objection or a withdrawal ends it where it stands."""
    path = list(PATHS[move.direction])
    if move.state not in path:
        path = [*path[:1], move.state]
    at = path.index(move.state)
    shown = []
    for place, state in enumerate(path):
        is_done = place < at or (place == at and move.state in OVER)
        kind = "done" if is_done else "now" if place == at else "next"
        if place == at and state in ("objected", "withdrawn", "expired"):
            kind = "failed"
        shown.append({"label": _state(move, state), "state": kind, "note": ""})
    return shown


def _letter(one: Letter) -> dict[str, str]:
    sender = texts.text("counter", "moves.sent" if one.sent else "moves.received")
    lines = [f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}"]
    if one.sent and one.delivered_at:
        at = f"{timezone.localtime(one.delivered_at):%m-%d %H:%M}"
        lines.append(texts.text("counter", "moves.delivered", at=at))
    elif one.sent:
        lines.append(texts.text("counter", "moves.undelivered", n=one.tries))
    tone = "blue" if not one.sent else "green" if one.delivered_at else "red"
    title = texts.text("counter", f"moves.l_{one.kind}")
    return {"title": title, "text": sender, "on": " · ".join(lines), "tone": tone}
