"""What the dashboard serves: the page of a run, what happens in it from then on, and the history."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from urllib.parse import quote

from rollback_gov.commands.dashboard_build import PAGE, Place, read_history
from rollback_gov.commands.dashboard_follow import Following
from rollback_gov.commands.dashboard_guard import Refusal
from rollback_gov.commands.dashboard_request import Content
from rollback_gov.commands.dashboard_runs import Runs, choose
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.glance import Glance
from rollback_gov.reports.dashboard.history_part import history_page
from rollback_gov.reports.dashboard.lines import counts_of, lines_after
from rollback_gov.reports.dashboard.live import Live, live_of
from rollback_gov.reports.dashboard.live_page import (
    Around,
    Other,
    empty_page,
    line_html,
    live_page,
    other_of,
    run_html,
)
from rollback_gov.reports.dashboard.page import Page
from rollback_gov.reports.dashboard.sse import AGAIN, message
from rollback_gov.reports.html import Safe

LOOK_SECONDS = 0.25
BEAT_SECONDS = 5.0
"""A page that hears nothing for three times that long takes the connection for lost."""
HISTORY = "/history"
HISTORY_SECONDS = 10.0
"""For so long the history is not read anew, however many ask."""
_TO_THE_RUN = Safe('<p class="small"><a href="/">The rollback that runs now</a></p>')
_NO_RUN = Refusal(status=404, text="There is no such run here. See `rollback-gov status --all`.")


class Dashboard:
    """The runs of one folder as pages and streams."""

    def __init__(self, incidents: Path, environ: Mapping[str, str]) -> None:
        self._place = Place(incidents=incidents, page=incidents / PAGE, environ=environ, reach=_page_of)
        self._runs = Runs(incidents)
        self._past: tuple[float, Page | None] = (0.0, None)
        self._making = Lock()

    def page(self, path: str, query: dict[str, str]) -> Content | Refusal:
        """Give the page at a path: ``/`` with ``run=ID`` or without, or ``/history``."""
        if path == HISTORY:
            made = self._of_all()
        elif path == "/":
            found = self._of_a_run(query.get("run", ""))
            if isinstance(found, Refusal):
                return found
            made = found
        else:
            return Refusal(status=404, text="There is no such page. The dashboard is at /.")
        return Content(made.text, made.policy)

    def _of_all(self) -> Page:
        """Give the history, in which each run leads to its page here."""
        with self._making:
            made_at, made = self._past
            if made is None or time.monotonic() - made_at >= HISTORY_SECONDS:
                view = read_history(self._place, datetime.now(UTC))
                made = history_page(view, Workspace.around(self._place.incidents).root.name, above=_TO_THE_RUN)
                self._past = (time.monotonic(), made)
            return made

    def _of_a_run(self, run: str) -> Page | Refusal:
        others, folder = self._chosen(run)
        around = Around(others=others, pinned=bool(run), history=HISTORY)
        now = datetime.now(UTC)
        if folder is None:
            return _NO_RUN if run else empty_page(now, around)
        following = Following(folder)
        live = live_of(following.look(), now)
        return live_page(live, lines_after(following.journals, ()), now, around)

    def _chosen(self, run: str) -> tuple[tuple[Other, ...], Path | None]:
        """Give the folder of the run that is asked for, if there is one, and what else goes on."""
        runs = self._runs.all()
        shown = choose(runs)
        folder = self._runs.folder_of(run) if run else shown.folder if shown else None
        return tuple(other_of(seen) for seen in runs if seen.stirs and seen.folder != folder), folder

    def stream(self, query: dict[str, str], mark: str, closing: Event) -> Iterator[bytes]:
        """Tell a page each line from its mark on once, how the run stands whenever that changes, and that we live."""
        yield AGAIN
        run, pinned = query.get("run", ""), bool(query.get("pinned"))
        folder = self._runs.folder_of(run) if run else None
        following = Following(folder) if folder is not None else None
        told: tuple[Live | None, tuple[Other, ...]] = (None, ())
        beat, counts = 0.0, counts_of(mark)
        while not closing.is_set():
            now = datetime.now(UTC)
            if following is not None:
                live = live_of(following.look(), now)
                for line in lines_after(following.journals, counts):
                    counts = counts_of(line.mark)
                    yield message("line", {"html": line_html(line)}, mark=line.mark)
                news = (live, self._chosen(run)[0])
                if news != told:
                    told = news
                    html = run_html(live, now, told[1])
                    yield message("state", {"html": html, "say": live.said, "now": now.timestamp()})
            if not pinned and self._something_else(run):
                yield message("other", {})
                return
            if time.monotonic() - beat >= BEAT_SECONDS:
                beat = time.monotonic()
                yield message("beat", {"now": datetime.now(UTC).timestamp()})
            closing.wait(LOOK_SECONDS)

    def _something_else(self, run: str) -> bool:
        """Say whether a run began while the one that is shown had ended, or none was there."""
        runs = self._runs.all()
        shown = choose(runs)
        still = any(seen.folder.name == run and seen.stirs for seen in runs)
        return shown is not None and shown.folder.name != run and shown.stirs and not still


def _page_of(folder: Path) -> str:
    """Say where the page of a run is, or of one region of it."""
    return f"/?run={quote(Glance(folder=folder, state='').run, safe='')}"
