"""The snapshot of a synthetic town: the same facts as one by one, the same verdicts in all readers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from anjia.kernel import definitions, grants
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import AccessRecord, Actor, Grant
from anjia.registers import divisions, facts, people
from anjia.registers.identity import Identity
from anjia.rules import building, counting, listing, proving
from anjia.rules.finding import evaluate
from anjia.rules.snapshot import Snapshot
from anjia.synthesis import settling
from simulators.departments.archive import Archive
from simulators.departments.desks import Question, open_desks

CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
ON = date(2025, 6, 30)
ASKED = (
    "real-person", "title-holdings", "lease-filing", "own-dwelling", "marriage-register", "divorce-record",
    "supervision-bar", "employment", "school-roll", "birth-certificate",
)  # fmt: skip
"""Interfaces that ask by the person's number alone."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def built(transactional_db: None, tmp_path: Path, city: Catalogue) -> Snapshot:
    """The snapshot of a town of 2,000 residents."""
    from tests.conftest import owner_url

    definitions.publish(city, drafted_by="one", published_by="two")
    divisions.load(CITY)
    settling.synthesize(owner_url(), CITY, tmp_path, size=2000, seed=7, on=ON, say=lambda text: None)
    return building.build(publishing.in_force(), tmp_path, ON, timezone.now(), every=True)


def rules_of(city: Catalogue) -> list[Any]:
    return [one.spec for one in city.list("rule", ON) if one.spec.clause]


def test_everything_that_the_snapshot_must_hold_for(
    built: Snapshot, city: Catalogue, client: Any, settings: Any
) -> None:
    """One town serves all claims: making it is what takes time."""
    facts_are_those_of_one_by_one(built, city)
    rows_lie_by_household(built)
    departments_say_the_same_one_by_one(built, city)
    all_readers_agree(built, city)
    lists_keep_to_the_grant(built, city)
    pages_show_counts_and_lists(built, client, settings)
    a_second_snapshot_takes_the_place_of_the_first(built, city)


def facts_are_those_of_one_by_one(built: Snapshot, city: Catalogue) -> None:
    specs = [one.spec for one in city.list("fact", ON) if one.spec.source == "register" and one.id in built.names]
    assert len(specs) > 8
    for row in range(0, built.rows, 37):
        single = facts.facts_of(int(built.subjects[row]), specs, ON, built.known_at)
        held = built.values(row, tuple(spec.id for spec in specs))
        assert held == {name: value for name, (value, _) in single.items()}


def departments_say_the_same_one_by_one(built: Snapshot, city: Catalogue) -> None:
    """The desks of the simulator answer by number what the declared SQL says of everybody."""
    archive = Archive(built.folder.parents[1] / "archive.sqlite")
    archive.load(built.folder.parents[1] / "departments", lambda text: None)
    known = Identity.objects.filter(kind="citizen_no", recorded_to__isnull=True, valid_to__isnull=True)
    numbered = set(known.values_list("subject", flat=True))
    compared = 0
    for ident in ASKED:
        interface, desk = city.get("interface", ident, ON).spec, open_desks()[ident]
        names = tuple(fact.id for fact in interface.fact if fact.id in built.names)
        assert names, ident
        for row in range(0, built.rows, 23):
            subject = int(built.subjects[row])
            if subject in numbered:
                number, name = people.number_of(subject, None), people.name_of(subject)
                found = desk.answer(archive, Question(str(number), name, {}, ON))
                wanted = told(interface, found)
                assert built.values(row, names) == {key: wanted[key] for key in names if key in wanted}, ident
                compared += len(names)
    archive.close()
    assert compared > 1000


def told(interface: Any, record: Any) -> dict[str, Any]:
    """Gives the known facts of a desk's answer, as the interface declares them."""
    fields = {one.id: one for one in interface.field}
    values = {}
    for fact in interface.fact:
        value: Any = fact.not_found
        if record is not None:
            value = record if not fact.found else None
            for part in fields[fact.field].path.split(".") if fact.field else ():
                value = (value or {}).get(part)
            value = True if fact.found else value
            if value is not None and fact.field and fields[fact.field].type == "date":
                value = date.fromisoformat(value)
        if value is not None:
            values[fact.id] = value
    return values


def rows_lie_by_household(built: Snapshot) -> None:
    homes = built.households
    assert np.all(np.diff(homes) >= 0)
    assert len(np.unique(built.subjects)) == built.rows
    assert all(built.manifest["columns"][name]["twice"] == 0 for name in built.names)


