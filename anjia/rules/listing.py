"""Whom a rule reaches, person by person: only in the reader's area, with names only for those who may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel import access
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.specs import RuleSpec
from anjia.registers import people
from anjia.rules.finding import Verdict, Verdicts
from anjia.rules.judgement import Judgement
from anjia.rules.judging import judge
from anjia.rules.proving import facts_of
from anjia.rules.snapshot import Snapshot

REGISTER, COUNT, LIST, PURPOSE = "rule", "count", "list", "policy-finding"
MOST = 200
"""Persons on one page of a list; each of them is one access record."""


@dataclass(frozen=True, slots=True)
class Found:
    """One person of a list.

    Attributes:
        row: place in the snapshot; the next page begins after the last one.
        name: empty when the grant does not show it.
    """

    row: int
    subject: int
    division: str
    name: str
    judgement: Judgement


def within(snapshot: Snapshot, allowed: Allowed) -> NDArray[np.bool_]:
    """Gives the rows that a grant covers: everybody, those of its areas, or oneself.

    Returns:
        (rows,) bool.
    """
    if allowed.scope == "own":
        return np.asarray(snapshot.subjects == (-1 if allowed.person is None else allowed.person))
    codes, position = snapshot.divisions
    covered = [bool(code) and allowed.covers(division=code, subject=None) for code in codes]
    if allowed.scope == "all":
        covered = [True] * len(codes)
    return np.array(covered, dtype=bool)[position]


def listed(
    rule: RuleSpec, verdicts: Verdicts, snapshot: Snapshot, allowed: Allowed, catalogue: Catalogue,
    *, verdict: Verdict = "yes", after: int = -1, limit: int = 50,
) -> list[Found]:  # fmt: skip
    """Gives a page of the persons with a verdict, in the order of households, and records each look.

    Args:
        allowed: a grant of `list` on the register `rule`.
        after: row of the last person of the page before.

    Raises:
        AnjiaError: `list-too-long` when more than `MOST` are asked for at once.
    """
    if not 0 < limit <= MOST:
        raise AnjiaError(
            "list-too-long", f"一次最多列出 {MOST} 人", f"At most {MOST} persons are listed at once",
            ("请分页查看", "Go page by page"), limit=limit,
        )  # fmt: skip
    rows = np.flatnonzero(verdicts.mask(rule.id, verdict) & within(snapshot, allowed))
    rows = rows[rows > after][:limit]
    subjects = snapshot.subjects[rows].tolist()
    names = people.names_of(subjects) if allowed.shows("name") else {}
    _record(allowed, rule, subjects, ("verdict", "name") if names else ("verdict",))
    codes, position = snapshot.divisions
    parameters = catalogue.parameters(verdicts.on)
    return [
        Found(
            row, subject, codes[position[row]], names.get(subject, ""),
            judge(rule, facts_of(snapshot, row), on=verdicts.on, parameters=parameters, catalogue=catalogue),
        )
        for row, subject in zip(rows.tolist(), subjects, strict=True)
    ]  # fmt: skip


def counted(allowed: Allowed, rule: RuleSpec) -> None:
    """Records that somebody looked at the counts of a rule, of nobody in particular."""
    _record(allowed, rule, [None], ("count",))


def _record(allowed: Allowed, rule: RuleSpec, subjects: Sequence[int | None], fields: Sequence[str]) -> None:
    for subject in subjects:
        access.look(
            allowed, subject, register=f"{REGISTER}:{rule.id}", fields=fields,
            ground=f"{rule.id} {rule.title.zh} / {rule.title.en}",
        )  # fmt: skip


def failing(judged: Judgement) -> list[Any]:
    """Gives the clauses that stand in the way, refused ones first."""
    return sorted(
        (one for one in judged.clauses if one.verdict in ("no", "unknown")), key=lambda one: one.verdict != "no"
    )
