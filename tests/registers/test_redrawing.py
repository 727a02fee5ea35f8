"""Divisions that were split, merged and renamed, and what is registered under their codes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, history, redrawing
from anjia.registers.models import Membership, Place, Residence
from tests.registers.village import built, household, relations
from tests.registers.world import DAY, EAST, WEST, World, do, refused

pytestmark = pytest.mark.django_db
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=30)
NORTH, SOUTH = "990101002001", "990101002002"

DIVISIONS = f"""code,name,level,parent,valid_from,valid_to,managing_area
990101,东县,county,9901,1990-01-01,,
990101001,柳桥镇,town,990101,1990-01-01,{DAY},
990101002,新桥街道,town,990101,{DAY},,
{EAST},柳桥社区,community,990101001,1990-01-01,{DAY},
{NORTH},北社区,community,990101002,{DAY},,
{SOUTH},南社区,community,990101002,{DAY},,
"""
STEPS = f"""old,new,on,kind
{EAST},{NORTH},{DAY},split
{EAST},{SOUTH},{DAY},split
990101001,990101002,{DAY},rename
"""


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    (tmp_path / "divisions.csv").write_text(DIVISIONS, encoding="utf-8")
    (tmp_path / "successions.csv").write_text(STEPS, encoding="utf-8")
    divisions.load(tmp_path)
    return tmp_path


@pytest.fixture
def world(folder: Path) -> World:
    return built()


def test_what_a_code_became_and_came_from(folder: Path) -> None:
    assert divisions.successors(EAST, BEFORE) == [EAST]
    assert divisions.successors(EAST, DAY) == [NORTH, SOUTH]
    assert divisions.predecessors(NORTH, BEFORE) == [EAST]
    assert divisions.predecessors(NORTH, DAY) == [NORTH]
    assert divisions.successors("990109001001", DAY) == []
    assert [(one.old, one.new) for one in divisions.chain(NORTH)] == [(EAST, NORTH)]
    assert divisions.succeeds(EAST, SOUTH, DAY)
    assert not divisions.succeeds(EAST, SOUTH, BEFORE)
    assert not divisions.succeeds(SOUTH, EAST, DAY)


def test_a_chain_of_several_steps(folder: Path) -> None:
    more = f"{STEPS}{NORTH},990101002003,{LATER},merge\n{SOUTH},990101002003,{LATER},merge\n"
    rows = DIVISIONS.replace(f"{DAY},,\n{SOUTH}", f"{DAY},{LATER},\n{SOUTH}").replace(
        f"南社区,community,990101002,{DAY},,", f"南社区,community,990101002,{DAY},{LATER},"
    )
    rows += f"990101002003,大社区,community,990101002,{LATER},,\n"
    (folder / "divisions.csv").write_text(rows, encoding="utf-8")
    (folder / "successions.csv").write_text(more, encoding="utf-8")
    assert divisions.load(folder) == 1
    assert divisions.load(folder) == 0
    assert divisions.successors(EAST, LATER) == ["990101002003"]
    assert divisions.successors(EAST, DAY) == [NORTH, SOUTH]
    assert divisions.predecessors("990101002003", BEFORE) == [EAST]
    assert len(divisions.chain(EAST)) == 4


def test_a_code_that_ended_is_spoken_of_by_its_last_names(folder: Path) -> None:
    assert divisions.name(EAST, BEFORE) == "东县柳桥镇柳桥社区"
    assert divisions.name(EAST, LATER) == "东县柳桥镇柳桥社区"
    assert divisions.name(NORTH, LATER) == "东县新桥街道北社区"
    assert divisions.name("990101001000", LATER) == "东县柳桥镇"
    assert divisions.name(NORTH, BEFORE) == "东县"


def test_a_bad_step_is_named(folder: Path) -> None:
    (folder / "successions.csv").write_text(STEPS.replace("rename", "moved"), encoding="utf-8")
    with pytest.raises(AnjiaError) as caught:
        divisions.load(folder)
    assert "successions.csv:4" in caught.value.message.en


def test_what_is_registered_goes_on_under_the_new_code(world: World) -> None:
    do("join-household", BEFORE, person=world["女"], household=world["老宅"])
    before = household(world, "老宅", BEFORE)
    given = {"old": EAST, "new": NORTH, "old_text": "at 老宅", "new_text": "北社区"}
    done = do("redraw-division", event="ADDRESS_CHANGE", **given)
    assert done.summary["households"] == 3
    after, then = household(world, "老宅"), household(world, "老宅", BEFORE)
    assert after is not None
    assert then == before
    assert (after.division, after.station, after.number) == (NORTH, "990101002000", before.number)
    assert after.address == "北社区号"
    assert relations(after) == relations(before)
    assert {member.since for member in after.members} == {member.since for member in before.members}
    assert divisions.name(after.division, DAY) == "东县新桥街道北社区"
    assert divisions.name(then.division, BEFORE) == "东县柳桥镇柳桥社区"
    assert redrawing.pending(EAST) == (0, 0)
    assert set(Residence.objects.filter(recorded_to=None, valid_to=None).values_list("division", flat=True)) == {NORTH}
    assert refused(lambda: do("redraw-division", **given)) == "division-carried-over"


def test_a_split_goes_dwelling_by_dwelling(world: World) -> None:
    some = [world["at 老宅"], world["空房"]]
    do("redraw-division", old=EAST, new=NORTH, places=some)
    assert household(world, "老宅").division == NORTH
    assert household(world, "女户").division == EAST
    do("redraw-division", old=EAST, new=SOUTH)
    assert household(world, "女户").division == SOUTH
    assert household(world, "东社区").division == SOUTH
    codes = Membership.objects.filter(recorded_to=None, valid_to=None).values_list("division", flat=True)
    assert set(codes) == {NORTH, SOUTH, WEST}


def test_a_big_community_takes_several_acts(world: World) -> None:
    turns = 0
    while redrawing.pending(EAST) != (0, 0):
        do("redraw-division", old=EAST, new=NORTH, limit=2)
        turns += 1
    assert turns == 3
    assert not Place.objects.filter(recorded_to=None, valid_to=None, division=EAST).exists()
    assert household(world, "东社区").division == NORTH


def test_an_undeclared_redrawing_is_refused(world: World) -> None:
    assert refused(lambda: do("redraw-division", old=EAST, new=WEST)) == "division-not-successor"
    assert refused(lambda: do("redraw-division", BEFORE, old=EAST, new=NORTH)) == "division-not-successor"


def test_what_began_after_the_day_keeps_its_first_day(world: World) -> None:
    do("settle-at-address", LATER, person=world["邻"], place=world.code("空房"))
    do("redraw-division", old=EAST, new=NORTH)
    home = history.household_of(world["邻"], LATER, timezone.now())
    assert home is not None
    assert home.division == NORTH
    assert history.find_household(home.subject, DAY, timezone.now()) is None
    assert date.max > LATER
