"""The register that a case describes, written by our acts: addresses, persons, stays, enquiries, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.registers import columns, dates
from anjia.registers.models import Place, Residence
from anjia.registers.place import code_of
from tests.registers.world import do, draft

BEGIN = date(1900, 1, 1)
NO_CODE = frozenset("0 ")
AWAY = "9999"
FIELDS = {"00": "", "1000": "valid", "1010": "ground", "1030": "valid", "1100": "place", "1180": "place"}
"""What of a stay is in doubt, by the digits after the category; any other group is about its details."""

GONE = ("F", "W")
"""Grounds of suspension for which the whole list of a person is taken away."""


@dataclass
class Address:
    """An address as the case names it: its dwelling here, and the data it was given."""

    place: int
    data: dict[str, str]


@dataclass
class Town:
    """Names of the case → keys of our register.

    Attributes:
        persons: number of the person → key; `last` is the one whom the latest step was about.
        absent: person → a day on which the person was known to live elsewhere than in a dwelling here.
    """

    persons: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    dwellings: dict[str, int] = field(default_factory=dict)
    municipalities: dict[str, str] = field(default_factory=dict)
    absent: dict[int, date] = field(default_factory=dict)
    suspended: dict[int, tuple[str, str]] = field(default_factory=dict)
    last: int = 0
    serial: int = 900_000_000

    def person(self, number: str) -> int:
        """Gives the key of a person, who is made when the case names the person for the first time."""
        if number not in self.persons:
            self.persons[number] = _made("P", lambda key: _person(key, number))
        self.last = self.persons[number]
        return self.last

    def renamed(self, person: int, number: str) -> None:
        """Gives a person another number; the person stays the same one."""
        self.persons = {one: key for one, key in self.persons.items() if key != person} | {number: person}

    def number_of(self, person: int) -> str:
        """Gives the number by which the case knows a person now."""
        return next(number for number, key in self.persons.items() if key == person)

    def address(self, name: str, data: Mapping[str, str]) -> Address:
        """Makes an address; two with one identification are two doors of one dwelling."""
        code = data.get("11.80", "")
        known = set(code) - NO_CODE
        place = self.dwellings.get(code) if known else None
        if place is None:
            place = _made("L", lambda key: [_dwelling(key, data, name)])
            if known:
                self.dwellings[code] = place
        self.addresses[name] = Address(place, dict(data))
        return self.addresses[name]

    def stays(self, person: int, name: str, data: Mapping[str, str]) -> None:
        """Records that a person lives at an address from a day on, and what of it is under enquiry."""
        place = self.addresses[name].place
        more = {"after": self.absent[person]} if person in self.absent else {}
        do("record-stay", event="RESREG", person=person, place=_code(place), since=data.get("10.30", "0"), **more)
        self.doubted(person, data)

    def doubted(self, person: int, data: Mapping[str, str]) -> None:
        """Opens, and closes, the enquiry that a row about a stay carries."""
        if not data.get("83.10"):
            return
        kind = data["83.10"][2:]
        stay = _now(person)
        about = {"subject": person, "register": "residence", "day": stay.valid_from}
        about["field"] = "" if kind == AWAY else FIELDS.get(kind if kind[:2] != "00" else "00", "division")
        do(
            "open-enquiry", dates.earliest(dates.parse(data["83.20"])), event="ENQUIRY", **about,
            ground=data["83.10"], state="away" if kind == AWAY else "open",
        )  # fmt: skip
        if data.get("83.30"):
            do("close-enquiry", dates.earliest(dates.parse(data["83.30"])), event="ENQUIRY", **about)

    def leaves(self, person: int, since: str) -> None:
        """Records that a person lives in no dwelling here from a day on: gone abroad, or mail only."""
        when = dates.parse(since)
        if Residence.objects.filter(subject=person, recorded_to=None, valid_to=None).exists():
            do("end-stay", event="EMIGRATE", person=person, since=since)
        self.absent[person] = max(dates.earliest(when), self.absent.get(person, date.min))

    def corrects(self, person: int, data: Mapping[str, str], name: str = "") -> None:
        """Corrects a person's latest stay: its first day, its address, or that it was none."""
        stay = _now(person)
        if "13.20" in data:
            do("correct-stay", event="CORRECT", person=person, day=stay.valid_from, strike=True)
            self.leaves(person, data["13.20"])
            return
        right = {"place": _code(self.addresses[name].place)} if name else {}
        do(
            "correct-stay", event="CORRECT", person=person, day=stay.valid_from, since=data.get("10.30", "0"), **right
        )
        self.doubted(person, data)

    def settle(self) -> None:
        """Ends what is suspended, last of all: a list that is taken away leaves nothing."""
        for person, (reason, since) in self.suspended.items():
            if reason in GONE:
                for stay in Residence.objects.filter(subject=person, recorded_to=None).order_by("-valid_from"):
                    do("correct-stay", event="CANCEL_DUP", person=person, day=stay.valid_from, strike=True)
            elif Residence.objects.filter(subject=person, recorded_to=None, valid_to=None).exists():
                day = dates.earliest(dates.parse(since))
                # Nobody moves after death or departure: what the case lets begin later was no stay.
                while _now(person).valid_from >= day:
                    do("correct-stay", event="CORRECT", person=person, day=_now(person).valid_from, strike=True)
                do("end-stay", event="DEATH", person=person, since=since)

    def renumbered(self, name: str, to: str, on: date, data: Mapping[str, str]) -> None:
        """Lets all who live at one address live at another from a day on: merged, renumbered, given a code."""
        old = self.addresses[name].place
        new = self.address(to, data).place
        rows = Residence.objects.filter(place=old, recorded_to=None, valid_to=None, valid_from__lt=on)
        for person in rows.order_by("subject").values_list("subject", flat=True):
            do("record-stay", on, event="ADDRESS_CHANGE", person=person, place=_code(new), since=on)

    def redrawn(self, name: str, on: date, division: str) -> None:
        """Lets an address lie in another municipality from a day on; it stays the same dwelling."""
        here = self.addresses[name]
        row = Place.objects.get(subject=here.place, recorded_to=None, valid_to=None)

        def decide(seen: acts.Seen, moment: Moment) -> Plan:
            own = {one: getattr(row, one) for one in columns.own_columns("place")}
            old = {"id": row.pk, "subject": row.subject, "valid_from": row.valid_from, **own}
            closes, opens = truncate("place", old, on)
            new = Open("place", here.place, on, None, {**own, "division": _division(division)})
            return Plan(tuple(closes), (*opens, new))

        acts.commit(draft("ADDRESS_CHANGE", decide=decide, subjects=(here.place,), effective_on=on))
        here.data["92.10"] = division
        rows = Residence.objects.filter(place=here.place, recorded_to=None, valid_to=None, valid_from__lt=on)
        for person in rows.order_by("subject").values_list("subject", flat=True):
            do("record-stay", on, event="ADDRESS_CHANGE", person=person, place=_code(here.place), since=on)

    def merged(self, code: str, into: str, on: date) -> None:
        """Lets all addresses of a municipality lie in the one that took it over."""
        for name, one in self.addresses.items():
            if one.data.get("92.10") == code:
                self.redrawn(name, on, into)


