"""Chromium without a window, driven by Playwright: Debian's program, with a home of its own and nobody to talk to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
Open = Callable[..., "Page"]


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that resolves no name; skipped where Chromium is missing, an error with CI=true.

    While Playwright is open this thread has a running event loop, with which tests elsewhere could not begin theirs.
    """
    program = shutil.which("chromium") or missing("chromium")
    from playwright.sync_api import sync_playwright

    home = tmp_path_factory.mktemp("browser")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            env={**os.environ, "HOME": str(home)},
        )
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Give what opens a page. At the end no script of any page has failed, and nothing has left for elsewhere."""
    contexts, wrong = [], list[str]()

    def open_at(address: str, **settings: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        origin = address.split("/")[2]
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on("request", lambda request: left_for(request.url, origin))
        page.on("console", lambda message: wrong.append(message.text) if "Security Policy" in message.text else None)
        page.goto(address)
        return page

    def left_for(url: str, origin: str) -> None:
        if not url.startswith("data:") and url.split("/")[2] != origin:
            wrong.append(f"left for {url}")

    yield open_at
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script; skipped where npm did not bring it, an error with CI=true."""
    if not AXE.is_file():
        missing("axe-core", "npm --prefix tests/dashboard/browser ci --ignore-scripts")
    return AXE.read_text(encoding="utf-8")
