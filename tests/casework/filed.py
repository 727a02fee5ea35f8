"""The applications that are filed: who, which form, what the officers see, and what the register says afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from anjia.registers import history
from anjia.registers.card import Card
from anjia.registers.condition import Condition
from anjia.registers.paper import Paper
from anjia.registers.particulars import Particulars
from anjia.registers.status import Status
from tests.casework.filings import BEFORE, HERE, PHONE, Town

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
    return lambda town: tuple(
        str(getattr(Particulars.objects.get(subject=town[name], recorded_to=None, valid_to=None),
            item)) for item in items
    )


def papers(name: str, kind: str) -> Callable[[Town], Any]:
    """Gives the states of a person's or household's papers of a kind."""
    return lambda town: sorted(
        Paper.objects.filter(subject=town[name], kind=kind, recorded_to=None, valid_to=None).values_list("state",
            flat=True)
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
        papers("老宅", "booklet"), ["issued", "void"],
        before=(("print-booklet", BEFORE, {"household": "@老宅", "number": "B-1"}),)),
    Row("a move to one's own dwelling", "D12", "MOVE_INTRA", "子",
        {"dwelling": {"title_no": "", "will_live_there": "yes"},
         "people": {"companions": ["@媳", "@孙"], "new_head": ""}, "statement": {"own_will": "yes",
             "phone": "13800000000"}},
        PAPERS, home("子"), {"子": "02", "媳": "12", "孙": "20"},
        records=(("title", {
            "title_no": "T-7", "holders": "title:子", "place_code": "code:空房", "usage": "住宅", "land_right": "出让",
            "address": "空房号", "registered_on": "2020-01-01", "seized": False, "mortgaged": False}),)),
)  # fmt: skip
DEATH = {
    "who": {"dead": "@父", "declarant": "kin", "elsewhere": "no"},
    "death": {"way": "paper", "died_on": "today3", "paper_on": "today3", "paper_no": "S-1"},
    "stay": {"new_head": "@子"}, **PHONE,
}  # fmt: skip
LEAVING = (
    Row("a death is declared by the son", "D05", "DEATH", "子", DEATH, (*PAPERS[:1], "death.medical_certificate"),
        both(status("父"), home("子")), (("1", False), {"子": "02", "母": "52", "媳": "12", "孙": "20"}),
        stops=("death.medical_certificate",)),
    Row("a neighbour declares a death at the window", "D05", "DEATH", "弟",
        DEATH | {"who": {"dead_no": "#女", "declarant": "neighbour", "elsewhere": "yes"},
                 "death": {"way": "judgment", "died_on": "today9", "paper_on": "today9", "paper_no": "P-1"},
                 "stay": {"new_head_no": "#重"}},
        (*PAPERS[:1], "death.declared_judgment", "death.home_station_told"), status("女"), ("7", False),
        stops=("death.home_station_told",), counter=True),
    Row("the head declares that his son joins the forces", "D06", "ENLIST", "父",
        {"who": {"declarant": "head", "soldier": "@子", "notice_no": "R-1"}, **PHONE}, ("papers.genuine",
            "enlist.notice"),
        status("子"), ("3", False), stops=("enlist.notice",)),
    Row("somebody settled abroad", "D07", "EMIGRATE", "弟",
        {"who": {"outcome": "settled", "whom": "self", "paper_no": "E-1"}, **PHONE},
        ("papers.genuine", "emigrate.notice", "emigrate.card_handed_in"), status("弟"), ("4", False),
        stops=("emigrate.card_handed_in",)),
    Row("somebody took a foreign nationality", "D07", "EMIGRATE", "父",
        {"who": {"outcome": "nationality", "whom": "member", "member": "@媳", "declared": "yes", "paper_no": "E-2"},
            **PHONE},
        ("papers.genuine", "nationality.settled_abroad", "nationality.foreign_taken"), status("媳"), ("6", False),
        stops=("nationality.foreign_taken",)),
)  # fmt: skip
OUT = (
    Row("a student moves to the school", "D09", "MOVE_OUT", "弟",
        {"destination": {"student_chooses_school": "yes", "school": "某大学", "destination": "某市某路"}, **PHONE},
        (*PAPERS, "student.admission_seen"), both(status("弟"), papers("弟", "certificate")), (("8", False),
            ["issued"]),
        stops=("student.admission_seen",)),
    Row("a graduate leaves the school's household", "D10", "MOVE_OUT", "生",
        {"destination": {"destination_kind": "unit", "student_graduated_on": "today90", "destination": "某市某路"},
            **PHONE},
        (*PAPERS, "student.graduation_seen"), both(status("生"), papers("生", "certificate")), (("8", False),
            ["issued"]),
        stops=("student.graduation_seen",)),
    Row("a student leaves the school", "D11", "MOVE_OUT", "生",
        {"destination": {"student_left_by": "withdrawal", "destination_kind": "before_admission",
            "destination": "某市某路"},
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
    born("E05", "an orphan with its guardian", "弟", ("parents.dead", "guardian.appointed"), "guardian.appointed",
        "99"),
    born("E06", "a child of two soldiers", "父", ("parents.double_service",), "parents.double_service", "42",
        father="#子"),
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
GONE = BEFORE + timedelta(days=100)


def back(item: str, name: str, who: str, before: tuple[Any, ...], checks: tuple[str, ...], event: str = "RESTORE",
         then: Any = None, expected: Any = ("0", True), **more: Any) -> Row:  # fmt: skip
    """A registration that is opened again."""
    where = {"named_no": "", "paper_no": "Z-1"} | more.pop("where", {})
    return Row(
        name, item, event, who, {"where": where, **PHONE}, (*PAPERS, *checks), then or status(who), expected,
        stops=checks[-1:], before=before, **more,
    )  # fmt: skip


def enlisted(name: str) -> tuple[Any, ...]:
    return (("enlist", GONE, {"person": f"@{name}", "notice": "R-1"}),)


def emigrated(name: str) -> tuple[Any, ...]:
    return (("emigrate", GONE, {"person": f"@{name}", "paper": "E-1"}),)


def moved_out(name: str) -> tuple[Any, ...]:
    return (("move-out", GONE, {"person": f"@{name}", "destination": "外地"}),)


KIN = {"destination_kind": "kin"}
DISCHARGED = ("discharge.letter_valid", "discharge.place_here")
RETURNS = (
    back("E10", "a discharged soldier comes home", "子", enlisted("子"), DISCHARGED, where=KIN),
    back("E11", "an officer is received by his sister", "弟", enlisted("弟"), DISCHARGED,
        where=KIN | {"named_no": "#女"},
         then=lambda town: home("女")(town)["弟"], expected="71"),
    back("E12", "a retired serviceman", "子", enlisted("子"), DISCHARGED, where=KIN),
    back("E13", "a returned recruit", "子", enlisted("子"), ("service.return_letter",), where={"ended": "returned"}),
    back("E14", "a released prisoner", "媳", moved_out("媳"), ("release.certificate",)),
    back("E15", "somebody settles back", "子", emigrated("子"), ("resettle.approved",)),
    back("E17", "somebody declared dead comes back", "媳",
         (("record-death", GONE, {"person": "@媳", "declared": True}),), ("judgment.revoked",)),
    back("E07-marriage", "a registration cancelled on marriage", "媳", moved_out("媳"),
         ("cancelled.on_marriage", "backfill.no_other")),
    Row("a naturalised spouse", "E16", "NATURALISE", "弟",
        {"person": {"outcome": "naturalised", "certificate_no": "N-1", "certificate_on": "today30", "name": "安娜",
                    "sex": "2", "born_on": "1991-01-01"}, **PHONE},
        (*PAPERS, "nationality.certificate"), lambda town: home("弟")(town).get("安娜"), "99",
        stops=("nationality.certificate",)),
    Row("a restored national has the old number", "E16", "NATURALISE", "父",
        {"person": {"outcome": "restored", "certificate_no": "N-2", "certificate_on": "today30", "named_no": "#子"},
            **PHONE},
        (*PAPERS, "nationality.certificate"), both(status("子"), lambda town: town.number("子")[:6]),
        (("0", True), "370399"), stops=("nationality.certificate",),
        before=(("emigrate", GONE, {"person": "@子", "paper": "E-1", "nationality": True}),)),
    Row("a duplicate is cancelled", "X04", "CANCEL_DUP", "子", {"which": {"named_no": "#重"}, **PHONE},
        (*PAPERS, "duplicate.kept_found", "duplicate.person_told", "duplicate.rights_linked"),
        both(status("重"), status("子")), (("5", False), ("0", True)), stops=("duplicate.rights_linked",),
        against={"duplicate.fraud": False}),
    Row("a lost migration certificate is replaced", "X06", "MOVE_OUT", "媳",
        {"paper": {"outcome": "reissued", "paper_no": "C-1"}, **PHONE}, (*PAPERS, "paper.lost_or_expired",
            "paper.reissued"),
        papers("媳", "certificate"), ["issued", "lost"], stops=("paper.reissued",), before=(
            *moved_out("媳"), ("issue-paper", GONE, {"person": "@媳", "kind": "certificate", "number": "C-1"}))),
    Row("an expired certificate is given up", "X06", "RESTORE", "媳",
        {"paper": {"outcome": "restored", "paper_no": "C-2"}, **PHONE}, (*PAPERS, "paper.lost_or_expired"),
        status("媳"), ("0", True), stops=("paper.lost_or_expired",), against={"paper.graduate": False}, before=(
            *moved_out("媳"), ("issue-paper", GONE, {"person": "@媳", "kind": "certificate", "number": "C-2",
                "days": 30}))),
)  # fmt: skip
BARS = ("bar.criminal_case", "bar.sentence", "bar.defaulter", "bar.exit_ban", "name.to_evade", "name.against_order")
NAME = {"whose": "self", "applicant": "self", "name": "方正", "surname_changes": "yes", "surname_ground": "mother",
    "why": "随母姓"}
SCHOOL_ROLL = {"evidence": "school-roll", "evidence_on": "1991-09-01", "error_on": "1998-01-01",
    "pension_on": "2045-01-01"}
AMENDED = (
    Row("an adult takes the mother's surname", "E37", "AMEND_NAME", "弟", {"name": NAME, **PHONE}, PAPERS,
        page("弟", "name", "former_name"), ("方正", "弟"), against=dict.fromkeys(BARS, False), stops=BARS[:1]),
    Row("parents change the name of their child", "E37", "AMEND_NAME", "子",
        {"name": NAME | {"whose": "child", "child": "@孙", "applicant": "parent", "surname_changes": "no",
                         "surname_ground": "", "name": "田新"}, **PHONE},
        PAPERS, both(page("孙", "name"), page("子", "name")), (("田新",), ("子",)),
        against=dict.fromkeys((*BARS, "child.parents_divorced"), False), stops=("name.to_evade",)),
    Row("a second change of name is the county's", "E37-again", "AMEND_NAME", "弟", {"name": NAME, **PHONE}, PAPERS,
        page("弟", "name"), ("方正",), against=dict.fromkeys(BARS, False), stops=BARS[1:2],
        before=(("change-name", GONE, {"person": "@弟", "name": "田一"}),),
        records=(("person", {"no": "#弟", "name": "田一", "birth_on": "1990-07-07", "sex": "1"}),)),
    Row("a changed sex", "E38", "AMEND_SEX", "弟", {"what": {"outcome": "changed", "paper_no": "S-1"}, **PHONE},
        (*PAPERS, "sex.hospital_certificate", "sex.notarised", "sex.county_approved"),
        both(page("弟", "sex"), lambda town: int(town.number("弟")[16]) % 2), (("2",), 0),
            stops=("sex.county_approved",)),
    Row("a wrong sex is put right", "E38", "AMEND_SEX", "女", {"what": {"outcome": "corrected", "paper_no": "S-2"},
        **PHONE},
        (*PAPERS, "sex.birth_paper"), page("女", "sex"), ("1",), stops=("sex.birth_paper",),
        against={"sex.first_register": False}),
    Row("a wrong birth date is put right", "E39", "AMEND_DOB", "弟",
        {"what": SCHOOL_ROLL | {"birth_on": "1990-07-17", "paper_no": "B-1"}, **PHONE},
        (*PAPERS, "birth_date.correction", "birth_date.county_approved"),
        both(page("弟", "birth_on"), lambda town: town.number("弟")[6:14]), (("1990-07-17",), "19900717"),
        against={"birth_date.cadre": False, "birth_date.recruit": False}, stops=("birth_date.cadre",
            "birth_date.county_approved")),
    Row("a child takes the mother's ethnicity", "E40", "AMEND_ETHNIC", "子",
        {"what": {"whose": "child", "child": "@孙", "chosen_of": "mother", "ethnicity": "03", "file_no": "M-1"},
            **PHONE},
        (*PAPERS, "ethnic.marriage_changed", "ethnic.county_examined", "ethnic.city_approved", "ethnic.told"),
        page("孙", "ethnicity"), ("03",), stops=("ethnic.city_approved",),
        before=(("change", GONE, {"register": "particulars", "subject": "@媳", "values": {"ethnicity": "03"}}),)),
    Row("a marriage", "E41-marital", "AMEND_MARITAL", "弟",
        {"what": {"outcome": "married", "since": "today5", "named_no": "#生"}, **PHONE}, (*PAPERS, "amend.ground_seen"),
        marital("弟", "生"), ("21", "21"), stops=("amend.ground_seen",)),
    Row("a divorce", "E41-marital", "AMEND_MARITAL", "媳",
        {"what": {"outcome": "divorced", "since": "today5"}, **PHONE}, (*PAPERS, "amend.ground_seen"),
        marital("子", "媳"), ("40", "40"), stops=("amend.ground_seen",)),
    Row("a widow", "E41-marital", "AMEND_MARITAL", "母",
        {"what": {"outcome": "widowed", "since": "today5"}, **PHONE}, (*PAPERS, "amend.ground_seen"),
        marital("母"), ("30",), stops=("amend.ground_seen",),
        before=(("record-death", GONE, {"person": "@父", "new_head": "@子"}),)),
)  # fmt: skip
APPLIED = ("accept-card", GONE, {"person": "@弟", "purpose": "first", "division": HERE, "reviewed": True})
NUMBERED = {"person": "@弟", "number": "card:弟"}
HELD = (
    APPLIED, ("make-card", GONE, NUMBERED | {"batch": "B"}), ("receive-card", GONE, NUMBERED | {"serial": "S"}),
    ("deliver-card", GONE, NUMBERED),
)  # fmt: skip


def cards(name: str) -> Callable[[Town], Any]:
    """Gives kind and state of a person's cards."""
    return lambda town: sorted(
        Card.objects.filter(subject=town[name], recorded_to=None, valid_to=None).values_list("kind", "state")
    )


CARDS = (
    Row("a temporary card while another is made", "D16", "CARD_TEMP", "弟", PHONE, PAPERS[:1], cards("弟"),
        [("card", "reviewed"), ("temporary", "valid")], before=(APPLIED,)),
    Row("a card is reported lost", "D15-loss", "CARD_LOSS", "弟", PHONE, PAPERS[:1], cards("弟"), [("card", "lost")],
        before=HELD),
)  # fmt: skip
ROWS = (*CARDS, *HOUSEHOLDS, *LEAVING, *OUT, *BIRTHS, *ENTRIES, *RETURNS, *AMENDED)
