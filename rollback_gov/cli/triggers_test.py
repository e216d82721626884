"""``rollback-gov triggers test``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import json_option, plan_argument
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.triggers_test import Tested
    from rollback_gov.triggers.cases.compare import Mismatch, Seen
    from rollback_gov.triggers.cases.run import CaseResult


@click.command("test", short_help="Run case files: readings, and what has to come of them.")
@plan_argument
@click.argument("cases", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--complete",
    is_flag=True,
    help="Fail where no case shows that a trigger fires and stays quiet, and that a row is decided and is not.",
)
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write JUnit XML to this file, too."
)
@json_option
def test(*, plan: Path, cases: tuple[Path, ...], complete: bool, junit: Path | None, as_json: bool) -> int:
    """Run CASES, or triggers*.test.yaml beside PLAN: each gives series of readings and says what has to come of them.

    The same machines as in a watch decide; nothing is read from outside, and no PromQL is evaluated: a series holds
    what a trigger's query answers.

    \b
    Exit codes:
      0  everything came as expected
      1  something did not; or, with --complete, something is shown by no case
      2  there is no case file, or one is wrong
    """
    from rollback_gov.commands.triggers_test import try_cases

    tested = try_cases(plan, cases)
    if junit is not None:
        _write(junit, tested)
    if as_json:
        click.echo(json.dumps(_document(tested), indent=2))
    else:
        for line in _lines(tested, complete=complete):
            click.echo(line)
    return ExitCode.FINDINGS if tested.failed or (complete and tested.missing) else ExitCode.PASSED


def _write(path: Path, tested: Tested) -> None:
    from datetime import UTC, datetime

    from rollback_gov.model.errors import UsageError
    from rollback_gov.outputs.trigger_tests import junit

    try:
        path.write_text(junit(tested.cases, plan=tested.plan, now=datetime.now(UTC)), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.") from error


def _lines(tested: Tested, *, complete: bool) -> Iterator[str]:
    from rollback_gov.outputs.trigger_tests import case_lines

    for case in tested.cases:
        yield from case_lines(case)
    good = len(tested.cases) - len(tested.failed)
    yield f"{good} of {len(tested.cases)} cases passed."
    if tested.missing:
        yield "Shown by no case:" if complete else f"{len(tested.missing)} things are shown by no case (--complete)."
    yield from (f"  {sentence}" for sentence in tested.missing if complete)


def _document(tested: Tested) -> dict[str, Any]:
    return {
        "plan": tested.plan,
        "files": tested.files,
        "result": "failed" if tested.failed else "passed",
        "cases": [_case(case) for case in tested.cases],
        "missing": tested.missing,
    }


def _case(case: CaseResult) -> dict[str, Any]:
    return {
        "name": case.name,
        "file": case.place.file,
        "line": case.place.line,
        "result": "failed" if case.mismatches else "passed",
        "ticks": case.ticks,
        "mismatches": [_mismatch(mismatch) for mismatch in case.mismatches],
    }


def _mismatch(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "at": str(mismatch.at),
        "what": mismatch.what,
        "expected": mismatch.expected,
        "got": mismatch.got,
        "line": mismatch.place.line,
        "readings": [_reading(seen) for seen in mismatch.readings],
    }


def _reading(seen: Seen) -> dict[str, str]:
    return {name: str(getattr(seen, name)) for name in ("trigger", "at", "value", "verdict", "reason", "state")}
