"""terraform's argument vectors. python-terraform writes them; it never runs anything here.

Its own way of running has no timeout, asks on a terminal, and leaves variables in ``/tmp``. So it gets no dictionary
(it would write a file), no folder (it would read a state), and its vectors go to our own process runner.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class TerraformCommands:
    """Builds one vector a command; each asks nobody and prints without colour."""

    def __init__(self) -> None:
        from python_terraform import IsFlagged, Terraform

        self._flag = IsFlagged
        self._builder = Terraform(working_dir=os.devnull)

    def init(self, backend_config: Sequence[str]) -> tuple[str, ...]:
        """Prepare the folder, with the backend that it names."""
        return self._vector("init", input=False, reconfigure=self._flag, backend_config=list(backend_config))

    def select_workspace(self, name: str) -> tuple[str, ...]:
        """Go to a workspace that exists."""
        return (*self._vector("workspace select"), name)

    def plan(
        self, *, out: Path | None, targets: Sequence[str], var_files: Sequence[str], lock_seconds: int
    ) -> tuple[str, ...]:
        """Compare; exit code 0 says that nothing is to be done, 2 that something is. ``out`` keeps the plan."""
        return self._vector(
            "plan",
            input=False,
            detailed_exitcode=self._flag,
            lock_timeout=f"{lock_seconds}s",
            out=out,
            target=list(targets),
            var_file=list(var_files),
        )

    def show(self, plan: Path) -> tuple[str, ...]:
        """Print a saved plan."""
        return self._vector("show", str(plan))

    def apply(self, plan: Path, *, lock_seconds: int) -> tuple[str, ...]:
        """Apply a saved plan, and nothing but it."""
        return self._vector("apply", str(plan), input=False, lock_timeout=f"{lock_seconds}s")

    def _vector(self, command: str, *arguments: str, **options: Any) -> tuple[str, ...]:
        return tuple(self._builder.generate_cmd_string(command, *arguments, no_color=self._flag, **options))
