"""A register rebuilt from its acts, against two bare copies of the same rows into the same tables, in one run.

A synthetic town of a size that has a million acts (about 1.83 for each resident, 10.5 entries an act); if it
has fewer than `--acts`, further ones are added, which end one entry of somebody's condition and begin the
next, as `change` does. Ours reads the acts, recomputes every leaf, sees that each act closes what was open and
known (INV-13), replays all, puts every constraint up and compares every register by SHA-256.

Peers: COPY TO piped into COPY FROM, no leaf, no order, no comparison. Once into tables with all keys,
exclusion constraints and triggers in force (`ratio`); once into bare tables that get keys and constraints
afterwards on both cores, which is how a dump is restored and the limit of what a rebuild could reach. Each
ratio is acts a second, ours over the peer's.

Run: python bench/rebuild.py [--quick] [--persons 560000] [--acts 1000000]
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.decisions import ground, harness

AIM = 0.5
IN_FORCE, RESTORED = "copied, constraints in force", "copied, constraints after"
PEERS = {IN_FORCE: False, RESTORED: True}
"""Name of a peer → whether its rows come behind the fence."""
RUN = 50_000
OWN = ("marital", "education", "military", "employer", "occupation")


def options() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small town and few acts; ends within a minute")
    parser.add_argument("--persons", type=int, default=560_000, help="residents of the town")
    parser.add_argument("--acts", type=int, default=1_000_000, help="at least so many acts")
    return parser.parse_args()


def lengthen(owner: Any, wanted: int) -> None:
    """Adds acts until there are `wanted`: round by round, everybody's employer changes once a day."""
    there, first, at = owner.execute("SELECT count(*), max(id), max(at) FROM kernel_act").fetchone()
    if there >= wanted:
        return
    rows = owner.execute(
        f"SELECT id, subject, valid_from, {', '.join(OWN)} FROM registers_condition "
        "WHERE recorded_to IS NULL AND valid_to IS NULL AND valid_from < '2026-01-01' ORDER BY id LIMIT %s",
        [wanted - there],
    ).fetchall()
    state = [Open(row[0], row[1], row[2], row[3:]) for row in rows]
    [entry] = owner.execute("SELECT max(id) FROM registers_condition").fetchone()
    made = Maker(first, at, entry)
    left, day = wanted - there, date(2026, 1, 1)
    while left > 0:
        for start in range(0, len(state), RUN):
            part = state[start : start + min(RUN, left)]
            made.write(owner, part, day)
            left -= len(part)
            if left <= 0:
                break
        day += timedelta(days=1)
    owner.execute("SELECT setval('kernel_act_number', %s)", [made.act])
    owner.execute("SELECT setval(pg_get_serial_sequence('registers_condition', 'id'), %s)", [made.entry])


class Open:
    """Somebody's present entry."""

    __slots__ = ("entry", "own", "since", "subject")

    def __init__(self, entry: int, subject: int, since: date, own: tuple[Any, ...]) -> None:
        """Notes it."""
        self.entry, self.subject, self.since, self.own = entry, subject, since, own


class Maker:
    """Gives out numbers and moments."""

    def __init__(self, act: int, at: datetime, entry: int) -> None:
        """Goes on after the last of each."""
        self.act, self.at, self.entry = act, at.astimezone(UTC), entry

    def write(self, owner: Any, part: list[Open], day: date) -> None:
        """Changes the employer of some persons, by one act each."""
        from anjia.kernel import log

        acts, entries, closed = [], [], []
        for one in part:
            self.act, self.at = self.act + 1, self.at + timedelta(microseconds=1)
            closed.append((one.entry, self.act, self.at))
            own = (*one.own[:3], f"第{self.act % 977}厂", one.own[4])
            pairs = [(one.since, day, one.own), (day, None, own)]
            opened = [
                ("condition", one.subject, since, until, dict(zip(OWN, values, strict=True)))
                for since, until, values in pairs
            ]
            digests = log.digests([("condition", one.entry)], opened)
            act = {
                "id": self.act, "key": uuid.UUID(int=self.act), "event": "AMEND_EMPLOYER", "definition": "0" * 64,
                "actor_id": None, "grant_id": None, "on_behalf_of": None, "case_number": "", "station": "",
                "effective_on": day, "at": self.at, "reason": "bench", "evidence": b'{"synthetic":true}',
            }  # fmt: skip
            leaf = log.leaf_of(act, digests, b"")
            acts.append((*list(act.values())[:12], '{"synthetic":true}', leaf, b"", log.parts(digests)))
            for since, until, values in pairs:
                self.entry += 1
                entries.append((self.entry, one.subject, since, until, self.at, self.act, *values))
            one.entry, one.since, one.own = self.entry, day, own
        self._store(owner, acts, entries, closed)

    def _store(self, owner: Any, acts: list[Any], entries: list[Any], closed: list[Any]) -> None:
        from anjia.registers.rebuilding import ACT_COLUMNS

        with owner.transaction():
            rows_in(owner, "kernel_act", ACT_COLUMNS, acts)
            owner.execute("CREATE TEMP TABLE ended (id bigint, act bigint, at timestamptz) ON COMMIT DROP")
            rows_in(owner, "ended", ("id", "act", "at"), closed)
            owner.execute("ANALYZE ended")
            owner.execute(
                "UPDATE registers_condition e SET recorded_to = c.at, closed_by = c.act FROM ended c WHERE e.id = c.id"
            )
            names = ("id", "subject", "valid_from", "valid_to", "recorded_from", "opened_by", *OWN)
            rows_in(owner, "registers_condition", names, entries)


