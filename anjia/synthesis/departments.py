"""What the other departments hold: identity base, leases, titles, marriages, supervised persons."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from anjia.registers.place import code_of
from anjia.synthesis import cast as casting
from anjia.synthesis import days, lessees
from anjia.synthesis.cast import ENDED, FILED, SUBLET, UNFILED, Cast
from anjia.synthesis.draws import Ints
from anjia.synthesis.parts import Taken
from anjia.synthesis.permits import JOB, STUDY
from anjia.synthesis.registers import Registers
from anjia.synthesis.registration import SAME
from anjia.synthesis.town import Town

Record = dict[str, Any]

DWELLING = "住宅"
HOMESTEAD, GRANTED, ALLOCATED = "宅基地使用权", "出让", "划拨"
SHARES = (0.68, 0.20, 0.07, 0.05)
TITLED_RURAL, OWNED = 0.8, 0.75
SUPERVISED = 0.002
EMPLOYED, PUPILS = 0.7, 0.97
FILES = ("people", "leases", "titles", "marriages", "bars", "employment", "pupils", "births")
NEWBORN = 40
"""One undeclared newborn for so many couples of an age to have one."""


@dataclass(slots=True)
class Files:
    """Records by file name without its ending."""

    records: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in FILES})

    def write(self, folder: Path) -> None:
        """Writes every file whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.records.items():
            write_lines(folder / f"{name}.jsonl", rows)


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes JSON lines in place of a file, in one step."""
    draft = path.with_suffix(".part")
    draft.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    draft.replace(path)


def keep(
    town: Town, made: Registers, taken: Taken, tenant: Ints, cast: Cast, rng: np.random.Generator
) -> Files:
    """Gives the departments' records; they agree with the register in everything.

    Args:
        taken: what the parts before have taken; records are numbered through.
    """
    keeper = _Keeper(town, made, taken, rng)
    files = Files()
    files.records["people"] = keeper.people()
    lessor, kind = keeper.lessors(tenant, cast)
    files.records["leases"] = keeper.leases(tenant, lessor, kind, cast)
    files.records["titles"] = keeper.titles(tenant, lessor, kind)
    files.records["marriages"] = keeper.marriages()
    files.records["bars"] = keeper.bars(casting.protected(town, cast))
    files.records["employment"] = keeper.employment(cast)
    files.records["pupils"] = keeper.pupils()
    files.records["births"] = keeper.births()
    return files


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Writes records of one town."""

    town: Town
    made: Registers
    taken: Taken
    rng: np.random.Generator

    def people(self) -> list[Record]:
        """Gives the identity base: everybody alive."""
        people, made = self.town.people, self.made
        alive = np.flatnonzero((made.keys.person >= 0) & (people.death == days.NEVER))
        return [
            {
                "no": made.citizen_no[who],
                "name": made.name[who],
                "birth_on": str(days.day(people.birth[who])),
                "sex": str(people.sex[who] + 1),
                "photo_hash": hashlib.sha256(f"{self.taken.person + who}".encode()).hexdigest()[:16],
            }
            for who in alive.tolist()
        ]

    def lessors(self, tenant: Ints, cast: Cast) -> tuple[Ints, Ints]:
        """Gives each tenant's lessor and what has become of the lease."""
        owner = np.setdiff1d(casting.owners(self.town), list(cast.parts.values()))
        county = self.town.people.county
        lessor = np.zeros(len(tenant), dtype=np.int64)
        for one in np.unique(county[tenant]):
            rows = np.flatnonzero(county[tenant] == one)
            pool = owner[county[owner] == one]
            lessor[rows] = self.rng.choice(pool if len(pool) else owner, len(rows))
        kind = self.rng.choice(4, len(tenant), p=SHARES)
        mode = self.town.lives.mode[self.town.units.of_person(len(county))[tenant]]
        kind[(mode == SAME) & (kind != SUBLET)] = FILED
        kind[np.isin(tenant, self.town.lessee)] = FILED
        kind[np.isin(tenant, lessees.ended(self.town))] = ENDED
        for part, wanted in casting.WANTED.items():
            rows = np.flatnonzero(tenant == cast.parts.get(part, -1))
            kind[rows] = wanted
            lessor[rows] = cast.parts.get("lessor", -1)
        return lessor, kind

    def leases(self, tenant: Ints, lessor: Ints, kind: Ints, cast: Cast) -> list[Record]:
        """Gives the leases, one a tenant."""
        last, home = self.town.span.last, self.town.built.home[tenant]
        start = np.maximum(self.town.settled[tenant], last - self.rng.integers(40, 700, len(tenant)))
        end = last + self.rng.integers(200, 1300, len(tenant))
        over = kind == ENDED
        start = np.where(over, last - self.rng.integers(900, 1500, len(tenant)), start)
        end = np.where(over, last - self.rng.integers(20, 300, len(tenant)), end)
        settled = np.isin(tenant, self.town.lessee)
        arrival = lessees.arrived(self.town)[tenant]
        start = np.where(settled, arrival - 1 - start % 60, start)
        end = np.where(settled & over, last - lessees.GONE - start % 200, end)
        played = np.isin(tenant, list(cast.parts.values()))
        end = np.where(played, last + 5 * 365, end)
        filed = start + 3 + self.rng.integers(0, 20, len(tenant))
        rent = self.rng.integers(6, 28, len(tenant)) * 10_000
        made, rows = self.made, []
        for n, (who, by) in enumerate(zip(tenant.tolist(), lessor.tolist(), strict=True)):
            rows.append({
                "contract_no": f"ZL-{self._county(home[n])}-{self.taken.lease + n + 1:06d}",
                "tenant_no": made.citizen_no[who], "tenant_name": made.name[who],
                "lessor_no": made.citizen_no[by], "lessor_name": made.name[by],
                "place_code": self.code(int(home[n])), "address": made.address.printed[home[n]],
                "start_on": str(days.day(start[n])), "end_on": str(days.day(end[n])),
                "filed_on": None if kind[n] == UNFILED else str(days.day(filed[n])),
                "area_m2": 60 + n % 70, "rent_fen": int(rent[n]),
            })  # fmt: skip
        return rows

    def titles(self, tenant: Ints, lessor: Ints, kind: Ints) -> list[Record]:
        """Gives the titles of dwellings: lessors', owners' and those of registered families."""
        holder = self._holders(tenant, lessor, kind)
        site = self.town.built.dwellings.site
        rural = self.town.city.area.site_rural[site]
        allocated = self.rng.random(len(site)) < 0.15
        since = self.town.span.last - self.rng.integers(400, 9000, len(site))
        shared = self.rng.random(len(site)) < 0.5
        made, spouse, rows = self.made, self.town.people.spouse, []
        for place in np.flatnonzero(holder >= 0).tolist():
            names = [int(holder[place])]
            other = int(spouse[names[0]])
            if (
                shared[place]
                and other >= 0
                and self.town.people.death[other] == days.NEVER
                and made.keys.person[other] >= 0
            ):
                names.append(other)
            right = HOMESTEAD if rural[place] else ALLOCATED if allocated[place] else GRANTED
            rows.append({
                "title_no": f"BDC-{self._county(place)}-{self.taken.dwelling + place + 1:07d}",
                "holders": [
                    {"no": made.citizen_no[one], "name": made.name[one], "share": 1 / len(names)} for one in names
                ],
                "usage": DWELLING, "land_right": right, "address": made.address.printed[place],
                "place_code": self.code(place), "registered_on": str(days.day(since[place])),
                "seized": False, "mortgaged": bool(not rural[place] and place % 3 == 0),
            })  # fmt: skip
        return rows

    def _holders(self, tenant: Ints, lessor: Ints, kind: Ints) -> Ints:
        """Gives who holds the title of each dwelling, -1 for none."""
        town = self.town
        dwellings, home = town.built.dwellings, town.built.home
        holder = np.full(len(dwellings.site), -1)
        draw = self.rng.random(len(holder))
        unit = town.units.of_person(len(town.people))
        leads = np.flatnonzero((unit[: town.size] >= 0) & (town.people.home[: town.size] >= 0))
        apart = leads[np.isin(town.lives.mode[unit[leads]], (SAME,), invert=True)]
        apart = apart[draw[home[apart]] < OWNED]
        holder[home[apart]] = apart
        head, household = casting.heads_today(town)
        place = town.built.households.dwelling[household]
        alive = (place >= 0) & (town.people.death[head] == days.NEVER)
        holder[place[alive]] = head[alive]
        rural = town.city.area.site_rural[dwellings.site]
        holder[rural & (draw >= TITLED_RURAL)] = -1
        holder[(dwellings.dormitory >= 0)] = -1
        owner = lessor.copy()
        sublet = np.flatnonzero(kind == SUBLET)
        owner[sublet] = self.rng.permutation(lessor)[sublet]
        holder[dwellings.rented] = -1
        holder[home[tenant]] = owner
        return holder

    def marriages(self) -> list[Record]:
        """Gives the marriages of those of whom at least one is alive, ended by divorce or death."""
        town, people = self.town, self.town.people
        units, dates = town.units, town.lives
        both = np.flatnonzero((units.man >= 0) & (units.woman >= 0))
        former = np.flatnonzero(dates.ex_unit >= 0)
        husband = dates.ex_unit[former]
        man = np.concatenate([units.man[both], units.man[husband]])
        woman = np.concatenate([units.woman[both], units.woman[former]])
        day = np.concatenate([dates.formed[both], dates.formed[husband]])
        end = np.concatenate(
            [np.minimum(people.death[units.man[both]], people.death[units.woman[both]]), dates.parted[former]]
        )
        alive = (people.death[man] == days.NEVER) | (people.death[woman] == days.NEVER)
        known = (self.made.keys.person[man] >= 0) & (self.made.keys.person[woman] >= 0)
        rows = []
        for n in np.flatnonzero(alive & known & (day <= town.span.last)).tolist():
            rows.append({
                "certificate_no": f"J-{days.day(day[n]).year}-{self.taken.unit + n + 1:07d}",
                "spouses": [
                    {"no": self.made.citizen_no[one], "name": self.made.name[one]} for one in (man[n], woman[n])
                ],
                "registered_on": str(days.day(day[n])),
                "ended_on": str(days.day(end[n])) if end[n] < days.NEVER else None,
            })  # fmt: skip
        return rows

    def bars(self, spared: set[int]) -> list[Record]:
        """Gives persons whose moves need an authority's approval."""
        age = self.town.people.age(self.town.span.last)
        adult = np.flatnonzero(
            (age > 18) & (age < 70) & (self.town.people.death == days.NEVER) & (self.made.keys.person >= 0)
        )
        chosen = adult[self.rng.random(len(adult)) < SUPERVISED]
        return [
            {"no": self.made.citizen_no[who], "barred": True, "approved": bool(who % 4 == 0)}
            for who in chosen.tolist() if who not in spared
        ]  # fmt: skip

    def employment(self, cast: Cast) -> list[Record]:
        """Gives who works and for how many months they were insured; the cast's newcomer does."""
        age = self.town.people.age(self.town.span.last)
        able = self._alive((age >= 18) & (age < 60))
        works = (self.rng.random(len(able)) < EMPLOYED) | (able == cast.parts.get("newcomer", -1))
        works |= np.isin(able, self.town.permits.holders(JOB))
        months = self.rng.integers(1, 240, len(able))
        return [
            {"no": self.made.citizen_no[who], "active": True, "unit": f"第{who % 97 + 1}样例单位", "months": int(spent)}
            for who, spent in zip(able[works].tolist(), months[works].tolist(), strict=True)
        ]

    def pupils(self) -> list[Record]:
        """Gives who attends a school of the city."""
        age = self.town.people.age(self.town.span.last)
        young = self._alive((age >= 6) & (age < 18))
        attends = self.rng.random(len(young)) < PUPILS
        attends |= np.isin(young, self.town.permits.holders(STUDY))
        return [
            {"no": self.made.citizen_no[who], "attending": True, "school": f"第{who % 23 + 1}样例学校"}
            for who in young[attends].tolist()
        ]

    def _alive(self, chosen: Any) -> Ints:
        """Gives the living whom the register knows among the chosen."""
        return np.flatnonzero(chosen & (self.town.people.death == days.NEVER) & (self.made.keys.person >= 0))

    def births(self) -> list[Record]:
        """Gives birth certificates of newborns whom their parents have not declared yet."""
        town, people, made = self.town, self.town.people, self.made
        mother = np.flatnonzero((people.sex == 1) & (people.spouse >= 0) & (made.keys.person >= 0))
        father = people.spouse[mother]
        age = people.age(town.span.last)[mother]
        alive = (people.death[mother] == days.NEVER) & (people.death[father] == days.NEVER)
        able = np.flatnonzero((age >= 22) & (age < 38) & alive & (made.keys.person[father] >= 0))[::NEWBORN]
        table = made.tables["particulars"]
        ethnicity = np.full(made.keys.last + 1, "01", dtype=object)
        ethnicity[table.subject] = table.columns["ethnicity"]
        rows = []
        for n, (one, two) in enumerate(zip(father[able].tolist(), mother[able].tolist(), strict=True)):
            born = days.day(town.span.last - 2 - n % 25)
            parents = {
                role: {
                    "no": made.citizen_no[who], "name": made.name[who],
                    "ethnicity": ethnicity[made.keys.person[who]],
                }
                for role, who in (("father", one), ("mother", two))
            }  # fmt: skip
            rows.append({
                "certificate_no": f"Q37{self.taken.person + n + 1:07d}", "issued_on": str(born), "multiple": False,
                "child": {
                    "name": f"{made.name[one][0]}{'安宁'[n % 2]}{'和乐'[n // 2 % 2]}", "sex": str(1 + n % 2),
                    "born_on": str(born), "place": town.city.spec.name.zh,
                }, **parents,
            })  # fmt: skip
        return rows

    def code(self, place: int) -> str:
        """Gives a dwelling's standard address code."""
        site = self.town.built.dwellings.site[place]
        return code_of(self.town.city.area.site_codes[site], int(self.made.keys.dwelling[place]))

    def _county(self, place: int) -> str:
        area = self.town.city.area
        return area.county_codes[area.town_county[area.site_town[self.town.built.dwellings.site[place]]]]
