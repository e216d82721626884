"""``make screenshots``: the pictures of the dashboard in docs/images, taken of pages that are really served."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.dashboard_serve import Listening, serving
from tests.conftest import ROOT
from tests.dashboard.album import a_year, orders, running, three_regions
from tests.reports.journals import Story

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = ROOT / "docs" / "images"
WIDE, NARROW = (1280, 900), (360, 740)


def main() -> int:
    """Take all pictures anew."""
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is not installed; install it with: sudo make test-servers", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"], env={**os.environ, "HOME": place}
        )
        for name, stories in (("live", {"": orders()}), ("regions", three_regions())):
            with a_dashboard(Path(place) / name, stories) as address:
                picture(browser, address, f"dashboard-{name}-light", WIDE)
                picture(browser, address, f"dashboard-{name}-dark", WIDE, dark=True)
                picture(browser, address, f"dashboard-{name}-narrow", NARROW)
        with a_dashboard(Path(place) / "year", {}) as address:
            picture(browser, f"{address}history", "dashboard-history-light", WIDE)
            picture(browser, f"{address}history", "dashboard-history-dark", WIDE, dark=True)
        browser.close()
    return 0


@contextmanager
def a_dashboard(root: Path, stories: Mapping[str, Story]) -> Iterator[str]:
    """Serve a repository in which this run goes on; where there is none, one with a year behind it."""
    incidents, now = root / "shop" / "incidents", datetime.now(UTC)
    (root / "shop" / ".rollback-gov").mkdir(parents=True)
    incidents.mkdir()
    listening = Listening(incidents=incidents, bind="127.0.0.1", port=0)
    if not stories:
        a_year(incidents, now)
        with serving(listening, {}) as address:
            yield address
        return
    with running(dict(stories), incidents, now), serving(listening, {}) as address:
        yield address


def picture(browser: Browser, address: str, name: str, size: tuple[int, int], *, dark: bool = False) -> None:
    """Take one picture of what the first look shows; where pngquant is installed, in few colours."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page.goto(address)
    if page.locator("#watch").count():
        page.wait_for_function("document.getElementById('link').innerText === 'Live'")
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--ext", ".png", "--strip", str(IMAGES / f"{name}.png")], check=True)
    print(f"docs/images/{name}.png  {(IMAGES / f'{name}.png').stat().st_size // 1024} KiB")


if __name__ == "__main__":
    sys.exit(main())
