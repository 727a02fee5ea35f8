"""The applications that are filed: who, which form, what the officers see, and what the register says afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.registers import history, people
from anjia.registers.condition import Condition
from anjia.registers.paper import Paper
from anjia.registers.status import Status
from tests.casework.filings import BEFORE, PHONE, Town

Answers = Mapping[str, Mapping[str, Any]]
PAPERS = ("papers.genuine", "application.signed")


@dataclass(frozen=True)
class Row:
    """One application.

    Attributes:
        before: operations that make the world in which it is filed.
        records: what departments know besides.
        checks: facts that the officers see to be so; `against`: those that they see not to be so.
        stops: checks that, turned round, stop the case.
    """

    name: str
    item: str
    event: str
    who: str
    answers: Answers
    checks: tuple[str, ...]
    then: Callable[[Town], Any]
    expected: Any
    stops: tuple[str, ...] = ()
    against: Mapping[str, bool] = field(default_factory=dict)
    before: tuple[tuple[str, date, Mapping[str, Any]], ...] = ()
    records: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    counter: bool = False


def status(name: str) -> Callable[[Town], Any]:
    """Gives a person's status and whether the person is registered."""
    return lambda town: (
        Status.objects.get(subject=town[name], recorded_to=None, valid_to=None).status,
        history.membership(town[name], timezone.localdate(), timezone.now()) is not None,
    )


def home(name: str) -> Callable[[Town], Any]:
    """Gives the members of a person's household with their relation to the head."""

    def members(town: Town) -> dict[str, str]:
        found = history.household_of(town[name], timezone.localdate(), timezone.now())
        return {} if found is None else {one.name: one.relation for one in found.members}

    return members


def page(name: str, *items: str) -> Callable[[Town], Any]:
    """Gives items of a person's page."""
    return lambda town: tuple(str(people.particulars_of(town[name])[item]) for item in items)


def papers(name: str, kind: str) -> Callable[[Town], Any]:
    """Gives the states of a person's or household's papers of a kind."""
    return lambda town: sorted(
        Paper.objects.filter(subject=town[name], kind=kind, recorded_to=None).values_list("state", flat=True)
    )


def marital(*names: str) -> Callable[[Town], Any]:
    """Gives the marital status of persons."""
    return lambda town: tuple(
        Condition.objects.get(subject=town[name], recorded_to=None, valid_to=None).marital for name in names
    )


def both(*claims: Callable[[Town], Any]) -> Callable[[Town], Any]:
    """Gives several claims together."""
    return lambda town: tuple(claim(town) for claim in claims)


