"""A town made part by part, by this process alone or by two more, each with a connection of its own.

Parts are numbered in their order, whoever makes them: a process asks for numbers when its part is drawn
and waits until the parts before it have had theirs. So the result does not depend on how many work.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.registers.bulk import copying
from anjia.synthesis import cityfiles
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.parts import Ledger, Part

PROCESSES = 2
Ask = Callable[[str, dict[str, Any]], Any]
Work = Callable[["Task", CityFiles, Part, Ask, Any], Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What every process is told.

    Attributes:
        url: connection URL of the tables' owner.
        settings: environment with which Django starts.
        folder: where the parts' files go.
    """

    url: str
    city: Path
    folder: Path
    on: date
    actor: int


def run(task: Task, parts: Sequence[Part], work: Work, ledger: Ledger) -> Iterator[Any]:
    """Makes all parts and gives the result of each, in the order of their making."""
    if len(parts) == 1:
        city = cityfiles.read(task.city)
        with copying.session(task.url) as owner:
            yield work(task, city, parts[0], ledger.take, owner)
        return
    yield from _shared(task, parts, work, ledger)


def _shared(task: Task, parts: Sequence[Part], work: Work, ledger: Ledger) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    crew = []
    try:
        for first in range(min(PROCESSES, len(parts))):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_member, args=(theirs, task, list(parts[first::PROCESSES]), work, os.getpid()), daemon=True
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


def _member(pipe: Connection, task: Task, parts: list[Part], work: Work, parent: int) -> None:
    import django  # noqa: PLC0415 – a process of its own starts Django itself

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        django.setup()
        city = cityfiles.read(task.city)
        with copying.session(task.url) as owner:
            for part in parts:
                pipe.send(("done", part.number, work(task, city, part, _asking(pipe, part), owner)))
        pipe.send(("end", 0, None))
    except BaseException as error:
        pipe.send(("failed", 0, _told(error)))


def _asking(pipe: Connection, part: Part) -> Ask:
    def ask(stage: str, counts: dict[str, Any]) -> Any:
        pipe.send((stage, part.number, counts))
        return pipe.recv()

    return ask


def _end_with(parent: int) -> None:
    """Ends this process when the one that started it is gone: nobody would wait for its rows."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _told(error: BaseException) -> tuple[Any, ...]:
    """Gives an error as plain values: ours cannot be sent whole."""
    if isinstance(error, AnjiaError):
        return error.code, *error.message, tuple(error.remedy), error.status
    text = f"{type(error).__name__}: {error}"
    return ("load-broken-off", f"装载没有完成：{text}", f"The loading did not end: {text}",
            ("请检查内存和磁盘空间后再来", "Check memory and disk space and come again"), 500)  # fmt: skip


def _lost() -> AnjiaError:
    return AnjiaError(
        "load-broken-off",
        "装载的一个进程意外结束",
        "A process of the loading ended unexpectedly",
        ("请检查内存和磁盘空间后再来", "Check memory and disk space and come again"),
        status=500,
    )
