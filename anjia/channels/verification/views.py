"""Verification by upload, by number, or by the address in a QR code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from anjia.channels.ui import failures, texts
from anjia.channels.ui.declare import by_method, view
from anjia.credentials import report, verification
from anjia.credentials.verification import Verification
from anjia.kernel import pace

TRIES = 30
STRETCH_SECONDS = 60
TONES = {"valid": "green", "changed": "red", "revoked": "gold", "unknown": "red"}


@view(reads=True, public=True)
def form(request: HttpRequest) -> HttpResponse:
    """Shows the page; number and code of a scanned QR code are filled in already."""
    number, code = request.GET.get("number", ""), request.GET.get("code", "")
    return _page(request, number=number[:40], code=code[:16])


@view(writes=True, public=True)
def check(request: HttpRequest) -> HttpResponse:
    """Checks a file, or a number with its code; slowed down by address."""
    pace.take(f"verify:{request.META.get('REMOTE_ADDR', '')}", limit=TRIES, seconds=STRETCH_SECONDS)
    file = request.FILES.get("file")
    number, code = request.POST.get("number", "").strip()[:40], request.POST.get("code", "").strip()[:16]
    if file is not None:
        return _answer(request, verification.verify_pdf(file.read()))
    if number and code:
        return _answer(request, verification.verify_number(number, code))
    field, key = ("number", "no_number") if "number" in request.POST else ("file", "no_file")
    errors = [{"field": field, "message": texts.text("verification", key)}]
    return _page(request, number=number, code=code, errors=errors, status=422)


verify = by_method(get=form, post=check)


def _answer(request: HttpRequest, found: Verification) -> HttpResponse:
    if failures.wants_json(request):
        return JsonResponse(report.to_json(found))
    return _page(request, found=found)


def _page(
    request: HttpRequest, *, number: str = "", code: str = "", found: Verification | None = None,
    errors: list[dict[str, str]] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "number": number, "code": code, "found": found, "errors": errors or [],
        "tone": TONES[found.status] if found else "",
    }  # fmt: skip
    return render(request, "verification/verify.html", context, status=status)
