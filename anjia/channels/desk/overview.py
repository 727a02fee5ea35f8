"""What the desk's first page shows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from anjia.channels.ui import texts
from anjia.kernel import grants
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.population import drafts


def page(actor: Any) -> dict[str, Any]:
    """Gives the drafts, the rules and the parameters in force."""
    catalogue, on = publishing.in_force(), timezone.localdate()
    return {
        "section": "drafts",
        "drafts": [{"row": one, "title": title(catalogue, one.kind, one.ident)} for one in drafts.listed()],
        "may_draft": grants.find(actor, "definition", "draft", drafts.PURPOSE) is not None,
        "rules": [
            {"value": f"rule:{one.id}", "label": f"{one.id} {texts.words(one.spec.title)}"}
            for one in catalogue.list("rule", on)
        ],
        "parameters": [
            {"value": f"parameter:{one.id}", "label": f"{texts.words(one.label)}（{one.value}）"}
            for one in catalogue.city.parameter
            if one.valid_from <= on and (one.valid_to is None or on < one.valid_to)
        ],
    }


def title(catalogue: Catalogue, kind: str, ident: str) -> str:
    """Gives what a draft is about, in words."""
    if kind == "rule":
        found = catalogue.find("rule", ident)
        return texts.words(found.spec.title) if found else ident
    rows = [one for one in catalogue.city.parameter if one.id == ident]
    return texts.words(rows[-1].label) if rows else ident
