"""What the command line gives to whatever is run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TextIO

from rollback_gov.execution.clock import Clock, SystemClock
from rollback_gov.execution.console import Console, SilentConsole
from rollback_gov.execution.heard import Hear
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.stop import Stop
from rollback_gov.model.record import Record

LEASE_VARIABLE = "ROLLBACK_GOV_LEASE"


class World(Record):
    """What the command line gives: clock, terminal, environment variables, who is there, and the wish to stop."""

    person: str
    environ: Mapping[str, str]
    console: Console = field(default_factory=SilentConsole)
    clock: Clock = field(default_factory=SystemClock)
    stop: Stop = field(default_factory=Stop)
    hear: Hear = field(default=lambda _event: None)
    """Told of every event of the run's journal, also of those before a resume."""
    patience: float = 0.0
    """Seconds for which a refusal waits for somebody elsewhere, with nobody at the terminal."""
    leisure: float = 0.0
    """Seconds for which the checklist after a rollback waits for somebody elsewhere; only where a person said so."""
    masker: Masker = field(default_factory=Masker)
    """One for all regions: a secret that is learned in one of them is a secret in all."""
    aside: TextIO = field(default_factory=lambda: sys.stderr)
    """Where lines of the journal go for which the disk has no room."""
    fence: Callable[[], None] | None = None
    """Asked before every attempt of a step whether the rollback is still this process' to do; raises when it is not.
    None where nobody holds a lease yet."""
    leases: str = ""
    """Where the lease of a rollback is kept, as a person said; beside the watch otherwise."""
    mirror: str = ""
    """Where the journal is copied to, as a person said; otherwise what the environment says."""


def leases_of(world: World) -> str:
    """Give where leases are kept as somebody said it; empty for beside the watch."""
    return world.leases or world.environ.get(LEASE_VARIABLE, "")
