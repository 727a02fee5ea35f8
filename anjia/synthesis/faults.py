"""Faults planted on purpose, each recorded: what is wrong, about whom, where, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from anjia.registers.place import code_of
from anjia.synthesis import days
from anjia.synthesis.departments import Files, Record
from anjia.synthesis.draws import Ints
from anjia.synthesis.entries import Table
from anjia.synthesis.events import NOT
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault.

    Attributes:
        subject: the person in the register whom it is about.
        where: the file or register; `key` finds the record or entry in it.
        found, truth: what stands there and what should.
    """

    kind: str
    subject: int
    where: str
    key: str
    found: Any
    truth: Any

    def to_json(self) -> dict[str, Any]:
        """Gives the fault as one line of the file of faults."""
        return asdict(self)


def plant(
    town: Town, made: Registers, files: Files, spared: set[int], rng: np.random.Generator
) -> tuple[Registers, list[Fault]]:
    """Plants faults in the departments' files and in the register.

    Args:
        spared: persons about whom nothing is made wrong.

    Returns:
        The register with its faults, and the list of all faults.
    """
    planter = _Planter(town, made, files, spared, rng)
    for act in (planter.people, planter.leases, planter.titles, planter.marriages):
        act()
    tables = planter.registers()
    return replace(made, tables=tables), planter.faults


def wrong_check(number: str) -> str:
    """Gives the number with a check digit that does not fit."""
    return number[:-1] + CHECKS[(CHECKS.index(number[-1]) + 1) % len(CHECKS)]


