"""What other cities call: a letter about a move, signed, answered at once."""

from __future__ import annotations

import functools

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from anjia.channels.ui.declare import View, view
from anjia.exchange import partners, receiving
from anjia.kernel import pace
from anjia.kernel.errors import AnjiaError

BODY_LIMIT = 65_536
LETTERS, STRETCH_SECONDS = 600, 60


def machine(function: View) -> View:
    """Lets a machine call a view: no form's token, for the signature stands for it; problems as JSON."""

    @csrf_exempt
    @functools.wraps(function)
    def run(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request.META["HTTP_ACCEPT"] = "application/json"
        request.__dict__.pop("headers", None)
        return function(request, *args, **kwargs)

    return run


@machine
@view(writes=True, public=True)
def moves(request: HttpRequest) -> HttpResponse:
    """Takes a letter of another city and gives the reply."""
    body = _body(request)
    partner = partners.authenticate(request.headers, request.path, body)
    pace.take(f"moves:{partner.spec.id}", limit=LETTERS, seconds=STRETCH_SECONDS)
    reply = receiving.take(partner, body)
    return HttpResponse(msgspec.json.encode(reply), content_type="application/json")


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise AnjiaError(
            "letter-too-long", "来函过大", "The letter is too long",
            ("请分开发送", "Send it in parts"), status=413,
        )  # fmt: skip
    return request.body