def all_readers_agree(built: Snapshot, city: Catalogue) -> None:
    proof = proving.prove(rules_of(city), built, ON, city.parameters(ON), catalogue=city, sample=150)
    assert proof.first == []
    assert sum(proof.differences.values()) == 0
    assert {"numpy", "closures", "duckdb", "postgresql", "cases"} <= proof.seconds.keys()
    assert any(one["yes"] for one in proof.counts.values())
    for verdict in ("yes", "no", "unknown"):
        assert sum(one[verdict] for one in proof.counts.values()) > 0
    unmet = {name for name, one in proof.counts.items() if one["yes"] == 0 or one["unknown"] == proof.persons}
    written = {one.id for one in rules_of(city) if one.nobody is not None}
    derived = {name for name in unmet if proof.told.get(name)}
    assert unmet - written - derived == set()
    assert len(derived) > 5
    assert not unmet & {"E-08", "R-06", "S-22"}


def lists_keep_to_the_grant(built: Snapshot, city: Catalogue) -> None:
    rule = city.get("rule", "S-20").spec
    verdicts = evaluate([rule], built, ON, city.parameters(ON), catalogue=city, clauses=True)
    codes, position = built.divisions
    town = codes[int(np.bincount(position).argmax())][:9]
    analyst, officer = (holder(name, role, town) for name, role in (("a", "policy-analyst"), ("o", "outreach-officer")))
    found = listing.listed(rule, verdicts, built, analyst, city, verdict="no", limit=5)
    assert found
    assert all(one.division.startswith(town) and one.name == "" for one in found)
    assert all("filed" in {part.clause.id for part in listing.failing(one.judgement)} or one for one in found)
    named = listing.listed(rule, verdicts, built, officer, city, verdict="no", after=found[0].row, limit=4)
    assert [one.row for one in named] == [one.row for one in found[1:]]
    assert all(one.name for one in named)
    records = AccessRecord.objects.filter(purpose="policy-finding")
    assert records.count() == 9
    assert sum("name" in one.fields for one in records.filter(actor_id=officer.actor.pk)) == 4
    with pytest.raises(AnjiaError, match="list-too-long"):
        listing.listed(rule, verdicts, built, officer, city, limit=listing.MOST + 1)
    why = counting.reasons(verdicts, rule, listing.within(built, officer))
    assert sum(sum(cells.values()) for cells in why.exact.values()) == int(listing.within(built, officer).sum())


def holder(name: str, role: str, area: str) -> grants.Allowed:
    actor = Actor.objects.create_actor(name, "x-1234567890", kind="staff", name_zh="某", station="", person=None)
    Grant.objects.create(actor=actor, role=role, divisions=[area], valid_from=date(2023, 6, 30), given_by="test")
    return grants.require(actor, listing.REGISTER, listing.LIST, listing.PURPOSE)


def pages_show_counts_and_lists(built: Snapshot, client: Any, settings: Any) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    settings.ANJIA_STATE = built.folder.parents[1]
    assert client.get("/counter/rules/").status_code == 302
    client.force_login(Actor.objects.get(username="a"))
    listed = client.get("/counter/rules/").content.decode()
    assert "S-20" in listed
    one = client.get("/counter/rules/S-20/").content.decode()
    assert "租赁合同已在住建部门备案" in one
    before = AccessRecord.objects.count()
    page = client.get("/counter/rules/S-20/people/?verdict=no").content.decode()
    assert AccessRecord.objects.count() > before
    assert "您的权限不显示姓名" in page
    client.force_login(Actor.objects.get(username="o"))
    assert "您的权限不显示姓名" not in client.get("/counter/rules/S-20/people/?verdict=no").content.decode()
    assert client.get("/counter/rules/X-99/").status_code == 404


def a_second_snapshot_takes_the_place_of_the_first(built: Snapshot, city: Catalogue) -> None:
    state = built.folder.parents[1]
    assert Snapshot.current(state).folder == built.folder
    second = building.build(publishing.in_force(), state, ON, timezone.now())
    assert set(second.names) < set(built.names)
    assert Snapshot.current(state).folder == second.folder
    assert built.values(0, second.names) == second.values(0)
    with pytest.raises(AnjiaError, match="snapshot-missing"):
        Snapshot.current(state / "elsewhere")


def test_a_rule_that_nobody_meets_says_why(city: Catalogue) -> None:
    """What the proof asks for stands in the files; a reason is in both languages."""
    reasons = {one.id: one.spec.nobody for one in city.list("rule") if one.spec.nobody is not None}
    assert {"S-20", "D-03"} <= reasons.keys()
    assert all(one.zh and one.en for one in reasons.values())
