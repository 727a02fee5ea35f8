"""Moves between cities: the list, one move with its letters, and the answers of this city."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.channels.counter import crossing, desk
from anjia.channels.ui.declare import by_method, view
from anjia.exchange import coming, leaving, moves
from anjia.exchange.models import Move
from anjia.kernel.errors import AnjiaError

READ, ANSWER = ("move", "read", desk.PURPOSE), ("move", "release", desk.PURPOSE)


@view(reads=True, needs=READ)
def listed(request: HttpRequest) -> HttpResponse:
    """Shows the moves of the area, the newest first."""
    return render(request, "counter/moves.html", crossing.work(request))


@view(reads=True, needs=READ)
def show(request: HttpRequest, uid: str) -> HttpResponse:
    """Shows one move."""
    return render(request, "counter/move.html", crossing.page(request, uid))


@view(writes=True, needs=ANSWER)
def answer(request: HttpRequest, uid: str) -> HttpResponse:
    """Lets the persons go, objects, finishes what was held up, or asks the other city anew."""
    step = STEPS.get(request.POST.get("do", ""))
    if step is None:
        return HttpResponseRedirect(reverse("counter:move", args=[uid]))
    try:
        done = step(request, moves.get(request.allowed, uid))  # type: ignore[attr-defined]
    except AnjiaError as error:
        return render(request, "counter/move.html", crossing.page(request, uid, error), status=error.status)
    return HttpResponseRedirect(reverse("counter:move", args=[str(done.uid)]))


move = by_method(get=show, post=answer)


def _head(request: HttpRequest) -> int | None:
    text = request.POST.get("new_head", "")
    return int(text) if text.isdecimal() else None


def _confirm(request: HttpRequest, found: Move) -> Move:
    return leaving.confirm(request.user, found, new_head=_head(request))  # type: ignore[arg-type]


def _object(request: HttpRequest, found: Move) -> Move:
    ground, note = request.POST.get("ground", ""), request.POST.get("note", "")
    return leaving.object_to(request.user, found, ground, note)  # type: ignore[arg-type]


def _finish(request: HttpRequest, found: Move) -> Move:
    return leaving.finish(request.user, found, new_head=_head(request))  # type: ignore[arg-type]


def _ask(request: HttpRequest, found: Move) -> Move:
    return coming.ask_again(found)


STEPS: dict[str, Callable[[HttpRequest, Move], Move]] = {
    "confirm": _confirm, "object": _object, "finish": _finish, "ask": _ask,
}  # fmt: skip
