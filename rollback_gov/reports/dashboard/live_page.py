"""The running rollback as HTML: the page, and the pieces of it that follow. Everything out of a plan is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from rollback_gov.execution.glance import Glance
from rollback_gov.execution.sla import human
from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.lines import Line, mark_of
from rollback_gov.reports.dashboard.live import Live, Standing, standing_of
from rollback_gov.reports.dashboard.page import Page, Parts, page, part
from rollback_gov.reports.dashboard.timing import clock, clock_left
from rollback_gov.reports.html import Safe
from rollback_gov.resources import resource

MOST_LINES = 200
"""That stand on a page when it is loaded; those that come later are added."""
_FOOT = "Read from the journal of the run as it is written. Times are UTC."


class Other(Record, kw_only=False):
    """Another run that goes on, and the page that shows it."""

    run: str
    standing: Standing
    link: str


def other_of(seen: Glance) -> Other:
    """Give what a page says of another run."""
    return Other(seen.run, standing_of(seen), f"/?run={quote(seen.run, safe='')}")


class Around(Record):
    """What a page needs besides the run. ``pinned``: it shows this run whatever else begins."""

    others: tuple[Other, ...] = ()
    pinned: bool = False
    history: str = ""


def run_html(live: Live, now: datetime, others: tuple[Other, ...] = ()) -> Safe:
    """Render what changes when something happens; figures stand as they are at that moment."""
    values = {"live": live, "others": others, "now": now.timestamp(), "between": _between(live)}
    return Safe(part("run.html.j2", {**values, **_WORDS}).strip())


def line_html(line: Line) -> Safe:
    """Render one line of a journal, as an item of a list."""
    return Safe(part("line.html.j2", {"line": line}).strip())


def live_page(live: Live, lines: Sequence[Line], now: datetime, around: Around) -> Page:
    """Render the page of a run with the newest lines first."""
    where = f" in {live.where}" if live.where else ""
    body = run_html(live, now, around.others)
    mark = lines[-1].mark if lines else mark_of((0,))
    shown = [line_html(line) for line in reversed(lines[-MOST_LINES:])]
    return _page(
        f"{live.operation or live.run}{where}",
        live.title,
        {"run": live.run, "mark": mark, "body": body, "lines": shown, "pinned": around.pinned},
        now,
        around,
    )


def empty_page(now: datetime, around: Around) -> Page:
    """Render the page of a place where nothing was rolled back yet; it goes on by itself when something is."""
    body = Safe("<p class='phase'>No rollback has run here yet. When one begins, this page shows it by itself.</p>")
    return _page(
        "No rollback yet",
        "Nothing has run here",
        {"run": "", "mark": "0", "body": body, "lines": (), "pinned": False},
        now,
        around,
    )


def _page(title: str, about: str, values: dict[str, Any], now: datetime, around: Around) -> Page:
    at = {"now": now.timestamp(), "at": f"{now:%H:%M:%S} UTC", "history": around.history}
    live = part("live.html.j2", {**values, **at})
    return page(Parts(title=title, about=about, foot=_FOOT, live=live, script=script(), connects=True))


def _between(live: Live) -> str:
    """Say where a run is that is in no phase."""
    if live.standing.tone == "good":
        return "All phases are done"
    if not live.phases:
        return "Between two regions" if any(lane.phases for lane in live.lanes) else "Before the first phase"
    return "Between two phases" if any(row.word != "to come" for row in live.phases) else "Before the first phase"


@cache
def script() -> str:
    """Give the text of the script of the page."""
    return resource("templates", "dashboard", "live.js").read_text(encoding="utf-8")


def _of_day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S}"


_WORDS = {"clock": clock, "clock_left": clock_left, "human": human, "of_day": _of_day}
"""What templates write times with."""
