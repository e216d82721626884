"""Runs the plan of a folder in a process of its own, to be killed: ``python -m tests.execution.crash_run FOLDER``.

It stops on signals and gives the exit codes of the command line. ``begin`` does the same in a hundredth of the time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from traceback import print_exc

from rollback_gov.cli.terminal import open_terminal
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.stop import stop_on_signals
from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.plans.load import load_plan
from tests.execution.conftest import Stage

processes = get_context("forkserver")
processes.set_forkserver_preload(["tests.execution.crash_run", "tests.execution.crash_points"])


def begin(folder: Path, settle: Mapping[str, str] | None = None) -> ForkServerProcess:
    """Start a runner for the plan of a folder; ``settle`` is what people say about steps without an end."""
    process = processes.Process(target=_be_a_runner, args=(str(folder), dict(settle or {})))
    process.start()
    return process


def _be_a_runner(folder: str, settle: Mapping[str, str]) -> None:
    """What it says lies in ``errors`` beside the plan."""
    with (Path(folder) / "errors").open("a") as sys.stderr:
        try:
            code = run(Path(folder), Answers(settle=settle))
        except BaseException:
            print_exc()
            code = ExitCode.INTERNAL_ERROR
    os._exit(code)


def run(folder: Path, answers: Answers | None = None, *, quiet: bool = True) -> int:
    """Begin the plan of a folder, or go on with it, and give the exit code."""
    os.chdir(folder)
    plan = load_plan(folder / "plan.yaml").require()
    stage = Stage(folder=folder, plan=plan, terminal=open_terminal(ask=False, quiet=quiet))
    try:
        with stop_on_signals(stage.stop):
            result = stage.run(answers)
    except RollbackGovError as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        codes = {Refused: ExitCode.FINDINGS, Interrupted: ExitCode.INTERRUPTED}
        return codes.get(type(error), ExitCode.USAGE)
    return ExitCode.PASSED if result.result == "passed" else ExitCode.ROLLBACK_FAILED


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a test run under nohup hands down that it is ignored
    sys.exit(run(Path(sys.argv[1]), quiet=False))
