"""Addresses: opened, renamed in bulk, closed; the households at them follow (ADDRESS_CHANGE)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan
from anjia.registers.asof import rows
from anjia.registers.family import HOUSEHOLD, OPEN, Changes, add
from anjia.registers.operations import Prepared, operation
from anjia.registers.refusal import Refusal
from anjia.registers.rewriting import renew

PLACE = (
    "id, subject, valid_from, valid_to, division, street, door_plate, compound, building, unit, floor, room, "
    "printed, usage, state"
)
PARTS = ("street", "door_plate", "compound", "building", "unit", "floor", "room")
ON_STREET = f"""
SELECT {PLACE} FROM registers_place
 WHERE {OPEN} AND division BETWEEN %(low)s::text AND %(high)s::text AND street = %(street)s::text
 ORDER BY subject
"""
PLACES = f"SELECT {PLACE} FROM registers_place WHERE {OPEN} AND subject = ANY(%s::bigint[]) ORDER BY subject"
HOUSEHOLDS = (
    f"SELECT {HOUSEHOLD} FROM registers_household WHERE {OPEN} AND place = ANY(%s::bigint[]) ORDER BY subject"
)
HOUSEHOLDS_NOW = HOUSEHOLDS.replace("%s", "%(places)s")
AREA = 6
"""Digits of the smallest area over which one act may rename: a county."""

NO_PLACES = Refusal(
    "places-none", "没有找到要改名的门牌地址", "No address is found under this name",
    ("请核对区划、道路名称和门牌", "Check the division, the road and the doors"), 404,
)  # fmt: skip
WIDE = Refusal(
    "places-too-wide", "一次更名的范围应在一个区县以内", "One act renames within one county",
    ("请写明区县、镇街或社区代码", "Give the code of the county, town or community"),
)  # fmt: skip
NOTHING_NEW = Refusal(
    "places-unchanged", "新旧名称、门牌相同", "The new name and doors are the old ones",
    ("请写明新的道路名称或门牌", "Give the new name or the new doors"),
)  # fmt: skip
UNPRINTABLE = Refusal(
    "place-text-differs", "有地址的登记文字里没有原来的道路名称和门牌，不能自动改写",
    "The printed text of an address lacks its road and door, so it cannot be rewritten",
    ("请先更正这一处地址", "Correct this address first"), 409,
)  # fmt: skip
UNPRINTED = Refusal(
    "place-unprinted", "地址要写明", "An address needs its printed text",
    ("请填写完整地址", "Write the whole address"),
)  # fmt: skip
GONE = Refusal(
    "place-gone", "这处地址不在用", "This address is not in use",
    ("请核对地址的状态", "Check its state"), 409,
)  # fmt: skip
LIVED_IN = Refusal(
    "place-without-households", "这处地址还有登记的户，不能注销", "Households are registered at this address",
    ("请先办理户口迁移", "Move the households first"), 409,
)  # fmt: skip


@operation("open-place", needs="division printed usage", takes=f"{' '.join(PARTS)} planned")
def open_place(*, on: date, division: str, printed: str, usage: str, planned: bool = False, **parts: str) -> Prepared:
    """Opens a leaf address.

    Args:
        printed: the whole address as pages print it.
        usage: dwelling, apartment, business, unit, dormitory or farmhouse.
        planned: it is not built yet; nobody is registered there before it is in use.
    """
    if not printed.strip():
        raise UNPRINTED()
    values = {
        "division": division, **{part: parts.get(part, "") for part in PARTS}, "printed": printed.strip(),
        "usage": usage, "state": "planned" if planned else "in_use",
    }  # fmt: skip

    def decide(seen: Seen, moment: Moment) -> Plan:
        new = moment.subjects[0]
        return Plan((), (Open("place", new, on, None, values),), {"place": new})

    return Prepared("open-place", (), ("L",), (), decide, on)


@operation("rename-places", needs="division street", takes="to_street doors")
def rename_places(
    *, on: date, division: str, street: str, to_street: str = "", doors: Mapping[str, str] | None = None
) -> Prepared:
    """Renames a road or renumbers its doors in one act; the households at them follow (no move).

    The old addresses stay readable as of any earlier day.

    Args:
        division: prefix of the area, 6 to 12 digits.
        street: the road's name until now.
        to_street: its new name (default: unchanged).
        doors: old door → new door; doors that are not named keep theirs, and without any all do.
    """
    if len(division) < AREA:
        raise WIDE()
    doors, name = dict(doors or {}), to_street.strip() or street
    if name == street and all(old == new for old, new in doors.items()):
        raise NOTHING_NEW()
    found = rows(
        ON_STREET, date.max, timezone.now(), low=division, high=division.ljust(12, "9"), street=street
    )
    chosen = [row["subject"] for row in found if name != street or row["door_plate"] in doors]
    if not chosen:
        raise NO_PLACES()
    homes = [row["subject"] for row in rows(HOUSEHOLDS_NOW, date.max, timezone.now(), places=chosen)]

    def decide(seen: Seen, moment: Moment) -> Plan:
        if [row["subject"] for row in seen["places"]] != chosen or any(r["street"] != street for r in seen["places"]):
            raise conflict()
        if [row["subject"] for row in seen["homes"]] != homes:
            raise conflict()
        changes: Changes = ([], [])
        printed = {}
        for row in seen["places"]:
            door = doors.get(row["door_plate"], row["door_plate"])
            printed[row["subject"]] = _printed(row, name, door)
            new = {"street": name, "door_plate": door, "printed": printed[row["subject"]]}
            add(changes, renew("place", row, on, **new))
        for row in seen["homes"]:
            add(changes, renew("household", row, on, address=printed[row["place"]]))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"places": len(chosen), "households": len(homes)})

    reads = (Read("places", PLACES, [chosen]), Read("homes", HOUSEHOLDS, [chosen]))
    return Prepared("rename-places", tuple(sorted({*chosen, *homes})), (), reads, decide, on)


@operation("use-place", needs="places")
def use_place(*, on: date, places: Iterable[int]) -> Prepared:
    """Takes planned addresses into use."""
    return _state("use-place", places, on, frozenset({"planned"}), "in_use")


@operation("close-place", needs="places")
def close_place(*, on: date, places: Iterable[int]) -> Prepared:
    """Closes addresses that are demolished; refused while a household is registered there."""
    return _state("close-place", places, on, frozenset({"planned", "in_use", "renamed"}), "demolished")


def _state(do: str, places: Iterable[int], on: date, from_: frozenset[str], to: str) -> Prepared:
    chosen = sorted({int(one) for one in places})

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = seen["places"]
        if [row["subject"] for row in found] != chosen or any(row["state"] not in from_ for row in found):
            raise GONE()
        if to == "demolished" and seen["homes"]:
            raise LIVED_IN(households=[row["number"] for row in seen["homes"]])
        changes: Changes = ([], [])
        for row in found:
            add(changes, renew("place", row, on, state=to))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"places": len(chosen)})

    reads = (Read("places", PLACES, [chosen]), Read("homes", HOUSEHOLDS, [chosen]))
    return Prepared(do, tuple(chosen), (), reads, decide, on)


def _printed(row: Mapping[str, Any], street: str, door: str) -> str:
    """Gives an address's text with the new road and door in the place of the old ones."""
    old, printed = f"{row['street']}{row['door_plate']}", str(row["printed"])
    before, found, after = printed.rpartition(old) if old else (printed, "", "")
    if not found:
        raise UNPRINTABLE(place=row["subject"])
    return f"{before}{street}{door}{after}"
