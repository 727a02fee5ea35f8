"""Policy staff sign in and out."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from anjia.channels.ui import staff
from anjia.channels.ui.declare import by_method, view


@view(reads=True, public=True)
def form(request: HttpRequest) -> HttpResponse:
    """Shows the sign-in page."""
    return staff.sign_in_page(request, "desk")


@view(writes=True, public=True)
def enter(request: HttpRequest) -> HttpResponse:
    """Signs a member of staff in."""
    return staff.enter(request, "desk", lambda actor: reverse("desk:home"))


@view(writes=True, public=True)
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return HttpResponseRedirect(reverse("desk:sign-in"))


sign_in = by_method(get=form, post=enter)