def day_of(text: str) -> date:
    """Gives a day written with or without hyphens."""
    return date.fromisoformat(text)


def _now(person: int) -> Residence:
    found = Residence.objects.filter(subject=person, recorded_to=None).order_by("-valid_from").first()
    assert found is not None, "the case corrects a person who lives nowhere"
    return found


def _made(kind: str, opens: Any) -> int:
    key: list[int] = []

    def decide(seen: acts.Seen, moment: Moment) -> Plan:
        key.append(moment.subjects[0])
        return Plan((), tuple(opens(moment.subjects[0])))

    acts.commit(draft("IMPORT", decide=decide, new_subjects=(kind,), effective_on=BEGIN))
    return key[0]


def _person(key: int, number: str) -> list[Open]:
    particulars = {
        "name": number, "former_name": "", "sex": "1", "birth_on": BEGIN, "birth_place": "", "ethnicity": "01",
        "native_place": "", "first_county": "",
    }  # fmt: skip
    return [
        Open("particulars", key, BEGIN, None, particulars),
        Open("status", key, BEGIN, None, {"status": "0", "ground": ""}),
    ]


def _dwelling(key: int, data: Mapping[str, str], name: str) -> Open:
    values = {
        "division": _division(data.get("92.10", "")), "street": data.get("11.10", ""), "door_plate": "",
        "compound": "", "building": "", "unit": "", "floor": "", "room": "", "printed": name, "usage": "dwelling",
        "state": "in_use",
    }  # fmt: skip
    return Open("place", key, BEGIN, None, values)


def _division(municipality: str) -> str:
    return (municipality or "0").zfill(4).ljust(12, "0")


def _code(place: int) -> str:
    rows = Place.objects.filter(subject=place, recorded_to=None).order_by("-valid_from")
    return code_of(rows[0].division, place)


def tomorrow(day: date) -> date:
    """Gives the day after."""
    return day + timedelta(days=1)


def now() -> Any:
    """Gives the moment as of which a case asks: everything is known."""
    return timezone.now()
