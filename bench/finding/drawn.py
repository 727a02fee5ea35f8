"""What the bench draws itself, since the synthetic town has none of it: permits, absences, five departments' answers.

The town of `anjia.synthesis` is given no residence permits, and the departments that answer one by one
(civil affairs, medical and social insurance, schools) have no files for a whole city. A part of the answers
stays unknown, as in a real city. Shares are made up; they move how many meet a rule, not what a rule costs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Array = NDArray[Any]
Drawn = dict[str, tuple[Array, Array]]
"""Fact → (subjects, values); who is absent is unknown."""

PERMITS, ABSENCES = 0.6, 0.15
STATES, STATE_SHARES = ("valid", "suspended", "cancelled"), (0.8, 0.12, 0.08)
STANDARD_YUAN = 1080.0


def permits(stay: dict[str, Array], today: int, rng: np.random.Generator) -> dict[str, Array]:
    """Gives entries of residence permits for a part of those who have lived here for half a year.

    Args:
        stay: columns of the register of stays; days are whole numbers.
        today: the day as a whole number.
    """
    held = np.flatnonzero((stay["since"] + 200 < today) & (rng.random(len(stay["since"])) < PERMITS))
    since = stay["since"][held]
    issued = np.minimum(since + 184 + rng.integers(0, 900, len(held)), today - 1)
    due = issued + 365 * (1 + (today - issued) // 365)
    late = rng.random(len(held)) < 0.1
    return {
        "subject": stay["subject"][held],
        "valid_from": issued,
        "state": np.array(STATES, dtype=object)[rng.choice(3, len(held), p=STATE_SHARES)],
        "issued_on": issued,
        "due_on": np.where(late, due - 365, due),
        "years_from": np.where(late, since + (today - since) // 2, since),
    }


def absences(stay: dict[str, Array], today: int, rng: np.random.Generator) -> dict[str, Array]:
    """Gives stays with an absence in the midst of a part of them: an entry that ended and a later one that began."""
    gone = np.flatnonzero((stay["since"] + 300 < today) & (rng.random(len(stay["since"])) < ABSENCES))
    left, away = stay["since"][gone] + 60, rng.integers(1, 160, len(gone))
    begun = stay["valid_from"].copy()
    begun[gone] = left + away
    return {
        "subject": np.concatenate([stay["subject"], stay["subject"][gone]]),
        "since": np.concatenate([stay["since"], stay["since"][gone]]),
        "valid_from": np.concatenate([begun, stay["since"][gone]]),
        "valid_to": np.concatenate([stay["valid_to"], left]),
        "recorded_from": np.concatenate([stay["recorded_from"], stay["recorded_from"][gone]]),
        "recorded_to": np.concatenate([stay["recorded_to"], stay["recorded_to"][gone]]),
    }


def answers(people: pa.Table, works: Array, today: int, rng: np.random.Generator) -> Drawn:
    """Gives what the departments would answer of everybody, by fact.

    Args:
        people: subject and birth_on of everybody.
        works: (n,) who is in a job, so that the answers agree with it.
    """
    subject = people["subject"].to_numpy()
    age = (today - people["birth_on"].cast(pa.int32()).to_numpy()) / 365.2425
    adult, young = (age >= 18) & (age < 60), (age >= 6) & (age < 25)
    n = len(subject)

    def known(share: float, where: Array | None = None) -> Array:
        found = rng.random(n) < share
        return found if where is None else found & where

    def of(rows: Array, values: Array) -> tuple[Array, Array]:
        return subject[rows], values[rows]

    family = known(0.2)
    insured = known(0.95)
    jobless = known(0.3, adult)
    return {
        "assist.income_yuan": of(family, np.round(rng.gamma(3.0, 900.0, n), 2)),
        "assist.standard_yuan": of(family, np.full(n, STANDARD_YUAN)),
        "assist.assets_ok": of(known(0.95, family), rng.random(n) < 0.7),
        "assist.permit_family": of(known(0.3), rng.random(n) < 0.4),
        "assist.origin_grant": of(known(0.4), rng.random(n) < 0.05),
        "assist.hardship": of(known(0.9), rng.random(n) < 0.03),
        "medical.employee_active": of(insured, works),
        "medical.resident_active": of(insured, ~works & (rng.random(n) < 0.93)),
        "insurance.flexible": of(known(0.8, adult), ~works & (rng.random(n) < 0.3)),
        "school.compulsory_done": of(known(0.97, young), age >= 15.6),
        "unemployment.paid_months": of(jobless, rng.integers(0, 240, n)),
        "unemployment.received_months": of(jobless, rng.integers(0, 25, n)),
        "unemployment.registered": of(jobless, rng.random(n) < 0.4),
        "unemployment.involuntary": of(known(0.9, jobless), rng.random(n) < 0.5),
    }
