"""A household: its number, kind, address and the station that keeps it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel import numbers
from anjia.kernel.acts import Read, Seen
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


def _one_open(of: str, by: str, kind: str) -> models.UniqueConstraint:
    """Gives the rule that a unit, community or village has one open collective household (H-10, H-14, H-15)."""
    still = Q(kind=kind, recorded_to__isnull=True, valid_to__isnull=True)
    return models.UniqueConstraint(name=f"household_one_of_{of}", fields=[by], condition=still & ~Q(**{by: ""}))


class Household(Entry):
    """A household: its number, kind, address and the station that keeps it."""

    number = models.CharField(max_length=9)
    kind = models.CharField(max_length=2)
    place = models.BigIntegerField(null=True)
    address = models.TextField()
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("household"),
            *entry_rules("household", by=("number",), suffix="number_once"),
            *span_rules("household"),
            models.CheckConstraint(
                name="household_kind_known",
                condition=Q(kind__in=["J1", "T1", "T2", "T3", "T4", "T5", "T6", "T7"]),
            ),
            _one_open("unit", "name", "T1"),
            _one_open("community", "division", "T4"),
            _one_open("village", "division", "T5"),
        ]
        indexes: ClassVar = [
            open_index("household"),
            models.Index(fields=["subject"], name="household_subject"),
            open_index("household", "number"),
            open_index("household", "place"),
            models.Index(fields=["place"], name="household_place"),
            models.Index(fields=["division", "number"], name="household_division"),
            open_index("household", "division", "kind"),
        ]


def station_digits(station: str) -> str:
    """Gives the four digits of a station in household numbers: two of the county, two of the town.

    Streets (001–049) keep their number, towns (100–149) follow from 50 on; assumed, see the register
    notes, section 2.1 (station 4 + serial 5).

    Raises:
        AnjiaError: `station-unnumbered` for a code outside these ranges.
    """
    town = int(station[6:9])
    digits = town if town < 50 else town - 50 if 100 <= town < 150 else 0
    if not digits:
        raise AnjiaError(
            "station-unnumbered",
            f"派出所 {station} 没有户号段",
            f"Station {station} has no range of household numbers",
            ("请城市管理员为它定一段户号", "Have the city assign one"),
            status=500,
        )
    return f"{station[4:6]}{digits:02d}"


def number_of(station: str, serial: int) -> str:
    """Gives a household number: four digits of the station and a serial of five."""
    return f"{station_digits(station)}{serial:05d}"


def next_number(station: str, name: str = "number") -> Read:
    """Gives the read that takes the station's next household number, under a name."""
    return Read(name, numbers.NEXT, [f"household:{station_digits(station)}"])


def new_page(
    seen: Seen, station: str, *, place: int | None, address: str, division: str, kind: str = "J1", label: str = "",
    number: str = "number",
) -> dict[str, Any]:  # fmt: skip
    """Gives the page of a household that is set up; a preview gives no number out.

    Args:
        label: name of a collective household.
        number: name of the read of `next_number`.
    """
    return {
        "number": number_of(station, seen[number][0]["value"]) if number in seen else "", "kind": kind,
        "place": place, "address": address, "division": division, "station": station, "name": label,
    }  # fmt: skip
