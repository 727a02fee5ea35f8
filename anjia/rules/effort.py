"""What it takes to change a fact: one's own act, a consent, a department's record, time, or nothing helps."""

from __future__ import annotations

from anjia.rules.scene import Dictionary

LEVELS = ("act", "consent", "record", "time", "fixed")
"""From the least effort to what cannot be changed."""

OF_SOURCE = {
    "applicant": "act", "clerk": "act", "case": "act", "consent": "consent",
    "register": "record", "interface": "record",
}  # fmt: skip
"""Effort by the source of a fact; a fact says otherwise by its own `effort`."""


def effort_of(name: str, known: Dictionary) -> str:
    """Gives the effort that it takes to change a fact; a computed one takes what its hardest part takes."""
    spec = known.specs.get(name)
    if spec is None:
        return "act" if name.startswith("answers.") else "record"
    if spec.effort:
        return str(spec.effort)
    if spec.source == "derived":
        parts = [part for part in known.parts(name) if part != name]
        return max((effort_of(part, known) for part in parts), key=LEVELS.index, default="record")
    return OF_SOURCE.get(spec.source.partition(":")[0], "record")
