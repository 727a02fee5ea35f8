"""How near the loaded town is to the census: its marginals beside the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from anjia.synthesis import cityfiles, days
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.residents import BANDS, COUNTED_FROM, SCHOOLING, SEXES, age_sex_targets, band_label

PEOPLE = """
SELECT r.subject, r.place, left(r.division, 6) AS county, p.sex, p.birth_on, p.ethnicity,
       coalesce(c.education, '90') AS education, coalesce(c.marital, '90') AS marital,
       l.usage = 'dormitory' AS dormitory, m.subject IS NOT NULL AS registered,
       coalesce(left(m.division, 6) <> left(r.division, 6), false) AS other_county
  FROM registers_residence r
  JOIN registers_particulars p ON p.subject = r.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
  JOIN registers_place l ON l.subject = r.place AND l.recorded_to IS NULL AND l.valid_to IS NULL
  LEFT JOIN registers_condition c ON c.subject = r.subject AND c.recorded_to IS NULL AND c.valid_to IS NULL
  LEFT JOIN registers_membership m ON m.subject = r.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
 WHERE r.recorded_to IS NULL AND r.valid_to IS NULL
 ORDER BY r.subject
"""
PARENTS = """
SELECT k.subject, k.kin FROM registers_kinship k
 WHERE k.kind IN ('father', 'mother') AND k.recorded_to IS NULL AND k.valid_to IS NULL ORDER BY k.id
"""
MADE_AS_OF = "SELECT max(effective_on) FROM kernel_act WHERE evidence @> '{\"synthetic\": true}'"
COLLEGE, BACHELOR = "3", "12"


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of a table: shares in per cent, or a mean or a ratio where the table says so."""

    label: str
    town: float
    census: float

    @property
    def deviation(self) -> float:
        """The difference of the two."""
        return self.town - self.census


@dataclass(frozen=True, slots=True)
class Marginal:
    """One table.

    Attributes:
        unit: what the figures are.
        points: how many cells were compared, for tables of which only the worst cells are listed.
    """

    name: str
    unit: str
    points: int
    lines: tuple[Line, ...]

    @property
    def worst(self) -> Line:
        """The cell that deviates most."""
        return max(self.lines, key=lambda line: abs(line.deviation))


@dataclass(frozen=True, slots=True)
class Report:
    """The marginals of the town against the census."""

    residents: int
    tables: tuple[Marginal, ...]

    def to_json(self) -> dict[str, Any]:
        """Gives the report as plain values."""
        return {
            "residents": self.residents, "synthetic": True,
            "tables": [
                {
                    "name": table.name, "unit": table.unit, "cells": table.points,
                    "max_deviation": round(abs(table.worst.deviation), 3),
                    "lines": [
                        {"label": line.label, "town": round(line.town, 3), "census": round(line.census, 3)}
                        for line in table.lines
                    ],
                }
                for table in self.tables
            ],
        }  # fmt: skip

    def to_text(self) -> str:
        """Gives the report as a table for people."""
        rows = [f"合成城镇与普查 synthetic town against census · {self.residents} 人 residents (synthetic data)"]
        for table in self.tables:
            rows += ["", f"{table.name} [{table.unit}]  最大偏差 max deviation {abs(table.worst.deviation):.2f}"]
            rows += [
                f"  {line.label:<24} {line.town:9.2f} {line.census:9.2f} {line.deviation:+8.2f}" for line in table.lines
            ]
        return "\n".join(rows)


def report(city_folder: Path | None = None) -> Report:
    """Measures the town in the database against the census of the city's files."""
    city = cityfiles.read(city_folder or Path(settings.ANJIA_CITY))
    columns = _residents()
    parents, on = _rows(PARENTS), _rows(MADE_AS_OF)[0][0]
    measure = _Measure(city, columns, parents, days.number(on))
    tables = (
        measure.counties(), measure.sex_ratio(), measure.ages(), measure.ages_by_county(), measure.homes(),
        measure.generations(), measure.marital(), measure.schooling(), measure.ethnicity(), measure.registered(),
    )  # fmt: skip
    return Report(len(columns["subject"]), tables)


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _residents() -> dict[str, NDArray[Any]]:
    names = ("subject", "place", "county", "sex", "birth_on", "ethnicity", "education", "marital", "dormitory",
             "registered", "other_county")  # fmt: skip
    rows = _rows(PEOPLE)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    kinds: Mapping[str, Any] = {"birth_on": "datetime64[D]", "subject": np.int64, "place": np.int64, "dormitory": bool,
                                "registered": bool, "other_county": bool}  # fmt: skip
    return {name: np.array(column, dtype=kinds.get(name)) for name, column in zip(names, columns, strict=True)}


