"""One process of a loading: it starts Django for itself, makes its parts and asks for their numbers.

This module is read before Django is there, so it imports what needs it only then.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.synthesis.parts import Part

Ask = Callable[[str, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What every process is told.

    Attributes:
        work: module and function that makes a part.
        url: connection URL of the tables' owner.
        folder: where the parts' files go.
        actor: id of the actor whom the acts name.
    """

    work: str
    url: str
    city: Path
    folder: Path
    on: date
    actor: int


def worker(task: Task) -> Callable[..., Any]:
    """Gives the function that makes a part."""
    module, _, name = task.work.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def run(pipe: Connection, task: Task, parts: list[Part], parent: int) -> None:
    """Makes parts, one after the other; what goes wrong is told through the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        os.environ["ANJIA_DSN"] = task.url
        import_module("django").setup()
        cityfiles, copying = import_module("anjia.synthesis.cityfiles"), import_module("anjia.registers.bulk.copying")
        work, city = worker(task), cityfiles.read(task.city)
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
