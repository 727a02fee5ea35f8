"""What every page of the counter knows: which parts of it the actor may open."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from anjia.channels.counter import desk


def page(request: HttpRequest) -> dict[str, Any]:
    """Gives `places` to the counter's pages, error pages included (a Django context processor)."""
    return {"places": desk.places} if getattr(request, "channel", "") == "counter" else {}
