"""Each page of the residents' channel: who sees it, what it says, and within how many queries."""

from __future__ import annotations

from typing import Any

import pytest

from anjia.casework.models import Case
from tests.casework import steps
from tests.casework.conftest import Staff

PUBLIC = ["/", "/search/", "/search/?q=租房", "/items/", "/items/settle-by-lease/", "/sign-in/"]
OWN = ["/", "/me/", "/notices/", "/cases/", "/consents/", "/documents/", "/household/", "/my-data/"]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_stranger_sees_the_public_pages(visit: Any, staff: Staff, path: str) -> None:
    assert visit().get(path).status_code == 200


@pytest.mark.parametrize("path", OWN[1:])
def test_a_stranger_is_sent_to_sign_in_and_back(visit: Any, staff: Staff, path: str) -> None:
    response = visit().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=%2F")


@pytest.mark.parametrize("path", OWN)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_resident_sees_every_own_page(visit: Any, staff: Staff, path: str, language: str) -> None:
    response = visit(staff.tenant, anjia_language=language).get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


def test_from_the_service_to_the_decision(visit: Any, staff: Staff, departments: Any) -> None:
    tenant, lessor = visit(staff.tenant), visit(staff.lessor)
    response = tenant.post("/items/settle-by-lease/start/")
    assert response.status_code == 302
    print(response["Location"])
    case = Case.objects.get()
    seen = []
    while "/form/" in response["Location"]:
        path = response["Location"]
        page = tenant.get(path)
        assert page.status_code == 200, path
        topic = path.rstrip("/").rpartition("/")[2]
        assert topic not in seen
        seen.append(topic)
        version = Case.objects.get().version
        response = tenant.post(path, ANSWERS(staff)[topic] | {"version": version})
        assert response.status_code == 302, response.content.decode()
    assert seen == ["lease", "household"]
    page = tenant.get(f"/cases/{case.number}/result/").content.decode()
    print(page)


def ANSWERS(staff):
    return {"lease": steps.CONTACT, "household": {"moves_along": "yes", "companion": str(staff.town.child)}}
