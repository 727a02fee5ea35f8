"""Django's error handlers: the same pages as for every other error."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from anjia.channels.ui import failures
from anjia.kernel.errors import AnjiaError


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Gives the page for a form that was open too long or came from elsewhere."""
    return failures.page(
        request,
        AnjiaError(
            "form-expired",
            "这一页放得太久了，为了安全没有提交",
            "This page was open too long; for safety nothing was sent",
            ("请返回上一页刷新后再提交", "Go back, reload the page and send it again"),
            status=403,
            reason=reason,
        ),
    )


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Gives the page for a request that cannot be read."""
    return failures.page(
        request,
        AnjiaError(
            "request-malformed",
            "这次请求读不懂",
            "This request cannot be read",
            ("请从首页进入", "Start from the home page"),
        ),
    )


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Gives the page for what may not be seen."""
    return failures.page(
        request,
        AnjiaError(
            "page-forbidden",
            "这一页您不能看",
            "You may not see this page",
            ("请从首页进入", "Start from the home page"),
            status=403,
        ),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Gives the page for an address that leads nowhere."""
    return failures.not_found(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Gives the page for a fault of ours."""
    return failures.server_error(request)
