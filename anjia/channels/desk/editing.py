"""The form of a draft: fields over its TOML text, and what the checks say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from anjia.channels.desk import moving, overview
from anjia.kernel import grants
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.writing import toml
from anjia.kernel.models import DefinitionDraft
from anjia.population import drafts, records

WORDS = ("text", "remedy")
MOST = 40
"""Most clauses that the form takes."""


def page(actor: Any, draft: DefinitionDraft) -> dict[str, Any]:
    """Gives a draft with its fields, its checks, its simulations and the moves that are open."""
    content = _content(draft.text)
    return {
        "section": "drafts",
        "draft": draft,
        "title": overview.title(publishing.in_force(), draft.kind, draft.ident),
        "content": content,
        "clauses": list(enumerate(content.get("clause", ()))),
        "examples": toml({"example": content.get("example", [])}) if content.get("example") else "",
        "value": _written(content.get("value")),
        "writable": draft.state == "open" and draft.author_id == actor.pk,
        "moves": moving.open_to(actor, draft),
        "may_simulate": draft.state in drafts.OPEN
        and grants.find(actor, "simulation", "simulate", drafts.PURPOSE) is not None,
        "simulations": records.of_draft(draft.pk),
        **checks(draft, draft.text),
    }


def checks(draft: DefinitionDraft, text: str) -> dict[str, Any]:
    """Gives the faults of a text, each with its line and field, and what its examples give."""
    if draft.state not in drafts.OPEN:
        return {"faults": [], "tried": [], "sound": True, "closed": True}
    candidate = drafts.candidate_of(draft, text)
    lines = text.splitlines()
    return {
        "faults": [
            {"line": one.line, "code": one.code, "text": {"zh": one.zh, "en": one.en},
             "at": lines[one.line - 1].partition("=")[0].strip() if one.line <= len(lines) else ""}
            for one in candidate.faults
        ],
        "tried": candidate.tried,
        "sound": candidate.is_sound,
        "closed": False,
    }  # fmt: skip


def version_of(post: Mapping[str, str]) -> int:
    """Gives the version that the form was shown with."""
    given = post.get("version", "")
    return int(given) if given.isdigit() else 0


def text_of(draft: DefinitionDraft, post: Mapping[str, str]) -> str:
    """Gives the TOML of a filled-in form; what the form does not show stays as the draft has it."""
    content = _content(draft.text)
    if start := _day(post.get("valid_from", "")):
        content["valid_from"] = start
    if draft.kind == "parameter":
        content["value"] = _value(post.get("value", ""))
        return toml(content)
    for name in ("title", "plain"):
        content[name] = _pair(post, name)
    old = content.get("clause", [])
    count = min(MOST, int(post.get("clauses", "0")) if post.get("clauses", "0").isdigit() else 0)
    rows = [_clause(post, n, old[n] if n < len(old) else {}) for n in range(count)]
    content["clause"] = [row for n, row in enumerate(rows) if row["id"] and not post.get(f"clause-{n}-remove")]
    return _with_examples(content, post.get("examples", ""))


def _with_examples(content: dict[str, Any], written: str) -> str:
    content.pop("example", None)
    head = toml(content)
    # Examples stand last and as they were typed, so that a fault in them keeps its line.
    return head + "\n" + written.replace("\r\n", "\n").strip() + "\n" if written.strip() else head


def _clause(post: Mapping[str, str], n: int, old: dict[str, Any]) -> dict[str, Any]:
    def given(name: str) -> str:
        return post.get(f"clause-{n}-{name}", "").replace("\r\n", "\n").strip()

    row: dict[str, Any] = {"id": given("id"), "when": given("when")}
    row["text"] = _pair(post, f"clause-{n}-text")
    basis = [dict(one) for one in old.get("basis", ())]
    first = {"law": given("law"), "article": given("article"), "tag": given("tag")}
    kept = {key: value for key, value in (basis[0] if basis else {}).items() if key not in first}
    row["basis"] = [{**{key: value for key, value in first.items() if value}, **kept}, *basis[1:]]
    if not first["law"]:
        row["basis"] = basis[1:]
    row["remedy"] = _pair(post, f"clause-{n}-remedy")
    if old.get("action"):
        row["action"] = old["action"]
    if given("applies"):
        row["applies"] = given("applies")
    return row


def _pair(post: Mapping[str, str], name: str) -> dict[str, str]:
    return {language: post.get(f"{name}-{language}", "").strip() for language in ("zh", "en")}


def _content(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # Only the examples are typed as TOML; what stands before them was written by the form.
        return tomllib.loads(text.partition("\n[[example]]")[0])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def _written(value: Any) -> str:
    return value if isinstance(value, str) else toml({"value": value}).removeprefix("value = ").strip()
