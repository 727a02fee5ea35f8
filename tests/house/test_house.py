"""The rules of the house as tests: directions, sizes, declared and guarded pages, both languages, no city's name."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from anjia.channels.ui.declare import view
from anjia.channels.ui.environment import environment
from anjia.kernel.models import Actor, Counter

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "anjia"
PUBLIC = {
    "health/", "settings/", "gallery/", "", "sign-in/", "sign-out/", "items/", "items/<slug:slug>/", "search/",
    "verify/", "rules/", "rules/<str:ident>/", "departments/moves/", "counter/sign-in/", "counter/sign-out/",
    "desk/sign-in/", "desk/sign-out/",
}  # fmt: skip
"""Addresses that anybody may open."""

CJK = re.compile(r"[\u4e00-\u9fff]")


def modules() -> Iterator[Path]:
    return (path for path in PRODUCT.rglob("*.py") if "migrations" not in path.parts)


def templates() -> list[Path]:
    return sorted(PRODUCT.rglob("templates/**/*.html"))


def routes(found: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address with its view."""
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from routes(one, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield prefix + str(one.pattern), one.callback


def filled(route: str) -> str:
    return "/" + re.sub(r"<[^>]+>", "1", route)


def test_imports_go_to_the_left_only() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(program)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_files_and_functions_stay_small() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {str(path): count for path, count in lengths.items() if count > 400} == {}
    assert statistics.median(lengths.values()) < 130
    functions = {
        f"{path.relative_to(ROOT)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in lengths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: count for name, count in functions.items() if count > 60} == {}
    assert statistics.median(functions.values()) < 12


def test_every_view_is_declared() -> None:
    undeclared = [route for route, callback in routes() if not getattr(callback, "anjia", None)]
    assert undeclared == []


def test_what_is_public_is_on_the_list() -> None:
    public = {route for route, callback in routes() if any(one.access == "public" for one in callback.anjia)}
    assert public == PUBLIC


@pytest.mark.django_db
def test_every_other_address_sends_a_stranger_to_sign_in() -> None:
    for route, callback in routes():
        if route in PUBLIC:
            continue
        for declared in callback.anjia:
            method = "get" if declared.reads else "post"
            answer = getattr(Client(), method)(filled(route))
            assert answer.status_code == 302, route
            assert "sign-in" in answer["Location"], route


@pytest.mark.django_db
def test_every_address_that_needs_a_grant_refuses_an_actor_without_one() -> None:
    actor = Actor.objects.create_actor("nobody", None, kind="staff", name_zh="无授权")
    client = Client()
    client.force_login(actor)
    asked = 0
    for route, callback in routes():
        for declared in callback.anjia:
            if declared.access == "needs":
                asked += 1
                method = "get" if declared.reads else "post"
                assert getattr(client, method)(filled(route)).status_code == 403, route
    assert asked > 20


@pytest.mark.django_db(transaction=True)
def test_a_read_view_cannot_write() -> None:
    @view(reads=True, public=True)
    def writes_all_the_same(request: HttpRequest) -> HttpResponse:
        Counter.objects.create(name="x", value=1)
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = Actor()
    answer = writes_all_the_same(request)
    assert answer.status_code == 500
    assert Counter.objects.filter(name="x").exists() is False


def test_an_undefined_name_in_a_template_fails() -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ nothing_of_this_name }}").render()


def test_every_sentence_is_there_in_both_languages() -> None:
    def walk(path: Path, node: dict[str, Any], name: str = "") -> Iterator[str]:
        for key, value in node.items():
            if isinstance(value, dict) and "zh" in value:
                if not (value["zh"].strip() and str(value.get("en", "")).strip()):
                    yield f"{path}: {name}{key}"
            elif isinstance(value, dict):
                yield from walk(path, value, f"{name}{key}.")

    files = sorted(PRODUCT.rglob("texts.toml"))
    assert len(files) >= 4
    assert [one for path in files for one in walk(path, tomllib.loads(path.read_text("utf-8")))] == []


def test_templates_hold_no_prose_no_style_and_no_script_of_their_own() -> None:
    for path in templates():
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not CJK.search(text), path
        assert not re.search(r"\sstyle\s*=", text), path
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"(?:src|href)=[\"']https?://", text), path


def test_no_city_is_named_in_the_product() -> None:
    city = tomllib.loads((ROOT / "cities/zibo/city.toml").read_text("utf-8"))
    words = {city["name"]["zh"], city["name"]["zh"].removesuffix("市"), city["name"]["en"], city["code"]}
    words |= set(city["number_prefixes"])
    # The settings name the folder of the default city; nothing else may.
    allowed = {PRODUCT / "conf" / "settings.py", PRODUCT / "conf" / "main.py"}
    for path in [*modules(), *templates(), *PRODUCT.rglob("texts.toml")]:
        text = path.read_text("utf-8")
        assert path in allowed or not [word for word in words if word in text], path


def test_every_dependency_is_locked_with_its_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        pinned = [line for line in text.splitlines() if re.match(r"^[A-Za-z0-9]", line)]
        assert pinned
        assert [line[:60] for line in pinned if "==" not in line or "--hash=sha256:" not in line] == []
