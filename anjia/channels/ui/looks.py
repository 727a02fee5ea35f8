"""Access records as people read them: who, for which purpose, on what ground, with which outcome."""

from __future__ import annotations

import re

from anjia.channels.ui import texts
from anjia.kernel.definitions import Catalogue
from anjia.kernel.models import AccessRecord
from anjia.kernel.specs import Words

TAG = re.compile(r"\s*\[(law\*?|public|seed|assumed)\]")
TAGS = {name: f"basis.{name.replace('*', '_star')}" for name in ("law", "law*", "public", "seed", "assumed")}
OUTCOMES = ("answered", "not_found", "unavailable", "refused", "malformed")
"""Outcomes of a query to a department; other records tell theirs in words of their own."""


def who(row: AccessRecord) -> str:
    """Gives who looked."""
    return row.who_en if texts.is_english() else row.who_zh


def purpose(row: AccessRecord, catalogue: Catalogue) -> str:
    """Gives the purpose as the city words it, its id when the city does not know it."""
    return texts.words(catalogue.city.purposes.get(row.purpose, Words(zh=row.purpose, en=row.purpose)))


def outcome(row: AccessRecord) -> str:
    """Gives the outcome of a query, one of `OUTCOMES`, empty for any other record."""
    word = row.outcome.partition(" ")[0].partition(":")[0]
    return word if word in OUTCOMES else ""


def ground(row: AccessRecord) -> str:
    """Gives the ground with its tag in words: `…规定 7 [law]` says how sure the article is."""
    return TAG.sub(lambda found: f"（{texts.text('ui', TAGS[found[1]])}）", row.ground)
