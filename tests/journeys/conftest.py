"""A real browser on a live server: the made-up town, its departments as a process, axe on every page.

Environment:
    ANJIA_CHROMIUM: the browser's program (default: chromium of the system).
    ANJIA_SCREENSHOTS: folder for pictures of every page that a journey looks at.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from anjia.kernel.definitions import Catalogue, loading, publishing
from anjia.kernel.models import Actor
from tests.casework.conftest import (  # noqa: F401
    FOLDER,
    Staff,
    catalogue,
    departments,
    departments_folder,
    dispute,
    shared_departments,
    staff,
    town,
)  # fmt: skip

# The browser's event loop runs in this thread, so Django believes it is called from within it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
CHROMIUM = os.environ.get("ANJIA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = (Path(axe_playwright_python.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}

VIEWS: dict[str, dict[str, Any]] = {
    "standard": {"viewport": PHONE},
    "elder": {"viewport": PHONE, "cookies": {"anjia_size": "elder"}},
    "dark": {"viewport": PHONE, "scheme": "dark"},
    "english": {"viewport": PHONE, "cookies": {"anjia_language": "en"}},
    "desk": {"viewport": DESK},
    "narrow": {"viewport": {"width": 320, "height": 640}, "cookies": {"anjia_size": "elder", "anjia_language": "en"}},
}
"""How every page is looked at."""

SPOKEN = ("standard", "elder", "dark", "english")
"""The views in which axe reads the page; the others are about width alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks all journeys; without a browser they are skipped, in CI they fail."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Starts the system's Chromium, without any call home."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


class _AsServed:
    """Leaves static files to WhiteNoise, as in production."""

    def __new__(cls, handler: Any) -> Any:
        return handler


@pytest.fixture
def site(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a live server on the test database."""
    call_command("collectstatic", interactive=False, verbosity=0)
    # This server makes a thread for every request; none of them may keep its connection.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    server = LiveServerThread("127.0.0.1", _AsServed, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    address = f"http://127.0.0.1:{server.port}"
    settings.ANJIA_PUBLIC_URL = address
    yield address
    server.terminate()


@pytest.fixture
def certificates(catalogue: Any) -> None:  # noqa: F811
    """The layouts of documents that the real city publishes."""
    found = loading.load(CITY).catalogue
    publishing.publish(Catalogue(found.list("certificate")), drafted_by="author", published_by="publisher")


@pytest.fixture
def people_of(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Gives a page of an actor who is signed in, or of a stranger, in one of the `VIEWS`."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(actor: Actor | None = None, view: str = "standard") -> Page:
        chosen = VIEWS[view]
        context = browser.new_context(
            base_url=site, viewport=chosen["viewport"], color_scheme=chosen.get("scheme", "light"),
            locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True,
        )  # fmt: skip
        cookies = dict(chosen.get("cookies", {}))
        if actor is not None:
            client = Client()
            client.force_login(actor)
            cookies["sessionid"] = client.cookies["sessionid"].value
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        contexts.append(context)
        page = context.new_page()
        watch(page, site, faults)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def watch(page: Page, site: str, faults: list[str]) -> None:
    """Notes anything in the console and any request to another host; the test fails on them at its end."""

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            faults.append(f"console: {message.text} on {page.url}")

    def went(request: Any) -> None:
        if not request.url.startswith((site, "data:", "blob:")):
            faults.append(f"request to another host: {request.url}")

    page.on("console", heard)
    page.on("request", went)


@pytest.fixture
def inspect(people_of: Callable[..., Page]) -> Callable[..., None]:
    """Looks at an address in every view: axe, sideways scrolling, targets, and a picture of each."""

    def look(path: str, actor: Actor | None = None, name: str = "", views: tuple[str, ...] = tuple(VIEWS)) -> None:
        for view in views:
            page = people_of(actor, view)
            page.goto(path)
            check(page, f"{path} {view}", axe=view in SPOKEN)
            picture(page, name or re.sub(r"\W+", "-", path).strip("-") or "home", view)
            page.context.close()

    return look


@pytest.fixture
def picture_of(people_of: Callable[..., Page]) -> Callable[..., None]:
    """Looks at an office's page in some views: axe and sideways scrolling; targets are smaller there."""

    def look(path: str, actor: Actor | None, name: str, views: tuple[str, ...]) -> None:
        for view in views:
            page = people_of(actor, view)
            page.goto(path)
            check(page, f"{path} {view}", least=32)
            picture(page, name, view)
            page.context.close()

    return look


def check(page: Page, where: str, least: int = 0, *, axe: bool = True) -> None:
    """Refuses any finding of axe, sideways scrolling, and controls that are too small."""
    findings = axe_findings(page) if axe else []
    assert not findings, f"{where}: {findings}"
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], f"{where}: scrolls sideways, {width}"
    least = least or (60 if page.locator("html").get_attribute("data-size") == "elder" else 44)
    small = page.evaluate(SMALL, least)
    assert not small, f"{where}: smaller than {least}: {small}"


def axe_findings(page: Page) -> list[str]:
    """Gives what axe finds, one line a node."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"] for node in one["nodes"]
    ]  # fmt: skip


SMALL = """least => [...document.querySelectorAll(
  "button, .aj-button, .aj-tabs a, .aj-tiles a, .aj-links a, .aj-back, select, .aj-option label," +
  "input:not([type=hidden], [type=radio], [type=checkbox])"
)].filter(one => one.offsetParent !== null)
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.height < least - 0.5 || box.width < least - 0.5)
  .map(([one, box]) => `${one.tagName}.${one.className} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


def picture(page: Page, name: str, view: str) -> None:
    """Keeps a picture of the page where the environment asks for it."""
    folder = os.environ.get("ANJIA_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}-{view}.png"))
        if view in ("standard", "desk"):
            page.screenshot(path=str(Path(folder) / f"{name}-{view}-full.png"), full_page=True)
