"""What a watch reads from: the metric sources of an environment, the baseline, and what people report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rollback_gov.commands.instant import now_seconds
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_folder import watch_folder
from rollback_gov.commands.world import World
from rollback_gov.execution.context import OWN_VARIABLES
from rollback_gov.execution.masking import Masker, secret_values
from rollback_gov.execution.process import Process, Script, discard, start
from rollback_gov.model.errors import UsageError
from rollback_gov.model.number import parse_number
from rollback_gov.model.plan import Plan
from rollback_gov.plans import parameters
from rollback_gov.sources.book import SourceBook
from rollback_gov.sources.interface import CommandOutcome, CommandRunner
from rollback_gov.sources.manual import report, set_aside

if TYPE_CHECKING:
    from rollback_gov.sources.transport import Transport

REPORTS = "reports.jsonl"
"""What people report, in the watch's folder."""
_OUTPUT_BYTES = 65_536
_NUMBER_BYTES = 4096
_MOST_BYTES = 1_048_576
"""A command that prints more is killed: nobody needs so much for one number."""
_LOOK_SECONDS = 0.2
"""Between two looks at how much a command has printed."""


def folder_of(target: Target) -> Path:
    """Give the folder in which a watch of an operation, in an environment or a region, leaves its log and its state."""
    operation = target.loaded.require().metadata.operation
    return watch_folder(target.workspace.root, operation, target.environment, target.region)


@contextmanager
def open_sources(target: Target, world: World, *, transport: Transport | None = None) -> Iterator[SourceBook]:
    """Open the environment's sources, upon the connections of others where they are given.

    Raises UsageError for an unknown environment and for missing parameters.
    """
    plan, environment = target.loaded.require(), target.workspace.environment(target.environment)
    values = parameters.resolve(plan, environment, world.environ, target.values)
    masker = Masker(parameters.secrets(plan, values) | secret_values(world.environ))
    variables = {name: value for name, value in world.environ.items() if name not in OWN_VARIABLES} | values
    variables |= {"OPERATION": plan.metadata.operation, "ENVIRONMENT": target.environment}
    with TemporaryDirectory(prefix="rollback-gov-") as folder:
        book = SourceBook(
            environment,
            target.workspace.environments,
            environ=world.environ,
            parameters=values,
            run=_runner(variables, target.loaded.folder.resolve(), Path(folder)),
            reports=folder_of(target) / REPORTS,
            mask=masker.text,
        )
        book.now, book.root = lambda: now_seconds(world), target.workspace.root
        if transport is not None:
            book.share(transport)
        with book:
            yield book


def baseline_numbers(plan: Plan, folder: Path) -> dict[str, Decimal]:
    """Give the numbers among what was kept before the change, by id; what is no number is left out."""
    numbers = {}
    for saved in plan.baseline:
        try:
            with (folder / saved.save).open("rb") as file:
                numbers[saved.id] = parse_number(file.read(_NUMBER_BYTES).decode().strip())
        except (OSError, ValueError):
            continue
    return numbers


def write_report(target: Target, world: World, *, signal: str, number: int) -> Path:
    """Write down that people reported a signal so many times, and give the file.

    Raises UsageError for a signal that no trigger reads.
    """
    known = sorted({trigger.query.signal for trigger in target.loaded.require().triggers if trigger.query.signal})
    if signal not in known:
        raise UsageError(f"No trigger of the plan reads a signal '{signal}' (known: {', '.join(known) or 'none'}).")
    path = folder_of(target) / REPORTS
    try:
        report(path, signal=signal, count=number, at=now_seconds(world), by=world.person)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def old_reports(target: Target, *, at: float) -> str:
    """Set aside what people reported about what has been rolled back, or it would be rolled back for that again.

    Gives a sentence for people; empty where there was nothing.
    """
    try:
        kept = set_aside(folder_of(target) / REPORTS, at=at)
    except OSError as error:
        return f"what people reported before still counts: it cannot be set aside ({error.strerror})"
    return f"what people reported before counts no more; it is kept in {kept.name}" if kept else ""


def _waited(process: Process, timeout: float) -> str:
    """Wait until a command has ended, or say why it has to be killed: for its time, or for filling the disk."""
    end = time.monotonic() + timeout
    while process.exit_code is None:
        if sum((process.state / name).stat().st_size for name in ("stdout", "stderr")) > _MOST_BYTES:
            return f"killed after it printed more than {_MOST_BYTES} bytes"
        left = end - time.monotonic()
        if left <= 0:
            return f"killed after {timeout:g}s"
        process.wait(min(left, _LOOK_SECONDS))
    return ""


def _runner(variables: dict[str, str], plan_folder: Path, scratch: Path) -> CommandRunner:
    """Run commands that print a number, in the plan's folder, each killed with all its children at its timeout."""
    numbers = count()

    def run(script: str, *, timeout: float) -> CommandOutcome:
        state = scratch / str(next(numbers))
        try:
            process = start(state, Script(script, variables, plan_folder))
            if endless := _waited(process, timeout):
                process.kill(grace=0.5)
                return CommandOutcome(exit=None, detail=endless)
            with (state / "stdout").open("rb") as file:
                printed = file.read(_OUTPUT_BYTES).decode("utf-8", "replace")
            return CommandOutcome(exit=process.exit_code, stdout=printed)
        except OSError as error:
            return CommandOutcome(exit=None, detail=f"it could not be started: {error.strerror}")
        finally:
            discard(state)

    return run
