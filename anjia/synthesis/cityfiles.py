"""What the generator reads of a city: divisions, census, names, streets and assumed shares."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs.city import CitySpec

Ints = NDArray[np.int64]

FILES = ("settings.toml", "names.toml", "streets.toml", "zones.toml", "census.csv")
VILLAGE = ("村委会", "村民委员会")


@dataclass(frozen=True, slots=True)
class Area:
    """The divisions of the city as parallel arrays; `town_county` and `site_town` are positions.

    A site is a community or village, the lowest division, and every town has one station.
    """

    county_codes: list[str]
    county_names: list[str]
    town_codes: list[str]
    town_names: list[str]
    town_county: Ints
    site_codes: list[str]
    site_names: list[str]
    site_town: Ints
    site_rural: NDArray[np.bool_]

    @property
    def site_county(self) -> Ints:
        """Gives the county position of each site."""
        return self.town_county[self.site_town]


@dataclass(frozen=True, slots=True)
class CityFiles:
    """Everything of the city that the generator uses.

    Attributes:
        spec: the city's own definition.
        census: indicator → one value a county, in the order of `area.county_codes`.
        whole: indicator → the value of the whole city.
        digest: SHA-256 over the files read, the definition under which the town is made.
    """

    spec: CitySpec
    area: Area
    census: Mapping[str, NDArray[np.float64]]
    whole: Mapping[str, float]
    settings: Mapping[str, Any]
    names: Mapping[str, Any]
    streets: Mapping[str, Any]
    zones: Mapping[str, Any]
    digest: str


def read(folder: Path) -> CityFiles:
    """Reads the generator's files of a city.

    Raises:
        AnjiaError: `city-incomplete` when a file is absent or the census lacks a county.
    """
    data = folder / "synthesis"
    paths = [folder / "city.toml", folder / "divisions.csv", *(data / name for name in FILES)]
    absent = [str(path) for path in paths if not path.is_file()]
    if absent:
        raise _incomplete(", ".join(absent))
    digest = hashlib.sha256()
    for path in paths[1:]:
        digest.update(path.read_bytes())
    spec = msgspec.convert(_toml(folder / "city.toml"), CitySpec)
    area = _area(folder / "divisions.csv")
    census, whole = _census(data / "census.csv", area, spec.code)
    settings, names, streets, zones = (_toml(data / name) for name in FILES[:4])
    return CityFiles(spec, area, census, whole, settings, names, streets, zones, digest.hexdigest())


def _area(path: Path) -> Area:
    rows = [row for row in _rows(path) if not row["valid_to"]]
    counties, towns, sites = (
        sorted((row for row in rows if row["level"] == level), key=lambda row: row["code"])
        for level in ("county", "town", "community")
    )
    county_at = {row["code"]: n for n, row in enumerate(counties)}
    town_at = {row["code"]: n for n, row in enumerate(towns)}
    return Area(
        [row["code"] for row in counties],
        [row["name"] for row in counties],
        [row["code"] for row in towns],
        [row["name"] for row in towns],
        np.array([county_at[row["parent"]] for row in towns]),
        [row["code"] for row in sites],
        [row["name"] for row in sites],
        np.array([town_at[row["parent"]] for row in sites]),
        np.array([row["name"].endswith(VILLAGE) for row in sites]),
    )


def _census(path: Path, area: Area, city: str) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    census, whole = {}, {}
    for row in _rows(path):
        missing = [code for code in (city, *area.county_codes) if code not in row]
        if missing:
            raise _incomplete(f"{path.name}: {', '.join(missing)}")
        census[row["indicator"]] = np.array([float(row[code] or "nan") for code in area.county_codes])
        whole[row["indicator"]] = float(row[city] or "nan")
    return census, whole


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _incomplete(what: str) -> AnjiaError:
    return AnjiaError(
        "city-incomplete",
        f"城市数据不全，无法生成合成城镇：缺 {what}",
        f"The city's data is incomplete, no synthetic town can be made: missing {what}",
        ("请把缺少的文件放入城市目录", "Put the missing files into the city's folder"),
        missing=what,
    )
