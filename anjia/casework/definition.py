"""The definitions under which a case was opened; they judge it to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

from anjia.casework.models import Case
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import FactSpec, ItemSpec


def item_of(case: Case) -> ItemSpec:
    """Gives the item as it was when the case was opened."""
    spec: ItemSpec = publishing.by_digest(case.definition).spec
    return spec


def catalogue_of(case: Case) -> Catalogue:
    """Gives the catalogue of the day on which the case was opened, holding without end.

    Rules that changed since do not judge an old case; the city's parameters keep their own days.
    """
    return _frozen(publishing.in_force(), case.opened_on, case.definition)


def fact_spec(case: Case, ident: str) -> FactSpec | None:
    """Gives the dictionary entry of a fact; a fact with arguments has that of its plain name."""
    return spec_in(catalogue_of(case), ident)


def spec_in(catalogue: Catalogue, ident: str) -> FactSpec | None:
    """Gives the dictionary entry of a fact in a catalogue."""
    found = catalogue.find("fact", ident) or catalogue.find("fact", ident.partition("(")[0])
    return found.spec if found else None


@lru_cache(maxsize=64)
def _frozen(catalogue: Catalogue, on: date, digest: str) -> Catalogue:
    # A catalogue is known by its identity, so a newly published one starts an entry of its own.
    item = publishing.by_digest(digest)
    held = [one for one in catalogue.all() if one.holds(on) and (one.kind, one.id) != (item.kind, item.id)]
    return Catalogue([replace(one, valid_to=None) for one in [*held, item]])
