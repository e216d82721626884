"""The history of a repository's rollbacks as one page: read what there is, and hand it to the reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.dashboard_plans import plan_states, waivers_of
from rollback_gov.commands.deployments import known_of, read_deployments
from rollback_gov.commands.metrics import write
from rollback_gov.commands.plan_records import PlanRecords, read_plans
from rollback_gov.commands.report import REPORT
from rollback_gov.commands.run_records import RunRecords, accepted_actions, read_runs
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record
from rollback_gov.records.break_glass import read_break_glasses
from rollback_gov.records.trust import Keyring
from rollback_gov.reports.dashboard.history import Broken, History, Read, history
from rollback_gov.reports.dashboard.history_part import history_page
from rollback_gov.reports.dashboard.open_work import OpenAction
from rollback_gov.reports.dashboard.timed import Seen
from rollback_gov.reports.metrics.dora import Deployment
from rollback_gov.reports.run_facts import AcceptedAction, StoredRun

T = TypeVar("T")
PAGE = "dashboard.html"
SETTINGS = ".rollback-gov"


class Place(Record):
    """Where the runs are, and where the page will lie: links to reports are relative to it.

    ``reach`` gives another link for the folder of a run, for pages that are served.
    """

    incidents: Path
    page: Path
    environ: Mapping[str, str]
    reach: Callable[[Path], str] | None = None

    def name(self, folder: Path) -> str:
        """Name a folder as it stands below the runs: a page does not tell where a machine keeps them."""
        inside = folder.is_relative_to(self.incidents)
        return folder.relative_to(self.incidents).as_posix() if inside else folder.name

    def link(self, folder: Path) -> str:
        """Give how a run's report is reached from the page; empty where there is none."""
        if self.reach is not None:
            return self.reach(folder)
        pages = (folder / REPORT).with_suffix(".html"), folder / REPORT
        found = next((page for page in pages if page.is_file()), None)
        if found is None:
            return ""
        way = os.path.relpath(os.path.realpath(found), os.path.realpath(self.page.parent))
        return f"./{quote(Path(way).as_posix(), errors='surrogateescape')}"


def read_history(place: Place, now: datetime, since: datetime | None = None) -> History:
    """Read runs, plans, deployments, waivers and accepted actions. What cannot be read stops nothing: it is told.

    ``now`` and ``since`` are UTC.
    """
    workspace, broken = Workspace.around(place.incidents), list[Broken]()
    runs = read_runs(place.incidents)
    plans = _or_told(lambda: read_plans(workspace, now), PlanRecords(found=(), unreadable=()), SETTINGS, broken)
    states = plan_states(plans, workspace)
    read = Read(
        now=now,
        since=since,
        runs=tuple(_seen(run, place) for run in runs.found),
        plans=states,
        actions=tuple(_actions(runs, place, broken)),
        waivers=_or_told(lambda: tuple(waivers_of(workspace, states, now)), (), SETTINGS, broken),
        deployments=_or_told(lambda: _deployments(workspace, runs, plans, place, broken), (), SETTINGS, broken),
    )
    broken += (Broken(where=place.name(run.folder), reason=run.reason) for run in runs.unreadable)
    here = f"{workspace.root}/"
    told = dict.fromkeys(replace(item, reason=item.reason.replace(here, "")) for item in broken)
    return history(replace(read, unreadable=tuple(told)))


def write_page(view: History, place: Place) -> None:
    """Write the page. Raises UsageError for a place that cannot be written."""
    text = history_page(view, Workspace.around(place.incidents).root.name).text
    write(place.page, text.encode("utf-8", "replace").decode())


def _deployments(
    workspace: Workspace, runs: RunRecords, plans: PlanRecords, place: Place, broken: list[Broken]
) -> tuple[Deployment, ...]:
    glasses = read_break_glasses(workspace.root, Keyring(workspace.trust))
    trail = Trail(root=workspace.root, environ=place.environ)
    made = read_deployments(plans.found, glasses.found, trail, known_of(workspace, runs, plans))
    broken += (Broken(where="deployments", reason=said) for said in made.problems)
    return made.found


def _seen(run: StoredRun, place: Place) -> Seen:
    regions = tuple(_seen(region, place) for region in run.regions)
    return Seen(facts=run.facts, report=place.link(run.folder), regions=regions)


def _actions(runs: RunRecords, place: Place, broken: list[Broken]) -> Iterator[OpenAction]:
    for run in runs.found:
        nothing: tuple[AcceptedAction, ...] = ()
        for action in _or_told(partial(accepted_actions, run), nothing, place.name(run.folder), broken):
            yield OpenAction(
                run=action.run, text=action.text, owner=action.owner, due=action.due, report=place.link(run.folder)
            )


def _or_told(read: Callable[[], T], otherwise: T, where: str, broken: list[Broken]) -> T:
    try:
        return read()
    except RollbackGovError as error:
        broken.append(Broken(where=where, reason=str(error)))
        return otherwise
