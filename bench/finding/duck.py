"""Judges a database of facts by one hand-written query; a program of its own, so that its memory is.

Run: python -m bench.finding.duck DATABASE PARAMETERS OUT ROUNDS

The query was written as well as we could: one pass, native columns in narrow types with NULL for unknown,
periods compared as days, the three values of SQL itself. A table of truth values was the fastest way to keep
the answers: against Arrow, and against one number of two bits a rule packed by CASE or by coalesce (all
tried over a database file, and over a table in memory, which was slower).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb
import numpy as np

from bench.finding import measured

QUERY = """
CREATE OR REPLACE TEMP TABLE answers AS
SELECT
  "residence.since" <= $half_year_since AND "stay.longest_absence" <= $gap_days AS "R-02",
  "person.real" AND "person.status" = '8' AND "residence.registered"
    AND (NOT "residence.registered" OR "residence.since" <= $half_year_since)
    AND "permit.state" IN ('none', 'cancelled') AS "R-03",
  "lease.filed" OR NULL OR "person.own_dwelling" AS "R-04-home",
  "employment.active" OR NULL AS "R-04-job",
  "school.attending" OR NULL AS "R-04-study",
  "person.real" AND "permit.state" IN ('valid', 'suspended') AND "residence.registered"
    AND ("permit.state" NOT IN ('valid', 'suspended') OR "permit.due_on" <= $due_until) AS "R-06",
  "permit.state" = 'valid' AND "permit.due_on" < $on AS "R-07",
  "person.open_memberships" >= 1 OR "person.status" = '1' OR NOT "residence.registered" OR NULL AS "R-09",
  "person.status" = '0' OR ("residence.registered" AND "residence.since" <= $half_year_since) AS "R-24",
  "person.status" = '8' AND "person.birth_on" <= $school_born AND NOT "school.compulsory_done"
    AND ("permit.state" = 'valid' OR "guardian.permit_valid") AS "E-01",
  "assist.income_yuan" < "assist.standard_yuan" AND "assist.assets_ok" AS "E-02",
  "assist.permit_family" AND "permit.years_from" <= $family_since
    AND "employment.months" >= $dibao_permit_insurance_months AND NOT "assist.origin_grant" AS "E-02-permit",
  "person.status" = '8' AND "permit.state" = 'valid' AND "employment.months" >= $temp_aid_insurance_months
    AND "assist.hardship" AS "E-03-A",
  "permit.state" = 'valid' AND NOT "medical.employee_active" AS "E-04",
  "person.real" AND "insurance.flexible" AS "E-05",
  "person.open_memberships" >= 1 OR "permit.state" = 'valid' AS "E-07",
  "unemployment.paid_months" >= 12 AND "unemployment.involuntary" AND "unemployment.registered"
    AND CASE WHEN "unemployment.paid_months" IS NULL THEN NULL
      WHEN "unemployment.paid_months" < 60 THEN "unemployment.received_months" < 12
      WHEN "unemployment.paid_months" < 120 THEN "unemployment.received_months" < 18
      ELSE "unemployment.received_months" < 24 END AS "E-07-benefit",
  "permit.state" = 'valid' AND "employment.active" AND "employment.months" >= $rental_migrant_months
    AND NOT "person.own_dwelling" AS "E-08",
  "person.open_memberships" >= 1 OR "residence.registered" OR NULL AS "E-09",
  "person.birth_on" <= $elder_born AND "residence.registered" AS "E-10",
  "person.open_memberships" >= 1 AND NOT "medical.resident_active" AND "person.birth_on" >= $newborn_from AS "E-11"
FROM facts
"""
NAMES = (
    "R-02", "R-03", "R-04-home", "R-04-job", "R-04-study", "R-06", "R-07", "R-09", "R-24", "E-01", "E-02",
    "E-02-permit", "E-03-A", "E-04", "E-05", "E-07", "E-07-benefit", "E-08", "E-09", "E-10", "E-11",
)  # fmt: skip


def bounds(about: dict[str, object]) -> dict[str, object]:
    """Gives the days and numbers of the query; 2026-10-31 is a month's last day, so terms end on a month's last.

    Days are reckoned by DuckDB and are right for that day alone: a query by hand serves one day.
    """
    on, city = about["on"], about["parameters"]
    assert isinstance(city, dict)
    assert on == "2026-10-31"
    found = duckdb.execute(
        "SELECT last_day(d - to_months(half)) AS half_year_since, last_day(d - to_months(family)) AS family_since,"
        " last_day((d + INTERVAL 1 MONTH)::DATE) AS due_until, (d - to_years(school))::DATE AS school_born,"
        " (d - to_years(elder))::DATE AS elder_born, d - newborn AS newborn_from, d AS on"
        " FROM (SELECT ?::DATE AS d, ?::INT AS half, ?::INT AS family, ?::INT AS school, ?::INT AS elder,"
        " ?::INT AS newborn)",
        [on, *(city[name] for name in ("half_year_months", "dibao_permit_residence_months", "school_start_age",
                                       "elder_age", "newborn_window_days"))],
    )  # fmt: skip
    names = [column[0] for column in found.description]
    return {**dict(zip(names, found.fetchone() or (), strict=True)), **city}


def main(database: Path, parameters: Path, out: Path, rounds: int) -> None:
    """Asks several times and writes the answers of the last round as codes, one file a rule."""
    held = bounds(json.loads(parameters.read_text(encoding="utf-8")))
    given = {name: value for name, value in held.items() if f"${name}" in QUERY}
    spent, cpu, idle = [], [], measured.resident()
    with duckdb.connect() as engine:
        engine.execute(f"ATTACH '{database}' AS held (READ_ONLY)")
        engine.execute("USE held")
        engine.execute("SET preserve_insertion_order = true")
        engine.execute("SELECT count(*) FROM facts")
        for _ in range(rounds):
            started, worked = time.perf_counter(), time.process_time()
            engine.execute(QUERY, given)
            spent.append(time.perf_counter() - started)
            cpu.append(time.process_time() - worked)
        threads = engine.execute("SELECT current_setting('threads')").fetchone()
        told = {
            "seconds": spent, "cpu": cpu, **measured.memory(), "idle_mib": idle,
            "threads": threads[0] if threads else 0,
        }
        for name in NAMES:
            sql = f'SELECT CASE WHEN "{name}" THEN 1 WHEN NOT "{name}" THEN 2 ELSE 0 END::UTINYINT AS c FROM answers'
            np.save(out / f"{name}.npy", np.asarray(engine.execute(sql).fetchnumpy()["c"], dtype=np.uint8))
    print(json.dumps(told))


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]), int(sys.argv[4]))
