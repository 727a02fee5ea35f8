"""A case after its form: pre-check, submission, progress, withdrawal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import cases, facts, flow
from anjia.channels.residents import asking, casefile, prechecking
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.residents.views.home import PAGE, before_of
from anjia.channels.ui.declare import by_method, view


@view(reads=True, needs=("case", "read", PURPOSE))
def index(request: HttpRequest) -> HttpResponse:
    """Shows all cases of the person, the newest first."""
    rows = cases.of_person(request.allowed, before_id=before_of(request), limit=PAGE)
    values = {"briefs": [casefile.brief(case) for case in rows], "next": rows[-1].pk if len(rows) == PAGE else 0}
    return render(request, "residents/cases.html", values)


@view(reads=True, needs=("case", "read", PURPOSE))
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Shows how far a case is."""
    case = cases.get(request.allowed, number)
    return render(request, "residents/case.html", casefile.progress(case, request.allowed.person))


@view(reads=True, needs=("case", "read", PURPOSE))
def result(request: HttpRequest, number: str) -> HttpResponse:
    """Shows the pre-check clause by clause, from the facts as they are stored."""
    case = cases.get(request.allowed, number)
    return render(request, "residents/result.html", prechecking.result(case))


@view(writes=True, needs=("case", "answer", PURPOSE))
def ask_again(request: HttpRequest, number: str) -> HttpResponse:
    """Asks register and departments for what is unknown or old."""
    facts.refresh(request.user, cases.get(request.allowed, number))
    return HttpResponseRedirect(reverse("residents:result", args=[number]))


@view(writes=True, needs=("case", "submit", PURPOSE))
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Hands the case in, once however often it is sent."""
    case = cases.get(request.allowed, number)
    flow.submit(request.user, case, key=asking.key(request.POST), version=asking.version(request.POST))
    return HttpResponseRedirect(reverse("residents:case", args=[number]))


@view(reads=True, needs=("case", "read", PURPOSE))
def withdraw_page(request: HttpRequest, number: str) -> HttpResponse:
    """Asks whether the case is really to end."""
    case = cases.get(request.allowed, number)
    if case.state not in casefile.OPEN:
        return HttpResponseRedirect(reverse("residents:case", args=[number]))
    values = {"case": case, "item": casefile.item_of(case), "key": casefile.new_key()}
    return render(request, "residents/withdraw.html", values)


@view(writes=True, needs=("case", "withdraw", PURPOSE))
def withdraw_now(request: HttpRequest, number: str) -> HttpResponse:
    """Ends the case by the applicant's own will."""
    case = cases.get(request.allowed, number)
    flow.withdraw(request.user, case, key=asking.key(request.POST), version=asking.version(request.POST))
    return HttpResponseRedirect(reverse("residents:case", args=[number]))


withdraw = by_method(get=withdraw_page, post=withdraw_now)
