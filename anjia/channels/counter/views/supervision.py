"""Looks that the law lets be withheld from the person: seen, counted and reviewed by the supervisor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.channels.counter import reviewing
from anjia.channels.ui.declare import by_method, view
from anjia.kernel import access

NEEDS = ("access", "review", "supervision")


@view(reads=True, needs=NEEDS)
def show(request: HttpRequest) -> HttpResponse:
    """Shows and counts the withheld looks."""
    context = {"section": "supervision", **reviewing.page(request.GET.get("before", ""))}
    return render(request, "counter/supervision.html", context)


@view(writes=True, needs=NEEDS)
def review(request: HttpRequest) -> HttpResponse:
    """Records what the review of one look found."""
    looked = request.POST.get("look", "")
    access.review(request.user.pk, int(looked) if looked.isdigit() else 0, request.POST.get("note", ""))
    return HttpResponseRedirect(reverse("counter:supervision"))


page = by_method(get=show, post=review)
