"""A town in parts: as near the census as an undivided one, no number twice, whole or absent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from anjia.kernel import log
from anjia.registers import REGISTERS
from anjia.registers.bulk import fence
from anjia.synthesis import making, marginals, settling
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.parts import TOWN, Ledger, Numbers, Part, Taken, parts
from tests.registers.test_bulk import catalogue
from tests.synthesis.conftest import CITY, ON, SEED
from tests.synthesis.test_loading import TOLERANCE

SCRIPT = """
import os, sys, django
from datetime import date
from pathlib import Path
django.setup()
from anjia.synthesis import settling
if __name__ == "__main__":
    settling.synthesize(os.environ["ANJIA_DSN"], Path(sys.argv[1]), Path(sys.argv[2]), size=9000, seed=1,
                        on=date(2025, 6, 30), block=1500)
"""


def test_parts_share_every_cell_of_the_census_without_rest() -> None:
    counts = np.random.default_rng(1).integers(0, 90, (8, 2, 19))
    for of in (1, 2, 7, 94):
        shares = [Part(int(counts.sum()), 1, number, of).share(counts) for number in range(of)]
        assert (np.sum(shares, axis=0) == counts).all()
        assert all((np.abs(share - counts / of) < 1).all() for share in shares)


def test_first_part_of_one_is_the_undivided_town(city: CityFiles) -> None:
    assert [one.of for one in parts(5000, SEED)] == [1]
    assert len(parts(4_700_000, SEED)) == 94


def test_parts_repeat_no_number(city: CityFiles) -> None:
    ledger = Ledger(Taken(), Numbers())
    seen: dict[str, set[Any]] = {name: set() for name in ("person", "household", "dwelling", "no", "number", "printed")}
    public: set[int] = set()
    for part in parts(6000, SEED, 2000):
        drawn = making.draw(city, part, ON)
        made = making.build(drawn, ledger.take(TOWN, drawn.counts())).registers  # type: ignore[arg-type]
        known = made.keys.person >= 0
        found = {
            "person": made.keys.person[known], "household": made.keys.household[made.keys.own],
            "dwelling": made.keys.dwelling, "no": made.citizen_no, "number": made.household_no[made.keys.own],
            "printed": made.address.printed,
        }  # fmt: skip
        for name, values in found.items():
            fresh = set(values.tolist())
            assert len(fresh) == len(values) or name == "printed"
            assert not fresh & seen[name], name
            seen[name] |= fresh
        public.add(int(made.keys.household[0]))
    assert len(public) == 1
    subjects = seen["person"] | seen["household"] | seen["dwelling"]
    assert subjects == set(range(1, len(subjects) + 1))


def test_a_town_in_parts_loads_whole_and_near_the_census(transactional_db: None, tmp_path: Path) -> None:
    from tests.conftest import owner_url

    said: list[str] = []
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        before = catalogue(owner)
        loaded = settling.synthesize(
            owner_url(), CITY, tmp_path, size=6000, seed=SEED, on=ON, say=said.append, block=2000
        )
        assert catalogue(owner) == before
        for register in REGISTERS:
            count = owner.execute(f"SELECT count(*) FROM registers_{register}").fetchone()
            assert count == (loaded.entries.get(register, 0),)
        stations = owner.execute(
            "SELECT count(*), count(DISTINCT station) FROM registers_household "
            "WHERE kind = 'T4' AND recorded_to IS NULL"
        ).fetchone()
        assert stations is not None
        assert stations[0] == stations[1]
    assert loaded.residents == 6000
    assert list(log.verify(REGISTERS)) == []
    report = marginals.report(CITY)
    assert report.residents == 6000
    for table in report.tables:
        limit = next(value for name, value in TOLERANCE.items() if table.name.startswith(name))
        assert abs(table.worst.deviation) <= 1.5 * limit, (table.name, table.worst)
    assert any("left" in text for text in said)
    assert any("6000 residents" in text and "dead" in text and "departed" in text for text in said)
    town = json.loads((tmp_path / "synthetic" / "town.json").read_text(encoding="utf-8"))
    assert set(town["cast"]) >= {"tenant", "lessor", "head"}
    people = (tmp_path / "departments" / "people.jsonl").read_text(encoding="utf-8").splitlines()
    assert len({json.loads(line)["no"] for line in people}) == len(people)
    for name in ("leases", "titles", "marriages"):
        lines = (tmp_path / "departments" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        keys = [next(iter(json.loads(line).values())) for line in lines]
        assert len(set(keys)) == len(keys)


def test_a_loading_killed_outright_leaves_nothing_to_be_used(transactional_db: None, tmp_path: Path) -> None:
    from tests.conftest import owner_url

    script = tmp_path / "load.py"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "ANJIA_DSN": owner_url(), "PYTHONPATH": str(CITY.parents[1]),
                   "DJANGO_SETTINGS_MODULE": "anjia.conf.settings"}  # fmt: skip
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        before = catalogue(owner)
        process = subprocess.Popen([sys.executable, str(script), str(CITY), str(tmp_path)], env=environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if owner.execute("SELECT EXISTS (SELECT FROM registers_particulars)").fetchone() == (True,):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert fence.unfinished(owner)
        assert not settling.is_loaded(owner_url())
        settling.synthesize(owner_url(), CITY, tmp_path, size=1000, seed=SEED, on=ON, say=lambda text: None)
        assert catalogue(owner) == before
        assert settling.is_loaded(owner_url())
        residents = owner.execute(
            "SELECT count(*) FROM registers_residence WHERE valid_to IS NULL AND recorded_to IS NULL"
        ).fetchone()
    assert residents == (1000,)


@pytest.mark.parametrize("block", [1200, 3000])
def test_what_is_drawn_does_not_depend_on_who_draws_it(city: CityFiles, block: int) -> None:
    first, second = (
        [making.draw(city, part, ON).town.people.birth.sum() for part in parts(3000, SEED, block)] for _ in range(2)
    )
    assert first == second
