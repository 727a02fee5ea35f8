"""A rule: clauses over facts, each with words, basis and remedy, and examples that must hold."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One requirement of a rule.

    Attributes:
        when: expression that must be true.
        applies: expression; when it is false the clause reads 不适用 and does not count.
        remedy: what to do when the clause is not met or unknown.
        action: machine name of the remedy for a button: `consent:<id>`, `field:<topic>.<field>`,
            `outcome:<id>`, `visit` or empty.
    """

    id: str
    when: str
    text: Words
    basis: tuple[Basis, ...]
    remedy: Words
    action: str = ""
    applies: str = ""


class RuleExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts on a day and the verdict that they must give (absent fact = unknown).

    Attributes:
        facts: by id; `cfg.<id>` puts a parameter in place of the city's.
        failing: clauses that must not be met.
        clauses: clause → the verdict that it must have, `not_applicable` too.
    """

    name: str
    on: date
    facts: dict[str, Any]
    expect: Literal["yes", "no", "unknown"]
    failing: tuple[str, ...] = ()
    clauses: dict[str, Literal["yes", "no", "unknown", "not_applicable"]] = {}


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit on what may be asked: no predicate over a case, but a check of the catalogue itself.

    Attributes:
        forbids: ids of facts; a trailing `.*` covers all below. No rule, item, form or interface
            may read them (`definitions.references` refuses the catalogue otherwise).
    """

    id: str
    text: Words
    basis: tuple[Basis, ...]
    forbids: tuple[str, ...]


class RuleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of the city (files `rules/*.toml`).

    Attributes:
        reads: `all` – every clause that applies must be true; `first` – the clauses are choices in
            order, one is enough, and the first true one is the advice.
        guard: limits on the catalogue that the law sets beside the clauses.
        notify: persons whom time alone brings into the rule's reach, or out of it, are told.
        nobody: why, over the whole city, nobody meets the rule or everybody is left unknown; a rule of
            which that is true without such a reason fails `anjia rules prove`.
    """

    kind: Literal["rule"]
    id: str
    title: Words
    chapter: str
    plain: Words
    tags: tuple[str, ...]
    valid_from: date
    clause: tuple[Clause, ...]
    example: tuple[RuleExample, ...]
    reads: Literal["all", "first"] = "all"
    guard: tuple[Guard, ...] = ()
    params: dict[str, Any] = {}
    note: Words | None = None
    notify: bool = False
    nobody: Words | None = None
    valid_to: date | None = None
