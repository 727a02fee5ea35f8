"""Declared views: each says whether it reads or writes and what its actor must hold.

A read view runs under a guard that refuses anything but SELECT. A view that `needs` a grant gets
`request.allowed`. An `AnjiaError` becomes a page. The declaration stays on the function as
`view.anjia`, a tuple of `Declared`, one for each method group, so that tests can read it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse

from anjia.channels.ui import failures
from anjia.kernel import grants, readonly
from anjia.kernel.errors import AnjiaError

View = Callable[..., HttpResponse]
Needs = tuple[str, str, str]
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a view says about itself.

    Attributes:
        channel: folder below `anjia/channels`.
        access: `public`, `signed_in` (any actor), or `needs` (a grant).
        needs: (register, action, purpose) of the grant.
        methods: HTTP methods that it answers.
    """

    channel: str
    reads: bool
    access: Literal["public", "signed_in", "needs"]
    needs: Needs | None
    methods: tuple[str, ...]

    @property
    def writes(self) -> bool:
        """The view may write, through a service."""
        return not self.reads


def view(
    *,
    reads: bool = False,
    writes: bool = False,
    needs: Needs | None = None,
    public: bool = False,
    signed_in: bool = False,
) -> Callable[[View], View]:
    """Declares a view.

    Args:
        reads: answers GET; the database refuses anything but reading.
        writes: answers POST.
        needs: (register, action, purpose) for `grants.require`; the result is `request.allowed`.
        public: anybody.
        signed_in: any signed-in actor; `request.allowed` is None.

    Raises:
        ValueError: unless exactly one of reads, writes and one of needs, public, signed_in is given.
    """
    if reads is writes or sum([needs is not None, public, signed_in]) != 1:
        raise ValueError("declare exactly one of reads, writes and one of needs, public, signed_in")
    access: Literal["public", "signed_in", "needs"] = "needs" if needs else "public" if public else "signed_in"

    def declare(function: View) -> View:
        channel = function.__module__.split(".")[2] if function.__module__.count(".") >= 2 else "ui"
        declared = Declared(channel, reads, access, needs, READING if reads else ("POST",))

        @functools.wraps(function)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _run(declared, function, request, args, kwargs)

        run.anjia = (declared,)  # type: ignore[attr-defined]
        return run

    return declare


def by_method(*, get: View, post: View) -> View:
    """Joins a read view and a write view at one address, as a form page has them."""

    @functools.wraps(get)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (post if request.method == "POST" else get)(request, *args, **kwargs)

    run.anjia = (*get.anjia, *post.anjia)  # type: ignore[attr-defined]
    return run


def _run(
    declared: Declared, function: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponse:
    request.channel = declared.channel  # type: ignore[attr-defined]
    request.allowed = None  # type: ignore[attr-defined]
    # Asked before the guard: a stale session is deleted when its user is loaded.
    known = request.user.is_authenticated
    if not known and declared.access != "public":
        return to_sign_in(request)
    guard: AbstractContextManager[Any] = readonly.read_only() if declared.reads else nullcontext()
    try:
        with guard:
            _refuse_method(declared, request)
            if declared.needs:
                request.allowed = grants.require(request.user, *declared.needs)  # type: ignore[attr-defined]
            response = function(request, *args, **kwargs)
    except AnjiaError as error:
        response = failures.page(request, error)
    except Http404:
        response = failures.not_found(request)
    if known or declared.access != "public":
        response.setdefault("Cache-Control", "no-store")
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sends a stranger to the channel's own sign-in page and back afterwards."""
    channel = request.channel  # type: ignore[attr-defined]
    try:
        target = reverse(f"{channel}:sign-in")
    except NoReverseMatch:
        target = resolve_url(settings.LOGIN_URL)
    wanted = request.get_full_path() if request.method in READING else ""
    return HttpResponseRedirect(f"{target}?{urlencode({'next': wanted})}" if wanted else target)


def _refuse_method(declared: Declared, request: HttpRequest) -> None:
    if request.method in declared.methods:
        return
    raise AnjiaError(
        "method-refused",
        "这个网址不能这样打开",
        "This address cannot be opened this way",
        ("请从页面上的按钮进入", "Use the button on the page"),
        status=405,
        method=request.method,
    )
