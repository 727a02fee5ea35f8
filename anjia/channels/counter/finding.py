"""What the pages of rules show: counts with small ones hidden, reasons, and lists by grant."""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from anjia.channels.counter import desk
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import RuleSpec
from anjia.registers import divisions
from anjia.rules import counting, hiding, listing
from anjia.rules.counting import SEVERAL, VERDICTS
from anjia.rules.finding import Verdicts, evaluate, get_rule
from anjia.rules.snapshot import Snapshot

PAGE = 50


def index(request: HttpRequest) -> dict[str, Any]:
    """Gives all rules with how many of the reader's area meet each."""
    snapshot, catalogue = _snapshot(), publishing.in_force()
    rules = [one.spec for one in catalogue.list("rule", snapshot.on) if one.spec.clause]
    verdicts = _all(snapshot.folder, catalogue, snapshot.on)
    within = listing.within(snapshot, request.allowed)  # type: ignore[attr-defined]
    packed, persons = np.packbits(within), int(within.sum())
    return {
        **_about(snapshot, persons),
        "rules": [_row(rule, verdicts, packed) for rule in rules],
        "rule_count": len(rules),
    }


def one(request: HttpRequest, ident: str) -> dict[str, Any]:
    """Gives a rule with counts, reasons and the table by county and age."""
    snapshot, catalogue, rule = _asked(ident)
    allowed = request.allowed  # type: ignore[attr-defined]
    within = listing.within(snapshot, allowed)
    verdicts = _verdicts(rule, snapshot, catalogue)
    listing.counted(allowed, rule)
    why = counting.reasons(verdicts, rule, within)
    spread = counting.spread(
        verdicts, rule.id, snapshot, within=within, hide_total=why.shown.totals["yes"] is None
    )  # fmt: skip
    return {
        **_about(snapshot, int(within.sum())),
        "rule": rule,
        "nobody": why.shown.totals["yes"] == 0,
        "counts": [(name, why.shown.totals[name]) for name in VERDICTS],
        "reasons": _reasons(rule, why),
        "most": max([1, *(count or 0 for name in ("no", "unknown") for count in why.shown.cells[name].values())]),
        "ages": spread.ages,
        "areas": _areas(spread, snapshot.on),
        "lists": [(name, reverse("counter:rule-people", args=[rule.id]) + f"?verdict={name}") for name in VERDICTS],
    }


def people(request: HttpRequest, ident: str) -> dict[str, Any]:
    """Gives a page of persons with a verdict, and records each look."""
    snapshot, catalogue, rule = _asked(ident)
    verdict = request.GET.get("verdict", "yes")
    verdict = verdict if verdict in VERDICTS else "yes"
    after = request.GET.get("after", "")
    allowed = request.allowed  # type: ignore[attr-defined]
    found = listing.listed(
        rule, _verdicts(rule, snapshot, catalogue), snapshot, allowed, catalogue,
        verdict=verdict, after=int(after) if after.isdecimal() and len(after) < 10 else -1, limit=PAGE,  # type: ignore[arg-type]
    )  # fmt: skip
    address = reverse("counter:rule-people", args=[rule.id])
    return {
        "rule": rule,
        "verdict": verdict,
        "named": allowed.shows("name"),
        "people": [_person(one, snapshot.on) for one in found],
        "next": f"{address}?verdict={verdict}&after={found[-1].row}" if len(found) == PAGE else "",
    }


def _asked(ident: str) -> tuple[Snapshot, Catalogue, RuleSpec]:
    snapshot, catalogue = _snapshot(), publishing.in_force()
    return snapshot, catalogue, get_rule(catalogue, ident, snapshot.on)


def _snapshot() -> Snapshot:
    folder = Snapshot.current(Path(settings.ANJIA_STATE)).folder
    return _opened(folder)


@functools.lru_cache(maxsize=2)
def _opened(folder: Path) -> Snapshot:
    return Snapshot.open(folder)


@functools.lru_cache(maxsize=1)
def _all(folder: Path, catalogue: Catalogue, on: date) -> Verdicts:
    rules = [one.spec for one in catalogue.list("rule", on) if one.spec.clause]
    return evaluate(rules, _opened(folder), on, catalogue.parameters(on), catalogue=catalogue)


def _verdicts(rule: RuleSpec, snapshot: Snapshot, catalogue: Catalogue) -> Verdicts:
    parameters = catalogue.parameters(snapshot.on)
    return evaluate([rule], snapshot, snapshot.on, parameters, catalogue=catalogue, clauses=True)


def _about(snapshot: Snapshot, persons: int) -> dict[str, Any]:
    return {
        "section": "rules", "persons": persons, "facts_on": snapshot.on, "least": hiding.LEAST,
        "synthetic": snapshot.manifest["synthetic"],
    }  # fmt: skip


def _row(rule: RuleSpec, verdicts: Verdicts, within: Any) -> SimpleNamespace:
    counts = {
        name: {name: int(np.bitwise_count(verdicts.bitmap(rule.id, name) & within).sum())} for name in VERDICTS
    }
    return SimpleNamespace(
        id=rule.id, title=rule.title, href=reverse("counter:rule", args=[rule.id]), counts=hiding.grouped(counts).totals
    )  # fmt: skip


def _reasons(rule: RuleSpec, why: counting.Reasons) -> list[SimpleNamespace]:
    texts = {clause.id: clause.text for clause in rule.clause}
    return [
        SimpleNamespace(
            text=texts.get(ident), several=ident == SEVERAL, no=why.shown.cells["no"][ident],
            unknown=why.shown.cells["unknown"][ident],
        )
        for ident in (*texts, SEVERAL)
    ]  # fmt: skip


def _areas(spread: counting.Spread, on: date) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            name=divisions.name(code.ljust(6, "0"), on) if code else "",
            cells=[spread.shown.cell(at, n) for n in range(len(spread.ages) + 1)],
        )
        for at, code in enumerate((*spread.areas, ""))
    ]


def _person(found: listing.Found, on: date) -> SimpleNamespace:
    return SimpleNamespace(
        subject=found.subject,
        name=found.name,
        division=divisions.name(found.division, on) if found.division else "",
        reasons=[(desk.words(one.clause.text), one.verdict) for one in listing.failing(found.judgement)],
        from_on=found.judgement.from_on,
    )
