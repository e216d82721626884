"""The history of a thousand incidents: how fast ``dashboard build`` is, how large its page, how soon it is seen.

The incidents are real journals with figures, services and reasons of their own (``incidents.py``).

- ``dashboard build`` as a user starts it, beside reading the same files and doing nothing with them. Its processor time
  has to stay below three seconds: on a machine with nothing else to do that is the time one waits; the time on the
  clock is printed beside it. The best of several rounds counts.
- The same records again give the same bytes.
- The page is smaller than two megabytes.
- Chromium without a window paints it for the first time within a second (the browser's own clock, the best of several
  loads), beside a page that says one word.

Exit code 1 where a limit is missed, 2 where Chromium or Playwright is missing and the rest is well.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import incidents
from imports import processor_ms
from validate import with_byte_code

COUNT, ROUNDS, LOADS = 1_000, 3, 7
MOST_SECONDS, MOST_BYTES, MOST_PAINT_MS = 3.0, 2_000_000, 1_000.0
READ = (
    "import pathlib, sys\nfor path in pathlib.Path(sys.argv[1]).rglob('*'):\n    path.is_file() and path.read_bytes()\n"
)
PAINT = "() => performance.getEntriesByType('paint').find(entry => entry.name === 'first-contentful-paint')?.startTime"
BROWSER_MISSING = 2


def main() -> int:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        environ = with_byte_code(folder)
        runs = incidents.write(folder / "repository", COUNT)
        page = runs / "dashboard.html"
        passed = [_build(runs, page, environ), _size(page)]
        painted = _paint(page, folder)
    if not all(passed) or painted is False:
        return 1
    return 0 if painted else BROWSER_MISSING


def _build(runs: Path, page: Path, environ: Mapping[str, str]) -> bool:
    gov = str(Path(sysconfig.get_path("scripts")) / "rollback-gov")
    command = [gov, "dashboard", "build", "--incidents", str(runs), "--now", f"{incidents.END:%Y-%m-%dT%H:%M:%SZ}"]
    bare = [sys.executable, "-c", READ, str(runs)]
    ours, theirs, waited, pages = list[float](), list[float](), list[float](), set[bytes]()
    for turn in range(ROUNDS + 1):
        began = time.perf_counter()
        spent = processor_ms(command, runs, environ) / 1000
        clock, read = time.perf_counter() - began, processor_ms(bare, runs, environ) / 1000
        pages.add(page.read_bytes())
        if turn:
            ours, theirs, waited = [*ours, spent], [*theirs, read], [*waited, clock]
    size = sum(path.stat().st_size for path in runs.rglob("*") if path.is_file() and path != page)
    print(f"{COUNT:,} incidents, {size / 1e6:.0f} MB")
    print(f"reading them and no more {min(theirs):8.2f} s of processor")
    print(f"dashboard build          {min(ours):8.2f} s of processor     (at most {MOST_SECONDS:g})")
    print(f"                         {min(waited):8.2f} s on the clock, here and now")
    print(f"the same bytes each time {'yes' if len(pages) == 1 else 'NO':>8}")
    return min(ours) <= MOST_SECONDS and len(pages) == 1


def _size(page: Path) -> bool:
    size = page.stat().st_size
    print(f"the page                 {size / 1e6:8.2f} MB                 (at most {MOST_BYTES / 1e6:g})")
    return size <= MOST_BYTES


def _paint(page: Path, folder: Path) -> bool | None:
    """Load the page in turns with one that says a word. None where there is no browser."""
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        print("first paint              not measured: Chromium or Playwright is missing (sudo make test-servers)")
        return None
    word = folder / "word.html"
    word.write_text("<!DOCTYPE html><title>a word</title><p>word</p>", encoding="utf-8")
    times: dict[Path, list[float]] = {page: [], word: []}
    with sync_playwright() as playwright:
        environ: dict[str, str | float | bool] = {**os.environ, "HOME": str(folder)}
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"], env=environ)
        for _ in range(LOADS):
            for file, seen in times.items():
                tab = browser.new_page(viewport={"width": 1280, "height": 800})
                tab.goto(file.as_uri())
                tab.wait_for_function(PAINT)
                seen.append(float(tab.evaluate(PAINT)))
                tab.close()
        browser.close()
    ours, theirs = min(times[page]), min(times[word])
    print(f"first paint of a word    {theirs:8.0f} ms")
    print(f"first paint of the page  {ours:8.0f} ms                 (at most {MOST_PAINT_MS:g})")
    return ours <= MOST_PAINT_MS


if __name__ == "__main__":
    sys.exit(main())
