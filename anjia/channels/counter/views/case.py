"""The page of a case, and the officer's steps."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import cases, flow
from anjia.channels.counter import desk
from anjia.channels.ui.declare import by_method, view
from anjia.credentials import documents, fonts
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.registers import people

READ = ("case", "read", desk.PURPOSE)
LIMIT = 500


@view(reads=True, needs=READ)
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Shows a case: rules beside facts beside sources, the household afterwards beside them."""
    return render(request, "counter/case.html", desk.case(request, number))


@view(writes=True, needs=READ)
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Passes the next step; the last one decides the case."""
    _take(request, number, "pass", checks=desk.checks(request.POST))
    return HttpResponseRedirect(reverse("counter:case", args=[number]))


@view(reads=True, needs=READ)
def supplement_form(request: HttpRequest, number: str) -> HttpResponse:
    """Asks what is missing."""
    case = cases.get(request.allowed, number)  # type: ignore[attr-defined]
    return _form(request, "supplement", case, {})


@view(writes=True, needs=READ)
def supplement_send(request: HttpRequest, number: str) -> HttpResponse:
    """Tells the applicant everything that is missing, once."""
    try:
        _take(request, number, "supplement")
    except AnjiaError as error:
        if error.status != 422:
            raise
        case = cases.get(request.allowed, number)  # type: ignore[attr-defined]
        return _form(request, "supplement", case, {}, error)
    return HttpResponseRedirect(reverse("counter:case", args=[number]))


@view(reads=True, needs=READ)
def refuse_form(request: HttpRequest, number: str) -> HttpResponse:
    """Asks for the clause on which a refusal rests."""
    case, clauses = desk.clauses(request, number)
    return _form(request, "refuse", case, {"clauses": clauses})


@view(writes=True, needs=READ)
def refuse_send(request: HttpRequest, number: str) -> HttpResponse:
    """Refuses by a clause that is clearly not met."""
    try:
        _take(request, number, "refuse", clause=request.POST.get("clause", ""))
    except AnjiaError as error:
        if error.status != 422:
            raise
        case, clauses = desk.clauses(request, number)
        return _form(request, "refuse", case, {"clauses": clauses}, error)
    return HttpResponseRedirect(reverse("counter:case", args=[number]))


@view(reads=True, needs=("document", "read", desk.PURPOSE))
def document(request: HttpRequest, number: str, document: str) -> HttpResponse:
    """Gives a sealed document of a case and records the look."""
    found = documents.get(document)
    allowed = request.allowed  # type: ignore[attr-defined]
    if found.case_number != number or not allowed.covers(division=found.division, subject=found.person):
        raise cases.out_of_reach()
    access.look(
        allowed, found.person, register="document", fields=(found.certificate,), ground=found.title_zh,
        case_number=number,
    )  # fmt: skip
    response = HttpResponse(documents.content(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response


supplement = by_method(get=supplement_form, post=supplement_send)
refuse = by_method(get=refuse_form, post=refuse_send)


def _take(
    request: HttpRequest, number: str, verdict: str, *, checks: dict[str, bool] | None = None, clause: str = ""
) -> None:
    case = cases.get(request.allowed, number)  # type: ignore[attr-defined]
    if verdict == "pass":
        # A name that no font can print is said now, to the clerk, and not to the worker afterwards.
        fonts.require(people.name_of(case.person))
    flow.take(
        request.user,
        case,
        request.POST.get("step", ""),
        version=int(request.POST.get("version") or 0),
        key=key_of(request),
        verdict=verdict,
        note=request.POST.get("note", "")[:LIMIT],
        checks=checks,
        clause=clause,
    )


def key_of(request: HttpRequest) -> uuid.UUID:
    """Gives the key of a submission.

    Raises:
        AnjiaError: `key-missing` (400).
    """
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise AnjiaError(
            "key-missing",
            "这次提交没有编号，可能是旧页面",
            "This submission has no key; the page may be old",
            ("请刷新页面后再办", "Reload the page and try again"),
        ) from error


def _form(
    request: HttpRequest, name: str, case: object, extra: dict[str, object], error: AnjiaError | None = None
) -> HttpResponse:
    field = "clause" if error and error.code.startswith("clause") else "note"
    context = {
        "section": "work", "number": case.number, "version": case.version,  # type: ignore[attr-defined]
        "step": case.next_step, "key": request.POST.get("key") or uuid.uuid4(),  # type: ignore[attr-defined]
        "note": request.POST.get("note", ""), "clause": request.POST.get("clause", ""), **extra,
        "errors": [{"field": field, "message": desk.words(error.message)}] if error else [],
    }  # fmt: skip
    return render(request, f"counter/{name}.html", context, status=error.status if error else 200)
