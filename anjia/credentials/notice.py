"""What the decision notice tells: it reads the act's evidence, and the register before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from anjia.credentials import words
from anjia.credentials.sheet import day, say
from anjia.kernel.models import Act
from anjia.kernel.specs import CertificateSpec, CitySpec
from anjia.registers import history, people

Json = Mapping[str, Any]
LAWS = ("law", "law*")
TRUTH = {"True": "fact-yes", "False": "fact-no"}
ROWS = (("address", "address"), ("household-number", "number"), ("kind", "kind"), ("relation", "relation"))


def content(act: Act, person: int, spec: CertificateSpec, city: CitySpec, language: str) -> dict[str, Any]:
    """Gives the layout's part `notice`, all of it in one language.

    Args:
        act: the decision; its evidence holds item, outcome, clauses, terms and officers.
    """
    told: Json = act.evidence
    texts = {key: say(value, language) for key, value in spec.texts.items()}
    granted = told["verdict"] == "yes"
    names = {
        "item": say(told["item"]["title"], language),
        "outcome": say(told["outcome"]["title"], language),
        "case": told["case"],
        "submitted": _day(told.get("submitted_on"), language),
        "effective": day(act.effective_on, language),
        "decided": day(timezone.localdate(act.at), language),
        "name": history.person(person, act.effective_on, act.at).name,
        "number": masked(people.number_of(person, None)),
        "hotline": city.hotline,
        "issuer": say(told["station"]["name"], language),
    }
    return {
        "notice": {
            "verdict": told["verdict"],
            "salutation": texts["salutation"].format_map(names),
            "lead": texts["lead"].format_map(names),
            "result": texts["result-yes" if granted else "result-no"].format_map(names),
            "result_detail": texts["detail-yes" if granted else "detail-no"].format_map(names),
            "note": told.get("note", ""),
            "changes": _changes(act, person, texts, language) if granted else [],
            "clauses": [_clause(clause, texts, language) for clause in told["clauses"]],
            "remedies": [] if granted else _remedies(told["clauses"], language),
            "terms": _terms(told, texts, names, granted),
            "terms_basis": say(told["terms"]["basis"], language),
            "terms_tag": texts.get(f"tag-{told['terms']['tag']}", told["terms"]["tag"]),
            "officers": [_officer(row, language) for row in told["officers"]],
            "objection": [texts["objection-first"].format_map(names), say(told["appeal"], language)],
        }
    }


def masked(number: str | None) -> str:
    """Gives a citizen number with its middle hidden: the notice needs to tell apart, not to identify."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if number else ""


def _clause(clause: Json, texts: Json, language: str) -> dict[str, Any]:
    verdict = clause["verdict"]
    return {
        "text": say(clause["text"], language),
        "verdict": verdict,
        "words": texts[f"verdict-{verdict}"],
        "basis": [_basis(basis, texts) for basis in clause["basis"]],
        "facts": [
            _fact(fact, verdict, texts, language) for fact in clause["facts"] if verdict != "not_applicable"
        ],
    }


def _basis(basis: Json, texts: Json) -> dict[str, str]:
    law, article, tag = basis["law"], basis["article"], basis["tag"]
    return {
        "law": texts["law"].format(name=law) if tag in LAWS and not law.startswith("《") else law,
        "article": texts["article"].format(number=article) if article.isdigit() else article,
        "tag": texts.get(f"tag-{tag}", tag),
    }


def _fact(fact: Json, verdict: str, texts: Json, language: str) -> dict[str, str]:
    label = say(fact["label"], language) if fact["label"] else fact["id"]
    value = fact["value"]
    if value is None:
        shown = "——" if verdict == "unknown" or not fact["at"] else texts["fact-hidden"]
    else:
        shown = texts[TRUTH[value]] if value in TRUTH else str(value)
    source = say(fact["source"], language)
    at = _moment(fact["at"])
    return {
        "text": f"{label}{': ' if language == 'en' else '：'}{shown}",
        "source": texts["fact-source"].format(source=source, at=at) if at else source,
    }


def _remedies(clauses: list[Json], language: str) -> list[str]:
    lacking = [
        say(clause["remedy"], language) for clause in clauses if clause["verdict"] in ("no", "unknown")
    ]
    return list(dict.fromkeys(remedy for remedy in lacking if remedy))


def _terms(told: Json, texts: Json, names: Json, granted: bool) -> list[list[str]]:
    days = told["terms"]["decision_working_days"]
    promised = texts["working-days"].format(days=days) if days else texts["on-the-spot"]
    rows = [
        [texts["submitted"], names["submitted"]],
        [texts["decided"], names["decided"]],
        [texts["promised"], promised],
    ]
    return [*rows, [texts["effective"], names["effective"]] if granted else ["", " "]]


def _changes(act: Act, person: int, texts: Json, language: str) -> list[dict[str, str]]:
    before = _page(person, act.effective_on - timedelta(days=1), act.at, language)
    after = _page(person, act.effective_on, act.at, language)
    return [
        {"label": texts[label], "before": before.get(key, ""), "after": after.get(key, "")}
        for label, key in ROWS
        if before.get(key) != after.get(key)
    ]


def _page(person: int, on: date, known_at: datetime, language: str) -> dict[str, str]:
    """Gives the lines of the register that a settlement changes, as they read on a day."""
    membership = history.membership(person, on, known_at)
    if membership is None:
        return {}
    household = history.household(membership.household, on, known_at)
    return {
        "address": household.address,
        "number": household.number,
        "kind": words.kind(household.kind, language),
        "relation": words.relation(membership.relation, language),
    }


def _officer(row: Json, language: str) -> dict[str, str]:
    return {"step": say(row["title"], language), "name": row["name"], "at": _moment(row["at"])}


def _day(iso: str | None, language: str) -> str:
    return day(date.fromisoformat(iso), language) if iso else ""


def _moment(iso: str | None) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(iso)):%Y-%m-%d %H:%M}" if iso else ""
