"""Error pages that say what happened, what to do next, and a number to quote."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone

from anjia.kernel.errors import AnjiaError

log = logging.getLogger("anjia.channels")

ICONS = {403: "lock", 404: "search", 409: "clock", 422: "warning"}


def page(request: HttpRequest, error: AnjiaError) -> HttpResponse:
    """Gives the error as a page in the channel's look, or as problem+json to a machine."""
    number = quote_number()
    level = logging.ERROR if error.status >= 500 else logging.INFO
    log.log(level, "%s %s %s %s", number, request.method, request.path, error, exc_info=error.status >= 500)
    if wants_json(request):
        body = {**error.problem(), "instance": number}
        return JsonResponse(body, status=error.status, content_type="application/problem+json")
    if not getattr(request, "channel", ""):
        request.channel = _channel(request)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "layout": _layout(request.channel),  # type: ignore[attr-defined]
        "error": error,
        "number": number,
        "picture": ICONS.get(error.status, "warning"),
    }
    response = render(request, "ui/error.html", context, status=error.status)
    response["Cache-Control"] = "no-store"
    return response


def not_found(request: HttpRequest) -> HttpResponse:
    """Gives the page for an address that leads nowhere."""
    return page(request, unknown_page())


def server_error(request: HttpRequest) -> HttpResponse:
    """Gives the page for a fault of ours; call it inside the `except` block."""
    return page(request, fault())


def unknown_page() -> AnjiaError:
    """Gives the error for an address that leads nowhere."""
    return AnjiaError(
        "page-unknown",
        "没有找到这一页",
        "There is no such page",
        (
            "网址可能打错了，或这一页已经搬走。请从首页进入",
            "The address may be mistyped, or the page has moved. Start from the home page",
        ),
        status=404,
    )


def fault() -> AnjiaError:
    """Gives the error for a fault of ours."""
    return AnjiaError(
        "service-fault",
        "这一步没有办成，您填的内容还在",
        "This step did not succeed; what you typed is kept",
        (
            "过几分钟再试。还是不行，请打户口帮办电话，报下面的编号",
            "Try again in a few minutes. If it fails again, call us and quote the number below",
        ),
        status=500,
    )


def quote_number() -> str:
    """Gives a short number for people to quote; the log line carries it too."""
    return f"{timezone.localtime():%m%d%H%M}-{secrets.token_hex(2).upper()}"


def wants_json(request: HttpRequest) -> bool:
    """Says whether the asker is a program."""
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def _channel(request: HttpRequest) -> str:
    """Gives the channel of an address that no declared view answered: its first part, else residents'."""
    first = request.path.strip("/").partition("/")[0]
    return first if first and _exists(f"{first}/layout.html") else "residents"


def _layout(channel: str) -> str:
    name = f"{channel}/layout.html"
    return name if _exists(name) else "ui/base.html"


def _exists(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True
