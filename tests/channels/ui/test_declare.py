"""Views say what they do, and the database holds them to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from anjia.channels.ui import failures, views
from anjia.channels.ui.declare import by_method, view
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Counter
from tests.casework.conftest import Staff


def ask(function: Any, method: str = "get", user: Any = None, **headers: str) -> HttpResponse:
    request: HttpRequest = getattr(RequestFactory(headers=headers), method)("/somewhere/?a=1")
    request.user = user or AnonymousUser()
    request.resolver_match = None
    response: HttpResponse = function(request)
    return response


@view(reads=True, public=True)
def writes_in_secret(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Counter.objects.create(name="secret", value=1)
    return HttpResponse()


@view(reads=True, needs=("case", "read", "settlement"))
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.allowed.scope)


@view(writes=True, signed_in=True)
def changes(request: HttpRequest) -> HttpResponse:
    Counter.objects.create(name="open", value=1)
    return HttpResponse("done")


@view(reads=True, public=True)
def refuses(request: HttpRequest) -> HttpResponse:
    raise AnjiaError("case-unknown", "没有这件", "No such case", ("请核对编号", "Check the number"), status=404)


def test_a_read_view_that_writes_fails_and_nothing_is_written(staff: Staff) -> None:
    assert ask(writes_in_secret).status_code == 500
    assert not Counter.objects.filter(name="secret").exists()


def test_a_write_view_may_write(staff: Staff) -> None:
    assert ask(changes, "post", staff.tenant).content == b"done"


def test_a_stranger_is_sent_to_sign_in_with_the_way_back(staff: Staff) -> None:
    response = ask(guarded)
    assert response.status_code == 302
    assert response["Location"].endswith("?next=%2Fsomewhere%2F%3Fa%3D1")


def test_the_grant_is_required_and_handed_on(staff: Staff) -> None:
    assert ask(guarded, user=staff.tenant).content == b"own"
    staff.tenant.grants.update(valid_to="2020-01-02")
    refused = ask(guarded, user=staff.tenant)
    assert refused.status_code == 403
    assert "这一页您还不能看" in refused.content.decode()


def test_a_read_view_does_not_answer_post(staff: Staff) -> None:
    assert ask(guarded, "post", staff.tenant).status_code == 405


def test_an_error_is_a_page_for_people_and_a_problem_for_machines(staff: Staff) -> None:
    page = ask(refuses).content.decode()
    assert "请核对编号" in page
    problem = ask(refuses, accept="application/problem+json")
    assert problem["Content-Type"] == "application/problem+json"
    assert json.loads(problem.content)["code"] == "case-unknown"
    assert json.loads(problem.content)["instance"]


def test_declarations_stay_readable() -> None:
    both = by_method(get=guarded, post=changes)
    assert [one.writes for one in both.anjia] == [False, True]  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="exactly one"):
        view(reads=True, writes=True, public=True)
    with pytest.raises(ValueError, match="exactly one"):
        view(reads=True)


@pytest.mark.parametrize(
    ("wanted", "target"),
    [("/cases/", "/cases/"), ("https://elsewhere.example/", "/"), ("//elsewhere.example", "/"), ("", "/")],
)
def test_the_switches_remember_and_never_lead_away(db: None, wanted: str, target: str) -> None:
    response = Client().post("/settings/", {"size": "elder", "language": "en", "theme": "nonsense", "next": wanted})
    assert response["Location"] == target
    assert response.cookies["anjia_size"].value == "elder"
    assert response.cookies["anjia_language"].value == "en"
    assert "anjia_theme" not in response.cookies


def test_an_error_page_comes_out_without_a_published_city(db: None, rf: RequestFactory) -> None:
    response = failures.server_error(rf.get("/"))
    assert response.status_code == 500
    assert views.safe_next(rf.get("/"), "/x") == "/x"


def test_the_gallery_shows_every_component_only_where_people_are_made_up(staff: Staff, db: None) -> None:
    assert Client().get("/gallery/").status_code == 200
