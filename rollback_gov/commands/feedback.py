"""Feedback on a pull request: a check run and one comment, out of findings that a check has written.

The check itself needs no network and no token; whatever goes wrong in here is told, and fails nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rollback_gov.commands.feedback_facts import Place, destinations, facts_of
from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.workspace import Workspace
from rollback_gov.github import check_run, sticky_comment
from rollback_gov.github.action.event import head_commit, pull_number, read_event
from rollback_gov.github.address import address
from rollback_gov.github.connection import connect
from rollback_gov.github.job import job_url
from rollback_gov.github.sticky_comment import StickyComment
from rollback_gov.github.writing import Writing
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.record import Record
from rollback_gov.outputs.feedback.check_run import SUMMARY_BYTES, annotated, conclusion, title
from rollback_gov.outputs.feedback.comment import comment
from rollback_gov.outputs.feedback.facts import PlanFacts
from rollback_gov.outputs.findings import Findings, read_findings

EVENT = "event"
NAME = "rollback-gov"
MOST_PLANS = 20
"""How many plans the comment says more about than their findings: those that fail first."""
_NEEDS = "checks: write, pull-requests: write"


class Wanted(Record):
    """What is to be told, and where. ``pull`` is a number or ``event``; ``now`` is UTC.

    ``environments`` are those that permits are asked for; empty: those of class production.
    """

    findings: Path
    pull: str
    comment: bool
    check_run: bool
    environ: Mapping[str, str]
    now: datetime
    policy_from: str = ""
    environments: tuple[str, ...] = ()


class Given(Record):
    """What came of it: addresses (empty where there is none), and what went wrong, in one sentence.

    ``complete`` says that the check run has every finding as an annotation.
    """

    check_run: str = ""
    comment: str = ""
    complete: bool = False
    trouble: str = ""


class _Target(Record):
    """The repository, the pull request (0: none), and the commit under which people see a check."""

    repository: str
    pull: int
    head: str


def give_feedback(wanted: Wanted) -> Given:
    """Write the check run and the comment. Raises UsageError for findings that are none; GitHub's refusals are told."""
    desk = _Desk(wanted, read_findings(_document(wanted.findings)))
    with desk.told("There is no feedback on GitHub"):
        desk.write()
    return Given(
        check_run=desk.check_run, comment=desk.comment, complete=desk.complete, trouble=" ".join(desk.troubles)
    )


class _Desk:
    """Writes both, each whatever became of the other, and remembers what went wrong."""

    def __init__(self, wanted: Wanted, found: Findings) -> None:
        self._wanted, self._found = wanted, found
        self.troubles: list[str] = []
        self.check_run = self.comment = ""
        self.complete = False

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Remember what goes wrong inside. A ValueError is an answer that breaks off in the middle."""
        try:
            yield
        except (RollbackGovError, ValueError) as error:
            self.troubles.append(f"{what}: {error} {getattr(error, 'hint', '')}".rstrip())

    def write(self) -> None:
        """Connect and write. Where there is no pull request, as in the merge queue, there is nothing to comment on."""
        wanted, folder = self._wanted, Path.cwd()
        where = address(wanted.environ, repository_name(Workspace.around(folder).root))
        with connect(wanted.environ, needs=_NEEDS, api=where.api) as connection:
            writing = Writing(connection)
            target = _target(wanted, writing, where.repository)
            facts: dict[str, PlanFacts] = {}
            with self.told("What is said of the plans is not complete"):
                facts = self._facts(folder)
            if wanted.comment and target.pull:
                with self.told("There is no comment"):
                    self._write_comment(writing, target, facts)
            if wanted.check_run:  # the last, because it may take a minute
                with self.told("There is no check run"):
                    self._write_check_run(writing, target, facts)

    def _facts(self, folder: Path) -> dict[str, PlanFacts]:
        workspace = Workspace.around(folder).at(self._wanted.policy_from)
        place = Place(
            workspace=workspace,
            environments=self._wanted.environments or destinations(workspace),
            environ=self._wanted.environ,
            now=self._wanted.now,
        )
        return facts_of([plan.file for plan in self._found.heaviest_first if plan.usable][:MOST_PLANS], folder, place)

    def _text(self, facts: Mapping[str, PlanFacts], most: int) -> str:
        job = job_url(self._wanted.environ)
        where = f"in the [summary of the job]({job})" if job else "printed by `rollback-gov validate`"
        return comment(self._found, facts, pointer=f"All findings are {where}.", most=most)

    def _write_check_run(self, writing: Writing, target: _Target, facts: Mapping[str, PlanFacts]) -> None:
        if not target.head:
            raise UsageError("Nobody knows for which commit it is.", hint="Name the pull request: --pull NUMBER")
        summary, environ, notes = self._found.summary, self._wanted.environ, annotated(self._found)
        run, attempt = _run(environ)
        said = check_run.CheckRun(
            name=NAME,
            head_sha=target.head,
            external_id=f"{run}.{attempt}.{environ.get('GITHUB_JOB', '')}",
            conclusion=conclusion(summary),
            title=title(summary),
            summary=self._text(facts, SUMMARY_BYTES),
            annotations=notes,
            details_url=job_url(environ),
        )
        published = check_run.publish(writing, target.repository, said)
        self.check_run, self.complete = published.address, not published.trouble
        if published.trouble:
            has = f"{published.annotations} of {len(notes)} annotations"
            self.troubles.append(f"The check run has {has}: {published.trouble}")

    def _write_comment(self, writing: Writing, target: _Target, facts: Mapping[str, PlanFacts]) -> None:
        run, attempt = _run(self._wanted.environ)
        text = self._text(facts, sticky_comment.room())
        said = StickyComment(text=text, run=run, attempt=attempt, head=target.head)
        is_news = self._found.summary.exit_code is not ExitCode.NOTHING_TO_CHECK
        self.comment = sticky_comment.publish(writing, target.repository, target.pull, said, create=is_news)


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"'{path}' is not JSON: {error}.") from error


def _target(wanted: Wanted, writing: Writing, repository: str) -> _Target:
    if wanted.pull != EVENT:
        pull = writing.get(f"/repos/{repository}/pulls/{wanted.pull}")
        return _Target(repository=repository, pull=int(wanted.pull), head=str(pull["head"]["sha"]))
    event = read_event(wanted.environ)
    return _Target(repository=repository, pull=pull_number(event), head=head_commit(event, wanted.environ))


def _run(environ: Mapping[str, str]) -> tuple[int, int]:
    """Give the run of a workflow and its attempt; 0 outside of one."""
    run, attempt = (environ.get(name, "") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
    return (int(run[:20]) if run.isdecimal() else 0, int(attempt[:9]) if attempt.isdecimal() else 0)
