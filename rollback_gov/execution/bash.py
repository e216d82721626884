"""Running one script or program to its end: stream its output, keep its deadline, stop when asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.output import RAW_BYTES, OutputStream
from rollback_gov.execution.proc import holders
from rollback_gov.execution.process import HURRIED_GRACE, Process, Program, discard, start
from rollback_gov.model.record import Record
from rollback_gov.sources.interface import CommandOutcome

CAPTURED_BYTES = 1_048_576
_CUT_OFF = (Ending.TIMEOUT, Ending.INTERRUPTED)
_FIRST_POLL, _LONGEST_POLL = 0.002, 0.1
_FLOODED_POLL = 0.01
"""Seconds in which a script that prints a gigabyte a second writes no more than a few megabytes."""
_probe_numbers = count(1)


class Outputs(Record):
    """Where a script's masked output goes, and who sees it."""

    stdout: Path
    stderr: Path
    show: Callable[[str], None]
    append: bool = False
    """Keep what lies there already: it is of a program before this one."""
    raw_limit: int | None = RAW_BYTES
    """Bytes of raw output on disk; None where all of it is wanted."""


def run_script(context: Context, script: Program, *, state: Path, deadline: float | None, outputs: Outputs) -> Outcome:
    """Start it and see it through. ``deadline`` is on the steady clock, in seconds; None means none."""
    try:
        process = start(state, script)
    except (OSError, ValueError) as error:
        discard(state)
        return Outcome(ending=Ending.ERROR, detail=f"The script could not be started: {_reason(error)}.")
    return see_through(context, process, deadline=deadline, outputs=outputs)


def see_through(context: Context, process: Process, *, deadline: float | None, outputs: Outputs) -> Outcome:
    """Wait for a script that runs, whoever started it. Its raw output stays until the caller wrote down the end."""
    with (
        closing(_stream(context, process.state / "stdout", outputs.stdout, outputs)) as stdout,
        closing(_stream(context, process.state / "stderr", outputs.stderr, outputs)) as stderr,
    ):
        ending = _follow(context, process, deadline, (stdout, stderr))
        if process.shim_was_killed:
            process.kill()
        code = process.exit_code
        for stream in (stdout, stderr):
            stream.pump(final=True)
        return Outcome(
            ending=ending,
            exit=code if ending is Ending.DONE else None,
            stdout=stdout.head(CAPTURED_BYTES),
            stderr=stderr.head(CAPTURED_BYTES),
            detail=_escaped(process.state) if ending in _CUT_OFF else "",
        )


def _escaped(state: Path) -> str:
    """Say what was to be ended and could not be: a daemon leaves the group, and nobody may guess whose it is."""
    left = ", ".join(holders(state))
    return f"it was ended, and what it started in a session of its own still runs: {left}" if left else ""


def _stream(context: Context, raw: Path, kept: Path, outputs: Outputs) -> OutputStream:
    return OutputStream(raw, kept, context.masker, outputs.show, append=outputs.append, raw_limit=outputs.raw_limit)


def _reason(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)


def _follow(context: Context, process: Process, deadline: float | None, streams: tuple[OutputStream, ...]) -> Ending:
    pause = _FIRST_POLL
    while process.exit_code is None:
        context.tick()
        if process.is_gone:
            return Ending.LOST
        if context.stop.requested:
            process.kill(grace=HURRIED_GRACE)
            return Ending.INTERRUPTED
        if deadline is not None and context.clock.monotonic() >= deadline:
            process.kill()
            return Ending.TIMEOUT
        process.wait(pause)
        flooded = [stream.pump() for stream in streams]
        pause = _FLOODED_POLL if any(flooded) else min(pause * 2, _LONGEST_POLL)
    return Ending.DONE


def ask_script(context: Context, text: str, *, name: str, timeout: float) -> Outcome:
    """Run a short script that answers a question; its output is kept under ``outputs/`` and not shown."""
    return ask_program(context, context.script(text), name=name, timeout=timeout)


def ask_program(context: Context, program: Program, *, name: str, timeout: float) -> Outcome:
    """Run a program that answers a question; its output is kept under ``outputs/`` and not shown."""
    stem = _new_stem(context, name)
    kept = context.folder / "outputs"
    outputs = Outputs(stdout=kept / f"{stem}.out", stderr=kept / f"{stem}.err", show=lambda _text: None)
    state = context.state_folder / stem
    deadline = context.clock.monotonic() + timeout
    try:
        return run_script(context, program, state=state, deadline=deadline, outputs=outputs)
    finally:
        discard(state)


def _new_stem(context: Context, name: str) -> str:
    """Name a probe as none before it in this run, not even one of a process that was killed."""
    while True:
        stem = f"probe-{next(_probe_numbers):04d}-{name}"
        if not (context.state_folder / stem).exists() and not (context.folder / "outputs" / f"{stem}.out").exists():
            return stem


def run_metric(context: Context, script: str, *, timeout: float) -> CommandOutcome:
    """Run a plan's command for a metric source (``exec``)."""
    outcome = ask_script(context, script, name="metric", timeout=timeout)
    detail = "" if outcome.ending is Ending.DONE else outcome.detail or outcome.ending.value
    return CommandOutcome(exit=outcome.exit, stdout=outcome.stdout, detail=detail)
