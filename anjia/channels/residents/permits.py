"""My residence permit: what it is worth today, when to endorse it, and what it gives me."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from anjia.channels.residents import overview
from anjia.channels.ui import dates, texts
from anjia.kernel import codes
from anjia.kernel.expressions.functions import add_months
from anjia.registers import endorsing, history
from anjia.registers.endorsing import PermitView
from anjia.registers.permitting import HALF_YEAR
from anjia.registers.residing import stay_of
from anjia.registers.standing import ELSEWHERE

REGISTER, APPLY, ENDORSE = "D17", "D18", "D19"
"""Services that the page leads to, where the city has them."""

TONES = {"valid": "green", "suspended": "red", "cancelled": "plain"}
RIGHTS = ("R20", "R21", "R22")


def page(person: int) -> dict[str, Any]:
    """Gives the permit, what to do next with the service for it, and the rights of a valid one."""
    today, now = dates.today(), timezone.now()
    held = endorsing.permit(person, today, now)
    stay = stay_of(person, today, now)
    outside = history.person(person, today, now).status == ELSEWHERE
    step, target = _next(held, stay["since"] if stay else None, today, outside)
    return {
        "held": held,
        "tone": TONES[held.state] if held else "plain",
        "stay": stay,
        "step": step,
        "ready_on": add_months(stay["since"], HALF_YEAR) if stay else None,
        "service": _service(target),
        "rights": rights() if held and held.state == "valid" else [],
        "restarted": bool(held and held.years_from != held.issued_on),
    }


def rights() -> list[tuple[str, list[str]]]:
    """Gives the rights, services and conveniences of a permit holder by list (rules R-20 to R-22)."""
    table = codes.table("permit_right")
    return [(one, [texts.words(table[code]) for code in table if code.startswith(one)]) for one in RIGHTS]


def _next(held: PermitView | None, since: date | None, today: date, outside: bool) -> tuple[str, str]:
    """Gives the key of the sentence that says what to do, and the service that does it."""
    if held is not None and held.state == "suspended":
        return "late", ENDORSE
    if held is not None and held.state == "valid":
        return ("now", ENDORSE) if held.in_window else ("wait", "")
    if not outside:
        return "local", ""
    if since is None:
        return "register", REGISTER
    ready = add_months(since, HALF_YEAR)
    return ("apply", APPLY) if ready is not None and ready <= today else ("soon", "")


def _service(ident: str) -> Any:
    return next((one for one in overview.items() if one.id == ident), None) if ident else None
