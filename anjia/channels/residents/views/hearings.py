"""My word before a decision about my registration."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import hearing
from anjia.channels.residents import speaking
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.ui.declare import by_method, view
from anjia.kernel.errors import AnjiaError


@view(reads=True, needs=("consent", "read", PURPOSE))
def show(request: HttpRequest, ident: int) -> HttpResponse:
    """Shows who asks for what, until when I may speak, and what I said."""
    return render(request, "residents/hearing.html", speaking.page(request.allowed.person, ident))


@view(writes=True, needs=("consent", "answer", PURPOSE))
def speak(request: HttpRequest, ident: int) -> HttpResponse:
    """Keeps what I say; it may be changed until the term ends."""
    said = speaking.said(request.POST)
    try:
        hearing.speak(request.user, ident, **said)
    except AnjiaError as error:
        if error.status != 422:
            raise
        context = speaking.page(request.allowed.person, ident, said, error)
        return render(request, "residents/hearing.html", context, status=422)
    return HttpResponseRedirect(reverse("residents:hearing", args=[ident]))


statement = by_method(get=show, post=speak)
