"""Asking all interfaces that a case needs, in rounds: an answer may hold what the next one asks by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anjia.exchange.query import PARALLEL, Answer, Line, Query, Subject, ask_all
from anjia.kernel.specs.interface import InterfaceSpec


@dataclass(frozen=True, slots=True)
class Gathered:
    """The answers of all rounds.

    Attributes:
        answers: interface id → answer, in the order of asking.
        facts: fact id → value, of all answers together; the first answer to a fact counts.
        waiting: ids of interfaces that could not be asked because a required argument is unknown.
    """

    answers: dict[str, Answer]
    facts: dict[str, Any] = field(repr=False)
    waiting: tuple[str, ...] = ()


def arguments_for(interface: InterfaceSpec, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Gives the arguments of a query, None while a required one is unknown.

    Args:
        values: source name (fact id, `answers.<field>`, `case.<name>`) → value; None is unknown.
    """
    found = {name: values.get(source) for name, source in interface.request.items()}
    unknown = {name for name, value in found.items() if value is None or value == ""}
    if unknown - set(interface.optional):
        return None
    return {name: value for name, value in found.items() if name not in unknown}


def ask_rounds(
    interfaces: Sequence[InterfaceSpec],
    line: Line,
    *,
    purpose: str,
    case_number: str,
    subject: Subject,
    values: Mapping[str, Any],
    parallel: int = PARALLEL,
) -> Gathered:
    """Asks the interfaces, those first whose arguments no other of them settles.

    Args:
        values: what is known before the first round, by source name.

    Raises:
        AnjiaError: `query-purpose-refused` (403), see `ask_all`.
    """
    known = dict(values)
    gathered = Gathered({}, {})
    left = list(interfaces)
    while left:
        ready = [one for one in left if not _awaits(one, left)]
        if not ready:
            break
        left = [one for one in left if one not in ready]
        queries = []
        for interface in ready:
            arguments = arguments_for(interface, known)
            if arguments is not None:
                queries.append(Query(interface, purpose, case_number, subject, arguments))
        for answer in ask_all(queries, line, parallel=parallel):
            gathered.answers[answer.interface] = answer
            for ident, value in answer.facts.items():
                gathered.facts.setdefault(ident, value)
                known.setdefault(ident, value)
    waiting = tuple(one.id for one in interfaces if one.id not in gathered.answers)
    return Gathered(gathered.answers, gathered.facts, waiting)


def _awaits(interface: InterfaceSpec, left: Sequence[InterfaceSpec]) -> bool:
    sources = set(interface.request.values())
    return any(fact.id in sources for other in left if other is not interface for fact in other.fact)
