"""``rollback-gov validate``."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from rollback_gov.cli.options import moment_of, outputs_of, policy_from_option
from rollback_gov.cli.sinks import FileSink, ScreenSink, Sink
from rollback_gov.model.finding import Severity
from rollback_gov.outputs.registry import CATEGORY, Manner, format_names
from rollback_gov.outputs.result import CheckedPlan


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--level", type=click.IntRange(1, 4), default=None, help="Demand at least this level of every plan.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True, help="What fails."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=outputs_of(format_names()),
    metavar=f"[{'|'.join(format_names())}][=FILE]",
    help="Format, or FORMAT=FILE; may be repeated. Default: github in GitHub Actions, else text.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="Judge as of that day (its end) or time, UTC.",
)
@policy_from_option
@click.option(
    "--changed-since",
    default="",
    metavar="REF",
    help="Check only plans that this branch changed since it left REF; all of them where that cannot be told.",
)
@click.option(
    "--category",
    default=CATEGORY,
    show_default=True,
    help="Of the findings in SARIF: those of each upload replace the ones of the same category.",
)
@click.option("--no-color", is_flag=True, help="No colours; NO_COLOR in the environment does the same.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what makes it fail.")
def command(
    *,
    paths: tuple[Path, ...],
    level: int | None,
    fail_on: str,
    outputs: list[tuple[str, str]],
    today: datetime | None,
    policy_from: str,
    changed_since: str,
    category: str,
    no_color: bool,
    quiet: bool,
) -> int:
    """Check rollback plans against the rules of their level.

    PATHS are plans, or folders that are searched for plan.yaml and plan.md. Without PATHS the patterns under
    `discovery` in .rollback-gov/policy.yaml are searched, or the default ones (`rollback-gov policy show` prints them).

    Nothing out of a plan is run, and no network is used. Exit codes: 0 passed, 1 findings, 3 nothing to check.
    """
    from rollback_gov.commands.gate import gate_of
    from rollback_gov.commands.validate import Scope, spare_documents, validate
    from rollback_gov.commands.workspace import Workspace

    here, now = Path.cwd(), moment_of(today)
    workspace = Workspace.around(paths[0] if paths else here).at(policy_from)
    spare_documents((Path(file) for _, file in outputs if file), workspace, paths)
    gate = gate_of(workspace, now, os.environ, level=level or 0, changed_since=changed_since)
    manner = Manner(fail_on=Severity(fail_on), colour=_colour(no_color), now=now, category=category)
    sinks: list[Sink] = [FileSink(Path(file), name, manner) for name, file in outputs if file]
    screen = next((name for name, file in outputs if not file), _default_format())
    sinks.append(ScreenSink(screen, manner, quiet=quiet))

    def each(plan: CheckedPlan) -> None:
        for sink in sinks:
            sink.plan(plan)

    scope = Scope(root=workspace.root, working_directory=here, paths=paths, changes=gate.changes)
    summary = validate(scope, gate.demands, each, governance=gate.governance, fail_on=manner.fail_on)
    for sink in sinks:
        sink.end(summary)
    return summary.exit_code


def _default_format() -> str:
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def _colour(no_color: bool) -> bool:
    return not no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
