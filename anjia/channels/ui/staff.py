"""The sign-in page of a channel for staff: the same steps, each channel's own look and first page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from anjia.channels.ui import signing, texts
from anjia.channels.ui.views import safe_next
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor


def sign_in_page(
    request: HttpRequest,
    channel: str,
    *,
    wanted: str | None = None,
    username: str = "",
    error: AnjiaError | None = None,
) -> HttpResponse:
    """Gives the page `<channel>/sign_in.html`, with what was wrong."""
    errors = [{"field": "username", "message": texts.words(error.message)}] if error else []
    following = request.GET.get("next", "") if wanted is None else wanted
    context = {"section": "", "next": following, "username": username, "errors": errors}
    return render(request, f"{channel}/sign_in.html", context, status=error.status if error else 200)


def enter(request: HttpRequest, channel: str, first_page: Callable[[Actor], str]) -> HttpResponse:
    """Signs a member of staff in and leads to the page that was wanted, else to the first."""
    username, wanted = request.POST.get("username", "").strip(), request.POST.get("next", "")
    try:
        actor = signing.enter(request, username, request.POST.get("password", ""), ("staff",))
    except AnjiaError as error:
        return sign_in_page(request, channel, wanted=wanted, username=username, error=error)
    return HttpResponseRedirect(safe_next(request, wanted, first_page(actor)))
