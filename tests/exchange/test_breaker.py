"""The circuit breaker: pauses after failures in a row, probes once, and keeps interfaces apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anjia.exchange.breaker import Breaker


def test_it_pauses_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=2, pause_seconds=10, clock=lambda: 0.0)
    for reached in (False, True, False):
        breaker.record("a", reached=reached)
    assert breaker.allows("a")
    breaker.record("a", reached=False)
    assert not breaker.allows("a")
    assert breaker.allows("b")


def test_one_probe_goes_after_the_pause_and_its_failure_starts_the_next() -> None:
    moment = [0.0]
    breaker = Breaker(failures=1, pause_seconds=10, clock=lambda: moment[0])
    breaker.record("a", reached=False)
    moment[0] = 9.9
    assert not breaker.allows("a")
    moment[0] = 10.0
    assert [breaker.allows("a"), breaker.allows("a")] == [True, False]
    breaker.record("a", reached=False)
    moment[0] = 19.9
    assert not breaker.allows("a")
    moment[0] = 20.0
    assert breaker.allows("a")
    breaker.record("a", reached=True)
    assert [breaker.allows("a"), breaker.allows("a")] == [True, True]


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=60), st.integers(1, 4))
def test_an_interface_is_never_locked_out_for_longer_than_a_pause(
    steps: list[tuple[float, bool]], failures: int
) -> None:
    moment = [0.0]
    breaker = Breaker(failures=failures, pause_seconds=10, clock=lambda: moment[0])
    last_asked = 0.0
    for wait, reached in steps:
        moment[0] += wait
        if breaker.allows("a"):
            last_asked = moment[0]
            breaker.record("a", reached=reached)
        else:
            assert moment[0] - last_asked < 10
