"""Policy staff sign in and out."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

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
    """Signs a member of staff in."""
    username, wanted = request.POST.get("username", "").strip(), request.POST.get("next", "")
    try:
        signing.enter(request, username, request.POST.get("password", ""), ("staff",))
    except AnjiaError as error:
        return _page(request, wanted, username, error)
    return HttpResponseRedirect(safe_next(request, wanted, reverse("desk:home")))


@view(writes=True, public=True)
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return HttpResponseRedirect(reverse("desk:sign-in"))


sign_in = by_method(get=form, post=enter)


def _page(request: HttpRequest, wanted: str, username: str = "", error: AnjiaError | None = None) -> HttpResponse:
    errors = [{"field": "username", "message": texts.words(error.message)}] if error else []
    context = {"next": wanted, "username": username, "errors": errors}
    return render(request, "desk/sign_in.html", context, status=error.status if error else 200)
