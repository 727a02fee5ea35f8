"""Residence permits of the town: what the operations of the register would have written, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils import timezone

from anjia.kernel.expressions.functions import add_months, months_between
from anjia.registers import endorsing, invariants
from anjia.registers.bulk import columns
from anjia.registers.permit import CANCELLED, SUSPENDED, VALID, Permit
from anjia.registers.stay import Stay
from anjia.synthesis import days, lessees
from anjia.synthesis.entries import Table
from anjia.synthesis.events import KINDS, NOT
from anjia.synthesis.making import Made
from tests.synthesis.conftest import ON, Installed

Row = dict[str, Any]
DATES = ("issued_on", "made_on", "years_from", "due_on", "endorsed_on", "since")


def rows(made: Made, register: str) -> Iterator[Row]:
    """What the register holds today, history included: entries that no act has closed."""
    table: Table = made.registers.tables[register]
    for n in np.flatnonzero(table.closed == NOT).tolist():
        row = {name: values[n] for name, values in table.columns.items()}
        for name in DATES:
            if name in row:
                row[name] = None if row[name] == days.NEVER else days.day(row[name])
        end = table.valid_to[n]
        yield {
            **row, "subject": int(table.subject[n]), "from": days.day(table.valid_from[n]),
            "to": None if end == days.NEVER else days.day(end), "event": KINDS[made.town.events.kind[table.opened[n]]],
        }  # fmt: skip


def histories(made: Made) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(made, "permit"):
        found[row["serial"]].append(row)
    return {serial: sorted(of, key=lambda row: row["from"]) for serial, of in found.items()}


def test_months_of_many_days_are_those_of_each() -> None:
    start = np.arange(-20_000, 25_000, 13)
    for months in (-1, 1, 6, 12, 48):
        found = days.months_after(start, months).tolist()
        assert found == [days.number(add_months(days.day(one), months) or date.max) for one in start.tolist()]


def test_each_permit_was_issued_after_half_a_year_and_says_what_each_year_did_to_it(town: Made) -> None:
    turned = Counter()
    for serial, told in histories(town).items():
        first, issued = told[0], told[0]["from"]
        assert (first["state"], first["issued_on"], first["years_from"]) == (VALID, issued, issued)
        assert first["due_on"] == endorsing.full_year(issued, 1)
        assert (first["endorsements"], first["endorsed_on"]) == (0, None)
        for before, after in pairwise(told):
            turned[before["state"], after["state"]] += 1
            assert before["to"] == after["from"], serial
            assert (after["issued_on"], after["place"], after["ground"]) == (issued, first["place"], first["ground"])
            _follows(before, after)
        assert serial.startswith(f"R{first['division'][:6]}")
    assert {(VALID, VALID), (VALID, SUSPENDED), (SUSPENDED, VALID), (VALID, CANCELLED)} <= turned.keys()


def _follows(before: Row, after: Row) -> None:
    """The next spell is what endorsing, suspending or cancelling makes of the one before (rules R-06, R-07, R-09)."""
    day, same = after["from"], ("years_from", "due_on", "endorsements", "endorsed_on")
    if after["state"] == CANCELLED:
        assert after["close_ground"] in ("settlement", "departure")
        assert [after[name] for name in same] == [before[name] for name in same]
    elif after["state"] == SUSPENDED:
        assert day == before["due_on"] + timedelta(days=1)
        assert [after[name] for name in same] == [before[name] for name in same]
    else:
        assert (after["endorsements"], after["endorsed_on"]) == (before["endorsements"] + 1, day)
        if before["state"] == SUSPENDED:
            assert day > before["due_on"]
            assert (after["years_from"], after["due_on"]) == (day, endorsing.full_year(day, 1))
        else:
            assert endorsing.opens_on(before["due_on"]) <= day <= before["due_on"]
            assert (after["years_from"], after["due_on"]) == (before["years_from"], endorsing.next_due(before))


def test_a_permit_stands_on_a_stay_of_half_a_year_and_ends_with_it(town: Made) -> None:
    stays: dict[int, list[Row]] = defaultdict(list)
    for row in rows(town, "stay"):
        stays[row["subject"]].append(row)
    ends = Counter()
    for told in histories(town).values():
        issued, last = told[0]["issued_on"], told[-1]
        [stay] = [
            one for one in stays[last["subject"]] if one["from"] <= issued and (one["to"] is None or issued < one["to"])
        ]
        assert months_between(stay["since"], issued) >= 6
        cancelled = next((row for row in told if row["state"] == CANCELLED), None)
        assert (cancelled["from"] if cancelled else None) == stay["to"]
        if cancelled:
            assert cancelled["close_ground"] == stay["close_ground"]
            ends[cancelled["close_ground"]] += 1
    assert set(ends) == {"settlement", "departure"}
    assert sum(row["to"] is not None for of in stays.values() for row in of) >= sum(ends.values())


def test_who_settled_was_registered_elsewhere_until_that_day(town: Made) -> None:
    status: dict[int, list[Row]] = defaultdict(list)
    for row in rows(town, "status"):
        status[row["subject"]].append(row)
    settled = [row for row in rows(town, "stay") if row["close_ground"] == "settlement"]
    assert settled
    members = {row["subject"]: row for row in rows(town, "membership") if row["to"] is None}
    for row in settled:
        before, after = sorted(status[row["subject"]], key=lambda one: one["from"])
        assert (before["status"], before["to"], after["status"], after["from"]) == ("8", row["to"], "0", row["to"])
        assert (before["event"], after["event"]) == ("MOVE_IN", "MOVE_IN")  # the act that shortened it tells
        assert members[row["subject"]]["from"] >= row["to"]


def test_the_departments_know_of_the_work_and_the_school_of_the_permits(town: Made) -> None:
    number = dict(zip(town.registers.keys.person.tolist(), town.registers.citizen_no.tolist(), strict=True))
    works = {row["no"] for row in town.files.records["employment"] if row["active"]}
    learns = {row["no"] for row in town.files.records["pupils"] if row["attending"]}
    now = [row for row in rows(town, "permit") if row["to"] is None and row["state"] != CANCELLED]
    grounds = Counter(row["ground"] for row in now)
    assert min(grounds[one] for one in ("job", "home", "study")) > 5
    age = {int(key): town.town.people.age(town.town.span.last)[n] for n, key in enumerate(town.registers.keys.person)}
    for row in now:
        who = row["subject"]
        assert row["ground"] != "job" or number[who] in works or age[who] >= 60
        assert row["ground"] != "study" or number[who] in learns or age[who] >= 18


def test_who_settled_by_a_lease_rents_there_and_of_some_the_lease_has_ended(town: Made) -> None:
    made = town.town
    assert len(made.lessee) > 2
    leases = {row["tenant_no"]: row for row in town.files.records["leases"]}
    ground = {row["subject"]: row["ground"] for row in rows(town, "membership") if row["to"] is None}
    over = set(lessees.ended(made).tolist())
    assert 0 < len(over) < len(made.lessee)
    for who in made.lessee.tolist():
        assert ground[int(town.registers.keys.person[who])] == "12"
        lease = leases.get(town.registers.citizen_no[who])
        if lease is None or lease["filed_on"] is None:
            continue  # one of the planted faults
        gone = (ON - date.fromisoformat(lease["end_on"])).days
        assert (gone > 90) == (who in over)
        assert date.fromisoformat(lease["start_on"]) < days.day(int(lessees.arrived(made)[who]))


def test_the_cast_of_the_demo_can_still_apply(town: Made) -> None:
    played = {int(town.registers.keys.person[who]) for who in {**town.cast.parts, **town.crossing}.values()}
    assert not played & {row["subject"] for row in rows(town, "permit")}


def test_a_day_that_may_be_nothing_is_written_as_nothing() -> None:
    field = next(one for one in columns.fields("permit") if one.name == "endorsed_on")
    copied, told = columns.texts(field, np.array([days.number(ON), columns.NEVER]), 2)
    assert copied == [ON.isoformat(), columns.NOTHING]
    assert told == [f',"endorsed_on":"{ON}"', ""]


def test_the_register_reads_the_permits_as_its_own(installed: Installed) -> None:
    now = timezone.now()
    open_now = Permit.objects.filter(recorded_to__isnull=True, valid_to__isnull=True)
    assert open_now.exclude(state=CANCELLED).count() > 50
    for row in open_now[:40]:
        view = endorsing.permit(row.subject, ON, now)
        assert view is not None
        late = row.state == VALID and row.due_on < ON  # within the last days, which the register does not know yet
        assert (view.serial, view.state) == (row.serial, SUSPENDED if late else row.state)
        assert late or view.state_since == row.valid_from
        stays = Stay.objects.filter(subject=row.subject, recorded_to__isnull=True, valid_to__isnull=True)
        assert stays.count() == (row.state != CANCELLED)
    broken = {(one.invariant.id, one.number) for one in invariants.breaches(numbers=False)
              if one.invariant.level == "violation" and one.invariant.id != "INV-06"}  # fmt: skip
    assert broken == set()
    unsaid = open_now.filter(state=VALID, due_on__lt=ON).count()
    assert endorsing.suspend_missed(ON) == unsaid < 5
    counters = dict(installed.owner.execute("SELECT name, value FROM kernel_counter WHERE name LIKE 'permit:%'"))
    highest = dict(installed.owner.execute(
        "SELECT 'permit:' || substr(serial, 2, 6), max(substr(serial, 8)::int) FROM registers_permit GROUP BY 1"
    ))  # fmt: skip
    assert counters == highest