class _Planter:
    """Plants and records; a record gets one fault at most."""

    def __init__(self, town: Town, made: Registers, files: Files, spared: set[int], rng: np.random.Generator) -> None:
        self._town, self._made, self._files, self._rng = town, made, files.records, rng
        self._person = {number: who for who, number in enumerate(made.citizen_no) if made.keys.person[who] >= 0}
        self._spared = {made.citizen_no[who] for who in spared}
        self._spared_subjects = {int(made.keys.person[who]) for who in spared}
        self._share = float(town.city.settings["fault_share"])
        self.faults: list[Fault] = []

    def people(self) -> None:
        """Misspelt names and missing persons in the identity base."""
        rows = self._files["people"]
        gone = []
        for kind, index in self._draw(
            "people", rows, lambda row: [row["no"]], ("name-differs", "name-differs", "person-missing")
        ):
            row = rows[index]
            if kind == "person-missing":
                gone.append(index)
                self._note(kind, row["no"], "people.jsonl", row["no"], None, row["name"])
            else:
                truth, row["name"] = row["name"], self._misspelt(row["name"])
                self._note(kind, row["no"], "people.jsonl", row["no"], row["name"], truth)
        self._drop(rows, gone)

    def leases(self) -> None:
        """Stale addresses, wrong numbers, missing filings and double lettings."""
        rows = self._files["leases"]
        added = []
        kinds = ("address-stale", "tenant-number-wrong", "filing-missing", "lease-double")
        for kind, index in self._draw("leases", rows, lambda row: [row["tenant_no"], row["lessor_no"]], kinds):
            row = rows[index]
            key, who = row["contract_no"], row["tenant_no"]
            if kind == "address-stale":
                place = int(self._rng.integers(0, len(self._made.keys.dwelling)))
                truth = row["place_code"]
                row["place_code"], row["address"] = self._code(place), self._made.address.printed[place]
                self._note(kind, who, "leases.jsonl", key, row["place_code"], truth)
            elif kind == "tenant-number-wrong" or (kind == "filing-missing" and row["filed_on"] is None):
                row["tenant_no"] = wrong_check(who)
                self._note("tenant-number-wrong", who, "leases.jsonl", key, row["tenant_no"], who)
            elif kind == "filing-missing":
                truth, row["filed_on"] = row["filed_on"], None
                self._note(kind, who, "leases.jsonl", key, None, truth)
            else:
                other = rows[(index + 1) % len(rows)]
                added.append(
                    {
                        **row,
                        "contract_no": f"{key}-B",
                        "tenant_no": other["tenant_no"],
                        "tenant_name": other["tenant_name"],
                    }
                )
                self._note(kind, who, "leases.jsonl", f"{key}-B", other["tenant_no"], who)
        rows += added

    def titles(self) -> None:
        """Titles that still name another holder, and titles that are missing."""
        rows = self._files["titles"]
        gone = []
        holders = [row["holders"] for row in rows]
        for kind, index in self._draw(
            "titles", rows, lambda row: [one["no"] for one in row["holders"]], ("title-stale", "title-missing")
        ):
            row = rows[index]
            truth = [one["no"] for one in row["holders"]]
            if kind == "title-missing":
                gone.append(index)
                self._note(kind, truth[0], "titles.jsonl", row["title_no"], None, truth)
            else:
                kept_out = set(truth) | self._spared
                row["holders"] = next(
                    h for h in chain(holders[index + 1 :], holders[:index]) if not {one["no"] for one in h} & kept_out
                )
                self._note(
                    kind, truth[0], "titles.jsonl", row["title_no"], [one["no"] for one in row["holders"]], truth
                )
        self._drop(rows, gone)

    def marriages(self) -> None:
        """Marriages that are missing, ended without a trace, or under a wrong number."""
        rows = self._files["marriages"]
        gone = []
        kinds = ("marriage-missing", "end-missing", "spouse-number-wrong")
        for kind, index in self._draw("marriages", rows, lambda row: [one["no"] for one in row["spouses"]], kinds):
            row = rows[index]
            who, key = row["spouses"][0]["no"], row["certificate_no"]
            if kind == "end-missing" and row["ended_on"]:
                truth, row["ended_on"] = row["ended_on"], None
                self._note(kind, who, "marriages.jsonl", key, None, truth)
            elif kind == "marriage-missing":
                gone.append(index)
                self._note(kind, who, "marriages.jsonl", key, None, row["registered_on"])
            else:
                row["spouses"][0]["no"] = wrong_check(who)
                self._note("spouse-number-wrong", who, "marriages.jsonl", key, row["spouses"][0]["no"], who)
        self._drop(rows, gone)

    def registers(self) -> dict[str, Table]:
        """Missing parents, impossible relations, missing birth places and wrong check digits in the register."""
        tables = dict(self._made.tables)
        share = self._share / 4
        for register, kind, plant_one in (
            ("kinship", "mother-missing", self._mother_missing),
            ("membership", "relation-impossible", self._relation_impossible),
            ("particulars", "birth-place-missing", self._birth_place_missing),
            ("identity", "number-check-wrong", self._number_wrong),
        ):
            table = tables[register]
            free = (
                ~np.isin(table.subject, list(self._spared_subjects))
                & (table.closed == NOT)
                & (table.valid_to == days.NEVER)
            )
            tables[register] = plant_one(table, free, share, kind)
        return tables

    def _mother_missing(self, table: Table, free: Ints, share: float, kind: str) -> Table:
        rows = self._some(np.flatnonzero(free & (table.columns["kind"] == "mother")), share)
        for row in rows.tolist():
            self._put(kind, table, row, "", None, int(table.columns["kin"][row]))
        kept = np.setdiff1d(np.arange(len(table)), rows)
        return take(table, kept)

    def _relation_impossible(self, table: Table, free: Ints, share: float, kind: str) -> Table:
        relation = table.columns["relation"].copy()
        rows = self._some(np.flatnonzero(free & np.isin(relation, ["11", "12", "20", "30"])), share)
        for row in rows.tolist():
            truth = relation[row]
            relation[row] = {"11": "12", "12": "11", "20": "30", "30": "20"}[truth]
            self._put(kind, table, row, "relation", relation[row], truth)
        return replace(table, columns={**table.columns, "relation": relation})

    def _birth_place_missing(self, table: Table, free: Ints, share: float, kind: str) -> Table:
        place = table.columns["birth_place"].copy()
        rows = self._some(np.flatnonzero(free), share)
        for row in rows.tolist():
            self._put(kind, table, row, "birth_place", "", place[row])
        place[rows] = ""
        return replace(table, columns={**table.columns, "birth_place": place})

    def _number_wrong(self, table: Table, free: Ints, share: float, kind: str) -> Table:
        text = table.columns["text"].copy()
        rows = self._some(np.flatnonzero(free & (table.columns["kind"] == "citizen_no")), share / 2)
        for row in rows.tolist():
            truth, text[row] = text[row], wrong_check(text[row])
            self._put(kind, table, row, "citizen_no", text[row], truth)
        return replace(table, columns={**table.columns, "text": text})

    def _draw(
        self, name: str, rows: Sequence[Record], persons: Callable[[Record], list[str]], kinds: Sequence[str]
    ) -> list[tuple[str, int]]:
        """Chooses records to spoil, in turn of the kinds."""
        able = np.array([n for n, row in enumerate(rows) if not self._spared & set(persons(row))], dtype=np.int64)
        chosen = self._some(able, self._share, least=len(kinds))
        return [(kinds[n % len(kinds)], index) for n, index in enumerate(chosen.tolist())]

    def _some(self, rows: Ints, share: float, least: int = 1) -> Ints:
        count = min(len(rows), max(least, round(share * len(rows))))
        return self._rng.permutation(rows)[:count]

    def _misspelt(self, name: str) -> str:
        pool = self._town.city.names["cohort"][3]["second_1"]
        return name[:-1] + str(self._rng.choice([one for one in pool if one != name[-1]]))

    def _note(self, kind: str, number: str, where: str, key: str, found: Any, truth: Any) -> None:
        subject = int(self._made.keys.person[self._person[number]])
        self.faults.append(Fault(kind, subject, f"departments/{where}", key, found, truth))

    def _put(self, kind: str, table: Table, row: int, key: str, found: Any, truth: Any) -> None:
        self.faults.append(Fault(kind, int(table.subject[row]), f"registers/{table.register}", key, found, truth))

    def _code(self, place: int) -> str:
        site = self._town.built.dwellings.site[place]
        return code_of(self._town.city.area.site_codes[site], int(self._made.keys.dwelling[place]))

    @staticmethod
    def _drop(rows: list[Record], gone: list[int]) -> None:
        for index in sorted(gone, reverse=True):
            del rows[index]


def take(table: Table, rows: Ints) -> Table:
    """Gives the chosen rows of a table."""
    return Table(
        table.register, table.subject[rows], table.valid_from[rows], table.valid_to[rows], table.opened[rows],
        table.closed[rows], {name: values[rows] for name, values in table.columns.items()},
    )  # fmt: skip
