"""One explained judgement of the whole settlement rule set, against the same judgement written by hand.

Run: python bench/judge.py [--quick]
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anjia.conf.settings")
django.setup()

from anjia.kernel.definitions.loading import load  # noqa: E402
from anjia.kernel.specs.text import Words  # noqa: E402
from anjia.rules import Fact, judge_item, to_json  # noqa: E402
from bench.decisions import harness  # noqa: E402

AIM_US = 300
ON = date(2024, 3, 1)
AT = datetime(2024, 3, 1, 8, tzinfo=UTC)
SOURCE = Words(zh="样例", en="Sample")
CHOICES: dict[str, list[Any]] = {
    "person.open_memberships": [1, 1, 1, 0, None],
    "person.status": ["0", "0", "0", "4", None],
    "person.real": [True, True, False, None],
    "person.own_dwelling": [True, False, False, None],
    "person.residence_place": ["37030300100100000001", "37030300100100000002", None],
    "person.supervised": [False, False, True, None],
    "person.move_approved": [True, False, None],
    "applicant.own_will": [True, True, None],
    "applicant.will_live_there": [True, False, None],
    "applicant.rents": [True, False, None],
    "applicant.true_wish": [True, None],
    "guardian.agrees": [True, False, None],
    "minor.heard": [True, None],
    "papers.genuine": [True, None, None],
    "owner.papers_seen": [True, None],
    "kin.has_household": [True, False, None],
    "employer.collective_household": [False, True, None],
    "residence.collective_household": [True, False, None],
    "lease.filed": [True, True, True, False, None],
    "lease.place": ["37030300100100000001", None],
    "lessor.is_holder": [True, True, False, None],
    "lessor.asked": [True, True, False, None],
    "lessor.consents": [True, True, False, None],
}

Truth = bool | None
Case = dict[str, Fact]


def cases(count: int, seed: int) -> list[Case]:
    """Gives random cases; unknown facts are absent."""
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        values = {name: dice.choice(choices) for name, choices in CHOICES.items()}
        values["person.birth_on"] = date(dice.randrange(1940, 2020), dice.randrange(1, 13), dice.randrange(1, 29))
        if values["lease.filed"]:
            values["lease.start"] = date(dice.choice([2022, 2023, 2024]), dice.randrange(1, 13), 1)
            values["lease.end"] = dice.choice([None, date(2024, 2, 29), date(2025, 12, 31)])
        made.append({name: Fact(name, value, SOURCE, AT) for name, value in values.items() if value is not None})
    return made


# The peer: the same clauses as plain functions of the values, with the same three-valued logic.


def both(*parts: Truth) -> Truth:
    """Gives Kleene `and`."""
    return False if False in parts else None if None in parts else True


def either(*parts: Truth) -> Truth:
    """Gives Kleene `or`."""
    return True if True in parts else None if None in parts else False


def opposite(value: Truth) -> Truth:
    """Gives Kleene `not`."""
    return None if value is None else not value


def age_on(born: date | None, on: date) -> int | None:
    """Gives completed years; 29 February is reached on 1 March."""
    if born is None:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def by_hand(facts: Case) -> dict[tuple[str, str], tuple[str, list[dict[str, Any]]]]:
    """Gives rule and clause → verdict and the facts told, all written by hand for exactly these rules."""
    v = {name: fact.value for name, fact in facts.items()}
    get = v.get
    age = age_on(get("person.birth_on"), ON)
    place, at = get("person.residence_place"), get("lease.place")
    lives = None if place is None or at is None else place == at
    filed, start, end = get("lease.filed"), get("lease.start"), get("lease.end")
    memberships, status = get("person.open_memberships"), get("person.status")
    real, genuine = get("person.real"), get("papers.genuine")
    holder, consents = get("lessor.is_holder"), get("lessor.consents")
    adult = None if age is None else age >= 18
    elder = None if age is None else age >= 60
    heard = None if age is None else 8 <= age < 18
    runs = both(None if start is None else start <= ON, end is None or end >= ON)
    found: dict[tuple[str, str], tuple[str, list[dict[str, Any]]]] = {}

    def put(rule: str, clause: str, met: Truth, names: str, applies: Truth = True) -> None:
        if applies is False:
            verdict = "not_applicable"
        elif met is True:
            verdict = "yes"
        else:
            verdict = "no" if met is False and applies is True else "unknown"
        told = []
        for name in names.split():
            fact = facts.get(name)
            told.append({
                "id": name, "value": None if fact is None else str(fact.value),
                "source": None if fact is None else {"zh": fact.source.zh, "en": fact.source.en},
                "at": None if fact is None or fact.at is None else fact.at.isoformat(),
            })  # fmt: skip
        found[rule, clause] = verdict, told

    put("S-00", "a", None if memberships is None else memberships <= 1, "person.open_memberships")
    put("S-00", "b", either(lives, get("applicant.will_live_there"), opposite(get("person.own_dwelling"))),
        "person.lives_at_lease applicant.will_live_there person.own_dwelling")  # fmt: skip
    put("S-00", "c-adult", get("applicant.own_will"), "person.age applicant.own_will", adult)
    put("S-00", "c-guardian", get("guardian.agrees"), "person.age guardian.agrees", opposite(adult))
    put("S-00", "c-heard", get("minor.heard"), "person.age minor.heard", heard)
    put("S-00", "c-elder", get("applicant.true_wish"), "person.age applicant.true_wish", elder)
    put("S-00", "g", either(opposite(get("person.supervised")), get("person.move_approved")),
        "person.supervised person.move_approved")  # fmt: skip
    put("S-00", "h", genuine, "papers.genuine", genuine is not None)
    put("P-11", "identity", real if real is not None else genuine, "person.real papers.genuine")
    put("P-11", "status", None if status is None else status == "0", "person.status")
    put("P-12", "here", None if memberships is None else memberships >= 1, "person.open_memberships")
    put("S-01", "1", get("person.own_dwelling"), "person.own_dwelling")
    put("S-01", "2", get("kin.has_household"), "kin.has_household")
    put("S-01", "3", both(filed, consents), "lease.filed lessor.consents")
    put("S-01", "4", get("employer.collective_household"), "employer.collective_household")
    put("S-01", "5", get("residence.collective_household"), "residence.collective_household")
    put("S-20", "filed", filed, "lease.filed")
    put("S-20", "running", runs, "lease.filed lease.start lease.end", filed)
    put("S-20", "length", True, "lease.filed lease.end lease.start", False)
    put("S-20", "owner", either(holder, get("owner.papers_seen")),
        "lease.filed lessor.is_holder owner.papers_seen", filed)  # fmt: skip
    seen = get("owner.papers_seen")
    agreed = True if consents is None and seen else consents
    put("S-20", "consent", agreed, "lease.filed lessor.consents owner.papers_seen", filed)
    put("S-21", "tenant", either(filed, get("applicant.rents")), "lease.filed applicant.rents")
    put("S-21", "reason", either(opposite(filed), opposite(holder), opposite(consents), opposite(get("lessor.asked"))),
        "lease.filed lessor.is_holder lessor.consents lessor.asked")  # fmt: skip
    return found


def timed(work: Callable[[Case], Any], given: Sequence[Case]) -> list[float]:
    """Gives microseconds of each call."""
    spent = []
    for case in given:
        started = time.perf_counter_ns()
        work(case)
        spent.append((time.perf_counter_ns() - started) / 1000)
    return spent


def main() -> None:
    """Measures, checks that both judge alike, prints a table and one line of JSON."""
    quick = harness.options(__doc__).quick
    catalogue = load(ROOT / "cities" / "zibo").catalogue
    item = catalogue.get("item", "E25").spec
    given = cases(2_000 if quick else 20_000, 7)

    def explained(case: Case) -> dict[str, Any]:
        return to_json(judge_item(item, catalogue, case, ON))

    def verdicts(case: Case) -> Any:
        return judge_item(item, catalogue, case, ON).outcomes

    for case in given[:2_000]:
        ours = {
            (rule["rule"], part["clause"]): part["verdict"]
            for rule in explained(case)["rules"]
            for part in rule["clauses"]
        }
        hand = {key: verdict for key, (verdict, _) in by_hand(case).items()}
        if ours != hand:
            raise SystemExit(f"the two differ: {sorted(ours.items() ^ hand.items())}")
    rows = {
        "facts → explanation, JSON": timed(explained, given),
        "facts → verdicts only": timed(verdicts, given),
        "by hand, verdicts and facts, no trace": timed(by_hand, given),
    }
    table: list[list[object]] = [["", "p50 µs", "p95 µs", "p99 µs"]]
    for name, spent in rows.items():
        cuts = statistics.quantiles(spent, n=100)
        table.append([name, cuts[49], cuts[94], cuts[98]])
    harness.table(table)
    ours_us, lean_us, hand_us = (statistics.median(spent) for spent in rows.values())
    clauses = sum(len(rule.clauses) for rule in judge_item(item, catalogue, given[0], ON).rules)
    print(f"{clauses} clauses; aim: explanation under {AIM_US} µs")
    harness.result(
        name="judge", us_p50=round(ours_us, 1), us_p50_verdicts=round(lean_us, 1), us_p50_by_hand=round(hand_us, 1),
        ratio=round(hand_us / ours_us, 3), aim=AIM_US, unit="us per explained judgement", n=len(given),
    )  # fmt: skip


if __name__ == "__main__":
    main()
