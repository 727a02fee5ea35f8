"""My electronic documents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.residents import papers
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.residents.views.home import PAGE, before_of
from anjia.channels.ui.declare import view
from anjia.credentials import documents


@view(reads=True, needs=("document", "read", PURPOSE))
def index(request: HttpRequest) -> HttpResponse:
    """Shows all documents of the person, the newest first."""
    rows = documents.of_person(request.allowed.person, before_id=before_of(request), limit=PAGE)
    values = {"rows": rows, "next": rows[-1].pk if len(rows) == PAGE else 0}
    return render(request, "residents/documents.html", values)


@view(reads=True, needs=("document", "read", PURPOSE))
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Shows one document with its verification code."""
    return render(request, "residents/document.html", papers.page(papers.own(request.allowed, number)))


@view(reads=True, needs=("document", "show", PURPOSE))
def file(request: HttpRequest, number: str) -> HttpResponse:
    """Gives the sealed PDF, byte by byte as it was issued."""
    document = papers.own(request.allowed, number)
    response = HttpResponse(documents.content(document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.number}.pdf"'
    return response
