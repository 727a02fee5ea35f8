"""Operations on the registers, named by items and done inside one act.

An operation is prepared outside the transaction (what to lock, what to read) and decided inside it by
a pure function from what was read under the lock. The same function, run on plain reads, is the
preview that an officer sees before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.errors import AnjiaError


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that is ready to be done.

    Attributes:
        subjects: persons, households and places to lock.
        new_subjects: kinds of the subjects that it makes (`H`).
        reads: what `decide` needs to see; those named in `numbering` give out numbers and are left
            out of a preview.
        on: the day on which it becomes true.
    """

    do: str
    subjects: tuple[int, ...]
    new_subjects: tuple[str, ...]
    reads: tuple[Read, ...]
    decide: Callable[[Seen, Moment], Plan]
    on: date
    numbering: frozenset[str] = frozenset()


Preparer = Callable[..., Prepared]
_operations: dict[str, tuple[Preparer, frozenset[str], frozenset[str]]] = {}


def operation(name: str, *, needs: str, takes: str = "") -> Callable[[Preparer], Preparer]:
    """Declares an operation: `prepare(on=…, **arguments)`.

    Args:
        needs: names of arguments that must be given, separated by spaces.
        takes: names of arguments that may be left out.
    """

    def register(preparer: Preparer) -> Preparer:
        if name in _operations:
            raise ValueError(f"operation {name} is declared twice")
        needed = frozenset(needs.split())
        _operations[name] = (preparer, needed, needed | frozenset(takes.split()))
        return preparer

    return register


def names() -> frozenset[str]:
    """Gives the names of all operations."""
    return frozenset(_operations)


def arguments(name: str) -> frozenset[str]:
    """Gives the names of the arguments that an operation takes."""
    return _operations[name][2]


def prepare(do: str, given: Mapping[str, Any], *, on: date) -> Prepared:
    """Prepares an operation.

    Args:
        given: argument → value; unknown (None) counts as not given.
        on: the day on which it becomes true.

    Raises:
        AnjiaError: `operation-unknown`, `argument-missing`, or what the operation refuses.
    """
    if do not in _operations:
        raise AnjiaError(
            "operation-unknown", f"没有名为 {do} 的登记操作", f"There is no register operation named {do}",
            ("请核对事项定义", "Check the item's definition"), status=500,
        )  # fmt: skip
    preparer, needs, takes = _operations[do]
    known = {key: value for key, value in given.items() if value is not None}
    missing, strangers = sorted(needs - set(known)), sorted(set(given) - takes)
    if missing or strangers:
        raise AnjiaError(
            "argument-missing",
            f"登记操作 {do} 缺少或多出参数：{', '.join(missing + strangers)}",
            f"Register operation {do}: arguments missing or unknown: {', '.join(missing + strangers)}",
            ("请先查清这些事实", "Settle these facts first"),
            status=409,
        )
    return preparer(on=on, **known)
