"""What a test reads off the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.dashboard.stage import Stage


def lines_on(page: Page) -> list[str]:
    """The lines of the page, the oldest first, as REGION:NUMBER."""
    ids: list[str] = page.eval_on_selector_all("#lines > li", "items => items.map(item => item.id)")
    return [name.removeprefix("line-") for name in reversed(ids)]


def doubled(page: Page) -> int:
    """How many lines came to the page a second time."""
    return int(page.get_attribute("#watch", "data-doubled") or -1)


def lines_written(stage: Stage) -> set[str]:
    """All lines of all journals of the only run, as REGION:NUMBER."""
    found = set()
    for path in stage.root.glob("incidents/*/**/journal.jsonl"):
        region = path.parent.name if path.parent.parent.name == "regions" else ""
        found |= {f"{region}:{json.loads(line)['seq']}" for line in path.read_text(encoding="utf-8").splitlines()}
    return found


def shows_every_line_once(page: Page, stage: Stage) -> None:
    """The page has every line of every journal, none twice, and none was sent twice."""
    page.wait_for_function(
        "count => document.querySelectorAll('#lines > li').length >= count", arg=len(lines_written(stage))
    )
    shown = lines_on(page)
    assert len(shown) == len(set(shown))
    assert set(shown) == lines_written(stage)
    assert doubled(page) == 0
    for region in {key.partition(":")[0] for key in shown}:
        numbers = [int(key.partition(":")[2]) for key in shown if key.partition(":")[0] == region]
        assert numbers == sorted(numbers)


def says(page: Page, place: str, text: str) -> None:
    """Wait until a place on the page says something."""
    page.wait_for_function(
        "([place, text]) => document.querySelector(place)?.innerText.includes(text)", arg=[place, text]
    )


def lies_within(place: Locator, width: int, height: int) -> bool:
    """Say whether all of a place lies in the first viewport."""
    box = place.bounding_box()
    assert box is not None
    return box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
