"""Make a synthetic town in an empty database: persons, households, thirty years of acts, departments' records.

The same city, number of persons, seed and day give the same town. All of it is made up and says so."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from anjia.conf import installation, state

EXAMPLES = """examples:
  anjia synth --persons 1000
  anjia synth --persons 50000 --seed 7
  anjia synth --once"""
LEAST, MOST = 500, 200_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--persons", type=_persons, default=5000, metavar="N", help="residents (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of everything that is drawn (default %(default)s)")
    parser.add_argument("--once", action="store_true", help="do nothing when the town is there already")


def run(options: argparse.Namespace) -> int:
    """Makes the town; what a killed run left half made is made whole."""
    with installation.connected(owner=True) as here:
        import psycopg

        from anjia.synthesis import loading

        record = _record()
        if options.once and record.get("whole"):
            _say(f"synthetic town of {record['persons']} persons is there")
            return 0
        with psycopg.connect(here.owner) as owner:
            if not (options.once and record and loading.occupied(owner)):
                record = _make(owner, options)
        with psycopg.connect(here.owner, autocommit=True) as owner:
            loading.finish(owner, _timed())
        _write(state.folder() / "town.json", json.dumps({**record, "whole": True}))
    return 0


def _make(owner: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Makes and loads the town in one transaction; its files are written before the commit."""
    import numpy as np
    from django.conf import settings

    from anjia.synthesis import cityfiles, loading, registers, town

    say = _timed()
    first = loading.first_subject(owner)
    city = cityfiles.read(Path(settings.ANJIA_CITY))
    on = min(city.settings["on"], date.today())
    say(f"making {options.persons} persons, seed {options.seed}, as of {on}")
    drawn = town.make(city, options.persons, options.seed, on)
    made = registers.build(drawn, first, np.random.default_rng([options.seed, options.persons, 1]))
    loaded = loading.load(owner, drawn, made, options.seed, say)
    record = {"persons": options.persons, "seed": options.seed, "on": on.isoformat(), "whole": False}
    _write(state.folder() / "town.json", json.dumps(record))
    owner.commit()
    say(
        f"{loaded.persons} persons, {loaded.households} households, {loaded.dwellings} dwellings, "
        f"{loaded.acts} acts, {loaded.entries} entries"
    )
    return record


def _record() -> dict[str, Any]:
    path = state.folder() / "town.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _write(path: Path, text: str) -> None:
    # Renamed into place, so that a killed run leaves the whole file or none.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _timed() -> Callable[[str], None]:
    started = time.monotonic()
    return lambda text: _say(f"{time.monotonic() - started:5.1f} s  {text}")


def _say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


def _persons(text: str) -> int:
    count = int(text)
    if not LEAST <= count <= MOST:
        raise argparse.ArgumentTypeError(f"{LEAST} to {MOST} persons are possible")
    return count
