"""The moves of a draft that a person's grants open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anjia.kernel import grants
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import DefinitionDraft
from anjia.population import drafts

MOVES: dict[str, tuple[str, Callable[[Allowed, DefinitionDraft], Any]]] = {
    "submit": ("draft", drafts.submit),
    "drop": ("draft", drafts.drop),
    "reopen": ("read", drafts.reopen),
    "publish": ("publish", drafts.publish),
}
"""Move → (action that the grant must allow, what does it)."""


def move(actor: Any, draft: DefinitionDraft, name: str) -> None:
    """Makes one move.

    Raises:
        AnjiaError: `move-unknown`, `grant-missing` (403), whatever the move refuses.
    """
    if name not in MOVES:
        raise AnjiaError(
            "move-unknown", "没有这种操作", "There is no such move", ("请用页面上的按钮", "Use the buttons of the page")
        )
    action, done = MOVES[name]
    done(grants.require(actor, "definition", action, drafts.PURPOSE), draft)


def open_to(actor: Any, draft: DefinitionDraft) -> list[str]:
    """Gives the moves that an actor may make now."""
    mine = draft.author_id == actor.pk
    wanted = {"open": ["submit", "drop"], "submitted": ["publish", "reopen"]}.get(draft.state, [])
    return [
        name for name in wanted
        if (mine or name in ("publish", "reopen")) and not (mine and name == "publish")
        and grants.find(actor, "definition", MOVES[name][0], drafts.PURPOSE) is not None
    ]  # fmt: skip
