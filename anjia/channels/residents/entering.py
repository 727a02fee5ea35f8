"""From what a resident types at sign-in to the account."""

from __future__ import annotations

import re

from anjia.channels.ui import texts
from anjia.kernel.models import Actor
from anjia.kernel.vault import normalise
from anjia.registers import people

KINDS = ("resident",)
NUMBER = re.compile(r"\d{15}|\d{17}[\dX]")


def account(typed: str) -> str:
    """Gives the account of a citizen number; anything else, and an unknown number, stays as typed."""
    number = normalise(typed)
    if not NUMBER.fullmatch(number):
        return typed
    person = people.find_by_number(number)
    found = Actor.objects.filter(person=person, kind__in=KINDS).first() if person is not None else None
    return found.username if found is not None else typed


def missing(typed: str, password: str) -> list[tuple[str, str]]:
    """Gives the fields that were left empty, with what to say."""
    empty = [("username", typed), ("password", password)]
    return [(name, texts.text("residents", f"sign.empty_{name}")) for name, value in empty if not value]
