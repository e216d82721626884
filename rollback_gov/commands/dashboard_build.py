"""The history of a repository's rollbacks as one page: read what there is, and hand it to the reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from rollback_gov.commands.dashboard_plans import plan_states, waivers_of
from rollback_gov.commands.report import REPORT, replace_text
from rollback_gov.commands.run_records import StoredRun, accepted_actions, read_runs
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.reports.dashboard.history import Broken, History, Read, history
from rollback_gov.reports.dashboard.history_part import history_page
from rollback_gov.reports.dashboard.open_work import OpenAction
from rollback_gov.reports.dashboard.timed import Seen

T = TypeVar("T")
PAGE = "dashboard.html"


def read_history(
    incidents: Path,
    out: Path,
    now: datetime,
    since: datetime | None = None,
    *,
    link: Callable[[Path], str] | None = None,
) -> History:
    """Read runs, plans, waivers and accepted actions. Nothing that cannot be read stops the rest: it is told.

    ``out`` is where the page will lie: links to reports are relative to it, unless ``link`` gives another one for the
    folder of a run. ``now`` and ``since`` are UTC.
    """
    workspace, broken = Workspace.around(incidents), list[Broken]()
    records = read_runs(incidents)
    link = link or _linker(out)
    plans = _or_told(lambda: plan_states(workspace, now), ".rollback-gov", broken)
    return history(
        Read(
            now=now,
            since=since,
            runs=tuple(_seen(run, link) for run in records.found),
            plans=plans,
            actions=tuple(_actions(records.found, link, incidents, broken)),
            waivers=_or_told(lambda: tuple(waivers_of(workspace, plans, now)), ".rollback-gov", broken),
            unreadable=(
                *(Broken(where=_under(run.folder, incidents), reason=run.reason) for run in records.unreadable),
                *dict.fromkeys(broken),
            ),
        )
    )


def write_page(view: History, incidents: Path, out: Path) -> None:
    """Write the page. Raises UsageError for a place that cannot be written."""
    made = history_page(view, Workspace.around(incidents).root.name)
    try:
        replace_text(out, made.text, errors="replace")
    except OSError as error:
        raise UsageError(
            f"Cannot write the page to {error.filename or out}: {error.strerror}.",
            hint="Name another place: --out FILE",
        ) from error


def _seen(run: StoredRun, link: Callable[[Path], str]) -> Seen:
    return Seen(facts=run.facts, report=link(run.folder), regions=tuple(_seen(region, link) for region in run.regions))


def _linker(out: Path) -> Callable[[Path], str]:
    """Give how a run's report is reached from the page; a report that is not there is not linked."""
    base = os.path.realpath(out.parent)

    def link(folder: Path) -> str:
        pages = (folder / REPORT).with_suffix(".html"), folder / REPORT
        found = next((page for page in pages if page.is_file()), None)
        return f"./{quote(Path(os.path.relpath(os.path.realpath(found), base)).as_posix())}" if found else ""

    return link


def _actions(
    runs: Iterable[StoredRun], link: Callable[[Path], str], incidents: Path, broken: list[Broken]
) -> Iterator[OpenAction]:
    for run in runs:
        where = _under(run.folder, incidents)
        for action in _or_told(lambda run=run: accepted_actions(run), where, broken):  # type: ignore[misc]
            yield OpenAction(
                run=action.run, text=action.text, owner=action.owner, due=action.due, report=link(run.folder)
            )


def _or_told(read: Callable[[], tuple[T, ...]], where: str, broken: list[Broken]) -> tuple[T, ...]:
    try:
        return read()
    except RollbackGovError as error:
        broken.append(Broken(where=where, reason=str(error)))
        return ()


def _under(folder: Path, incidents: Path) -> str:
    """Name a folder as it stands below the runs: a page does not tell where a machine keeps them."""
    return folder.relative_to(incidents).as_posix() if folder.is_relative_to(incidents) else folder.name
