"""A town made part by part, by this process alone or by two more, each with a connection of its own.

Parts are numbered in their order, whoever makes them: a process asks for numbers when its part is drawn
and waits until the parts before it have had theirs. So the result does not depend on how many work.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.registers.bulk import copying
from anjia.synthesis import cityfiles, member
from anjia.synthesis.member import Task
from anjia.synthesis.parts import Ledger, Part

PROCESSES = 2


def run(task: Task, parts: Sequence[Part], ledger: Ledger) -> Iterator[Any]:
    """Makes all parts and gives the result of each, in the order of their making."""
    if len(parts) == 1:
        city = cityfiles.read(task.city)
        with copying.session(task.url) as owner:
            yield member.worker(task)(task, city, parts[0], ledger.take, owner)
        return
    yield from _shared(task, parts, ledger)


def _shared(task: Task, parts: Sequence[Part], ledger: Ledger) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    crew = []
    try:
        for first in range(min(PROCESSES, len(parts))):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=member.run, args=(theirs, task, list(parts[first::PROCESSES]), os.getpid()), daemon=True
            )
            process.start()
            theirs.close()
            crew.append((ours, process))
        yield from _serve([ours for ours, _ in crew], ledger)
    finally:
        for ours, process in crew:
            process.kill()
            process.join()
            ours.close()


def _serve(pipes: list[Connection], ledger: Ledger) -> Iterator[Any]:
    """Answers what the members ask, part by part, and passes on what they have done."""
    waiting: dict[tuple[str, int], tuple[Connection, dict[str, Any]]] = {}
    while pipes:
        for pipe in wait(pipes):
            try:
                kind, number, content = pipe.recv()  # type: ignore[union-attr]
            except EOFError:
                raise _lost() from None
            if kind == "done":
                yield content
            elif kind == "end":
                pipes.remove(pipe)  # type: ignore[arg-type]
            elif kind == "failed":
                code, zh, en, remedy, status = content
                raise AnjiaError(code, zh, en, remedy, status=status)
            else:
                waiting[kind, number] = pipe, content  # type: ignore[assignment]
        for (stage, number), (asking, counts) in list(waiting.items()):
            if ledger.due(stage, number):
                del waiting[stage, number]
                asking.send(ledger.take(stage, counts))


def _lost() -> AnjiaError:
    return AnjiaError(
        "load-broken-off",
        "装载的一个进程意外结束",
        "A process of the loading ended unexpectedly",
        ("请检查内存和磁盘空间后再来", "Check memory and disk space and come again"),
        status=500,
    )
