"""What every page knows: language, size, theme, the city's names, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from anjia.channels.ui import texts
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError, Text
from anjia.kernel.specs import Words

SIZE_COOKIE = "anjia_size"
THEME_COOKIE = "anjia_theme"


@dataclass(frozen=True, slots=True)
class City:
    """The names that the pages show; the house's own where no city is published."""

    name: Words | Text
    bureau: Words | Text
    product: Words | Text
    hotline: str
    synthetic: bool


HOUSE = City(Text("", ""), Text("", ""), Text("安家", "Anjia"), "", synthetic=False)


def page(request: HttpRequest) -> dict[str, Any]:
    """Gives the values that `ui/base.html` needs (a Django context processor)."""
    english = texts.is_english()
    # The session was read before the view; an error before that leaves a request without a user.
    user = getattr(request, "user", None)
    return {
        "channel": getattr(request, "channel", ""),
        "lang": "en" if english else "zh-Hans",
        "language": "en" if english else "zh-hans",
        "size": size_of(request),
        "theme": theme_of(request),
        "city": city(),
        "here": request.get_full_path(),
        "actor": user if user is not None and user.is_authenticated else None,
    }


def size_of(request: HttpRequest) -> str:
    """Gives `elder` for the large-type page, else `standard`."""
    return "elder" if request.COOKIES.get(SIZE_COOKIE) == "elder" else "standard"


def theme_of(request: HttpRequest) -> str:
    """Gives `light`, `dark` or `auto` (the system's choice)."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in ("light", "dark") else "auto"


def city() -> City:
    """Gives the city's names as published; an error page must come out even without a database."""
    try:
        spec = publishing.in_force().city
    except (AnjiaError, DatabaseError):
        return HOUSE
    return City(spec.name, spec.bureau, spec.product, spec.hotline, spec.synthetic)
