"""Questions to me in other people's matters."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import consents
from anjia.channels.residents import agreeing
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.ui.declare import by_method, view


@view(reads=True, needs=("consent", "read", PURPOSE))
def index(request: HttpRequest) -> HttpResponse:
    """Shows the questions, those that wait first."""
    return render(request, "residents/consents.html", agreeing.listed(request.allowed.person))


@view(reads=True, needs=("consent", "read", PURPOSE))
def show(request: HttpRequest, ident: int) -> HttpResponse:
    """Shows one question with who asks and what it is about."""
    return render(request, "residents/consent.html", agreeing.page(request.allowed.person, ident))


@view(writes=True, needs=("consent", "answer", PURPOSE))
def answer(request: HttpRequest, ident: int) -> HttpResponse:
    """Keeps the answer; it may be changed until the decision."""
    consents.answer(request.user, ident, agreeing.answer(request.POST))
    return HttpResponseRedirect(reverse("residents:consent", args=[ident]))


consent = by_method(get=show, post=answer)