@dataclass(frozen=True, slots=True)
class _Measure:
    """Compares one table at a time."""

    city: CityFiles
    people: Mapping[str, NDArray[Any]]
    parents: list[tuple[Any, ...]]
    on: int

    def _age(self) -> NDArray[np.float64]:
        return days.years(self.people["birth_on"].astype(np.int64), self.on)

    def counties(self) -> Marginal:
        """Gives the share of each county."""
        total = self.city.census["人口数_合计"]
        share = [100 * float((self.people["county"] == code).mean()) for code in self.city.area.county_codes]
        lines = zip(self.city.area.county_names, share, 100 * total / total.sum(), strict=True)
        return _table("区县 residents by county", "%", [Line(*line) for line in lines])

    def sex_ratio(self) -> Marginal:
        """Gives men to 100 women."""
        men = float((self.people["sex"] == "1").sum())
        ratio = 100 * men / max(float((self.people["sex"] == "2").sum()), 1)
        return _table(
            "性别比 sex ratio", "women = 100", [Line("全市 city", ratio, self.city.whole["性别比（女=100）"])]
        )

    def ages(self) -> Marginal:
        """Gives age band by sex for the city."""
        target = age_sex_targets(self.city).sum(axis=0)
        found = self._by_age(np.ones(len(self.people["sex"]), dtype=bool))
        return _table("年龄×性别 age by sex", "%", _cells(found, target, ""))

    def ages_by_county(self) -> Marginal:
        """Gives age band by sex within each county; lists the ten cells that deviate most."""
        targets = age_sex_targets(self.city)
        lines: list[Line] = []
        for code, name, target in zip(self.city.area.county_codes, self.city.area.county_names, targets, strict=True):
            lines += _cells(self._by_age(self.people["county"] == code), target, f"{name} ")
        lines.sort(key=lambda line: -abs(line.deviation))
        return Marginal("年龄×性别×区县 age by sex by county (worst 10)", "% of county", len(lines), tuple(lines[:10]))

    def _by_age(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        edges = [low for low, _ in BANDS] + [200]
        age = np.maximum(self._age()[rows], 0)
        sex = self.people["sex"][rows]
        return np.array([np.histogram(age[sex == code], edges)[0] for code in ("1", "2")], dtype=float).T

    def homes(self) -> Marginal:
        """Gives the mean size of family households and the share of those with one person, by county."""
        census, lines = self.city.census, []
        at_home = ~self.people["dormitory"]
        for n, (code, name) in enumerate(zip(self.city.area.county_codes, self.city.area.county_names, strict=True)):
            sizes = np.unique(self.people["place"][at_home & (self.people["county"] == code)], return_counts=True)[1]
            if len(sizes):
                lines.append(Line(f"{name} 户规模 mean size", float(sizes.mean()), float(census["户规模"][n])))
        sizes = np.unique(self.people["place"][at_home], return_counts=True)[1]
        whole = self.city.whole
        lines.append(Line("全市 户规模 mean size", float(sizes.mean()), whole["户规模"]))
        return _table("家庭户规模 household size", "persons", lines)

    def generations(self) -> Marginal:
        """Gives households of one person and by generations, for the city."""
        at_home = ~self.people["dormitory"]
        subject, place = self.people["subject"], self.people["place"]
        index = {int(who): n for n, who in enumerate(subject.tolist())}
        pairs = [(index[c], index[p]) for c, p in self.parents if c in index and p in index]
        pairs = [(c, p) for c, p in pairs if place[c] == place[p] and at_home[c]]
        depth = np.zeros(len(subject), dtype=np.int64)
        child, parent = (np.array(side, dtype=np.int64) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
        for _ in range(4):
            np.maximum.at(depth, child, depth[parent] + 1)
        homes, of, sizes = np.unique(place[at_home], return_inverse=True, return_counts=True)
        count = np.zeros(len(homes), dtype=np.int64)
        np.maximum.at(count, of, depth[at_home] + 1)
        whole, total = self.city.whole, self.city.whole["家庭户数"]
        lines = [Line("一人户 one person", 100 * float((sizes == 1).mean()), 100 * whole["一人户数"] / total)]
        for number, name in ((1, "一代户数"), (2, "二代户数"), (3, "三代户数")):
            lines.append(
                Line(
                    f"{name[:2]}户 {number} generations",
                    100 * float((count == number).mean()),
                    100 * whole[name] / total,
                )
            )
        lines.append(
            Line("四代以上户 4 and more", 100 * float((count > 3).mean()), 100 * whole["四代以上户数"] / total)
        )
        return _table("世代 generations", "% of households", lines)

    def marital(self) -> Marginal:
        """Gives the marital status of those aged 15 and over, by sex."""
        adult, lines = self._age() >= 15, []
        shares = self.city.settings["marital"]
        for sex, label in (("1", "男 men"), ("2", "女 women")):
            codes = self.people["marital"][adult & (self.people["sex"] == sex)].astype(str)
            first = np.array([code[0] for code in codes])
            for digit, name, text in (
                ("1", "never", "未婚 never"),
                ("3", "widowed", "丧偶 widowed"),
                ("4", "divorced", "离婚 divorced"),
            ):
                lines.append(
                    Line(f"{label} {text}", 100 * float((first == digit).mean()), 100 * shares[f"{name}_{sex}"])
                )
        return _table("婚姻 marital status, 15+", "%", lines)

    def schooling(self) -> Marginal:
        """Gives the schooling of those aged 6 and over; the register keeps none and pre-school as one."""
        old = self._age() >= COUNTED_FROM
        first = np.array([code[0] for code in self.people["education"][old].astype(str)])
        found = [
            first == "9",
            first == "8",
            first == "7",
            np.isin(first, ["4", "6"]),
            first == COLLEGE,
            np.isin(first, list(BACHELOR)),
        ]
        goal = [sum(self.city.whole[f"{name}_{sex}"] for sex in SEXES) for name in SCHOOLING]
        goal = [goal[0] + goal[1], *goal[2:]]
        labels = (
            "未上过学、学前 none",
            "小学 primary",
            "初中 junior",
            "高中 senior",
            "大学专科 college",
            "本科及以上 bachelor+",
        )
        lines = [
            Line(label, 100 * float(rows.mean()), 100 * part / sum(goal))
            for label, rows, part in zip(labels, found, goal, strict=True)
        ]
        return _table("文化程度 schooling, 6+", "%", lines)

    def ethnicity(self) -> Marginal:
        """Gives the share of minorities by county."""
        lines = []
        for n, (code, name) in enumerate(zip(self.city.area.county_codes, self.city.area.county_names, strict=True)):
            here = self.people["ethnicity"][self.people["county"] == code]
            if len(here):
                lines.append(
                    Line(name, 100 * float((here != "01").mean()), float(self.city.census["少数民族人口比重（%）"][n]))
                )
        return _table("少数民族 minorities", "%", lines)

    def registered(self) -> Marginal:
        """Gives the share of residents registered here, and of those registered in another county of the city."""
        goal = 100 * self.city.settings["registered_share"]
        share = 100 * float(self.people["registered"].mean())
        return _table("户籍 registered here", "%", [Line("全市 city", share, goal)])


def _cells(found: NDArray[np.float64], target: NDArray[np.float64], prefix: str) -> list[Line]:
    total = max(float(found.sum()), 1.0)
    return [
        Line(f"{prefix}{band_label(*band)} {sex}", 100 * found[n, s] / total, 100 * target[n, s] / target.sum())
        for n, band in enumerate(BANDS) for s, sex in enumerate(SEXES)
    ]  # fmt: skip


def _table(name: str, unit: str, lines: list[Line]) -> Marginal:
    return Marginal(name, unit, len(lines), tuple(lines))
