"""Faults to switch on: slow, down, hanging, dripping, wrong and malformed answers."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

MODES = ("ok", "down", "hang", "drip", "huge", "malformed", "wrong-types", "wrong-data", "mixed-up")
"""`drip` sends the answer byte by byte; `mixed-up` answers another request than the one asked."""

MAX_LATENCY_MS = 600_000


@dataclass(frozen=True, slots=True)
class Fault:
    """How one interface misbehaves: first the latency, then the mode."""

    mode: str = "ok"
    latency_ms: int = 0


class FaultError(ValueError):
    """A fault that cannot be switched on; the text says why."""


class Faults:
    """The faults in force by interface id; safe to use from the server's threads."""

    def __init__(self) -> None:
        self._by_interface: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def of(self, interface: str) -> Fault:
        """Gives the fault of an interface."""
        with self._lock:
            return self._by_interface.get(interface, Fault())

    def switch(self, interface: str, mode: Any, latency_ms: Any) -> Fault:
        """Switches a fault on, or off with mode `ok` and latency 0.

        Raises:
            FaultError: for an unknown mode or a latency that is no number of milliseconds.
        """
        if mode not in MODES:
            raise FaultError(f"unknown mode {mode!r}; known: {', '.join(MODES)}")
        if type(latency_ms) is not int or not 0 <= latency_ms <= MAX_LATENCY_MS:
            raise FaultError(f"latency_ms must be a whole number from 0 to {MAX_LATENCY_MS}")
        fault = Fault(mode, latency_ms)
        with self._lock:
            self._by_interface[interface] = fault
        return fault

    def reset(self) -> None:
        """Switches every fault off."""
        with self._lock:
            self._by_interface.clear()


def falsify(value: Any, dice: random.Random) -> Any:
    """Gives plausible but false data of the same types: nothing but another source can tell."""
    if isinstance(value, dict):
        return {key: falsify(one, dice) for key, one in value.items()}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + dice.randint(1, 9)
    if isinstance(value, str):
        try:
            return (date.fromisoformat(value) - timedelta(days=dice.randint(400, 900))).isoformat()
        except ValueError:
            return f"伪造{dice.randint(1000, 9999)}"
    return value


def mistype(value: Any) -> Any:
    """Gives the record with every value in a wrong type."""
    if isinstance(value, dict):
        return {key: mistype(one) for key, one in value.items()}
    if isinstance(value, bool):
        return "yes" if value else "no"
    return [] if isinstance(value, int) else 17
