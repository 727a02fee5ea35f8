"""Effects: what follows from an act, named in a definition and done by the worker.

An effect is queued in the act's own transaction, so there is no act without its effects; it is
done at least once, so a handler must find out for itself what is already done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anjia.kernel.acts import Job
from anjia.kernel.errors import AnjiaError

TASK = "anjia.effect"

Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}


def effect(name: str) -> Callable[[Handler], Handler]:
    """Registers the handler of the effect `name`: `handler(*, act_id, **args)`."""

    def register(handler: Handler) -> Handler:
        if _handlers.setdefault(name, handler) is not handler:
            raise ValueError(f"effect {name} has two handlers")
        return handler

    return register


def names() -> frozenset[str]:
    """Gives the names of all effects that a definition may use."""
    return frozenset(_handlers)


def job(name: str, *, lock: str | None = None, **args: Any) -> Job:
    """Gives the job that does the effect; the act's id is added when the act is written."""
    return Job(TASK, {"effect": name, **args}, lock=lock)


def run(effect: str, **args: Any) -> None:
    """Does one effect.

    Raises:
        AnjiaError: `effect-unknown` when no handler has this name; the job stays queued.
    """
    handler = _handlers.get(effect)
    if handler is None:
        raise AnjiaError(
            "effect-unknown",
            f"没有名为 {effect} 的后续动作",
            f"There is no effect named {effect}",
            ("请核对事项定义中的 effects", "Check `effects` in the item's definition"),
            status=500,
        )
    handler(**args)
