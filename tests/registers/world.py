"""A small world of invented persons, households and dwellings, written by acts as everything is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from anjia.kernel import acts
from anjia.kernel.acts import Committed, Draft
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import operations, people, place

BEGIN = date(2015, 1, 1)
DAY = date(2026, 11, 1)
EAST, WEST = "990101001001", "990102001001"
"""Communities in two counties."""


@dataclass
class World:
    """Names → keys of what was made."""

    keys: dict[str, int] = field(default_factory=dict)
    division: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.keys[name]

    def code(self, name: str) -> str:
        """Gives the standard address code of a dwelling."""
        return place.code_of(self.division[name], self.keys[name])


@dataclass(frozen=True)
class Person:
    """A person as a test writes it: `relation` is the code in household `home`."""

    name: str
    sex: str
    born: str
    home: str = ""
    relation: str = "02"
    father: str = ""
    mother: str = ""
    spouse: str = ""
    marital: str = "10"
    phone: str = ""
    dead: bool = False


def refused(call: Any) -> str:
    """Gives the code with which a call is refused; it says why and what to do, in both languages."""
    with pytest.raises(AnjiaError) as caught:
        call()
    assert all((*caught.value.message, *caught.value.remedy))
    return caught.value.code


def make(
    persons: Iterable[Person],
    *,
    homes: Mapping[str, tuple[str, str]] | None = None,
    dwellings: Mapping[str, str] | None = None,
    prefix: str = "990199",
) -> World:
    """Writes a world by one act.

    Args:
        prefix: address code of the synthetic citizen numbers.
        homes: household → (kind, division); each has a dwelling of its own unless it is collective.
        dwellings: empty dwelling → division.
    """
    persons, homes, dwellings = list(persons), dict(homes or {}), dict(dwellings or {})
    world = World()

    def decide(seen: acts.Seen, moment: Moment) -> Plan:
        keys = iter(moment.subjects)
        world.keys |= {one.name: next(keys) for one in persons}
        world.keys |= {name: next(keys) for name in homes}
        world.keys |= {name: next(keys) for name in dwellings}
        for name, (kind, division) in homes.items():
            if kind == "J1":
                world.keys[f"at {name}"] = next(keys)
                world.division[f"at {name}"] = division
        world.division |= dwellings
        opens = [entry for one in persons for entry in _person(world, one, homes, prefix)]
        for serial, (name, (kind, division)) in enumerate(homes.items(), 1):
            opens.append(_household(world, name, f"9900{serial:05d}", kind, division))
            if kind != "J1":
                opens.append(officer(world[name]))
        opens += [_place(world[name], division, f"{name}号") for name, division in world.division.items()]
        return Plan((), tuple(opens))

    families = sum(kind == "J1" for kind, _ in homes.values())
    kinds = "P" * len(persons) + "H" * len(homes) + "L" * (len(dwellings) + families)
    acts.commit(draft("IMPORT", decide=decide, new_subjects=tuple(kinds), effective_on=BEGIN))
    return world


def draft(event: str, **parts: Any) -> Draft:
    """Gives a draft with what every test would repeat."""
    given = {
        "key": uuid.uuid4(), "event": event, "definition": "0" * 64, "actor": None, "subjects": (),
        "effective_on": DAY, "reason": "test", "evidence": {}, "decide": lambda seen, moment: Plan(),
    } | parts  # fmt: skip
    return Draft(**given)


def prepared(do: str, on: date = DAY, /, **arguments: Any) -> operations.Prepared:
    """Prepares an operation."""
    return operations.prepare(do, arguments, on=on)


def do(
    name: str, on: date = DAY, /, *, event: str = "TEST", key: uuid.UUID | None = None, **arguments: Any
) -> Committed:
    """Does an operation as one act."""
    return commit(prepared(name, on, **arguments), event=event, key=key)


def commit(ready: operations.Prepared, *, event: str = "TEST", key: uuid.UUID | None = None) -> Committed:
    """Does a prepared operation as one act."""
    return acts.commit(
        draft(
            event, key=key or uuid.uuid4(), subjects=ready.subjects, decide=ready.decide, reads=ready.reads,
            new_subjects=ready.new_subjects, effective_on=ready.on,
        )
    )  # fmt: skip


def number(one: Person, serial: int = 0, prefix: str = "990199") -> str:
    """Gives a synthetic citizen number that fits birth date and sex."""
    head = f"{prefix}{one.born.replace('-', '')}{2 * (serial % 490) + (1 if one.sex == '1' else 2):03d}"
    return head + citizen_no.check_digit(head)


def _person(world: World, one: Person, homes: Mapping[str, tuple[str, str]], prefix: str) -> list[Open]:
    key = world[one.name]
    particulars = {
        "name": one.name, "former_name": "", "sex": one.sex, "birth_on": date.fromisoformat(one.born),
        "birth_place": "", "ethnicity": "01", "native_place": "", "first_county": "990101",
    }  # fmt: skip
    condition = {"marital": one.marital, "education": "90", "military": "0", "employer": "", "occupation": ""}
    found = [
        Open("particulars", key, BEGIN, None, particulars),
        Open("status", key, BEGIN, None, {"status": "1" if one.dead else "0", "ground": ""}),
        Open("condition", key, BEGIN, None, condition),
        Open("identity", key, BEGIN, None, people.sealed("citizen_no", number(one, key, prefix), uuid.uuid4())),
    ]
    if one.phone:
        found.append(Open("identity", key, BEGIN, None, people.sealed("phone", one.phone, uuid.uuid4())))
    for kind in ("father", "mother", "spouse"):
        if kin := getattr(one, kind):
            found.append(Open("kinship", key, BEGIN, None, {"kin": world[kin], "kind": kind}))
    if one.home and not one.dead:
        values = {
            "household": world[one.home], "relation": one.relation, "ground": "", "from_place": "",
            "division": homes[one.home][1], "close_ground": "",
        }  # fmt: skip
        found.append(Open("membership", key, BEGIN, None, values))
    return found


def _household(world: World, name: str, no: str, kind: str, division: str) -> Open:
    values = {
        "number": no, "kind": kind, "place": world.keys.get(f"at {name}"), "address": f"at {name}号",
        "division": division, "station": f"{division[:9]}000", "name": "",
    }  # fmt: skip
    return Open("household", world[name], BEGIN, None, values)


def officer(household: int) -> Open:
    """Gives the officer whom an open collective household must have."""
    return Open("officer", household, BEGIN, None, {"person": None, "name": "户管员", "post": ""})


def _place(subject: int, division: str, address: str) -> Open:
    values = {
        "division": division, "street": "", "door_plate": "", "compound": "", "building": "", "unit": "",
        "floor": "", "room": "", "printed": address, "usage": "dwelling", "state": "in_use",
    }  # fmt: skip
    return Open("place", subject, BEGIN, None, values)
