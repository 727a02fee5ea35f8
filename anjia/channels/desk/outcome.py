"""What the page of a simulation shows: changes by district, age, sex and household, as tables and bars."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from anjia.channels.desk import overview
from anjia.channels.ui import masking, texts
from anjia.kernel import codes, grants
from anjia.kernel.definitions import publishing
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor
from anjia.population import drafts, records
from anjia.population.models import Simulation
from anjia.registers import divisions

WIDTH = 260
"""Length of the longest bar."""
ORDER = ("area", "age", "sex", "household", "kind")
SEXES = {"1": "sim.male", "2": "sim.female"}


def page(actor: Any, row: Simulation) -> dict[str, Any]:
    """Gives a simulation as it may be shown to everybody who reads drafts."""
    draft = drafts.get(row.draft_id)
    return {
        "section": "drafts",
        "row": row,
        "draft": draft,
        "title": overview.title(publishing.in_force(), draft.kind, draft.ident),
        "result": row.result,
        "rules": [_rule(one) for one in row.result["rules"]],
        "who": Actor.objects.values_list("name_zh", flat=True).get(pk=row.made_by),
        "replay": row.result["snapshot"]["on"] < timezone.localdate().isoformat(),
        "may_name": draft.state in drafts.OPEN
        and grants.find(actor, "simulation", "name", drafts.PURPOSE) is not None,
    }


def names(allowed: Allowed, row: Simulation, rule: str, what: str) -> dict[str, Any]:
    """Gives who gains or loses in the actor's area."""
    what = what if what in ("gains", "losses") else "losses"
    draft = drafts.get(row.draft_id)
    found = records.names(allowed, draft, records.current(), row, rule, what)
    day = timezone.localdate()
    return {
        "section": "drafts", "row": row, "draft": draft, "what": what, "rule": rule, "most": records.NAMES,
        "people": [
            {"subject": subject, "name": masking.name(name), "division": divisions.name(division, day)}
            for subject, name, division in found
        ],
    }  # fmt: skip


def _rule(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "title": texts.words(_Pair(one["title"])),
        "groups": [_group(name, one["by"][name]) for name in ORDER if name in one["by"]],
    }


class _Pair:
    def __init__(self, words: dict[str, str]) -> None:
        self.zh, self.en = words["zh"], words["en"]


def _group(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    most = max([1, *(row[what] or 0 for row in rows for what in ("gains", "losses"))])
    shown = [
        {
            **row,
            "label": _label(name, row["key"]),
            "y": n * 30,
            **{f"{what}_width": round(WIDTH * (row[what] or 0) / most, 1) for what in ("gains", "losses")},
        }
        for n, row in enumerate(rows)
    ]
    return {"name": name, "rows": shown, "height": len(rows) * 30 + 8}


def _label(name: str, key: str) -> str:
    if not key or key == "?":
        return texts.text("desk", "sim.unknown")
    match name:
        case "area":
            return divisions.name(key, timezone.localdate())
        case "sex":
            return texts.text("desk", SEXES[key]) if key in SEXES else key
        case "age":
            return texts.text("desk", "sim.years", n=key)
        case "household":
            return texts.text("desk", "sim.size", n=key)
        case "kind":
            found = codes.table("household_kind").get(key)
            return texts.words(found) if found else key
    return key
