"""The tables of the registers, one method each: spells become entries with the register's own columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.errors import AnjiaError
from anjia.registers.divisions import station_of
from anjia.registers.household import station_digits
from anjia.synthesis import addresses, days, homes, lessees, stories
from anjia.synthesis.addresses import Addresses
from anjia.synthesis.draws import Ints, ranks, weighted
from anjia.synthesis.entries import Table, plain, unroll
from anjia.synthesis.events import CODE, NOT
from anjia.synthesis.names import Texts
from anjia.synthesis.residents import GRADUATE, MARITAL_CODES, PUPIL, People
from anjia.synthesis.spells import Spells
from anjia.synthesis.town import Town

FIRST_DAY = 7305
"""1990-01-01: since when the list of divisions, and with it every dwelling, is taken to hold."""
PUBLIC_HOUSEHOLDS_ON = 18050
"""2019-06-03: the day on which the public collective households are set up [assumed]."""
GROUNDS = {"join": "21", "start": "33", "moved": "11", "taken_in": "23"}
PARTS = ("street", "door_plate", "compound", "building", "unit", "floor", "room", "printed", "usage")
LAST_SERIAL = 99_999
BY_LEASE = "12"
MOVED_OUT, DIED = "2", "1"


@dataclass(frozen=True, slots=True)
class Keys:
    """Subjects of persons, households and dwellings; -1 for those that never reached the register.

    Attributes:
        own: (households,) which are registered by this part of the town.
    """

    person: Ints
    household: Ints
    dwelling: Ints
    last: int
    own: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the tables; every method gives one."""

    town: Town
    keys: Keys
    rank: Ints
    address: Addresses
    ethnicity: Texts
    rng: np.random.Generator

    def numbering(self, before: Ints | int) -> tuple[Texts, Texts, Texts, dict[str, int]]:
        """Gives household numbers, names of collective households and of their officers, and the last serials.

        Args:
            before: (towns,) serials given out already.
        """
        city, built = self.town.city, self.town.built
        area, town_of = city.area, city.area.site_town[built.households.site]
        kept = self.keys.own
        taken = before if isinstance(before, int) else before[town_of]
        serial = np.where(kept, ranks(np.where(kept, town_of, -1)) + 1 + taken, 0)
        _require_digits(int(serial.max()))
        codes = [station_of(code) for code in area.town_codes]
        digits = np.array([station_digits(code) for code in codes], dtype=object)
        number = digits[town_of] + np.array([f"{one:05d}" for one in serial], dtype=object)
        highest = np.zeros(len(codes), dtype=np.int64)
        np.maximum.at(highest, town_of, serial)
        kind = built.households.kind
        officer = np.full(len(kind), "", dtype=object)
        rows = np.flatnonzero((kind == homes.T4) | (kind == homes.T5) | (kind == homes.T3))
        officer[rows] = self._persons(len(rows))
        return number, self._titles(), officer, {str(code): int(top) for code, top in zip(digits, highest, strict=True)}

    def _titles(self) -> Texts:
        """Gives the names of the collective households: units and schools, communities and villages."""
        city, households = self.town.city, self.town.built.households
        area, kind = city.area, households.kind
        name = np.full(len(kind), "", dtype=object)
        for code, parts in ((homes.T1, city.streets["units"]), (homes.T2, city.streets["schools"])):
            rows = np.flatnonzero(kind == code)
            counties = [area.county_names[c] for c in area.site_county[households.site[rows]]]
            ordinal = ranks(area.site_county[households.site[rows]])
            # No unit is named twice, whichever part of the town it is in.
            part = self.town.part
            turns = [(parts[n % len(parts)], n // len(parts) * part.of + part.number) for n in ordinal.tolist()]
            # A unit has one household, so the second factory of a county has a number.
            name[rows] = [
                county + (f"第{turn + 1}" if turn else "") + part
                for county, (part, turn) in zip(counties, turns, strict=True)
            ]
        for row in np.flatnonzero((kind == homes.T3) | (kind == homes.T4) | (kind == homes.T5)).tolist():
            site = households.site[row]
            name[row] = {
                homes.T3: f"{area.county_names[area.site_county[site]]}人才集体户",
                homes.T4: f"{area.town_names[area.site_town[site]]}社区公共集体户",
                homes.T5: f"{addresses.short(area.site_names[site])}农村集体户",
            }[kind[row]]
        return name

    def _persons(self, count: int) -> Texts:
        """Draws names of persons who are in no register."""
        people = self.town.city.names["surname"]
        surnames = np.array(list(people), dtype=object)[weighted(self.rng, list(people.values()), count)]
        pool = np.array(list(self.town.city.names["cohort"][2]["second_2"]), dtype=object)
        names: Texts = surnames + pool[self.rng.integers(0, len(pool), count)]
        return names

    def officer(self, household: Table, names: Texts) -> Table:
        """Gives who answers for each collective household, since it stands.

        Args:
            names: (households,) the officers whose names were drawn; the others are drawn here.
        """
        rows = np.flatnonzero(household.columns["kind"] != "J1")
        of = dict(zip(self.keys.household.tolist(), names.tolist(), strict=True))
        name = np.array([of[subject] for subject in household.subject[rows].tolist()], dtype=object)
        missing = np.flatnonzero(name == "")
        name[missing] = self._persons(len(missing))
        columns = {
            "person": np.full(len(rows), None, dtype=object),
            "name": name,
            "post": np.full(len(rows), "户籍协管员", dtype=object),
        }
        return plain(
            "officer", household.subject[rows], household.valid_from[rows], household.opened[rows],
            household.closed[rows], columns,
        )  # fmt: skip

    def particulars(self, who: Ints, name: Texts, start: Ints, opened: Ints, closed: Ints | None = None) -> Table:
        """Gives entries of persons whose particulars never changed in the world."""
        none = np.full(len(who), NOT)
        columns = {"name": name, "former_name": np.full(len(who), "", dtype=object), **self._stable(who)}
        return plain("particulars", self.keys.person[who], start, opened, none if closed is None else closed, columns)

    def renamed(self, who: Ints, before: Texts, after: Texts, day: Ints, event: Ints) -> Table:
        """Gives entries of persons who took another name."""
        twice, count = np.concatenate([who, who]), len(who)
        forever, none = np.full(count, days.NEVER), np.full(count, NOT)
        spells = Spells(
            self.keys.person[twice], twice, np.concatenate([self.town.people.birth[who], day]),
            np.concatenate([day, forever]), np.concatenate([self.town.entry[who], event]),
            np.concatenate([event, none]),
        )  # fmt: skip
        columns = {
            "name": np.concatenate([before, after]),
            "former_name": np.concatenate([np.full(count, "", dtype=object), before]), **self._stable(twice),
        }  # fmt: skip
        return unroll("particulars", spells, columns, self.rank)

    def _stable(self, who: Ints) -> dict[str, NDArray[Any]]:
        people, city = self.town.people, self.town.city
        counties = np.array([city.spec.name.zh + name for name in city.area.county_names], dtype=object)
        codes = np.array(city.area.county_codes, dtype=object)
        outside = self._outsider()[who]
        origin = self.origins()[who]
        county = people.county[who]
        return {
            "sex": np.where(people.sex[who] == 0, "1", "2").astype(object),
            "birth_on": people.birth[who],
            "birth_place": np.where(outside, origin, counties[county]),
            "ethnicity": self.ethnicity[who],
            "native_place": np.where(outside, origin, counties[county]),
            "first_county": np.where(outside, "", codes[county]),
        }

    def _outsider(self) -> NDArray[np.bool_]:
        """Says who came from outside: those whom a move or an arrival made known, and their children before it."""
        kind = self.town.events.kind[np.maximum(self.town.entry, 0)]
        return np.isin(kind, [CODE["MOVE_IN"], CODE["RESREG"]])

    def origins(self) -> Texts:
        """Gives from where each person is, when from outside."""
        streets, people = self.town.city.streets, self.town.people
        places = np.array(streets["origins"], dtype=object)
        return places[_spread(people, streets["origin_weights"])]

    def status(self, spells: Spells) -> Table:
        """Gives who counts in the register."""
        ground = np.full(len(spells), "", dtype=object)
        return unroll(
            "status",
            self.of_persons(spells),
            {"status": spells.value.astype(str).astype(object), "ground": ground},
            self.rank,
        )

    def condition(self, spells: Spells, house_name: Texts) -> Table:
        """Gives marital status, schooling, service and employer."""
        level = spells.value % 10
        age = days.years(self.town.people.birth[spells.key], self.town.span.last)
        done = age > np.array([0, 0, 13, 16, 19, 22, 23])[level]
        employed = self._employers(house_name)
        ongoing = spells.closed == NOT
        columns = {
            "marital": MARITAL_CODES[spells.value // 10].astype(object),
            "education": np.where(done, GRADUATE[level], PUPIL[level]).astype(object),
            "military": np.where(self._served()[spells.key], "2", "0").astype(object),
            "employer": np.where(ongoing, employed[spells.key], "").astype(object),
            "occupation": np.full(len(spells), "", dtype=object),
        }
        return unroll("condition", self.of_persons(spells), columns, self.rank)

    def _employers(self, house_name: Texts) -> Texts:
        """Gives the employer of those who are registered with one."""
        stays, kind = self.town.stays, self.town.built.households.kind
        result = np.full(len(self.town.people), "", dtype=object)
        rows = np.flatnonzero((stays.closed == NOT) & (kind[stays.value] == homes.T1))
        result[stays.key[rows]] = house_name[stays.value[rows]]
        return result

    def _served(self) -> NDArray[np.bool_]:
        people = self.town.people
        old = people.birth < self.town.span.first - int(24 * days.YEAR)
        return (people.sex == 0) & old & (_spread(people, [5, 95]) == 0)

    def kinship(self) -> Table:
        """Gives fathers, mothers and spouses."""
        spells, kind = stories.kinships(self.town, self.rank)
        return unroll(
            "kinship", self.of_persons(spells), {"kin": self.keys.person[spells.value], "kind": kind}, self.rank
        )

    def household(self, number: Texts, name: Texts, opening: Ints) -> Table:
        """Gives the households, each from its first member to its last."""
        built, stays, count = self.town.built, self.town.stays, len(number)
        start, end = np.full(count, days.NEVER), np.full(count, -days.NEVER)
        np.minimum.at(start, stays.value, stays.start)
        np.maximum.at(end, stays.value, stays.end)
        first, last = np.full(count, len(self.rank)), np.full(count, -1)
        np.minimum.at(first, stays.value, self.rank[stays.opened])
        np.maximum.at(last, stays.value, self.rank[stays.closed])
        event = np.argsort(self.rank)
        kind, site = built.households.kind, built.households.site
        family = kind == homes.J1
        public = kind == homes.T4
        imports = self.town.city.area.site_town[site]
        start = np.where(family, start, np.where(public, PUBLIC_HOUSEHOLDS_ON, FIRST_DAY))
        opened = np.where(family, event[np.minimum(first, len(event) - 1)], np.where(public, opening[imports], imports))
        over = family & (end < days.NEVER)
        spells = Spells(
            self.keys.household, kind, start, np.where(over, end, days.NEVER), opened, np.where(over, event[last], NOT)
        )
        dwelling = built.households.dwelling
        at = self.address.printed[np.maximum(dwelling, 0)]
        columns = {
            "number": number,
            "kind": np.array(homes.KINDS, dtype=object)[kind],
            "place": np.where(dwelling >= 0, self.keys.dwelling[np.maximum(dwelling, 0)], -1),
            "address": np.where(dwelling >= 0, at, addresses.prefix(self.town.city)[site]),
            "division": self.site_codes()[site],
            "station": self.stations()[site],
            "name": name,
        }
        rows = np.flatnonzero(self.keys.own)
        return unroll("household", spells.take(rows), {key: value[rows] for key, value in columns.items()}, self.rank)

    def membership(self) -> Table:
        """Gives who was registered where, in which relation to the head."""
        town, spells = self.town, self.town.members
        built = town.built
        new = np.ones(len(spells), dtype=bool)
        new[1:] = (spells.key[1:] != spells.key[:-1]) | (spells.value[1:] != spells.value[:-1])
        stay = np.maximum.accumulate(np.where(new, np.arange(len(spells)), 0))
        ground, origin = self._grounds(spells)
        close = self._closing(spells)
        columns = {
            "household": self.keys.household[spells.value],
            "relation": np.array([f"{code:02d}" for code in range(100)], dtype=object)[town.relation],
            "ground": ground[stay],
            "from_place": origin[stay],
            "division": self.site_codes()[built.households.site[spells.value]],
            "close_ground": np.full(len(spells), "", dtype=object),
        }
        return unroll("membership", self.of_persons(spells), columns, self.rank, {"close_ground": close})

    def _grounds(self, spells: Spells) -> tuple[Texts, Texts]:
        """Gives why and whence each stay began."""
        town = self.town
        by_event = np.full(len(town.events.day), "", dtype=object)
        for mark, code in GROUNDS.items():
            by_event[getattr(town.marks, mark)] = code
        by_event[town.events.kind == CODE["SPLIT"]] = ""
        by_event[lessees.arrivals(town)] = BY_LEASE
        kind = town.events.kind[spells.opened]
        by_event[town.events.kind == CODE["IMPORT"]] = ""
        built = town.built.households
        address = self.address.printed[np.maximum(built.dwelling, 0)]
        address = np.where(built.dwelling >= 0, address, addresses.prefix(town.city)[built.site])
        previous = np.concatenate([[0], spells.value[:-1]])
        follows = np.concatenate([[False], spells.key[1:] == spells.key[:-1]])
        origin = np.where(kind == CODE["MOVE_IN"], self.origins()[spells.key], "")
        return by_event[spells.opened], np.where(follows, address[previous], origin).astype(object)

    def _closing(self, spells: Spells) -> Texts:
        """Gives how each spell ended: death, leaving the household, or only a new relation."""
        kind = self.town.events.kind[spells.closed]
        stays = np.concatenate([(spells.key[1:] == spells.key[:-1]) & (spells.value[1:] == spells.value[:-1]), [False]])
        leaves = np.where(kind == CODE["DEATH"], DIED, MOVED_OUT)
        return np.where(stays | (spells.closed == NOT), "", leaves).astype(object)

    def residence(self, spells: Spells) -> Table:
        """Gives where each person lived."""
        built = self.town.built
        site = built.dwellings.site[spells.value]
        dormitory, rented = built.dwellings.dormitory[spells.value] >= 0, built.dwellings.rented[spells.value]
        columns = {
            "place": self.keys.dwelling[spells.value],
            "division": self.site_codes()[site],
            "station": self.stations()[site],
            "ground": np.select([dormitory, rented], ["dorm", "rent"], "own").astype(object),
        }
        return unroll("residence", self.of_persons(spells), columns, self.rank)

    def place(self) -> Table:
        """Gives the dwellings, all known since the import."""
        dwellings, count = self.town.built.dwellings, len(self.keys.dwelling)
        parts = {name: getattr(self.address, name) for name in PARTS}
        columns = {
            "division": self.site_codes()[dwellings.site],
            **parts,
            "state": np.full(count, "in_use", dtype=object),
        }
        imports = self.town.city.area.site_town[dwellings.site]
        return plain("place", self.keys.dwelling, np.full(count, FIRST_DAY), imports, np.full(count, NOT), columns)

    def identity(self, citizen: Texts, phone: Texts) -> Table:
        """Gives citizen numbers and phones, still readable; the loader encrypts them."""
        who = np.flatnonzero(stories.known(self.town))
        called = who[phone[who] != ""]
        both = np.concatenate([who, called])
        kind = np.repeat(np.array(["citizen_no", "phone"], dtype=object), [len(who), len(called)])
        columns = {
            "kind": kind,
            "text": np.concatenate([citizen[who], phone[called]]),
            "issued_here": ~self._outsider()[both],
        }
        count = len(both)
        return plain("identity", self.keys.person[both], self.town.people.birth[both], self.town.entry[both],
                     np.full(count, NOT), columns)  # fmt: skip

    def of_persons(self, spells: Spells) -> Spells:
        """Gives the same spells under the persons' subjects."""
        return spells.keyed(self.keys.person[spells.key])

    def site_codes(self) -> Texts:
        """Gives the division of each site."""
        return np.array(self.town.city.area.site_codes, dtype=object)

    def stations(self) -> Texts:
        """Gives the station of each site."""
        area = self.town.city.area
        return np.array([station_of(code) for code in area.town_codes], dtype=object)[area.site_town]


def _require_digits(serial: int) -> None:
    if serial > LAST_SERIAL:
        raise AnjiaError(
            "households-exhausted",
            "某派出所的五位户号已用完，合成城镇太大",
            "A station has no household number of five digits left; the synthetic town is too large",
            ("请减少人数", "Choose fewer persons"),
            serial=serial,
        )


def _spread(people: People, weights: list[int]) -> Ints:
    """Gives each person a fixed class in proportion to the weights, without drawing."""
    mixed = (np.arange(len(people)) * 2_654_435_761 % (1 << 32)) / (1 << 32)
    share = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(share, mixed, side="right").clip(0, len(weights) - 1)
