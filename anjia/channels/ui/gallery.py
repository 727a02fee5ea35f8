"""The gallery: every state of every component, shown only where the city's people are synthetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from anjia.channels.ui import context, dates, rulerows, texts
from anjia.channels.ui.declare import view
from anjia.channels.ui.rulerows import Found, Help, Remedy, RuleRow, Turn
from anjia.kernel.specs import Basis, Words


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the sample household."""

    relation: str
    name: str
    facts: str
    change: str = ""
    tone: str = "green"


@view(reads=True, public=True)
def show(request: HttpRequest) -> HttpResponse:
    """Shows the gallery; a city with real people has none."""
    if not context.city().synthetic:
        raise Http404
    rows = sample_rows()
    today = dates.today()
    values: dict[str, Any] = {
        "rows": rows,
        "helps": sample_helps(today),
        "summary": rulerows.summary(rows),
        "members": [
            Member(_t("head"), "王＊山", _t("facts_1")),
            Member(_t("wife"), "王＊芳", _t("facts_2"), _t("moved_in")),
        ],
        "marks": [date(2014, 6, 11), date(2019, 3, 2), today],
        "today": today,
        "soon": today + timedelta(days=5),
    }
    return render(request, "ui/gallery.html", values)


def sample_rows() -> list[RuleRow]:
    """Gives one row of each verdict, in the order in which a judgement shows them."""
    at = timezone.now() - timedelta(hours=2)
    lease = Found(_w("fact_lease"), _w("filed"), _w("source_housing"), at)
    consent = Found(_w("fact_consent"), None, _w("source_owner"), None)
    ask = (
        Remedy(_w("remedy_consent"), "#rules", _t("act_consent")),
        Remedy(_w("remedy_consent"), "#rules", _t("act_other")),
    )
    later = dates.today() + timedelta(days=40)
    return [
        _row("term", "unmet", "rule_term", (lease,), Remedy(_w("remedy_consent")), from_on=later),
        _row("consent", "lacking", "rule_consent", (consent,), Remedy(_w("remedy_consent")), ask),
        _row("open", "unknown", "rule_open", (_unknown(at),), Remedy(_w("msg_gold"))),
        _row("lease", "met", "rule_lease", (lease,), None),
        _row("child", "not_applicable", "rule_child", (), None),
    ]


def sample_helps(today: date) -> list[Help]:
    """Gives what turns a refusal, with every effort, and what settles an unknown."""
    consent = (_w("fact_consent"), _w("rule_consent"), _w("source_owner"))
    lease = (_w("fact_lease"), _w("filed"), _w("source_housing"))
    turns = (Turn("act", (lease,), False), Turn("consent", (consent,), False), Turn("record", (lease, consent), True))
    return [
        Help(turns, today + timedelta(41), 41, True, fixed=(_w("rule_child"),), capped=True),
        Help(settles=((_w("fact_consent"), _w("source_owner")), (_w("fact_lease"), _w("source_housing")))),
    ]


def _row(
    ident: str, verdict: rulerows.Verdict, text: str, found: tuple[Found, ...], remedy: Remedy | None,
    actions: tuple[Remedy, ...] = (), from_on: date | None = None,
) -> RuleRow:  # fmt: skip
    basis = (Basis(law=_w("law").zh, article="六", tag="assumed" if verdict == "lacking" else "public"),)
    return RuleRow(ident, "sample", verdict, _w(text), basis, found, remedy, from_on, actions)


def _unknown(at: datetime) -> Found:
    return Found(_w("rule_open"), None, _w("source_housing"), at, _w("msg_gold"))


def _t(key: str) -> str:
    return texts.text(texts.SHARED, f"gallery.{key}")


def _w(key: str) -> Words:
    entry = texts.entries(texts.SHARED)[f"gallery.{key}"]
    return Words(zh=entry["zh"], en=entry["en"])
