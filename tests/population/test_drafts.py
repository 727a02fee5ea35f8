"""A draft is checked as the files are, tried on everybody, published by a second person, and binds from its day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from anjia.kernel import grants
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import AccessRecord, Act, Actor, DefinitionDraft
from anjia.population import drafts, records
from anjia.population.models import Simulation
from anjia.rules import examples
from anjia.rules.snapshot import Snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def may(actor: Actor, action: str, register: str = "definition") -> Any:
    return grants.require(actor, register, action, "policy")


def changed(designer: Actor, old: str = "cfg.elder_age", new: str = "85") -> DefinitionDraft:
    draft = drafts.begin(may(designer, "draft"), "rule", "elder")
    text = draft.text.replace(old, new).replace("1944-03-01", "1939-03-01")
    drafts.save(may(designer, "draft"), draft, text=text, reason="为什么", version=draft.version)
    return drafts.get(draft.pk)


def simulated(designer: Actor, draft: DefinitionDraft, snapshot: Snapshot) -> Simulation:
    return records.run(may(designer, "simulate", "simulation"), draft, snapshot)


def test_a_draft_starts_as_what_is_in_force(designer: Actor) -> None:
    draft = drafts.begin(may(designer, "draft"), "rule", "elder")
    found = drafts.candidate_of(draft)
    assert found.faults == ()
    assert found.is_sound
    assert found.definition is not None
    assert found.definition.valid_from == timezone.localdate() + timedelta(days=1)
    assert [one.holds for one in found.tried] == [True, True, True]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("person.birth_on, today", "person.born_on, today", "expression-name-unknown"),
        (">= cfg.elder_age", ">= 'old'", ""),
        ("高龄津贴办法", "", ""),
        ('zh = "已满规定年龄"', 'zh = ""', "words-empty"),
        ("[[clause]]", "[[clause", "toml-malformed"),
        ('id = "elder"', 'id = "other"', "draft-renamed"),
    ],
)
def test_faults_are_named_with_their_line(designer: Actor, old: str, new: str, code: str) -> None:
    draft = drafts.begin(may(designer, "draft"), "rule", "elder")
    text = draft.text.replace(old, new)
    assert text != draft.text
    found = drafts.candidate_of(draft, text)
    if code:
        assert code in [one.code for one in found.faults]
        assert all(0 < one.line <= len(text.splitlines()) for one in found.faults)
    if code == "expression-name-unknown":
        [fault] = [one for one in found.faults if one.code == code]
        assert "born_on" in text.splitlines()[fault.line - 1]


def test_examples_run_at_once(designer: Actor) -> None:
    draft = drafts.begin(may(designer, "draft"), "rule", "elder")
    found = drafts.candidate_of(draft, draft.text.replace("cfg.elder_age", "90"))
    assert not found.faults
    assert not found.is_sound
    assert [one.holds for one in found.tried] == [False, True, True]


def test_losers_by_district_with_small_cells_hidden(designer: Actor, snapshot: Snapshot) -> None:
    row = simulated(designer, changed(designer), snapshot)
    [rule] = row.result["rules"]
    areas = {one["key"]: one for one in rule["by"]["area"]}
    assert areas["990101"]["losses"] == 24
    assert areas["990102"]["losses"] == 15
    assert rule["losses"] == 39
    assert rule["gains"] is None
    # Nobody of 40 loses: told, the 39 of the old would say so.
    assert {one["key"]: one["losses"] for one in rule["by"]["age"]} == {"35-49": None, "80+": None}
    assert all(one[what] is None or one[what] >= 10 for rows in rule["by"].values() for one in rows
               for what in ("gains", "losses", "persons"))  # fmt: skip


def test_the_record_is_signed_and_in_the_log(designer: Actor, snapshot: Snapshot) -> None:
    row = simulated(designer, changed(designer), snapshot)
    act = Act.objects.get(pk=row.act_id)
    assert act.event == "SIMULATE"
    assert act.evidence["simulation"] == row.digest
    assert records.is_genuine(records.get(row.digest))
    row.result["rules"][0]["losses"] = 1
    assert not records.is_genuine(row)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        Simulation.objects.filter(pk=row.pk).update(digest="x")


def test_publishing_takes_two_persons_a_simulation_and_a_day_to_come(
    designer: Actor, publisher: Actor, snapshot: Snapshot
) -> None:
    draft = changed(designer)
    with pytest.raises(AnjiaError, match="simulation-missing") as refused:
        drafts.submit(may(designer, "draft"), draft)
    assert refused.value.status == 422
    row = simulated(designer, draft, snapshot)
    drafts.submit(may(designer, "draft"), draft)
    with pytest.raises(AnjiaError) as missing:
        may(designer, "publish")
    assert missing.value.code == "grant-missing"
    definition = drafts.publish(may(publisher, "publish"), drafts.get(draft.pk))
    today, tomorrow = timezone.localdate(), timezone.localdate() + timedelta(days=1)
    now = publishing.in_force()
    assert now.get("rule", "elder", tomorrow).digest == definition.digest == row.candidate
    assert records.latest(definition.digest).pk == row.pk
    born = {"person.birth_on": today.replace(year=today.year - 82)}
    judged = {
        day: examples.judged(now.get("rule", "elder", day).spec, now, born, day).verdict for day in (today, tomorrow)
    }
    assert judged == {today: "yes", tomorrow: "no"}
    assert Act.objects.get(event="PUBLISH").evidence["simulation"] == row.digest
    with pytest.raises(Exception, match=r"kernel_definitiondraft|never|change"), transaction.atomic():
        DefinitionDraft.objects.filter(pk=draft.pk).update(text="x")


def test_the_author_does_not_publish_even_with_the_grant(designer: Actor, snapshot: Snapshot) -> None:
    from tests.casework.conftest import Grant, date

    Grant.objects.create(actor=designer, role="publisher", divisions=[], valid_from=date(2020, 1, 1), given_by="test")
    draft = changed(designer)
    simulated(designer, draft, snapshot)
    drafts.submit(may(designer, "draft"), draft)
    with pytest.raises(AnjiaError) as refused:
        drafts.publish(may(designer, "publish"), drafts.get(draft.pk))
    assert refused.value.code == "definition-one-person"


def test_a_parameter_is_drafted_simulated_and_keeps_its_days(
    designer: Actor, publisher: Actor, snapshot: Snapshot
) -> None:
    draft = drafts.begin(may(designer, "draft"), "parameter", "elder_age")
    text = draft.text.replace("value = 80", "value = 85")
    assert text != draft.text
    drafts.save(may(designer, "draft"), draft, text=text, reason="", version=1)
    draft = drafts.get(draft.pk)
    assert drafts.candidate_of(draft).faults == ()
    row = simulated(designer, draft, snapshot)
    assert [(one["rule"], one["losses"]) for one in row.result["rules"]] == [("elder", 39)]
    drafts.submit(may(designer, "draft"), draft)
    drafts.publish(may(publisher, "publish"), drafts.get(draft.pk))
    today, now = timezone.localdate(), publishing.in_force()
    values = [now.parameters(day)["elder_age"] for day in (today, today + timedelta(days=1))]
    assert values == [80, 85]


def test_names_only_in_the_area_and_each_look_recorded(
    designer: Actor, publisher: Actor, snapshot: Snapshot
) -> None:
    draft = changed(designer)
    row = simulated(designer, draft, snapshot)
    with pytest.raises(AnjiaError):
        may(designer, "name", "simulation")
    found = records.names(may(publisher, "name", "simulation"), draft, snapshot, row, "elder", "losses")
    assert len(found) == 24
    assert all(name.startswith("人e") for _, name, _ in found)
    looks = AccessRecord.objects.filter(register="simulation", purpose="policy")
    assert looks.count() == 24
    assert set(looks.values_list("subject", flat=True)) == {one[0] for one in found}


def test_two_savings_do_not_overwrite_each_other(designer: Actor) -> None:
    draft = changed(designer)
    with pytest.raises(AnjiaError) as moved:
        drafts.save(may(designer, "draft"), draft, text="x", reason="", version=1)
    assert moved.value.code == "draft-moved"