HOUSEHOLDS = (
    Row("two households merge", "D03", "MERGE", "弟", {"other": {"named_no": "#父", "new_head": ""}, **PHONE},
        (*PAPERS, "merge.same_address", "merge.kin", "merge.own_head_consents", "merge.other_head_consents"),
        home("弟"), {"弟": "02", "父": "51", "母": "52", "子": "71", "媳": "72", "孙": "93"},
        stops=("merge.other_head_consents",)),
    Row("another head by agreement", "D04", "HEAD", "父",
        {"what": {"outcome": "new-head", "head_trigger": "agreement", "new_head": "@子"}, **PHONE},
        (*PAPERS, "head.new_consents", "head.old_consents"),
        home("父"), {"子": "02", "父": "51", "母": "52", "媳": "12", "孙": "20"}, stops=("head.old_consents",)),
    Row("another relation to the head", "D04", "RELATION", "媳",
        {"what": {"outcome": "relation", "relation": "97"}, **PHONE}, (*PAPERS, "amend.ground_seen"),
        lambda town: home("媳")(town)["媳"], "97", stops=("amend.ground_seen",)),
    Row("a booklet is replaced", "D13", "BOOK", "父", {"why": {"why": "lost"}, **PHONE}, PAPERS[:1],
        papers("老宅", "booklet"), ["issued"],
        before=(("print-booklet", BEFORE, {"household": "@老宅", "number": "B-1"}),)),
    Row("a move to one's own dwelling", "D12", "MOVE_INTRA", "子",
        {"dwelling": {"title_no": "", "will_live_there": "yes"},
         "people": {"companions": ["@媳", "@孙"], "new_head": ""}, "statement": {"own_will": "yes", "phone": "13800000000"}},
        PAPERS, home("子"), {"子": "02", "媳": "12", "孙": "20"},
        records=(("title", {
            "title_no": "T-7", "holders": "title:子", "place_code": "code:空房", "usage": "住宅", "land_right": "出让",
            "address": "空房号", "registered_on": "2020-01-01", "seized": False, "mortgaged": False}),)),
)  # fmt: skip
DEATH = {
    "who": {"dead": "@父", "declarant": "kin", "elsewhere": "no"},
    "death": {"way": "paper", "died_on": "today3", "paper_on": "today3", "paper_no": "S-1", "new_head": "@子"}, **PHONE,
}  # fmt: skip
LEAVING = (
    Row("a death is declared by the son", "D05", "DEATH", "子", DEATH, (*PAPERS[:1], "death.medical_certificate"),
        both(status("父"), home("子")), (("1", False), {"子": "02", "母": "52", "媳": "12", "孙": "20"}),
        stops=("death.medical_certificate",)),
    Row("a neighbour declares a death at the window", "D05", "DEATH", "弟",
        DEATH | {"who": {"dead_no": "#女", "declarant": "neighbour", "elsewhere": "yes"},
                 "death": {"way": "judgment", "died_on": "today9", "paper_on": "today9", "paper_no": "P-1",
                           "new_head_no": "#重"}},
        (*PAPERS[:1], "death.declared_judgment", "death.home_station_told"), status("女"), ("7", False),
        stops=("death.home_station_told",), counter=True),
    Row("the head declares that his son joins the forces", "D06", "ENLIST", "父",
        {"who": {"declarant": "head", "soldier": "@子", "notice_no": "R-1"}, **PHONE}, ("papers.genuine", "enlist.notice"),
        status("子"), ("3", False), stops=("enlist.notice",)),
    Row("somebody settled abroad", "D07", "EMIGRATE", "弟",
        {"who": {"outcome": "settled", "whom": "self", "paper_no": "E-1"}, **PHONE},
        ("papers.genuine", "emigrate.notice", "emigrate.card_handed_in"), status("弟"), ("4", False),
        stops=("emigrate.card_handed_in",)),
    Row("somebody took a foreign nationality", "D07", "EMIGRATE", "父",
        {"who": {"outcome": "nationality", "whom": "member", "member": "@媳", "declared": "yes", "paper_no": "E-2"}, **PHONE},
        ("papers.genuine", "nationality.settled_abroad", "nationality.foreign_taken"), status("媳"), ("6", False),
        stops=("nationality.foreign_taken",)),
)  # fmt: skip
OUT = (
    Row("a student moves to the school", "D09", "MOVE_OUT", "弟",
        {"destination": {"student_chooses_school": "yes", "school": "某大学", "destination": "某市某路"}, **PHONE},
        (*PAPERS, "student.admission_seen"), both(status("弟"), papers("弟", "certificate")), (("8", False), ["issued"]),
        stops=("student.admission_seen",)),
    Row("a graduate leaves the school's household", "D10", "MOVE_OUT", "生",
        {"destination": {"destination_kind": "unit", "student_graduated_on": "today90", "destination": "某市某路"}, **PHONE},
        (*PAPERS, "student.graduation_seen"), both(status("生"), papers("生", "certificate")), (("8", False), ["issued"]),
        stops=("student.graduation_seen",)),
    Row("a student leaves the school", "D11", "MOVE_OUT", "生",
        {"destination": {"student_left_by": "withdrawal", "destination_kind": "before_admission", "destination": "某市某路"},
         **PHONE},
        (*PAPERS, "student.leaving_paper_seen"), status("生"), ("8", False), stops=("student.leaving_paper_seen",)),
)  # fmt: skip
CHILD = {"child_name": "苗苗", "child_sex": "2", "born_on": "today20", "birth_place": "某县", "ethnicity": "01"}
CERTIFIED = CHILD | {"certificate_no": "Q-9", "certificate_on": "today19"}


