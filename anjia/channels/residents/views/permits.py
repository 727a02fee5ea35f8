"""My residence permit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.residents import permits
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.ui.declare import view


@view(reads=True, needs=("person", "read", PURPOSE))
def permit(request: HttpRequest) -> HttpResponse:
    """Shows my permit with the next endorsement, or what leads to one."""
    return render(request, "residents/permit.html", permits.page(request.allowed.person))
