"""The town before it is loaded: the same from the same seed, near the census, with a possible past."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from anjia.kernel.errors import AnjiaError
from anjia.synthesis import crossing, days, making, names
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.events import NOT
from anjia.synthesis.homes import J1
from anjia.synthesis.making import Made
from anjia.synthesis.numbers import CHECKS, WEIGHTS, citizen_numbers
from anjia.synthesis.residents import BANDS
from tests.synthesis.conftest import ON, SEED


def test_same_arguments_give_the_same_town_and_others_another(city: CityFiles) -> None:
    first = making.make(city, 1000, SEED, ON).digest()
    assert making.make(city, 1000, SEED, ON).digest() == first
    assert making.make(city, 1000, SEED + 1, ON).digest() != first
    assert making.make(city, 1001, SEED, ON).digest() != first
    assert making.make(city, 1000, SEED, date(2025, 7, 1)).digest() != first


def test_size_out_of_bounds_is_refused(city: CityFiles) -> None:
    with pytest.raises(AnjiaError, match="town-size"):
        making.make(city, 10, SEED, ON)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_registered_twice_nor_without_a_household_between(city: CityFiles, seed: int) -> None:
    members = making.make(city, 2000, seed, ON).town.members
    same = members.key[1:] == members.key[:-1]
    assert (members.start < members.end).all()
    assert (members.start[1:][same] == members.end[:-1][same]).all()
    assert (members.opened[1:][same] == members.closed[:-1][same]).all()


def test_every_family_household_has_one_head_at_any_time(town: Made) -> None:
    members, heads = town.town.members, town.town.relation == 2
    family = town.town.built.households.kind == J1
    first = np.full(len(family), days.NEVER)
    last = np.zeros(len(family), dtype=np.int64)
    np.minimum.at(first, members.value, members.start)
    np.maximum.at(last, members.value, members.end)
    head = members.take(heads)
    head = head.take(np.lexsort((head.start, head.value)))
    same = head.value[1:] == head.value[:-1]
    assert family[head.value].all()
    assert (head.start[1:][same] == head.end[:-1][same]).all()
    lived = np.unique(members.value[family[members.value]])
    assert set(head.value.tolist()) == set(lived.tolist())
    begins = np.full(len(family), days.NEVER)
    np.minimum.at(begins, head.value, head.start)
    assert (begins[lived] == first[lived]).all()


def test_relations_fit_sex_and_age(town: Made) -> None:
    people, members = town.town.people, town.town.members
    relation, who = town.town.relation, members.key
    assert (people.sex[who[np.isin(relation, [11, 20, 28, 41, 43, 51, 53, 55])]] == 0).all()
    assert (people.sex[who[np.isin(relation, [12, 30, 38, 42, 44, 52, 54, 56])]] == 1).all()
    for parent in (people.father, people.mother):
        child = np.flatnonzero(parent >= 0)
        gap = days.years(people.birth[parent[child]], people.birth[child])
        assert gap.min() > 15
        assert (gap > 18).mean() > 0.99


def test_the_dead_and_the_departed_have_no_open_registration(town: Made) -> None:
    people, members = town.town.people, town.town.members
    lasting = members.key[members.end == days.NEVER]
    assert len(lasting) == len(set(lasting.tolist()))
    assert (people.death[lasting] == days.NEVER).all()
    assert (town.town.left_on[lasting] == days.NEVER).all()
    dead = np.flatnonzero((people.death < days.NEVER) & (town.registers.keys.person >= 0))
    assert 0.1 < len(dead) / town.town.size < 0.35


def test_events_are_registered_in_working_hours_and_in_order(town: Made) -> None:
    happened = np.sort(np.random.default_rng(1).integers(9000, 20000, 5000))
    moments = days.moments(happened)
    assert (np.diff(moments) > 0).all()
    seconds = moments // days.MICRO + days.ZONE
    assert (((seconds // 86_400 + 3) % 7) < 5).all()
    clock = seconds % 86_400
    assert clock.min() > 8.5 * 3600
    assert clock.max() < 17 * 3600
    assert ((seconds // 86_400 - happened) >= 1).all()
    assert ((seconds // 86_400 - happened) <= 6).all()


def test_residents_are_the_census_to_one_person_a_cell(town: Made, city: CityFiles) -> None:
    people, size = town.town.people, town.town.size
    age = people.age(town.town.span.last)[:size]
    low = np.array([band[0] for band in BANDS])
    for sex, name in ((0, "男"), (1, "女")):
        for county in range(len(city.area.county_codes)):
            here = (people.sex[:size] == sex) & (people.county[:size] == county)
            found = np.bincount(np.searchsorted(low, age[here] + 0.003, side="right") - 1, minlength=len(BANDS))
            labels = [f"{name}_{label}" for label in (
                "0岁", "1到4岁", *(f"{n}到{n + 4}岁" for n in range(5, 85, 5)), "85岁以上")]  # fmt: skip
            goal = np.array([city.census[label][county] for label in labels]) * size / city.whole["人口数_合计"]
            assert np.abs(found - goal).max() < 2.5


def test_citizen_numbers_have_the_unassigned_prefix_and_a_correct_check(town: Made, city: CityFiles) -> None:
    people = town.town.people
    numbers = town.registers.citizen_no
    assert len(set(numbers.tolist())) == len(numbers)
    for who in range(0, len(numbers), 7):
        number = numbers[who]
        assert number[:6] in city.spec.number_prefixes
        assert number[6:14] == f"{days.day(people.birth[who]):%Y%m%d}"
        assert int(number[16]) % 2 == 1 - people.sex[who]
        assert CHECKS[np.array([int(one) for one in number[:17]]) @ WEIGHTS % 11] == number[17]


def test_a_day_of_birth_without_numbers_left_is_refused() -> None:
    same_day = np.full(500, 12_000)
    with pytest.raises(AnjiaError, match="numbers-exhausted"):
        citizen_numbers(("370399",), same_day, np.zeros(500, dtype=np.int64))
    assert len(set(citizen_numbers(("370399", "370398"), same_day, np.zeros(500, dtype=np.int64)))) == 500


def test_known_number_of_the_standard_s_test_vectors() -> None:
    birth = np.array([days.number(date(1990, 3, 7))])
    assert citizen_numbers(("370399",), birth, np.array([0]))[0][:17] == "37039919900307001"
    assert citizen_numbers(("370399",), birth, np.array([0]))[0] == "370399199003070016"


def test_names_follow_the_father_and_some_are_rare(town: Made, city: CityFiles) -> None:
    people, given = town.town.people, town.registers.name
    child = np.flatnonzero(people.father >= 0)
    compound = tuple(city.names["compound"])
    surname = np.array([one[:2] if one.startswith(compound) else one[:1] for one in given], dtype=object)
    shared = surname[child] == surname[people.father[child]]
    assert shared.mean() > 0.97
    rare = names.rare_characters(city)
    share = np.mean([bool(rare & set(one)) for one in given])
    assert 0.002 < share < 0.02
    assert rare & set(given[town.cast.parts["tenant"]])


def test_history_is_real_on_both_axes(town: Made) -> None:
    members = town.town.members
    in_2006, today = days.number(date(2006, 1, 1)), town.town.span.last
    then = dict(zip(members.key.tolist(), members.value.tolist(), strict=True))
    old = members.take((members.start <= in_2006) & (members.end > in_2006))
    now = members.take((members.start <= today) & (members.end > today))
    present = dict(zip(now.key.tolist(), now.value.tolist(), strict=True))
    before = dict(zip(old.key.tolist(), old.value.tolist(), strict=True))
    moved = [who for who in before if who in present and before[who] != present[who]]
    assert len(moved) > 300
    assert then
    table = town.registers.tables["membership"]
    assert (table.closed != NOT).sum() > 1000
    assert ((table.valid_to != days.NEVER) & (table.closed == NOT)).sum() > 1000


def test_cast_is_whole_and_every_part_has_its_lease(town: Made) -> None:
    parts = town.cast.parts
    assert set(parts) == {"tenant", "lessor", "unfiled", "head", "elder", "newcomer"}
    assert len(set(parts.values())) == 6
    number = {part: town.registers.citizen_no[who] for part, who in parts.items()}
    leases = {row["tenant_no"]: row for row in town.files.records["leases"]}
    assert leases[number["tenant"]]["filed_on"]
    assert leases[number["unfiled"]]["filed_on"] is None
    assert {leases[number[part]]["lessor_no"] for part in ("tenant", "unfiled", "head")} == {number["lessor"]}
    titles = {row["place_code"]: row for row in town.files.records["titles"]}
    holders = titles[leases[number["tenant"]]["place_code"]]["holders"]
    assert number["lessor"] in [one["no"] for one in holders]
    assert town.town.people.age(town.town.span.last)[parts["elder"]] >= 60
    barred = {row["no"] for row in town.files.records["bars"]}
    assert not barred & set(number.values())


def test_a_couple_across_two_cities_and_somebody_who_leaves(town: Made) -> None:
    parts, made = town.crossing, town.registers
    assert set(parts) == {"bride", "groom", "leaver"}
    assert not set(parts.values()) & set(town.cast.parts.values())
    number = {part: made.citizen_no[who] for part, who in parts.items()}
    pair = {number["bride"], number["groom"]}
    marriages = [row for row in town.files.records["marriages"] if {one["no"] for one in row["spouses"]} == pair]
    assert [row["ended_on"] for row in marriages] == [None]
    assert not {row["no"] for row in town.files.records["bars"]} & set(number.values())
    members = town.town.members
    now = set(members.key[members.end == days.NEVER].tolist())
    assert [who in now for who in (parts["bride"], parts["groom"], parts["leaver"])] == [False, True, True]
    [there] = crossing.elsewhere(town.town, made, parts, "另一城市")
    assert (there["number"], there["spouse"], there["sex"]) == (number["bride"], number["groom"], "2")
    [asked] = crossing.requests(made, parts, "另一城市")
    assert asked["persons"][0]["number"] == number["leaver"]
