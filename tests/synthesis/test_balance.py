"""The population balance holds over the years of a synthetic town (INV-10)."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from anjia.registers import balance
from tests.synthesis.conftest import ON, Installed


def test_the_balance_of_a_town_holds_year_by_year_and_over_all(installed: Installed) -> None:
    for start, end in ((date(1900, 1, 1), ON), (date(2010, 12, 31), date(2020, 12, 31)), (date(2019, 12, 31), ON)):
        found = balance.balances(start, end, timezone.now())
        assert [one for one in found if not one.holds] == []
        assert found[0].after > 0
