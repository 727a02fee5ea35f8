"""Grants: one narrowing for lists, searches and single rows, in SQL, in the ORM and in Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel import grants
from anjia.kernel.definitions import loading, publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor, Grant
from anjia.registers.membership import Membership

TOWN = Path(__file__).resolve().parents[1] / "casework" / "town"
CODES = ["990101001001", "990101001002", "990101002001", "990102001001", "990199999999", "991001001001", "980000000000"]
ROLES = """
kind = "role"
valid_from = 2020-01-01

[[definition]]
id = "reader"
title = {zh = "查阅员", en = "Reader"}
channel = "counter"
permit = [
  {register = "person", actions = ["read"], scope = "area", purposes = ["settlement"], fields = ["name", "sex"]},
  {register = "household", actions = ["read"], scope = "area", purposes = ["settlement"]},
]

[[definition]]
id = "namer"
title = {zh = "查名员", en = "Namer"}
channel = "counter"
permit = [
  {register = "person", actions = ["read"], scope = "area", purposes = ["settlement"], fields = ["name", "phone"]},
]

[[definition]]
id = "supervisor"
title = {zh = "监督员", en = "Supervisor"}
channel = "supervision"
permit = [{register = "*", actions = ["*"], scope = "all", purposes = ["*"], fields = ["outcome"]}]

[[definition]]
id = "self"
title = {zh = "本人", en = "Oneself"}
channel = "residents"
permit = [{register = "person", actions = ["read"], scope = "own", purposes = ["own-data"]}]
"""


def allowed(scope: Any, divisions: Iterable[str] = (), person: int | None = None) -> Allowed:
    return Allowed(Actor(pk=1), "person", "read", "p", scope, (), tuple(divisions), person, frozenset({"name"}))


@pytest.fixture
def rows(written_without_acts: None, db: None) -> list[tuple[str, int]]:
    """Memberships in all communities, without the acts that they would have: only the narrowing is looked at."""
    now = timezone.now()
    made = [
        Membership(
            subject=10 + n, valid_from=date(2020, 1, 1), recorded_from=now, opened_by=0, household=1, relation="97",
            division=code, valid_to=date(2021, 1, 1),
        )
        for n, code in enumerate(CODES)
    ]  # fmt: skip
    Membership.objects.bulk_create(made)
    return [(one.division, one.subject) for one in made]


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scope=st.sampled_from(["own", "area", "all"]),
    areas=st.lists(
        st.sampled_from(CODES).flatmap(lambda code: st.sampled_from([code[:n] for n in (2, 4, 6, 9, 12)])), max_size=3
    ),
    person=st.none() | st.integers(9, 18),
)
def test_sql_orm_and_python_agree(
    rows: list[tuple[str, int]], scope: str, areas: list[str], person: int | None
) -> None:
    one = allowed(scope, areas, person)
    covered = {subject for division, subject in rows if one.covers(division=division, subject=subject)}
    narrowed = Membership.objects.filter(one.q(division="division", subject="subject"))
    assert set(narrowed.values_list("subject", flat=True)) == covered
    where, params = one.where(division="m.division", subject="m.subject")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT m.subject FROM registers_membership m WHERE {where}", params)
        assert {row[0] for row in cursor.fetchall()} == covered


def test_without_an_area_or_a_person_nothing_is_shown() -> None:
    for one in (allowed("area"), allowed("own")):
        assert one.where(division="d", subject="s") == ("FALSE", [])
        assert not one.covers(division=CODES[0], subject=1)


def test_own_is_one_person_and_never_nobody() -> None:
    assert allowed("own", person=5).covers(division="", subject=5)
    assert not allowed("own").covers(division="", subject=None)


@pytest.fixture
def roles(db: None, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    (folder / "roles").mkdir(parents=True)
    (folder / "roles" / "roles.toml").write_text(ROLES, encoding="utf-8")
    (folder / "city.toml").write_text((TOWN / "city.toml").read_text(encoding="utf-8"), encoding="utf-8")
    loaded = loading.load(folder)
    assert loaded.faults == []
    publishing.publish(loaded.catalogue, drafted_by="a", published_by="b")


def actor(*held: tuple[str, list[str]], person: int | None = None, **more: Any) -> Actor:
    one = Actor.objects.create_actor(
        f"actor{Actor.objects.count()}", None, kind="resident" if person else "staff", name_zh="某", person=person
    )
    given = {"valid_from": date(2020, 1, 1), "given_by": "test"} | more
    for role, divisions in held:
        Grant.objects.create(actor=one, role=role, divisions=divisions, **given)
    return one


def test_a_role_gives_register_action_and_purpose_and_nothing_else(roles: None) -> None:
    one = actor(("reader", ["990101000000"]))
    assert grants.require(one, "person", "read", "settlement").divisions == ("990101",)
    for wanted in (("case", "read", "settlement"), ("person", "approve", "settlement"), ("person", "read", "own-data")):
        assert grants.find(one, *wanted) is None
        with pytest.raises(AnjiaError) as caught:
            grants.require(one, *wanted)
        assert (caught.value.code, caught.value.status) == ("grant-missing", 403)


def test_the_first_day_counts_and_the_last_does_not(roles: None) -> None:
    today = timezone.localdate()
    one = actor(("reader", ["99"]), valid_from=today, valid_to=today + timedelta(days=1))
    held = [grants.find(one, "person", "read", "settlement", on=today + timedelta(days=n)) for n in (-1, 0, 1)]
    assert [allowed is not None for allowed in held] == [False, True, False]


def test_who_is_not_active_or_not_signed_in_may_nothing(roles: None) -> None:
    one = actor(("supervisor", []))
    assert grants.find(one, "person", "read", "x") is not None
    one.is_active = False
    assert grants.find(one, "person", "read", "x") is None
    assert grants.find(None, "person", "read", "x") is None
    assert grants.roles_of(None) == ()


def test_areas_add_up_and_fields_do_not_leak_from_one_to_another(roles: None) -> None:
    one = actor(("reader", ["990101000000"]), ("namer", ["990102001000"]))
    held = grants.require(one, "person", "read", "settlement")
    assert held.divisions == ("990101", "990102001")
    assert (held.shows("name"), held.shows("sex"), held.shows("phone")) == (True, False, False)


def test_the_widest_scope_holds_with_its_own_fields(roles: None) -> None:
    one = actor(("reader", ["990101000000"]), ("supervisor", []))
    held = grants.require(one, "person", "read", "settlement")
    assert (held.scope, held.divisions, held.fields) == ("all", (), {"outcome"})


def test_a_resident_is_shown_oneself(roles: None) -> None:
    one = actor(("self", []), person=77)
    held = grants.require(one, "person", "read", "own-data")
    assert held.covers(division="990101001001", subject=77)
    assert not held.covers(division="990101001001", subject=78)


def test_what_an_actor_may_do_at_all(roles: None) -> None:
    one = actor(("reader", ["99"]), ("self", []))
    assert grants.actions_of(one) == {("person", "read"), ("household", "read")}
    assert {role.id for role in grants.roles_of(one)} == {"reader", "self"}


def test_a_role_that_the_city_does_not_know_gives_nothing(roles: None) -> None:
    assert grants.find(actor(("forgotten", ["99"])), "person", "read", "settlement") is None
