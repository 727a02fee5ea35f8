"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.channels.residents import entering
from anjia.channels.ui import signing, texts
from anjia.channels.ui.declare import by_method, view
from anjia.channels.ui.views import safe_next
from anjia.kernel.errors import AnjiaError


@view(reads=True, public=True)
def form(request: HttpRequest) -> HttpResponse:
    """Shows the sign-in page."""
    return _page(request, request.GET.get("next", ""))


@view(writes=True, public=True)
def enter(request: HttpRequest) -> HttpResponse:
    """Signs a resident in by account or citizen number."""
    typed, password = request.POST.get("username", "").strip(), request.POST.get("password", "")
    wanted = request.POST.get("next", "")
    if not (typed and password):
        return _page(request, wanted, typed, entering.missing(typed, password))
    try:
        signing.enter(request, entering.account(typed), password, entering.KINDS)
    except AnjiaError as error:
        return _page(request, wanted, typed, [("username", texts.words(error.message))], error.status)
    return HttpResponseRedirect(safe_next(request, wanted, reverse("residents:home")))


@view(writes=True, public=True)
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return HttpResponseRedirect(reverse("residents:home"))


sign_in = by_method(get=form, post=enter)


def _page(
    request: HttpRequest, wanted: str, typed: str = "", faults: list[tuple[str, str]] | None = None, status: int = 422
) -> HttpResponse:
    errors = [{"field": field, "message": message} for field, message in faults or []]
    # A number that was typed is not sent back: it would stand in the page for the next person.
    shown = "" if typed[:17].isdigit() and len(typed) in (15, 18) else typed
    values = {"next": wanted, "username": shown, "errors": errors, "by_field": dict(faults or [])}
    return render(request, "residents/sign_in.html", values, status=status if errors else 200)
