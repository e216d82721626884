"""``fleet scan``: which services could not be rolled back today, over many repositories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from rollback_gov.commands.fleet.fetching import Connect, Fetching, Tell
from rollback_gov.commands.fleet.judges import judged
from rollback_gov.commands.fleet.judging import get_ready, judge_snapshot
from rollback_gov.commands.fleet.services import services
from rollback_gov.commands.fleet.snapshot import Outcome
from rollback_gov.commands.fleet.state import State, opened
from rollback_gov.commands.fleet.targets import Target, listed, named_in, without
from rollback_gov.commands.pool import processors
from rollback_gov.github.connection import API, connect
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.repositories import of_organisation
from rollback_gov.github.fleet.traffic import Limits, Traffic
from rollback_gov.github.patience import Patience
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.record import Record
from rollback_gov.outputs.fleet.result import FleetReport, FleetRepository

if TYPE_CHECKING:
    from github import Github

NEEDS = "contents: read"
A_DAY = timedelta(days=1)
"""A scan as of another day than this one is a question, and nothing that the next one is compared with."""
FailOn = Literal["any", "worse", "never"]


class Fleet(Record):
    """What is scanned: an organisation, or the repositories that a file names; less what a pattern leaves out."""

    organisation: str = ""
    file: Path | None = None
    exclude: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Name it for people."""
        return self.organisation or str(self.file)


class Manner(Record):
    """How it is scanned. ``state`` is the folder that remembers; None: nothing is remembered."""

    state: Path | None = None
    jobs: int = 4
    limits: Limits = Limits()
    is_anew: bool = False
    """Whether everything is read again, whatever is known."""


def scan(
    fleet: Fleet, manner: Manner, environ: Mapping[str, str], now: datetime, *, today: datetime, tell: Tell
) -> FleetReport:
    """Read and judge all repositories. ``now`` is the time, ``today`` as of when is judged.

    Raises UsageError where the scan cannot go on; what was read until then is kept.
    """
    named = named_in(fleet.file) if fleet.file else None
    traffic = Traffic(manner.limits)

    def connecting() -> AbstractContextManager[Github]:
        return connect(environ, needs=NEEDS, patience=Patience.of_many())

    with _state(manner.state) as state:
        if manner.is_anew:
            state.forget()
        resumed = state.begin(_source(fleet, named, environ), now)
        before, last = len(state.done), state.last()
        targets = _targets(fleet, named, state, traffic, connecting)
        Fetching(state, traffic, connecting, now).fetch(targets, manner.jobs, tell)
        repositories = tuple(_judged(state, targets, today))
        report = FleetReport(
            source=fleet.shown,
            at=today,
            services=services(repositories, last),
            repositories=repositories,
            requests=traffic.requests,
            unchanged=traffic.unchanged,
            resumed=before if resumed else 0,
            compared=last is not None,
        )
        if abs(today - now) < A_DAY:
            state.remember([(service.repository, service.service) for service in report.wanting], now)
        state.end()
    return report


@contextmanager
def _state(folder: Path | None) -> Iterator[State]:
    if folder is not None:
        with opened(folder) as state:
            yield state
        return
    with TemporaryDirectory(prefix="rollback-gov-") as place, opened(Path(place)) as state:
        yield state


def _source(fleet: Fleet, named: tuple[Target, ...] | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """Give what makes two scans the same, so that one may go on where the other was interrupted."""
    return {
        "api": environ.get("GITHUB_API_URL") or API,
        "organisation": fleet.organisation,
        "named": [target.name for target in named] if named is not None else None,
        "exclude": list(fleet.exclude),
    }


def _targets(
    fleet: Fleet, named: tuple[Target, ...] | None, state: State, traffic: Traffic, connecting: Connect
) -> tuple[Target, ...]:
    if state.targets is None:
        if named is None:
            with connecting() as connection:
                found = tuple(listed(of_organisation(Asking(connection, traffic), fleet.organisation)))
        else:
            found = named
        state.listed(without(found, fleet.exclude))
    return state.targets or ()


def _judged(state: State, targets: tuple[Target, ...], today: datetime) -> Iterator[FleetRepository]:
    """Judge what was read, in processes of their own; of the others it is known already."""
    outcomes = [state.done[target.name] for target in targets]
    read = [outcome for outcome in outcomes if outcome.kind == "read"]
    place = state.workplace
    get_ready()

    def judge(outcome: Outcome) -> FleetRepository:
        state.let_go()
        snapshot = state.snapshot(outcome.asked)
        return (
            judge_snapshot(outcome, snapshot, today, place) if snapshot else _lost(outcome, "its state cannot be read")
        )

    found = {each.asked: each for each in judged(read, judge, _lost, processes=processors())}
    for outcome in outcomes:
        yield found.get(outcome.asked) or _lost(outcome, outcome.reason)


def _lost(outcome: Outcome, reason: str) -> FleetRepository:
    return FleetRepository(asked=outcome.asked, name=outcome.name, kind=outcome.kind, reason=reason)


def exit_code(report: FleetReport, fail_on: FailOn) -> ExitCode:
    """Give what the process ends with. ``worse``: only what the whole scan before did not find wanting."""
    if not report.repositories:
        return ExitCode.NOTHING_TO_CHECK
    if fail_on == "worse" and report.compared:
        return ExitCode.FINDINGS if any(service.is_new for service in report.wanting) else ExitCode.PASSED
    return ExitCode.FINDINGS if report.wanting and fail_on != "never" else ExitCode.PASSED
