"""Relations to the head, rewritten from the kinship graph."""

from __future__ import annotations

from datetime import date

import pytest

from anjia.registers.relations import Graph, fits_sex, graph, relation

A, B, C, D, E, F, G = range(1, 8)
SEX = {A: "1", B: "2", C: "1", D: "2", E: "1"}
THREE_GENERATIONS = [
    {"subject": A, "kind": "spouse", "kin": B},
    {"subject": C, "kind": "father", "kin": A},
    {"subject": C, "kind": "mother", "kin": B},
    {"subject": C, "kind": "spouse", "kin": D},
    {"subject": E, "kind": "father", "kin": C},
    {"subject": E, "kind": "mother", "kin": D},
]


def codes(head: int, kin: Graph, *members: int) -> list[str]:
    return [relation(head, member, kin) for member in members]


def test_the_example_of_the_register_notes_under_the_father() -> None:
    assert codes(A, graph(THREE_GENERATIONS, SEX), A, B, C, D, E) == ["02", "12", "20", "38", "41"]


def test_the_example_under_the_son() -> None:
    assert codes(C, graph(THREE_GENERATIONS, SEX), A, B, C, D, E) == ["51", "52", "02", "12", "20"]


def test_the_example_under_the_daughter_in_law() -> None:
    assert codes(D, graph(THREE_GENERATIONS, SEX), A, B, D, E) == ["53", "54", "02", "20"]


def test_a_mans_parents_in_law_have_codes_of_their_own() -> None:
    kin = graph([{"subject": D, "kind": "father", "kin": A}, {"subject": C, "kind": "spouse", "kin": D}], SEX)
    assert relation(C, A, kin) == "55"
    assert relation(A, C, kin) == "28"


@pytest.mark.parametrize(("line", "boy", "girl"), [("father", "41", "42"), ("mother", "43", "44")])
def test_a_grandchild_is_told_by_the_line_even_when_the_parent_is_gone(line: str, boy: str, girl: str) -> None:
    rows = [
        {"subject": C, "kind": "father", "kin": A},
        {"subject": E, "kind": line, "kin": C},
        {"subject": F, "kind": line, "kin": C},
    ]
    kin = graph(rows, {A: "1", E: "1", F: "2"})
    assert codes(A, kin, E, F) == [boy, girl]


def test_siblings_are_told_by_age_and_twins_are_not() -> None:
    rows = [{"subject": one, "kind": "father", "kin": A} for one in (C, E, F, G)]
    born = {C: date(1990, 1, 1), E: date(1992, 1, 1), F: date(1988, 1, 1), G: date(1990, 1, 1)}
    kin = graph(rows, {C: "1", E: "1", F: "2", G: "1"}, born)
    assert codes(C, kin, E, F, G) == ["73", "75", "70"]


def test_step_child_and_step_parent() -> None:
    kin = graph([{"subject": E, "kind": "mother", "kin": B}, {"subject": B, "kind": "spouse", "kin": A}], SEX)
    assert (relation(A, E, kin), relation(E, A, kin)) == ("27", "57")


def test_without_a_path_kin_stay_kin_and_others_stay_others() -> None:
    kin = graph([], SEX)
    assert relation(A, C, kin, before="93") == "97"
    assert relation(A, C, kin, before="99") == "99"


def test_parents_of_one_child_without_marriage_are_no_kin() -> None:
    kin = graph(
        [{"subject": E, "kind": "father", "kin": C}, {"subject": E, "kind": "mother", "kin": D}], SEX
    )
    assert relation(C, D, kin) == "99"


def test_the_present_spouse_counts_before_a_former_one() -> None:
    rows = [{"subject": C, "kind": "spouse", "kin": D}, {"subject": C, "kind": "spouse", "kin": B}]
    assert relation(C, D, graph(rows, SEX)) == "12"
    assert relation(C, B, graph(rows, SEX)) == "99"


def test_birth_order_is_said_when_all_children_are_vouched_for() -> None:
    born = {C: date(1985, 1, 1), E: date(2015, 6, 1)}
    kin = graph(THREE_GENERATIONS, SEX, born)
    assert relation(A, C, kin, all_children=True) == "22"
    assert relation(C, E, kin, all_children=True) == "22"
    assert relation(D, E, kin, all_children=True) == "22"
    assert relation(C, E, kin) == "20"


def test_sons_and_daughters_are_counted_apart_and_the_sixth_is_another() -> None:
    children = list(range(10, 20))
    rows = [{"subject": one, "kind": "father", "kin": A} for one in children]
    sex = {one: "2" if one in (12, 15) else "1" for one in children} | {A: "1"}
    born = {one: date(1980 + one, 1, 1) for one in children}
    kin = graph(rows, sex, born)
    told = [relation(A, one, kin, all_children=True) for one in children]
    assert told == ["22", "23", "32", "24", "25", "33", "26", "29", "29", "29"]


def test_twins_and_unknown_birth_dates_leave_the_order_open() -> None:
    rows = [{"subject": one, "kind": "father", "kin": A} for one in (C, E, F)]
    born = {C: date(1990, 1, 1), E: date(1990, 1, 1), F: date(1992, 1, 1)}
    kin = graph(rows, {A: "1", C: "1", E: "1", F: "1"}, born)
    assert [relation(A, one, kin, all_children=True) for one in (C, E, F)] == ["20", "20", "24"]
    unknown = graph(rows, {A: "1", C: "1", E: "1", F: "1"}, {C: born[C], F: born[F]})
    assert relation(A, C, unknown, all_children=True) == "20"


@pytest.mark.parametrize(
    ("head_sex", "father", "mother"), [("2", "53", "54"), ("1", "55", "56"), ("0", "97", "97")]
)
def test_parents_in_law_are_told_by_the_heads_sex(head_sex: str, father: str, mother: str) -> None:
    rows = [
        {"subject": C, "kind": "spouse", "kin": D},
        {"subject": D, "kind": "father", "kin": A},
        {"subject": D, "kind": "mother", "kin": B},
    ]
    kin = graph(rows, {A: "1", B: "2", C: head_sex})
    assert codes(C, kin, A, B) == [father, mother]


def test_a_code_agrees_with_the_members_sex() -> None:
    assert fits_sex("22", "1")
    assert not fits_sex("22", "2")
    assert not fits_sex("12", "1")
    assert fits_sex("70", "1")
    assert fits_sex("12", "0")
