"""Whether this server can work: it answers and reaches its database."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from anjia.channels.ui.declare import view


@view(reads=True, public=True)
def health(request: HttpRequest) -> HttpResponse:
    """Says `ok` when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"state": "ok"})
