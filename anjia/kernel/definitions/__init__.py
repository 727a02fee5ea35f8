"""Definitions: written as TOML, checked as a whole, published by two persons, in force from a date."""

from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.definitions.loading import Fault, Loaded, load
from anjia.kernel.definitions.publishing import by_digest, forget, in_force, publish

__all__ = [
    "Catalogue",
    "Definition",
    "Fault",
    "Loaded",
    "by_digest",
    "forget",
    "in_force",
    "load",
    "publish",
]
