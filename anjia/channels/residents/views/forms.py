"""The form of a case: one topic a page, saved as it is filled in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from anjia.casework import cases, forms
from anjia.channels.residents import asking, casefile
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.ui.declare import by_method, view


@view(reads=True, needs=("case", "read", PURPOSE))
def show(request: HttpRequest, number: str, topic: str) -> HttpResponse:
    """Shows one topic; one that is not asked now leads to the page that is."""
    case = cases.get(request.allowed, number)
    if case.state not in casefile.EDITABLE:
        return HttpResponseRedirect(casefile.brief(case).href)
    values = asking.page(case, topic)
    return render(request, "residents/form.html", values) if values else HttpResponseRedirect(casefile.next_page(case))


@view(writes=True, needs=("case", "answer", PURPOSE))
def save(request: HttpRequest, number: str, topic: str) -> HttpResponse:
    """Keeps the answers of a topic and goes on, or shows what to change."""
    case = cases.get(request.allowed, number)
    posted = asking.posted(request.POST)
    errors = forms.answer(request.user, case, topic, posted, asking.version(request.POST))
    if errors and (values := asking.page(case, topic, posted, errors)):
        return render(request, "residents/form.html", values, status=422)
    return HttpResponseRedirect(casefile.proceed(request.user, case, topic))


@view(writes=True, needs=("case", "answer", PURPOSE))
def groups(request: HttpRequest, number: str, topic: str) -> HttpResponse:
    """Keeps what is valid and gives the field groups that came or went; nothing that is typed in is touched."""
    case = cases.get(request.allowed, number)
    posted = asking.posted(request.POST)
    forms.answer(request.user, case, topic, posted, asking.version(request.POST))
    return render(request, "residents/groups.html", asking.swapped(case, topic, posted, request))


form = by_method(get=show, post=save)
