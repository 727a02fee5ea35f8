"""A database of its own for the bench, with families that wait for the decision of their settlement."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EAST, WEST = "990101001001", "990102001001"
ITEM = "E25"
BEGIN = date(2015, 1, 1)
CHUNK = 250
"""Families written by one act of the ground."""

CLAUSES = 25
EVIDENCE: dict[str, Any] = {
    "case": "ZB990102261125-0001",
    "item": {"id": "E25", "title": {"zh": "租房落户", "en": "Settlement by lease"}},
    "outcome": {"id": "rented-address", "title": {"zh": "落在租住的房屋", "en": "At the rented address"}},
    "verdict": "yes",
    "clauses": [
        {
            "rule": "S-20", "clause": f"clause-{n}", "verdict": "yes",
            "mark": hashlib.sha256(str(n).encode()).hexdigest(),
            "text": {"zh": "租赁合同已登记备案", "en": "The lease is filed"},
            "remedy": {"zh": "请先办理租赁备案", "en": "File the lease first"},
            "basis": [{"law": "中华人民共和国户口登记条例", "article": "6", "tag": "law"}],
            "facts": [{"id": "lease.filed", "label": {"zh": "已备案", "en": "Filed"}, "value": "True",
                       "source": {"zh": "租赁备案", "en": "Lease register"}, "at": "2026-11-24T02:12:00+00:00"}],
        }
        for n in range(CLAUSES)
    ],
}  # fmt: skip
"""What an act keeps of a decision, as long as what the house writes (13 kB); it is stored in 2.7 kB, the house's
own in 6.2, so those who write this one have it a little easier."""


@dataclass(frozen=True, slots=True)
class Task:
    """One settlement to decide: a tenant and a child leave their household for another dwelling."""

    tenant: int
    child: int
    place: int
    case: int


@contextmanager
def database() -> Iterator[None]:
    """Starts an embedded PostgreSQL in a temporary folder, migrates it and sets Django up as the application."""
    with tempfile.TemporaryDirectory(prefix="anjia-bench-", ignore_cleanup_errors=True) as folder:
        # The server's own user must be able to walk in, else the database lies elsewhere and outlives the bench.
        Path(folder).chmod(0o711)
        os.environ["ANJIA_STATE"] = folder
        for name in ("ANJIA_DSN", "ANJIA_DATABASE_URL"):
            os.environ.pop(name, None)
        from anjia.conf import installation

        here = installation.here()
        here.start()
        try:
            command(here.environment(owner=True), "migrate")
            command(here.environment(), "publish", "--drafted-by", "bench", "--published-by", "second person")
            os.environ["ANJIA_DSN"] = here.application
            installation.set_up()
            yield
        finally:
            here.stop()


def command(environment: dict[str, str], *words: str) -> None:
    """Runs a command of `anjia` in an environment."""
    subprocess.run(
        [sys.executable, "-m", "anjia.conf.main", *words], env=environment, cwd=ROOT, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def families(count: int) -> list[Task]:
    """Writes `count` families of two, each with a case before its approval and a dwelling to move to."""
    from django.utils import timezone

    from anjia.casework.models import Case
    from anjia.kernel import acts
    from anjia.kernel.definitions import publishing
    from anjia.kernel.entries import Plan

    made: list[Sequence[int]] = []
    serials = itertools.count(1)
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)

        def decide(seen: Any, moment: Any, size: int = size) -> Plan:
            groups = [moment.subjects[n * 5 : n * 5 + 5] for n in range(size)]
            made.extend(groups)
            return Plan((), tuple(entry for group in groups for entry in _family(group, next(serials))))

        acts.commit(
            acts.Draft(
                key=uuid.uuid4(), event="IMPORT", definition="0" * 64, actor=None, subjects=(), effective_on=BEGIN,
                reason="ground", evidence={}, decide=decide, new_subjects=("P", "P", "H", "L", "L") * size,
            )
        )  # fmt: skip
    now, today = timezone.now(), timezone.localdate()
    item = publishing.in_force().get("item", ITEM).digest
    waiting = [
        Case(number=f"ZB{n:012d}", item=ITEM, definition=item, person=group[0], channel="residents",
             state="open", next_step="approve", division=WEST, station=f"{WEST[:9]}000", opened_at=now,
             opened_on=today, submitted_at=now, outcome="rented-address")
        for n, group in enumerate(made)
    ]  # fmt: skip
    cases = Case.objects.bulk_create(waiting, batch_size=1000)
    return [Task(group[0], group[1], group[4], case.pk) for group, case in zip(made, cases, strict=True)]


def settle() -> None:
    """Brings the statistics up to date, as autovacuum does in a living register."""
    import psycopg

    from anjia.conf import installation

    with psycopg.connect(installation.here().owner, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")


def _family(group: Sequence[int], serial: int) -> Iterator[Any]:
    from anjia.kernel.entries import Open

    tenant, child, home, old, new = group
    for who, name, born in ((tenant, "田租客", date(1990, 1, 1)), (child, "田小禾", date(2018, 6, 1))):
        yield Open("particulars", who, BEGIN, None, {
            "name": name, "former_name": "", "sex": "1", "birth_on": born, "birth_place": "", "ethnicity": "01",
            "native_place": "", "first_county": EAST[:6],
        })  # fmt: skip
        yield Open("status", who, BEGIN, None, {"status": "0", "ground": ""})
        yield Open("condition", who, BEGIN, None, {
            "marital": "10", "education": "90", "military": "0", "employer": "", "occupation": "",
        })  # fmt: skip
        yield Open("membership", who, BEGIN, None, {
            "household": home, "relation": "02" if who == tenant else "20", "ground": "", "from_place": "",
            "division": EAST, "close_ground": "",
        })  # fmt: skip
        yield Open("residence", who, BEGIN, None, {
            "place": old, "division": EAST, "station": f"{EAST[:9]}000", "ground": "own",
        })  # fmt: skip
    yield Open("kinship", child, BEGIN, None, {"kin": tenant, "kind": "father"})
    yield Open("household", home, BEGIN, None, {
        "number": f"99{serial:07d}", "kind": "J1", "place": old, "address": f"柳桥路{serial}号", "division": EAST,
        "station": f"{EAST[:9]}000", "name": "",
    })  # fmt: skip
    for place, division, road in ((old, EAST, "柳桥路"), (new, WEST, "石桥路")):
        yield Open("place", place, BEGIN, None, {
            "division": division, "street": road, "door_plate": f"{serial}号", "compound": "", "building": "",
            "unit": "", "floor": "", "room": "", "printed": f"{road}{serial}号", "usage": "dwelling", "state": "in_use",
        })  # fmt: skip
