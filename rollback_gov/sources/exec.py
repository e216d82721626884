"""``exec``: a command that prints a number."""

from __future__ import annotations

from collections.abc import Callable

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation
from rollback_gov.sources.client import Client
from rollback_gov.sources.interface import CommandRunner
from rollback_gov.sources.number import observe


class Exec:
    """Runs a command through the runner that ``runner`` gives; without one nothing runs."""

    def __init__(self, client: Client, runner: Callable[[], CommandRunner | None]) -> None:
        self._client = client
        self._runner = runner

    def read(self, query: Query, at: float) -> Observation:
        """Run the command; each run is a new sample. Its whole output must be one number."""
        if not query.run:
            return Error("the query has no command: give it a `run`")
        run = self._runner()
        if run is None:
            return Error("commands may not be run here")
        outcome = run(query.run, timeout=self._client.timeout(query).seconds)
        if outcome.exit is None:
            return Error(f"the command did not end: {outcome.detail}")
        if outcome.exit != 0:
            return Error(f"the command ended with exit code {outcome.exit}")
        return observe(outcome.stdout, at)

    def close(self) -> None:
        """Nothing to let go of: each command has ended when its number is read."""
