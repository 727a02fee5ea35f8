"""A fact: one named value about a person, a household, a place or a case, with its source."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words


class FactSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dictionary entry of one fact (files `facts/*.toml`).

    Attributes:
        source: `register` (with `sql`), `register:<fact>` (the same about the person whose citizen
            number that fact is, such as a spouse), `interface:<id>` (filled by that interface), `applicant`
            (an answer of the form), `consent` (somebody's own sign-in), `clerk` (seen at the
            window), `case` (known to the case itself) or `derived` (with `expression`).
        sql: for registers: a query of columns (subject, value), one row a subject, with the
            parameters `:on` (date, true in the world) and `:known_at` (timestamp).
        city_sql: the same as `sql` in another form, where `sql` is made for one person and would take
            hours for everybody; it must give the same values.
        datasets: names of the departments' files (`leases` for leases.jsonl or leases.parquet) that
            `dataset_sql` reads; while one of them is absent, the fact is unknown for everybody.
        dataset_sql: the fact for the whole city at once, from those files: a DuckDB query of columns
            (subject, value), one row a subject, over the files by name and over
            `register(subject, no, name)`, with the parameter `:on`.
        shown: value → words, for values that a reader should not see raw (`true`, `false`, codes).
        effort: what it takes to change the fact: `act` (one's own), `consent` (somebody else's),
            `record` (a department's), `time` (it grows by itself) or `fixed` (nobody can); empty = as
            its source lets expect.
        ask: id of the form field, the consent or the clerk's check that settles an unknown.
    """

    kind: Literal["fact"]
    id: str
    label: Words
    type: Literal["bool", "int", "decimal", "text", "date"]
    source: str
    source_label: Words
    valid_from: date
    tags: tuple[str, ...] = ()
    ground: tuple[Basis, ...] = ()
    unit: str = ""
    sql: str = ""
    city_sql: str = ""
    datasets: tuple[str, ...] = ()
    dataset_sql: str = ""
    expression: str = ""
    shown: dict[str, Words] = {}
    ask: str = ""
    effort: Literal["", "act", "consent", "record", "time", "fixed"] = ""
    sensitive: bool = False
    valid_to: date | None = None