def rows_in(owner: Any, table: str, names: Sequence[str], rows: Sequence[Any]) -> None:
    """Writes rows with COPY."""
    with owner.cursor().copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def copied(source: str, url: str, *, fenced: bool) -> float:
    """Copies all rows of all tables that acts write; gives the seconds.

    Args:
        fenced: keys and constraints come after the rows, as in dump and restore; else they are in force.
    """
    import psycopg

    from anjia.registers.bulk import copying, fence, invariants

    started = time.perf_counter()
    with psycopg.connect(source) as here, psycopg.connect(url, autocommit=True) as there, fence.alone(there):
        there.execute("SET synchronous_commit = off")
        if not fenced:
            with there.transaction():
                pipe(here, there)
                # The triggers speak at the commit; without statistics one of them reads all numbers for each number.
                there.execute("ANALYZE")
            return time.perf_counter() - started
        fence.put_up(there, "bench")
        pipe(here, there)
        copying.put_back(url, lambda text: None)
        with there.transaction():
            invariants.check(there)
            fence.take_down(there, {})
    return time.perf_counter() - started


def pipe(here: Any, there: Any) -> None:
    """Copies the tables one after the other, in binary."""
    from anjia.registers import REGISTERS

    for table in ("kernel_subject", "kernel_act", *(f"registers_{name}" for name in REGISTERS)):
        rows = here.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' "
            "AND NOT attisdropped ORDER BY attnum",
            [table],
        ).fetchall()
        names = ", ".join(name for (name,) in rows)
        with (
            here.cursor().copy(f"COPY {table} ({names}) TO STDOUT (FORMAT binary)") as out,
            there.cursor().copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as into,
        ):
            for block in out:
                into.write(block)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Gives how long something took, and what it gave."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def main() -> None:
    """Measures and prints."""
    given = options()
    persons, wanted = (1000, 4_000) if given.quick else (given.persons, given.acts)
    with ground.database():
        import psycopg
        from django.db import connection

        from anjia.conf import installation, rebuilding
        from anjia.kernel import log
        from anjia.kernel.models import Act
        from anjia.registers import REGISTERS

        here = installation.here()
        ground.command(here.environment(owner=True), "synth", "--persons", str(persons))
        with psycopg.connect(here.owner, autocommit=True) as owner:
            lengthen(owner, wanted)
            owner.execute("VACUUM ANALYZE")
            [size] = owner.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
        while log.seal() is not None:
            pass
        acts = Act.objects.count()
        print(f"{acts} acts, database {size}", flush=True)
        verify, faults = timed(lambda: list(log.verify(REGISTERS)))
        peers = {}
        for name, fenced in PEERS.items():
            with rebuilding.database(here, None) as url:
                peers[name] = copied(here.owner, url, fenced=fenced)
            print(f"{name}: {peers[name]:.1f} s", flush=True)
        with rebuilding.database(here, None) as url:
            ours, status = timed(lambda: rebuilding.replay(
                url, compare=True, size=rebuilding.ACTS, check_every=0, say=lambda text: print(text, flush=True),
            ))  # fmt: skip
        connection.close()
    rows = [["rebuilt and compared", ours], *map(list, peers.items()), ["log verified", verify]]
    harness.table([["", "seconds", "acts/s"], *([name, spent, round(acts / spent)] for name, spent in rows)])
    harness.result(
        name="rebuild", ratio=round(peers[IN_FORCE] / ours, 3), ratio_to_restore=round(peers[RESTORED] / ours, 3),
        aim=AIM, unit="acts per second", n=acts, acts_per_second=round(acts / ours), identical=status == 0,
        verified_per_second=round(acts / verify), log_faults=len(faults),
        own_peak_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )  # fmt: skip
    if status or faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
