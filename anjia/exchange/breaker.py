"""A circuit breaker: an interface that fails in a row is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Circuit:
    failures: int = 0
    closed_until: float = 0.0


@dataclass
class Breaker:
    """Says whether an interface may be asked; safe to share between threads.

    After `failures` failures in a row the interface is skipped for `pause_seconds`; then one query
    goes as a probe, and its outcome opens the way or starts the next pause.

    Args:
        clock: monotonic seconds; tests give their own.
    """

    failures: int = 3
    pause_seconds: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _circuits: dict[str, _Circuit] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, interface: str) -> bool:
        """Says whether to ask now; the first query after a pause starts the next pause for others."""
        with self._lock:
            circuit = self._circuits.get(interface)
            if circuit is None or circuit.failures < self.failures:
                return True
            if self.clock() < circuit.closed_until:
                return False
            circuit.closed_until = self.clock() + self.pause_seconds
            return True

    def record(self, interface: str, *, reached: bool) -> None:
        """Counts an outcome: `reached` is True when the department answered at all."""
        with self._lock:
            if reached:
                self._circuits.pop(interface, None)
                return
            circuit = self._circuits.setdefault(interface, _Circuit())
            circuit.failures += 1
            if circuit.failures >= self.failures:
                circuit.closed_until = self.clock() + self.pause_seconds
