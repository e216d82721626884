"""A run as GitHub shows it while it goes on: its issue, and the deployment that it undoes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rollback_gov.commands.beside import Beside
from rollback_gov.commands.messages import HURRY_SECONDS
from rollback_gov.commands.world import World
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record

CLOSING_SECONDS = 20.0
"""For the last of it, after the run: GitHub is asked a dozen things, and told some of them a second apart."""
PAUSE_SECONDS = 5.0
"""Between two tellings: a server that counts writes is not told of every phase of a quick run."""
_WAITING = frozenset({"gate.waiting", "manual.waiting", "step.unknown"})


class OnGitHub(Record):
    """What is shown on GitHub: the run's issue in ``issues`` (``OWNER/NAME``, or empty), and the deployment.

    ``root`` is in the clone whose deployments are meant.
    """

    issues: str
    deployment: bool
    root: Path


@contextmanager
def shown_on_github(wish: OnGitHub, world: World, say: Callable[[str], None]) -> Iterator[World]:
    """Give a world whose runs are shown on GitHub, beside them; ``say`` is told once at the end what was not shown.

    Nothing of it delays a step or fails a run. At its end it may take twenty seconds, or two when it was stopped.
    """
    teller = Teller(wish, dict(world.environ))  # as it is now: it may outlive the run by an answer that is late
    beside = Beside(teller.tell, pause=PAUSE_SECONDS)

    def hear(event: Event) -> None:
        beside.hear(event)
        world.hear(event)

    try:
        yield replace(world, hear=hear)
    finally:
        teller.is_over = True
        whole = beside.close(HURRY_SECONDS if world.stop.requested else CLOSING_SECONDS)
        late = () if whole else ("GitHub took too long: what it shows of the run may not be its end.",)
        for problem in (*teller.problems, *late):
            say(problem)


class Teller:
    """Tells GitHub how a run stands by its events. ``problems`` are sentences, each once. Used by one thread.

    ``is_over``: this process has left the run, whether it has ended or not.
    """

    def __init__(self, wish: OnGitHub, environ: Mapping[str, str]) -> None:
        self._wish = wish
        self._environ = environ
        self._last: object = None
        self.is_over = False
        self.problems: list[str] = []

    def tell(self, events: tuple[Event, ...]) -> None:
        """Update the issue and the deployments. Never raises."""
        if self._wish.issues:
            self._guarded("the incident", self._tell_issue, events)
        if self._wish.deployment:
            self._guarded("the rollback's deployments", self._tell_deployments, events)

    def _guarded(self, what: str, tell: Callable[[tuple[Event, ...]], str], events: tuple[Event, ...]) -> None:
        try:
            problem = tell(events)
        except RollbackGovError as error:
            problem = f"GitHub does not show {what}. {error} {error.hint}".strip()
        except Exception as error:  # its text may hold anything
            problem = f"GitHub does not show {what} ({type(error).__name__})."
        if problem and problem not in self.problems:
            self.problems.append(problem)

    def _tell_issue(self, events: tuple[Event, ...]) -> str:
        from rollback_gov.commands.incident_issue import issue_text, place_of
        from rollback_gov.github.connection import connect
        from rollback_gov.github.incident_issue import NEEDS, publish
        from rollback_gov.github.writing import Writing
        from rollback_gov.reports.incident import incident
        from rollback_gov.reports.markdown import incident_markdown

        facts = incident(events)
        report = incident_markdown(facts, events)
        text = issue_text(facts, report, place_of(facts, self._environ), stands="" if self.is_over else stands(events))
        with connect(self._environ, needs=NEEDS) as connection:
            publish(Writing(connection), self._wish.issues, text)
        return ""

    def _tell_deployments(self, events: tuple[Event, ...]) -> str:
        from rollback_gov.commands.github_repository import github_repository
        from rollback_gov.github.job import job_url
        from rollback_gov.github.rollback_deployments import tell

        rollback = rollback_of(events, job_url(self._environ))
        if rollback == self._last:
            return ""
        with github_repository(self._environ, self._wish.root, needs="deployments: write") as repository:
            problem = tell(repository, rollback)
        self._last = rollback
        return problem


def stands(events: tuple[Event, ...]) -> str:
    """Say how a run stands that goes on, in words; empty where its outcome says it."""
    if any(event.type == "run.finished" for event in events):
        return ""
    waits = ""
    for event in events:
        if event.type in _WAITING:
            waits = "waits for a person"
        elif event.type != "message.sent":
            waits = ""
    return waits or "goes on"


def rollback_of(events: tuple[Event, ...], log_url: str) -> Any:
    """Say what of a run matters to deployments. Raises UsageError for one that never started."""
    from rollback_gov.github.rollback_deployments import Rollback
    from rollback_gov.reports.log import Log

    log = Log(events)
    started, finished = log.started, log.finished
    return Rollback(
        operation=started["operation"],
        run=started["run"],
        environment=started["environment"],
        services=tuple(started["services"]),
        versions=tuple(started["from_versions"].values()),
        is_production=started["environment_class"] == "production",
        is_whole=not (started["scenario"] or started["region"]),
        result=finished.get("result", ""),
        fixed_forward=bool(finished.get("forward_fix")),
        last_resort=bool(finished.get("last_resort")),
        log_url=log_url,
    )
