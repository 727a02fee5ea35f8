"""Whence an imported entry came: the file, its digest, the line and the import."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection

from anjia.registers import REGISTERS
from anjia.registers.intake.batches import lines_of

PLACE = """
SELECT a.evidence::text, (SELECT count(*) FROM registers_{0} o WHERE o.opened_by = e.opened_by AND o.id < e.id)
  FROM registers_{0} e JOIN kernel_act a ON a.id = e.opened_by WHERE e.id = %s::bigint
"""


@dataclass(frozen=True, slots=True)
class Source:
    """The row of a file."""

    load: int
    file: str
    digest: str
    line: int


def find_source(register: str, entry: int) -> Source | None:
    """Gives the row from which an entry was imported, None when it came another way."""
    if register not in REGISTERS:
        raise ValueError(register)
    with connection.cursor() as cursor:
        cursor.execute(PLACE.format(register), [entry])
        row = cursor.fetchone()
    if row is None:
        return None
    evidence, place = json.loads(row[0]), row[1]
    if "import" not in evidence:
        return None
    return Source(evidence["import"], evidence["file"], evidence["sha256"], lines_of(evidence["lines"])[place])
