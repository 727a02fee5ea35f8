"""The desk's first page: drafts, and what a draft can start from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.channels.desk import overview
from anjia.channels.ui.declare import view
from anjia.population import drafts


@view(reads=True, needs=("definition", "read", drafts.PURPOSE))
def page(request: HttpRequest) -> HttpResponse:
    """Lists the drafts."""
    return render(request, "desk/home.html", overview.page(request.user))


@view(writes=True, needs=("definition", "draft", drafts.PURPOSE))
def begin(request: HttpRequest) -> HttpResponse:
    """Starts a draft."""
    kind, _, ident = request.POST.get("what", "").partition(":")
    draft = drafts.begin(request.allowed, kind, ident)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("desk:draft", args=[draft.pk]))
