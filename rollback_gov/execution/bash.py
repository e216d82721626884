"""Running one script to its end: stream its output, keep its deadline, stop when asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.output import OutputStream
from rollback_gov.execution.process import Process, Script, discard, start
from rollback_gov.sources.interface import CommandOutcome

CAPTURED_BYTES = 1_048_576
_FIRST_POLL, _LONGEST_POLL = 0.002, 0.1
_probe_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where a script's masked output goes, and who sees it."""

    stdout: Path
    stderr: Path
    show: Callable[[str], None]


def run_script(context: Context, script: Script, *, state: Path, deadline: float | None, outputs: Outputs) -> Outcome:
    """Start a script and see it through. ``deadline`` is on the steady clock, in seconds; None means none."""
    try:
        process = start(state, script)
    except OSError as error:
        discard(state)
        return Outcome(ending=Ending.ERROR, detail=f"The script could not be started: {error.strerror or error}.")
    return see_through(context, process, deadline=deadline, outputs=outputs)


def see_through(context: Context, process: Process, *, deadline: float | None, outputs: Outputs) -> Outcome:
    """Wait for a script that runs, whoever started it. Its raw output stays until the caller wrote down the end."""
    streams = (
        OutputStream(process.state / "stdout", outputs.stdout, context.masker, outputs.show),
        OutputStream(process.state / "stderr", outputs.stderr, context.masker, outputs.show),
    )
    ending = _follow(context, process, deadline, streams)
    code = process.exit_code
    for stream in streams:
        stream.pump(final=True)
    return Outcome(
        ending=ending,
        exit=code if ending is Ending.DONE else None,
        stdout=_read(process.state / "stdout"),
        stderr=_read(process.state / "stderr"),
    )


def _follow(context: Context, process: Process, deadline: float | None, streams: tuple[OutputStream, ...]) -> Ending:
    pause = _FIRST_POLL
    while process.exit_code is None:
        if process.is_gone:
            return Ending.LOST
        if context.stop.requested:
            process.kill()
            return Ending.INTERRUPTED
        if deadline is not None and context.clock.monotonic() >= deadline:
            process.kill()
            return Ending.TIMEOUT
        process.wait(pause)
        pause = min(pause * 2, _LONGEST_POLL)
        for stream in streams:
            stream.pump()
    return Ending.DONE


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(CAPTURED_BYTES).decode("utf-8", "replace")


def ask_script(context: Context, text: str, *, name: str, timeout: float) -> Outcome:
    """Run a short script that answers a question; its output is kept under ``outputs/`` and not shown."""
    number = f"{next(_probe_numbers):04d}"
    kept = context.folder / "outputs"
    outputs = Outputs(
        stdout=kept / f"probe-{number}-{name}.out", stderr=kept / f"probe-{number}-{name}.err", show=lambda _text: None
    )
    state = context.state_folder / f"probe-{os.getpid()}-{number}"
    deadline = context.clock.monotonic() + timeout
    try:
        return run_script(context, context.script(text), state=state, deadline=deadline, outputs=outputs)
    finally:
        discard(state)


def run_metric(context: Context, script: str, *, timeout: float) -> CommandOutcome:
    """Run a plan's command for a metric source (``exec``)."""
    outcome = ask_script(context, script, name="metric", timeout=timeout)
    detail = "" if outcome.ending is Ending.DONE else outcome.detail or outcome.ending.value
    return CommandOutcome(exit=outcome.exit, stdout=outcome.stdout, detail=detail)