def born(item: str, name: str, who: str, checks: tuple[str, ...], stops: str, relation: str, **more: Any) -> Row:
    """A birth: the child is in the household of who declares it."""
    parents = {"father_no": more.pop("father", ""), "mother_no": more.pop("mother", "")} | more.pop("parents", {})
    answers = {"child": CERTIFIED, "parents": parents, **PHONE}
    return Row(
        name, item, "BIRTH", who, answers, (*PAPERS, *checks), lambda town: home(who)(town).get("苗苗"), relation,
        stops=(stops,), **more,
    )  # fmt: skip


BIRTHS = (
    born("E01", "a child in wedlock with a paper certificate", "子", ("newborn.certificate_valid", "marriage.valid"),
         "newborn.certificate_valid", "42", father="#子", mother="#媳"),
    born("E02", "a child out of wedlock with its mother", "女", ("newborn.certificate_valid",),
         "newborn.certificate_valid", "30", mother="#女", parents={"statement": "yes"}),
    born("E02", "a child out of wedlock with its father needs a report", "弟",
         ("newborn.certificate_valid", "parentage.report"), "parentage.report", "30", father="#弟",
         parents={"statement": "yes"}),
    born("E03", "a child born abroad", "子", ("abroad.chinese_parent", "abroad.birth_paper", "abroad.travel_papers"),
         "abroad.birth_paper", "42", father="#子", mother="#媳", parents={"no_foreign": "yes"},
         against={"abroad.parent_settled": False, "abroad.foreign_at_birth": False}),
    born("E04", "a child with its grandparents", "母", ("parents.both_away",), "parents.both_away", "42", father="#子"),
    born("E05", "an orphan with its guardian", "弟", ("parents.dead", "guardian.appointed"), "guardian.appointed", "99"),
    born("E06", "a child of two soldiers", "父", ("parents.double_service",), "parents.double_service", "42", father="#子"),
)  # fmt: skip
LATE = ("backfill.no_other", "backfill.dna_clear", "backfill.county_approved")
INSTITUTION = {"person": CHILD | {"statement": "yes"}, **PHONE}
ENTRIES = (
    Row("a child without registration, by its mother", "E07", "BACKFILL", "女",
        {"kind": {"outcome": "kind-1", "statement": "yes", "wedlock_statement": "yes"},
         "person": CHILD | {"born_on": "today3000", "certificate_no": "Q-8", "named_no": ""}, **PHONE},
        (*PAPERS, *LATE, "newborn.certificate_valid", "backfill.parent_booklet"),
        lambda town: home("女")(town).get("苗苗"), "30", stops=("backfill.dna_clear", "backfill.county_approved")),
    Row("a foundling in the institution", "E09", "BACKFILL", "管", INSTITUTION,
        (*PAPERS, *LATE, "foundling.by_institution", "foundling.report_found", "foundling.dna_compared",
         "foundling.estimated"),
        lambda town: home("孤")(town).get("苗苗"), "99", stops=("foundling.report_found",),
        against={"foundling.to_adopt": False}),
    Row("somebody kept in a rescue station", "E18", "BACKFILL", "管",
        INSTITUTION | {"person": CHILD | {"statement": "yes", "care_since": "today120", "born_on": "today9000"}},
        (*PAPERS, *LATE, "backfill.enquiry_done", "care.licence", "care.handed_over"),
        lambda town: home("孤")(town).get("苗苗"), "99", stops=("care.licence",)),
    Row("an adopted child joins the adopter", "E08", "ADOPT", "女",
        {"child": {"named_no": "#孤", "certificate_no": "A-1", "registered_on": "today9", "spouse": "",
                   "surname": "adopter", "name": "田新"}, **PHONE},
        (*PAPERS, "adoption.registered"), lambda town: (home("女")(town).get("田新"), page("孤", "name")(town)),
        ("37", ("田新",)), stops=("adoption.registered",)),
)  # fmt: skip
ROWS = (*HOUSEHOLDS, *LEAVING, *OUT, *BIRTHS, *ENTRIES)
