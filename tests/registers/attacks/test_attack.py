"""Eight writers fight over a few persons and households; afterwards no invariant is broken and the log fits."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import pytest
from django.db import connection

from anjia.kernel import log
from anjia.kernel.models import Act
from anjia.registers import REGISTERS, invariants
from tests.registers.attacks import arsenal

SECONDS = float(os.environ.get("ANJIA_ATTACK_SECONDS", "5"))
WRITERS = 8


@pytest.mark.django_db(transaction=True)
def test_eight_writers_break_nothing() -> None:
    world = arsenal.setting()
    writers = [arsenal.Writer(world, seed) for seed in arsenal.seeds(WRITERS)]
    until = time.monotonic() + SECONDS

    def fight(writer: arsenal.Writer) -> None:
        try:
            while time.monotonic() < until:
                writer.shoot()
        except Exception as error:
            writer.strange.append(repr(error))
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=fight, args=(writer,)) for writer in writers]
    for one in threads:
        one.start()
    for one in threads:
        one.join(SECONDS + 60)
        assert not one.is_alive()
    first = writers[0].seed
    assert [text for writer in writers for text in writer.strange] == [], f"ANJIA_ATTACK_SEED={first}"
    broken = [str(one) for one in invariants.breaches() if one.invariant.level == "violation"]
    assert broken == [], f"ANJIA_ATTACK_SEED={first}"
    assert [str(one) for one in log.verify(REGISTERS)] == []
    done = sum((writer.done for writer in writers), Counter[str]())
    refused = sum((writer.refused for writer in writers), Counter[str]())
    assert Act.objects.count() == 1 + sum(done.values()) - done["raw: without an act"]
    assert done["raw: without an act"] == 0
    # A fight in which nobody hits or nobody misses proves nothing.
    assert sum(done.values()) > 20
    assert sum(refused.values()) > 20
    assert len(done) > 5
    assert len(refused) > 5, refused
