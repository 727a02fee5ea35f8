"""A service explained: who, what, how long, which papers, whom we ask, on which ground."""

from __future__ import annotations

from typing import Any

from anjia.casework import cases
from anjia.channels.residents import casefile
from anjia.channels.ui import dates
from anjia.kernel.definitions import publishing
from anjia.kernel.models import Actor
from anjia.kernel.specs import Basis, ItemSpec

EDITABLE = casefile.EDITABLE


def page(item: ItemSpec, actor: Any) -> dict[str, Any]:
    """Gives everything that the page of a service shows."""
    catalogue, today = publishing.in_force(), dates.today()
    asked = [catalogue.get("interface", ident, today).spec for ident in item.interfaces]
    before = cases.find_open(actor.person, item.id) if isinstance(actor, Actor) and actor.person else None
    return {
        "item": item,
        "asked": asked,
        "bases": bases(item),
        "before": casefile.brief(before) if before else None,
        "may_start": not isinstance(actor, Actor) or actor.person is not None,
    }


def bases(item: ItemSpec) -> list[Basis]:
    """Gives the grounds of the item and of its rules, each once, laws before assumptions."""
    catalogue, today = publishing.in_force(), dates.today()
    idents = [*item.rules, *(rule for outcome in item.outcome for rule in outcome.rules)]
    rules = [catalogue.get("rule", ident, today).spec for ident in dict.fromkeys(idents)]
    found = [*item.basis, *(basis for rule in rules for clause in rule.clause for basis in clause.basis)]
    unique = {(one.law, one.article): one for one in reversed(found)}
    order = ("law", "law*", "public", "seed", "assumed")
    return sorted(
        unique.values(), key=lambda one: (order.index(one.tag) if one.tag in order else 9, one.law, one.article)
    )
