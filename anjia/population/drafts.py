"""Drafts of rules and parameters: written by one person, tried on everybody, published by another."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.definitions.writing import toml
from anjia.kernel.entries import Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor, DefinitionDraft
from anjia.population import candidates, records
from anjia.population.candidates import Candidate
from anjia.population.models import Simulation

PURPOSE = "policy"
OPEN = ("open", "submitted")


def begin(allowed: Allowed, kind: str, ident: str) -> DefinitionDraft:
    """Starts a draft from the version in force, to begin tomorrow.

    Raises:
        AnjiaError: `definition-unknown` (404) when nothing of this name is in force.
    """
    catalogue, now = publishing.in_force(), timezone.now()
    base, content = _base(catalogue, kind, ident)
    content["valid_from"] = timezone.localdate() + timedelta(days=1)
    content.pop("valid_to", None)
    return DefinitionDraft.objects.create(
        kind=kind, ident=ident, base=base.digest, text=toml(content), author=allowed.actor, made_at=now, changed_at=now
    )


def listed(limit: int = 100) -> list[DefinitionDraft]:
    """Gives the drafts, newest first."""
    return list(DefinitionDraft.objects.select_related("author", "publisher").order_by("-id")[:limit])


def get(pk: int) -> DefinitionDraft:
    """Gives a draft.

    Raises:
        AnjiaError: `draft-unknown` (404).
    """
    found = DefinitionDraft.objects.select_related("author", "publisher").filter(pk=pk).first()
    if found is None:
        raise AnjiaError(
            "draft-unknown", "没有这份草案", "There is no such draft",
            ("请从草案列表进入", "Start from the list of drafts"), status=404,
        )  # fmt: skip
    return found


def candidate_of(draft: DefinitionDraft, text: str | None = None) -> Candidate:
    """Gives what a draft is, or what it would be with another text."""
    return candidates.of(draft.kind, draft.ident, draft.text if text is None else text, publishing.in_force())


def save(allowed: Allowed, draft: DefinitionDraft, *, text: str, reason: str, version: int) -> None:
    """Keeps a draft's text, faulty or not; only its author writes it.

    Raises:
        AnjiaError: `draft-anothers` (403), `draft-closed` (409), `draft-moved` (409) when it was saved meanwhile.
    """
    _require_author(allowed, draft)
    found = DefinitionDraft.objects.filter(pk=draft.pk, version=version, state="open").update(
        text=text, reason=reason.strip(), version=version + 1, changed_at=timezone.now()
    )
    if not found:
        raise _moved(draft)


def submit(allowed: Allowed, draft: DefinitionDraft) -> None:
    """Hands a draft to a second person.

    Raises:
        AnjiaError: `draft-unsound` (422), `simulation-missing` (422), `draft-anothers` (403).
    """
    _require_author(allowed, draft)
    _ready(draft)
    if not DefinitionDraft.objects.filter(pk=draft.pk, state="open").update(
        state="submitted", submitted_at=timezone.now()
    ):
        raise _moved(draft)


def reopen(allowed: Allowed, draft: DefinitionDraft) -> None:
    """Takes a submitted draft back to be written on, by its author or by whom it waits for."""
    if not DefinitionDraft.objects.filter(pk=draft.pk, state="submitted").update(state="open", submitted_at=None):
        raise _moved(draft)


def drop(allowed: Allowed, draft: DefinitionDraft) -> None:
    """Gives a draft up."""
    _require_author(allowed, draft)
    if not DefinitionDraft.objects.filter(pk=draft.pk, state__in=OPEN).update(state="dropped"):
        raise _moved(draft)


def publish(allowed: Allowed, draft: DefinitionDraft) -> Definition:
    """Puts a submitted draft in force from its day; an act in the log names it and its simulation.

    Raises:
        AnjiaError: `definition-one-person` (403) for the author, `draft-unsound`, `simulation-missing`,
            `definition-past` (422) when its first day has come already, `definition-immutable` (409).
    """
    definition, simulation = _ready(draft)
    if draft.author_id == allowed.actor.pk:
        raise AnjiaError(
            "definition-one-person", "起草人和发布人不能是同一个人", "The author of a draft may not publish it",
            ("请另一位同事发布", "Ask a second colleague to publish it"), status=403,
        )  # fmt: skip
    with transaction.atomic():
        taken = DefinitionDraft.objects.filter(pk=draft.pk, version=draft.version, state="submitted").update(
            state="published", publisher=allowed.actor, published_at=timezone.now(), digest=definition.digest
        )
        if not taken:
            raise _moved(draft)
        publishing.publish(
            Catalogue([definition]), drafted_by=_who(draft.author), published_by=_who(allowed.actor)
        )
        _log(allowed, draft, definition, simulation)
    publishing.forget()
    return definition


def _log(allowed: Allowed, draft: DefinitionDraft, definition: Definition, simulation: Simulation) -> None:
    acts.commit(
        acts.Draft(
            key=uuid.uuid5(records.NAMESPACE, f"publish {draft.pk}"), event="PUBLISH", definition=definition.digest,
            actor=allowed.actor.pk, grant=allowed.grant, subjects=(), effective_on=definition.valid_from,
            reason=draft.reason, decide=lambda seen, moment: Plan(),
            evidence={
                "draft": draft.pk, "kind": definition.kind, "id": definition.id, "base": draft.base,
                "drafted_by": draft.author_id, "simulation": simulation.digest,
            },
        )
    )  # fmt: skip


def _ready(draft: DefinitionDraft) -> tuple[Definition, Simulation]:
    candidate = candidate_of(draft)
    if candidate.definition is None or not candidate.is_sound:
        raise AnjiaError(
            "draft-unsound", "草案还有错误或样例不符，不能提交", "The draft has faults or examples that fail",
            ("请先改好列出的各处", "Mend what is listed first"), status=422,
        )  # fmt: skip
    if candidates.too_early(candidate.definition, timezone.localdate()):
        raise AnjiaError(
            "definition-past", "生效日期最早是明天：已受理的办件按原规定办理",
            "A version begins tomorrow at the earliest: what is in hand keeps its text",
            ("请改生效日期", "Set a later first day"), status=422,
        )  # fmt: skip
    simulation = records.latest(candidate.definition.digest)
    if simulation is None:
        raise AnjiaError(
            "simulation-missing", "这一稿还没有模拟过，不知道影响谁",
            "This text has not been simulated: nobody knows whom it touches",
            ("请先运行模拟", "Run the simulation first"), status=422,
        )  # fmt: skip
    return candidate.definition, simulation


def _base(catalogue: Catalogue, kind: str, ident: str) -> tuple[Definition, dict[str, Any]]:
    on = timezone.localdate()
    if kind == "rule":
        found = catalogue.get("rule", ident, on)
        return found, candidates.plain(found)
    city = catalogue.list("city")[0]
    rows = [one for one in candidates.plain(city)["parameter"] if one["id"] == ident and _holds(one, on)]
    return (city, dict(rows[0])) if rows else (catalogue.get("parameter", ident), {})


def _holds(row: dict[str, Any], on: date) -> bool:
    return bool(row["valid_from"] <= on and (row.get("valid_to") is None or on < row["valid_to"]))


def _require_author(allowed: Allowed, draft: DefinitionDraft) -> None:
    if draft.author_id != allowed.actor.pk:
        raise AnjiaError(
            "draft-anothers", "这份草案由别人起草，只能由本人修改", "Somebody else writes this draft",
            ("可以另起一份草案", "You may start a draft of your own"), status=403,
        )  # fmt: skip
    if draft.state not in OPEN:
        raise _moved(draft)


def _moved(draft: DefinitionDraft) -> AnjiaError:
    return AnjiaError(
        "draft-moved", "草案刚刚有变化或已经办结，这次没有保存",
        "The draft has moved on or is closed; nothing was saved",
        ("请刷新页面核对", "Reload the page and look"), status=409, draft=draft.pk,
    )  # fmt: skip


def _who(actor: Actor) -> str:
    return f"{actor.name_zh} ({actor.username})"[:64]
