"""Looks that the law lets be withheld from the person, for the supervisor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from anjia.channels.ui.declare import view
from anjia.kernel import access

PAGE = 50


@view(reads=True, needs=("access", "review", "supervision"))
def page(request: HttpRequest) -> HttpResponse:
    """Shows and counts the withheld looks."""
    before = request.GET.get("before", "")
    rows = access.withheld(before_id=int(before) if before.isdigit() else None, limit=PAGE)
    more = f"{reverse('counter:supervision')}?before={rows[-1].pk}" if len(rows) == PAGE else ""
    context = {"rows": rows, "count": access.withheld_count(), "next": more}
    return render(
        request, "counter/supervision.html", {"section": "supervision", **context}
    )
