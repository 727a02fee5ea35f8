"""Whoever tries too often waits."""

from __future__ import annotations

import pytest

from anjia.kernel import pace
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000_000.0]
    monkeypatch.setattr(pace.time, "time", lambda: now[0])
    return now


def tries(name: str, count: int) -> int:
    for done in range(count):
        try:
            pace.take(name, limit=3, seconds=60)
        except AnjiaError as error:
            if (error.code, error.status) != ("too-many-tries", 429):
                raise
            return done
    return count


def test_the_limit_itself_is_allowed_and_the_next_is_not(clock: list[float]) -> None:
    assert tries("a", 10) == 3
    assert tries("b", 3) == 3


def test_the_next_stretch_starts_anew(clock: list[float]) -> None:
    tries("a", 10)
    clock[0] += 60
    assert tries("a", 10) == 3


def test_the_wait_is_told(clock: list[float]) -> None:
    clock[0] = 60 * 1000 + 45.0
    tries("a", 3)
    with pytest.raises(AnjiaError) as caught:
        pace.take("a", limit=3, seconds=60)
    assert caught.value.facts == {"seconds": 15}


def test_a_name_keeps_one_row_and_is_not_readable(clock: list[float]) -> None:
    for _ in range(5):
        tries("sign-in:wang", 5)
        clock[0] += 60
    [row] = Counter.objects.all()
    assert "wang" not in row.name
