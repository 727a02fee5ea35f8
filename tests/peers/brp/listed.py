"""Which files of the suite are run, why the others are not, and the cases that we answer otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SUITE = Path(__file__).resolve().parents[4] / "shared" / "peers" / "brp-bewoning" / "features"

OTHERS: Mapping[str, str] = {
    "docs": "how the suite writes its own database and compares its own answers",
    "fout-cases": "error messages about malformed requests of that interface (Dutch forms)",
    "autorisatie": "authorisation tables of Dutch municipalities; ours are grants, tested with them",
    "protocollering": "the log of looks in that system's own table; ours is the access record, tested with it",
    "geheimhouding": "an objection to being named to third parties; our register knows no such mark",
}
"""Folder, or first part of a file's name → why it says nothing about who lived somewhere."""

NEXT_BUT_ONE = (
    "our answer is narrower: the stay after the next had begun on 30 July, so the next one had as well; "
    "the suite notes the same as an open issue of its own (#212)"
)
LEFT_BEFORE = (
    "the case lets a person leave the country five months before the arrival that it follows; "
    "our register refuses that order"
)
EXPECTED: Mapping[tuple[str, int], str] = {
    ("raadpleeg-bewoning-met-periode/gba/test/onbekend-datums-gba.feature", 455): LEFT_BEFORE,
    ("raadpleeg-bewoning-met-periode/gba/test/onbekend-datums-gba.feature", 456): LEFT_BEFORE,
    ("raadpleeg-bewoning-met-periode/gba/test/onbekend-datums-gba.feature", 773): NEXT_BUT_ONE,
    ("raadpleeg-bewoning-met-periode/gba/test/onbekend-datums-gba.feature", 776): NEXT_BUT_ONE,
}
"""File and line of a case that we answer otherwise → why. One that passes must leave this list."""


def files() -> list[str]:
    """Gives all files of the suite that lie there, by path; none when the suite is absent."""
    return sorted(str(path.relative_to(SUITE)) for path in SUITE.rglob("*.feature"))


def passed_over(file: str) -> str:
    """Gives why a file is not run, empty for one that is."""
    first, name = file.split("/", 1)[0], file.rsplit("/", 1)[-1]
    return next((why for start, why in OTHERS.items() if first == start or name.startswith(start)), "")
