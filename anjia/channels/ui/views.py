"""The switches that every page carries: language, size of type, theme."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from anjia.channels.ui import context
from anjia.channels.ui.declare import view

YEAR = 365 * 24 * 3600
CHOICES = {
    "language": (settings.LANGUAGE_COOKIE_NAME, ("zh-hans", "en")),
    "size": (context.SIZE_COOKIE, ("standard", "elder")),
    "theme": (context.THEME_COOKIE, ("auto", "light", "dark")),
}


@view(writes=True, public=True)
def change_settings(request: HttpRequest) -> HttpResponse:
    """Remembers a choice in a cookie and goes back to the page."""
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", "")))
    for name, (cookie, allowed) in CHOICES.items():
        chosen = request.POST.get(name, "")
        if chosen in allowed:
            response.set_cookie(cookie, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


def safe_next(request: HttpRequest, wanted: str, default: str = "/") -> str:
    """Gives the address to go to next if it is one of ours, else `default`."""
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and own else default
