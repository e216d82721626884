"""What came of one try of an action."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from rollback_gov.model.observation import Observation
from rollback_gov.model.record import Record


class Ending(StrEnum):
    """How a try ended."""

    DONE = "done"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    """It could not be tried, or the answer made no sense: ``detail`` says why."""
    DENIED = "denied"
    LOST = "lost"
    """It ran and nobody knows what came of it."""


class Outcome(Record):
    """One try: how it ended and what there is to look at. ``stdout`` and ``body`` hold at most 1 MiB."""

    ending: Ending = Ending.DONE
    exit: int | None = None
    status: int | None = None
    stdout: str = ""
    stderr: str = ""
    reading: Observation | None = None
    detail: str = ""


class Verdict(StrEnum):
    """What a condition says. Unknown is never taken for passed or failed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class CheckResult(Record, kw_only=False):
    """One condition: what was expected, what was seen. ``assumed``: no plan asks for it, such as exit code 0."""

    expected: str
    observed: str
    verdict: Verdict
    assumed: bool = field(default=False, compare=False)

    @property
    def record(self) -> dict[str, object]:
        """As the journal keeps it."""
        return {"expected": self.expected, "observed": self.observed, "passed": self.verdict is Verdict.PASSED}


def telling(results: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """Leave out what was only assumed and held, where something else says more."""
    more = tuple(result for result in results if not result.assumed or result.verdict is not Verdict.PASSED)
    return more or results


def overall(results: tuple[CheckResult, ...]) -> Verdict:
    """All conditions together: failed if one failed, else unknown if one is unknown."""
    verdicts = {result.verdict for result in results}
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.PASSED
