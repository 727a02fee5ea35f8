"""Services: the list, one service, starting it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import cases
from anjia.channels.residents import casefile, explaining, overview
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.ui.declare import view
from anjia.kernel.errors import AnjiaError


@view(reads=True, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """Shows all services in force."""
    return render(request, "residents/items.html", {"items": overview.items()})


@view(reads=True, public=True)
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows who may use a service, for what, how long it takes and on which ground."""
    return render(request, "residents/item.html", explaining.page(overview.item(slug), request.user))


@view(writes=True, needs=("case", "open", PURPOSE))
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Opens a case, asks what is known, and goes to the first question that is left."""
    try:
        case = cases.open_case(request.user, overview.item(slug).id, channel=casefile.CHANNEL)
    except AnjiaError as error:
        if error.code != "case-open-already":
            raise
        return HttpResponseRedirect(reverse("residents:case", args=[error.facts["number"]]))
    return HttpResponseRedirect(casefile.begin(request.user, case))
