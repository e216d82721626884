"""The verification: what was expected, and what was seen."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.fact import Derived, Fact, NotMeasured, Seconds
from rollback_gov.reports.log import NOT_ENDED, Log


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFact:
    """One check: ``passed``, ``failed`` or ``unknown``; ``severity`` is ``fail`` or ``warn``."""

    check: str
    title: str
    result: str
    severity: str
    expected: str
    observed: str
    attempts: int
    seconds: Seconds


def checks(log: Log) -> tuple[CheckFact, ...]:
    """Give the checks that were evaluated, in order."""
    names = ("check", "title", "result", "severity", "expected", "observed", "attempts")
    return tuple(
        CheckFact(seconds=Seconds(data["seconds"]), **{name: data[name] for name in names})
        for data in log.data("check.finished")
    )


def verification_passed(log: Log) -> Fact[bool]:
    """Say whether the verification as a whole passed; unknown where it never ended."""
    ends = [data for data in log.data("phase.finished") if data["phase"] == "verification"]
    if not ends:
        return log.missing("it never came to the verification") if log.finished else NotMeasured(NOT_ENDED)
    return Derived(ends[-1]["result"] == "passed", "all checks that count")
