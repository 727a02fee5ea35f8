"""The applications that settle somebody in the city: every channel, and collective households of every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from anjia.registers import history
from anjia.registers.household import Household
from anjia.registers.officer import Officer
from tests.casework.filed import PAPERS, Row, home
from tests.casework.filings import HERE, PHONE, Town


def settles(item: str, name: str, who: str, where: Mapping[str, Any], checks: tuple[str, ...], then: Any, expected: Any,
            **more: Any) -> Row:  # fmt: skip
    """Somebody who is registered in the city and moves within it."""
    along = more.pop("along", [])
    answers = {
        "where": {"will_live_there": "yes"} | dict(where),
        **({"people": {"companions": along}} if along else {}),
        "statement": {"own_will": "yes", "phone": "13800000000"},
    }  # fmt: skip
    return Row(name, item, "MOVE_INTRA", who, answers, (*PAPERS, *checks), then, expected, **{"stops": checks[-1:],
        **more})


def titled(usage: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return (("title", {
        "title_no": "T-7", "holders": "title:子", "place_code": "code:空房", "usage": usage, "land_right": "出让",
        "address": "空房号", "registered_on": "2020-01-01", "seized": False, "mortgaged": False}),)  # fmt: skip


def among(name: str, who: str) -> Callable[[Town], Any]:
    """Gives what somebody is in the household of another."""
    return lambda town: home(name)(town).get(who)


UNIT, KINDRED = {"where": "unit", "named_no": "#管"}, {"where": "kin", "named_no": "#女"}
FAMILY = {"子": "02", "媳": "12", "孙": "20"}
SETTLED = (
    settles("E20", "a mother joins her daughter", "母", {"named_no": "#女"}, ("applicant.true_wish", "kin.child_seen",
        "head.consents"),
            among("女", "母"), "52"),
    settles("E21", "an unmarried son joins his parents", "弟", {"named_no": "#父"}, ("kin.parent_seen",
        "head.consents"),
            among("父", "弟"), "20"),
    settles("E22", "a brother joins his sister", "弟", {"named_no": "#女", "kin_relation": "sibling"},
            ("head.consents", "kin.is_guardian"), among("女", "弟"), "71"),
    settles("E23", "an adopted child moves", "孤", {"named_no": "#女"},
            ("guardian.agrees", "minor.heard", "adoption.valid"), among("女", "孤"), "99"),
    settles("E24", "an owner settles with the family", "子", {"title_no": ""}, (), home("子"), FAMILY,
            along=["@媳", "@孙"], records=titled("住宅")),
    settles("E26", "an owner of an apartment settles", "子", {"title_no": "", "dwelling_other_family": "no"},
            ("unit.dwelling_fittings", "unit.own_door_number", "unit.actual_residence_checked"), home("子"), FAMILY,
            along=["@媳", "@孙"], records=titled("公寓"), against={"unit.has_household": False}),
    settles("E27", "a dwelling on allocated land", "弟", {"place_code": "code:空房", "allocated_paper": "old_title"},
            ("allocated.land_seen", "allocated.holder_or_tenant", "allocated.in_use"), home("弟"), {"弟": "02"},
            against={"allocated.disputed": False}),
    settles("E28", "a talent in the community's household", "生",
            {"where": "community", "community": HERE, "talent_title_level": "degree"}, ("talent.degree_seen",),
            among("生", "生"), "99"),
    settles("E29", "an employee in the unit's household", "弟", UNIT, ("work.contract_seen",), among("管", "弟"), "99"),
    settles("E29-business", "a business man with his sister", "弟", KINDRED | {"business_role": "owner"},
            ("business.licence_active",), among("女", "弟"), "71"),
    settles("E29-transfer", "a transferred official", "弟", UNIT, ("transfer.letter_seen",), among("管", "弟"), "99"),
    settles("E30", "somebody returns to a house in the village", "弟", {"place_code": "code:空房"},
            ("village.formerly_registered", "village.homestead", "village.notice_given"), home("弟"), {"弟": "02"}),
    settles("E33", "the family of a serviceman", "弟", UNIT, ("unit_approval.valid",), among("管", "弟"), "99"),
    settles("E34", "a student enters the school's household", "弟", {"named_no": "#管",
        "student_chooses_school": "yes"},
            ("student.admission_seen",), among("管", "弟"), "99"),
    settles("E35", "a student comes back", "生", {"named_no": "#女", "student_left_by": "withdrawal"},
            ("student.leaving_paper_seen",), among("女", "生"), "99"),
    settles("E36", "a graduate goes home", "生", KINDRED | {"student_graduated_on": "today60"},
            ("student.graduation_seen",), among("女", "生"), "99"),
)  # fmt: skip
NEW_UNIT = {"unit_name": "样例机械厂", "community": HERE, "address": "厂区", "officer_name": "弟"}


def founded(kind: str) -> Callable[[Town], Any]:
    """Says how many households of a kind stand with an officer."""
    return lambda town: Household.objects.filter(
        kind=kind, name="样例机械厂", recorded_to=None, valid_to=None,
        subject__in=Officer.objects.filter(person=town["弟"], recorded_to=None).values("subject"),
    ).count()  # fmt: skip


COLLECTIVES = (
    Row("a unit's household is set up", "E32", "NEWHH", "弟", {"what": NEW_UNIT | {"unit_persons": "12"}, **PHONE},
        (*PAPERS, "unit.is_entity", "unit.premises", "unit.officer_named"), founded("T1"), 1, stops=("unit.premises",),
        against={"unit.has_household_already": False}),
    Row("a talent centre's household is set up", "E32-school", "NEWHH", "弟",
        {"what": NEW_UNIT | {"collective_kind": "T3", "collective_run_by": "talent_centre"}, **PHONE}, PAPERS,
        founded("T3"), 1, stops=("collective.county_has_talent",), against={"collective.county_has_talent": False}),
    Row("an employee enters a unit's household", "E32-enter", "MOVE_INTRA", "弟",
        {"what": {"collective_applicant": "employee", "named_no": "#管"}, **PHONE}, (*PAPERS, "unit.consents"),
        among("管", "弟"), "99", stops=("unit.consents",)),
    Row("who left the unit goes to the community", "E32-leave", "MOVE_INTRA", "工",
        {"what": {"unit_left_on": "today200"}, **PHONE}, PAPERS, lambda town: history.membership(
            town["工"], timezone.localdate(), timezone.now()).household == town["社区"], True),
    Row("somebody divorced without a dwelling", "E32-community", "MOVE_INTRA", "弟",
        {"what": {"community_reason": "divorce", "community": HERE}, **PHONE}, PAPERS, lambda town: history.membership(
            town["弟"], timezone.localdate(), timezone.now()).household == town["社区"], True,
        stops=("kin.owns_dwelling",), against={"kin.owns_dwelling": False}),
)  # fmt: skip
ROWS = (*SETTLED, *COLLECTIVES)
