"""A household split on the real definitions of the first city: asked on the phone, decided at the station."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from anjia.casework import cases, facts, flow, forms, operations
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act, Actor
from anjia.registers import history
from simulators.departments.process import Running
from tests.casework.clan import Clan, clan
from tests.casework.steps import fresh, take, today
from tests.casework.test_first_city import FOLDER
from tests.cities import connected, published

pytestmark = pytest.mark.django_db

SEEN = {"papers.genuine": True, "application.signed": True, "split.members_agree": True}


@pytest.fixture
def home(db: None, shared_departments: Running, departments_folder: Any, settings: Any) -> Iterator[Clan]:
    published(FOLDER)
    connected(shared_departments, departments_folder, settings)
    yield clan(shared_departments)
    source.line().client.close()
    source.line.cache_clear()


def handed_in(home: Clan, who: Actor, **answers: Any) -> Case:
    """A case of a member with every page filled in."""
    case = facts.refresh(who, cases.open_case(who, "D02", channel="residents"))
    asked = {"reason": {"split_ground": "marriage"}, "people": {"along": "no"}, "statement": {"phone": "13800000000"}}
    given = asked | answers
    for topic, data in given.items():
        now = fresh(case)
        assert forms.answer(who, now, topic, data, now.version) == {}, topic
    now = fresh(case)
    return flow.submit(who, now, key=uuid.uuid4(), version=now.version)


def through(home: Clan, case: Case, **checks: bool) -> Case:
    take(home.assistant, case, "prereview")
    take(home.assistant, case, "accept", checks=SEEN | checks)
    take(home.examiner, case, "examine")
    return take(home.approver, case, "approve")


def relations(person: int) -> dict[str, str]:
    found = history.household_of(person, *today())
    assert found is not None
    return {one.name: one.relation for one in found.members}


def test_a_married_son_splits_off_at_the_same_address(home: Clan) -> None:
    along = [str(home.keys["媳"]), str(home.keys["孙"])]
    case = handed_in(home, home.son, people={"along": "yes", "members": along})
    assert case.station == "370303001000"
    shown = operations.preview(fresh(case), facts.plain_values(fresh(case)))
    assert [len(view.members) for view in (*shown.before, *shown.after)] == [5, 3, 2]
    done = through(home, case, **{"owner.agrees": True})
    assert done.state == "decided"
    assert relations(home.keys["子"]) == {"子": "02", "媳": "12", "孙": "20"}
    assert relations(home.keys["父"]) == {"父": "02", "母": "12"}
    act = Act.objects.get(pk=done.act_id)
    assert act.event == "SPLIT"
    assert {one["rule"] for one in act.evidence["clauses"]} == {"P-11", "H-01", "H-05", "H-06"}


def test_the_head_who_splits_off_names_another(home: Clan) -> None:
    chosen = {"along": "yes", "members": [str(home.keys["母"])], "new_head": str(home.keys["子"])}
    case = handed_in(home, home.father, people=chosen)
    assert through(home, case, **{"owner.agrees": True}).state == "decided"
    assert relations(home.keys["子"]) == {"子": "02", "媳": "12", "孙": "20"}


def test_a_share_in_the_dwelling_makes_the_owners_consent_needless(home: Clan) -> None:
    home.share("子")
    case = handed_in(home, home.son, reason={"split_ground": "title"})
    assert through(home, case).state == "decided"


def test_without_share_and_consent_the_station_says_no(home: Clan) -> None:
    case = handed_in(home, home.son)
    take(home.assistant, case, "prereview")
    with pytest.raises(AnjiaError, match="rule-not-met"):
        take(home.assistant, case, "accept", checks=SEEN | {"owner.agrees": False})


def test_a_divorced_wife_needs_nobodys_consent(home: Clan) -> None:
    home.divorce("媳")
    case = handed_in(home, home.wife, reason={"split_ground": "divorce"})
    done = through(home, case, **{"split.members_agree": False})
    assert done.state == "decided"
    assert relations(home.keys["媳"]) == {"媳": "02"}


def test_after_the_split_the_item_is_closed_to_who_lives_alone(home: Clan) -> None:
    home.divorce("媳")
    through(home, handed_in(home, home.wife, reason={"split_ground": "divorce"}))
    again = facts.refresh(home.wife, cases.open_case(home.wife, "D02", channel="residents"))
    assert facts.judgement(fresh(again)).outcomes["same-address"] == "no"
