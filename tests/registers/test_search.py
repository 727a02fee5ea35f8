"""Finding people and places: every way to ask, never outside the grant, each hit once."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel.grants import Allowed
from anjia.kernel.models import AccessRecord, Actor
from anjia.registers import indexing, placesearch, search
from anjia.registers.readings import readings
from anjia.registers.tokens import asked, folded, is_address, pieces, tokens
from tests.conftest import owner_url
from tests.registers.world import BEGIN, DAY, EAST, WEST, Person, World, do, draft, make, number

pytestmark = pytest.mark.django_db

NAMES = (
    "单小芳", "王芳", "王𫍯", "欧阳修文", "买买提·阿里", "吕娜", "曾乐", "李", "𠮷田", "Anna Smith", "万俟明", "查良镛",
)  # fmt: skip


def allowed(scope: Any = "all", **more: Any) -> Allowed:
    actor, _ = Actor.objects.get_or_create(username="clerk", kind="staff", name_zh="钱")
    return Allowed(actor, "person", "read", "household-register", scope, **({"fields": frozenset({"*"})} | more))


@pytest.fixture
def world(db: None) -> World:
    homes = {f"户{at}": ("J1", EAST if at % 2 == 0 else WEST) for at in range(len(NAMES))}
    return make(
        [Person(name, "1", f"{1960 + at}-01-01", f"户{at}") for at, name in enumerate(NAMES)], homes=homes
    )


def named(text: str, by: Allowed | None = None, **more: Any) -> list[str]:
    return sorted(one.name for one in search.by_name(text, by or allowed(), **more).rows)


def stored() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT token, division, subject, born FROM registers_nametoken ORDER BY 1, 2, 3")
        return list(cursor.fetchall())


def test_names_are_read_as_their_bearers_read_them() -> None:
    heads = [readings(f"{head}一")[0].surname for head in "单解仇曾查任华盖朴"]
    assert heads == ["shan", "xie", "qiu", "zeng", "zha", "ren", "hua", "ge", "piao"]
    assert [readings(name)[0].whole for name in ("欧阳修", "万俟明", "尉迟恭", "令狐冲")] == [
        "ouyangxiu", "moqiming", "yuchigong", "linghuchong",
    ]  # fmt: skip
    assert {one.whole for one in readings("曾乐")} == {"zengle", "zengyue", "cengle", "cengyue"}
    assert readings("\ue000一") == []


def test_a_name_has_its_characters_runs_pinyin_and_initials() -> None:
    assert tokens("王小芳") == {
        "王", "小", "芳", "王小", "小芳", "王小芳", "wang", "xiaofang", "wangxiaofang", "wxf",
    }  # fmt: skip
    assert {"欧阳", "ouyang", "oyx", "ouyangxiu"} <= tokens("欧阳修")
    assert tokens("Anna Smith") == {"anna", "smith", "annasmith"}
    assert tokens("") == set()
    assert folded("買・賣 ·\U000e0101") == "買賣"


def test_a_question_is_taken_apart() -> None:
    assert asked("王芳 1985").born == 1985
    assert asked("Wáng Xiǎofāng").exact == ("wangxiaofang",)
    assert asked("LYU").exact == ("lv",)
    assert asked("linyu").exact == ("linyu",)
    assert asked("   ").exact == ()
    assert is_address("人民路12号")
    assert is_address("阳光花园")
    assert not is_address("王芳")


@pytest.mark.parametrize("derived", [False, True])
def test_each_way_to_ask_finds(world: World, derived: bool) -> None:
    if derived:
        assert indexing.catch_up() > 0
        assert stored()
    for text, name in {
        "单": "单小芳", "小芳": "单小芳", "单小芳": "单小芳", "shan": "单小芳", "SXF": "单小芳",
        "dan xiaofang": "单小芳",
        "𫍯": "王𫍯", "欧阳修文": "欧阳修文", "阳修文": "欧阳修文", "oyxw": "欧阳修文", "买买提阿里": "买买提·阿里",
        "买买提": "买买提·阿里", "lv na": "吕娜", "lǚ": "吕娜", "zengyue": "曾乐", "smith": "Anna Smith",
        "查 1971": "查良镛",
        "𠮷": "𠮷田", "moqi": "万俟明", "smith anna": "Anna Smith", "单 芳": "单小芳",
    }.items():  # fmt: skip
        assert named(text) == [name], text
    assert named("王") == ["王芳", "王𫍯"]
    assert named("查 1972") == named("龘") == named("") == named("1971") == []


def test_a_hit_shows_area_birth_and_household_and_is_recorded(world: World) -> None:
    [one] = search.by_name("王芳", allowed()).rows
    assert (one.born, one.division, one.household, one.status) == (1961, WEST, "990000002", "0")
    look = AccessRecord.objects.get(ground="name search: 王芳")
    assert (look.outcome, look.subject, look.purpose) == ("1 of 1", None, "household-register")


def test_search_follows_every_change_at_once(world: World) -> None:
    indexing.catch_up()
    do("change", register="particulars", subject=world["李"], values={"name": "赵明", "former_name": "李"})
    assert named("赵明") == ["赵明"]
    assert named("李") == ["赵明"]
    do("settle-at-address", person=world["王芳"], place=world.code(f"at 户{0}"), event="MOVE_INTRA")
    west, east = allowed("area", divisions=(WEST,)), allowed("area", divisions=(EAST,))
    assert named("王芳", west) == []
    assert named("王芳", east) == ["王芳"]
    indexing.catch_up()
    assert named("王芳", west) == []
    assert named("王芳", east) == ["王芳"]
    assert named("赵明") == ["赵明"]


def test_an_area_narrows(world: World) -> None:
    from anjia.registers.division import Division

    for code, name in ((EAST[:6], "东山区"), (WEST[:6], "西山区")):
        Division.objects.create(code=code, name=name, level="county", parent="990100", valid_from=BEGIN)
    assert named("王 西山区") == named("西山区 王") == ["王芳"]
    assert named("王 东山区") == ["王𫍯"]
    assert named("王 南山区") == named("东山区") == []


def test_the_dead_are_found_where_they_were_registered(db: None) -> None:
    make([Person("钱多", "1", "1940-01-01", dead=True)])
    assert [(one.name, one.status) for one in search.by_name("钱多", allowed()).rows] == [("钱多", "1")]


def test_numbers_find_within_the_grant_only(world: World) -> None:
    text = number(Person("王芳", "1", "1961-01-01"), world["王芳"])
    assert [one.name for one in search.by_number(text, allowed()).rows] == ["王芳"]
    assert search.by_number(text, allowed("area", divisions=(EAST,))).rows == ()
    assert search.by_number("990199198001010000", allowed()).rows == ()
    assert search.household_by_number("990000002", allowed("area", divisions=(WEST[:6],))) == world["户1"]
    assert search.household_by_number("990000002", allowed("area", divisions=(EAST,))) is None
    assert search.household_by_number("990099999", allowed()) is None


def crowd(count: int) -> None:
    """So many people of one surname in one household without a dwelling."""
    from anjia.kernel import acts
    from anjia.kernel.entries import Open, Plan

    def decide(seen: Any, moment: Any) -> Plan:
        return Plan((), tuple(
            Open("particulars", one, BEGIN, None, {
                "name": f"蒲{chr(0x4E00 + at % 2000)}", "former_name": "", "sex": "1", "birth_on": date(1980, 1, 1),
                "birth_place": "", "ethnicity": "01", "native_place": "", "first_county": "990101",
            }) for at, one in enumerate(moment.subjects)
        ))  # fmt: skip

    acts.commit(draft("IMPORT", decide=decide, new_subjects=("P",) * count, effective_on=DAY))


@pytest.mark.parametrize("derived", [False, True])
def test_above_a_thousand_one_more_word_is_asked_for(db: None, derived: bool) -> None:
    crowd(1_000)
    if derived:
        indexing.catch_up()
    full = search.by_name("蒲", allowed())
    assert (full.count, full.too_many, len(full.rows)) == (1_000, False, search.PAGE)
    crowd(1)
    if derived:
        indexing.catch_up()
    over = search.by_name("蒲", allowed())
    if derived:
        assert over.too_many
        assert over.rows == ()
        assert over.after is None
        assert not over.behind
    else:
        assert over.behind
        assert over.count == search.QUEUED


@pytest.mark.parametrize("limit", [1, 7, 20])
def test_pages_visit_each_hit_once(db: None, limit: int) -> None:
    crowd(45)
    indexing.catch_up()
    seen, after = [], search.START
    for _ in range(60):
        page = search.by_name("蒲", allowed(), after=after, limit=limit)
        seen += [one.key for one in page.rows]
        if page.after is None:
            break
        after = page.after
    assert len(seen) == len(set(seen)) == 45
    assert seen == sorted(seen)


LETTERS = st.text(alphabet="王小芳单乐吕阳欧𫍯䶮·a", min_size=1, max_size=5).filter(lambda text: bool(folded(text)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(LETTERS, st.booleans()), min_size=1, max_size=6, unique_by=lambda one: one[0]), st.booleans())
def test_every_token_finds_in_reach_and_nothing_beyond(db: None, people: list[tuple[str, bool]], derived: bool) -> None:
    with transaction.atomic():
        made = make(
            [Person(name, "1", "1980-01-01", f"户{at}") for at, (name, _) in enumerate(people)],
            homes={f"户{at}": ("J1", EAST if east else WEST) for at, (_, east) in enumerate(people)},
        )
        if derived:
            indexing.catch_up()
        by = allowed("area", divisions=(EAST[:6],))
        inside = {made[name] for name, east in people if east}
        for (name, east), _ in itertools.product(people, range(1)):
            for token in sorted(tokens(name)):
                found = {one.subject for one in search.by_name(token, by).rows}
                assert found <= inside
                assert (made[name] in found) is east, (name, token)
        transaction.set_rollback(True)


def test_places_are_found_by_pieces(db: None) -> None:
    from anjia.kernel import acts
    from anjia.kernel.entries import Open, Plan

    parts = [
        (EAST, "人民路", "12号", "阳光花园", "3号楼", "2单元", "5层", "501室"),
        (EAST, "人民路", "12号", "阳光花园", "3号楼", "2单元", "5层", "502室"),
        (WEST, "人民东路", "7号", "", "", "", "", ""),
    ]
    names = ("division", "street", "door_plate", "compound", "building", "unit", "floor", "room")

    def decide(seen: Any, moment: Any) -> Plan:
        return Plan((), tuple(
            Open("place", one, BEGIN, None, {
                **dict(zip(names, row, strict=True)), "printed": "".join(row[1:6]) + row[7], "usage": "dwelling",
                "state": "in_use",
            }) for one, row in zip(moment.subjects, parts, strict=True)
        ))  # fmt: skip

    acts.commit(draft("IMPORT", decide=decide, new_subjects=("L",) * 3, effective_on=DAY))
    assert pieces("人民路１２号 3栋2单元501") == (
        ["人民路"], [("door_plate", "12号"), ("building", "3号楼"), ("unit", "2单元"), ("", "501")],
    )  # fmt: skip
    for _ in range(2):
        for text, count in {
            "人民路": 2, "人民": 3, "人民路12号": 2, "人民路 12": 2, "阳光 501": 1, "阳光花园3号楼2单元502室": 1,
            "东路7号": 1,
            "人民路13号": 0, "12号": 0, "人民路 12号 阳光花园 3幢 501": 1, "花": 2, "": 0,
        }.items():  # fmt: skip
            assert placesearch.by_address(text, allowed()).count == count, text
        assert placesearch.by_address("人民", allowed("area", divisions=(WEST,))).count == 1
        assert placesearch.by_address("人民", allowed("own", person=1)).count == 0
        indexing.catch_up()


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_makes_what_following_makes(db: None) -> None:
    make([Person(name, "1", "1980-01-01", "户" if at == 0 else "", relation="02") for at, name in enumerate(NAMES)],
         homes={"户": ("J1", EAST)}, dwellings={"空房": WEST})  # fmt: skip
    indexing.catch_up()
    followed = stored()
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        made = indexing.rebuild(owner)
    assert followed
    assert stored() == followed
    assert made.tokens == len(followed)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registers_nametoken WHERE token = '王'")
    assert len(stored()) < len(followed)
