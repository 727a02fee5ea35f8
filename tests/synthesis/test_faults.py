"""The planted faults: each is recorded, and nothing else disagrees between register and departments."""

from __future__ import annotations

from collections import Counter

import numpy as np

from anjia.registers.place import code_of
from anjia.synthesis import cast as casting
from anjia.synthesis import crossing, days, departments
from anjia.synthesis.making import Made
from anjia.synthesis.parts import Taken
from tests.synthesis.conftest import SEED


def _recorded(town: Made, kind: str) -> set[int]:
    return {fault.subject for fault in town.faults if fault.kind == kind}


def _subject(town: Made) -> dict[str, int]:
    keys = town.registers.keys.person
    return {number: int(keys[who]) for who, number in enumerate(town.registers.citizen_no) if keys[who] >= 0}


def test_faults_of_the_identity_base_are_those_recorded(town: Made) -> None:
    made, subject = town.registers, _subject(town)
    held = {row["no"]: row["name"] for row in town.files.records["people"]}
    alive = np.flatnonzero((made.keys.person >= 0) & (town.town.people.death == days.NEVER))
    missing = {subject[made.citizen_no[who]] for who in alive if made.citizen_no[who] not in held}
    differs = {subject[no] for no, name in held.items() if name != made.name[made.citizen_no.tolist().index(no)]}
    assert missing == _recorded(town, "person-missing")
    assert differs == _recorded(town, "name-differs")


def test_numbers_that_nobody_has_are_those_recorded(town: Made) -> None:
    subject = _subject(town)
    tenants = {row["tenant_no"] for row in town.files.records["leases"]}
    spouses = {one["no"] for row in town.files.records["marriages"] for one in row["spouses"]}
    recorded = {fault.found for fault in town.faults if fault.kind in ("tenant-number-wrong", "spouse-number-wrong")}
    assert {no for no in tenants | spouses if no not in subject} == recorded


def test_leases_that_lie_elsewhere_are_those_recorded(town: Made) -> None:
    made, built, area = town.registers, town.town.built, town.town.city.area
    who = {number: person for person, number in enumerate(made.citizen_no)}
    doubles = {fault.key for fault in town.faults if fault.kind == "lease-double"}
    stale = set()
    for row in town.files.records["leases"]:
        if row["contract_no"] in doubles or row["tenant_no"] not in who:
            continue
        home = built.home[who[row["tenant_no"]]]
        code = code_of(area.site_codes[built.dwellings.site[home]], int(made.keys.dwelling[home]))
        if row["place_code"] != code:
            stale.add(row["contract_no"])
    assert stale == {fault.key for fault in town.faults if fault.kind == "address-stale"}
    assert doubles


def test_faults_of_the_register_are_those_recorded(town: Made) -> None:
    made, kin = town.registers, town.registers.tables["kinship"]
    has_mother = set(kin.subject[kin.columns["kind"] == "mother"].tolist())
    people, keys = town.town.people, made.keys.person
    child = np.flatnonzero((people.mother >= 0) & (keys >= 0))
    child = child[keys[people.mother[child]] >= 0]
    assert {int(keys[who]) for who in child} - has_mother == _recorded(town, "mother-missing")
    blank = made.tables["particulars"].columns["birth_place"] == ""
    assert set(made.tables["particulars"].subject[blank].tolist()) == _recorded(town, "birth-place-missing")
    identity = made.tables["identity"]
    numbers = identity.columns["kind"] == "citizen_no"
    true = {int(keys[who]): made.citizen_no[who] for who in np.flatnonzero(keys >= 0)}
    rows = zip(identity.subject[numbers].tolist(), identity.columns["text"][numbers].tolist(), strict=True)
    assert {subject for subject, number in rows if true[subject] != number} == _recorded(town, "number-check-wrong")


def test_relations_that_contradict_the_sex_are_those_recorded(town: Made) -> None:
    table, people, keys = town.registers.tables["membership"], town.town.people, town.registers.keys.person
    sex = {int(keys[who]): int(people.sex[who]) for who in np.flatnonzero(keys >= 0)}
    wrong = {
        subject for subject, relation in zip(table.subject.tolist(), table.columns["relation"].tolist(), strict=True)
        if (relation in ("11", "20") and sex[subject] == 1) or (relation in ("12", "30") and sex[subject] == 0)
    }  # fmt: skip
    assert wrong == _recorded(town, "relation-impossible")


def test_titles_and_marriages_differ_from_the_truth_only_where_recorded(town: Made) -> None:
    rng = np.random.default_rng([SEED, town.town.size, 2])
    tenant = casting.tenants(town.town)
    clean = departments.keep(town.town, town.registers, Taken(), tenant, town.cast, rng)
    crossing.enter(town.town, town.registers, town.crossing, clean.records)
    keys = {"titles": "title_no", "marriages": "certificate_no", "leases": "contract_no", "bars": "no"}
    for name, key in keys.items():
        true = {row[key]: row for row in clean.records[name]}
        found = {row[key]: row for row in town.files.records[name]}
        differs = {one for one in true.keys() | found.keys() if true.get(one) != found.get(one)}
        assert differs == {fault.key for fault in town.faults if fault.where == f"departments/{name}.jsonl"}


def test_about_two_in_a_hundred_records_disagree(town: Made) -> None:
    count = Counter(fault.where for fault in town.faults)
    for name in ("people", "titles", "marriages"):
        share = count[f"departments/{name}.jsonl"] / len(town.files.records[name])
        assert 0.015 < share < 0.025


def test_nothing_is_wrong_about_the_cast(town: Made) -> None:
    spared = {int(town.registers.keys.person[who]) for who in casting.protected(town.town, town.cast)}
    assert not spared & {fault.subject for fault in town.faults}
