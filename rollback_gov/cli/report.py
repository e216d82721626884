"""``rollback-gov report``."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rollback_gov.cli.on_github import repository as checked_repository
from rollback_gov.cli.options import incidents_option, json_option, run_argument
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.reports.markdown import Document

F = TypeVar("F", bound=Callable[..., Any])
out_option = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
html_option = click.option("--html", is_flag=True, help="Write a page beside it too: one file that needs nothing else.")


@click.group("report")
def command() -> None:
    """Documents about a run, written from its journal.

    Facts are filled in; what was not measured says NOT MEASURED. What people wrote between the `write` markers stays
    when a document is written again, and stands in all documents of the run that have the same part.

    Templates of your own: .rollback-gov/templates/ (docs/reports.md).
    """


def _options(function: F) -> F:
    for option in (json_option, incidents_option, out_option, run_argument("latest")):
        function = option(function)
    return function


def _to_github(what: str) -> Callable[[F], F]:
    """Let a document be told to a repository on GitHub."""
    return click.option(
        "--to-github", "repository", default="", callback=checked_repository, metavar="OWNER/NAME", help=what
    )


@command.command("incident")
@_options
@html_option
@_to_github("Open the run's issue there, or update it; needs GITHUB_TOKEN.")
def incident(*, run: str, out: Path | None, html: bool, repository: str, incidents: Path, as_json: bool) -> int:
    """Write the incident report of RUN (an id, a folder, or `latest`), as Markdown and JSON."""
    from rollback_gov.commands.report import publish_incident
    from rollback_gov.commands.runs import find_run
    from rollback_gov.reports.markdown import INCIDENT

    folder = find_run(incidents, run)
    files = {name.replace("incident", "report"): path for name, path in _write(folder, INCIDENT, out, html).items()}
    written = {name: str(path) for name, path in files.items()}
    if repository:
        written["issue"] = publish_incident(folder, files["report"], repository, os.environ)
    return _print(written, as_json=as_json)


@command.command("rollback")
@_options
def rollback(*, run: str, out: Path | None, incidents: Path, as_json: bool) -> int:
    """Write the rollback report of RUN: one page for whoever decides about the change."""
    from rollback_gov.commands.runs import find_run
    from rollback_gov.reports.markdown import ROLLBACK

    return _print(_write(find_run(incidents, run), ROLLBACK, out, False), as_json=as_json)


@command.command("post-mortem")
@_options
@html_option
@_to_github("Propose it there in a pull request, and open an issue for each accepted action; needs GITHUB_TOKEN.")
def post_mortem(*, run: str, out: Path | None, html: bool, repository: str, incidents: Path, as_json: bool) -> int:
    """Write the post-mortem of RUN: the facts, and room for what came together.

    With --to-github, what people wrote on the branch comes back into the file here. Exit code 1 where GitHub did not
    take all of it.
    """
    from rollback_gov.commands.runs import find_run
    from rollback_gov.reports.markdown import POST_MORTEM

    folder = find_run(incidents, run)
    if not repository:
        return _print(_write(folder, POST_MORTEM, out, html), as_json=as_json)
    from rollback_gov.commands.post_mortem import publish_post_mortem

    shown = publish_post_mortem(folder, repository, os.environ, out=out, html=html)
    _warn(shown.warnings)
    files = {name: str(path) for name, path in shown.files.items()}
    if as_json:
        told = {"pull": shown.pull, "issues": list(shown.issues), "troubles": list(shown.troubles)}
        click.echo(json.dumps(files | told, indent=2))
    else:
        _print(files | ({"pull request": shown.pull} if shown.pull else {}), as_json=False)
        for address in shown.issues:
            click.echo(f"issue  {address}")
        for trouble in shown.troubles:
            click.echo(f"NOTICE: {trouble}", err=True)
    return ExitCode.FINDINGS if shown.troubles else ExitCode.PASSED


@command.command("metrics")
@_options
def metrics(*, run: str, out: Path | None, incidents: Path, as_json: bool) -> int:
    """Write the figures of RUN as JSON, each with how it is known; what was not measured is null."""
    from rollback_gov.commands.report import write_metrics
    from rollback_gov.commands.runs import find_run

    return _print({"metrics": write_metrics(find_run(incidents, run), out)}, as_json=as_json)


@command.command("rehearsal")
@_options
def rehearsal(*, run: str, out: Path | None, incidents: Path, as_json: bool) -> int:
    """Write the report of a rehearsal: RUN, or the file of its evidence (EVIDENCE.dsse.json)."""
    from rollback_gov.commands.rehearsal_report import write_rehearsal

    place, problem = write_rehearsal(run, incidents, out)
    _warn((problem,) if problem else ())
    return _print({"rehearsal": place}, as_json=as_json)


@command.command("all")
@run_argument("latest")
@html_option
@incidents_option
@json_option
def everything(*, run: str, html: bool, incidents: Path, as_json: bool) -> int:
    """Write every document of RUN and of its regions, so that all of them say what people wrote in one."""
    from rollback_gov.commands.report import write_all
    from rollback_gov.commands.runs import find_run

    written = write_all(find_run(incidents, run), html=html)
    _warn(written.problems)
    return _print(written.files, as_json=as_json)


@command.command("check")
@run_argument("latest")
@incidents_option
@json_option
def check(*, run: str, incidents: Path, as_json: bool) -> int:
    """Say what is missing in the documents of RUN, or in one FILE.

    Parts that nobody has written, accepted actions without an owner or a due date, rows of a timeline without a source,
    sentences that blame a person, and drafts past their deadline (24 hours, a post-mortem 48).

    Exit code 1 where there is something.
    """
    from datetime import UTC, datetime

    from rollback_gov.commands.report_check import check_reports

    findings = check_reports(run, incidents, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"findings": [finding.document() for finding in findings]}, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.file}:{finding.line}: {finding.code}: {finding.message}")
        click.echo(f"{len(findings)} findings." if findings else "The documents are whole.")
    return ExitCode.FINDINGS if findings else ExitCode.PASSED


def _write(folder: Path, document: Document, out: Path | None, html: bool) -> Mapping[str, Path]:
    from rollback_gov.commands.report import write_documents

    written = write_documents(folder, (document,), out=out, html=html)
    _warn(written.problems)
    return written.files


def _warn(problems: tuple[str, ...]) -> None:
    for problem in problems:
        click.echo(f"warning: {problem}", err=True)


def _print(written: Mapping[str, object], *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({name: str(where) for name, where in written.items()}, indent=2))
    else:
        width = max(len(name) for name in written) + 2
        for name, where in written.items():
            click.echo(f"{name:<{width}}{where}")
    return ExitCode.PASSED
