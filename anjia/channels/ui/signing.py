"""Signing in by account and password: slowed down, and silent about which of the two was wrong."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth import authenticate, login
from django.http import HttpRequest

from anjia.kernel import pace
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor

TRIES = 8
STRETCH_SECONDS = 300


def enter(request: HttpRequest, username: str, password: str, kinds: Collection[str]) -> Actor:
    """Signs an actor in.

    Args:
        username: the account's own name; the channel has turned a citizen number into it.
        kinds: kinds of actors that this channel serves.

    Raises:
        AnjiaError: `sign-in-refused` (422), `too-many-tries` (429).
    """
    pace.take(f"sign-in:{username}", limit=TRIES, seconds=STRETCH_SECONDS)
    actor = authenticate(request, username=username, password=password)
    if not isinstance(actor, Actor) or actor.kind not in kinds:
        raise AnjiaError(
            "sign-in-refused",
            "账号或口令不对，请核对后再试",
            "Account or password is wrong; check and try again",
            ("忘记口令请到派出所窗口重置", "Have a forgotten password reset at the counter"),
            status=422,
        )
    login(request, actor)
    return actor
