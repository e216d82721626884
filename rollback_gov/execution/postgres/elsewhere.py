"""Steps that began on another machine: there is no orphan to look at here, so nothing may be concluded from that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rollback_gov.execution.state import fold
from rollback_gov.model.event import Event

EPOCH = "epoch"
_NOBODY = "elsewhere\n0 (elsewhere) " + " ".join(["X", *["0"] * 20]) + "\n"
"""What a shim writes about itself, of a process that is nowhere."""


def take_over(state_folder: Path, events: Sequence[Event], epoch: int) -> None:
    """Note that this folder serves the owner of that epoch from now on.

    When it did not serve the one before, an open step without a trace here is unknown, and not "never started": its
    trace is where it ran.
    """
    state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    served = state_folder / EPOCH
    before = served.read_text(encoding="ascii") if served.exists() else ""
    if before != str(epoch - 1):
        _mark(state_folder, events)
    part = served.with_suffix(".part")
    part.write_text(str(epoch), encoding="ascii")
    part.rename(served)


def _mark(state_folder: Path, events: Sequence[Event]) -> None:
    for path, step in fold(events).steps.items():
        attempt = state_folder / f"{path.replace('/', '.')}.{step.attempt}"
        if step.is_open and not attempt.exists():
            state = attempt / "00001"
            state.mkdir(mode=0o700, parents=True)
            (state / "process").write_text(_NOBODY, encoding="ascii")
