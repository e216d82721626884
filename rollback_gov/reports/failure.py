"""What failed on the way, why, and what the run did about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rollback_gov.reports.fact import Fact
from rollback_gov.reports.log import NOT_ENDED, Log
from rollback_gov.reports.phases import PhaseFact
from rollback_gov.reports.steps import StepFact

_FAILED = frozenset({"failed", "timeout", "denied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure. ``logs`` are files in the incident folder; ``then`` says what followed."""

    at: Fact[str]
    phase: str
    step: str
    result: str
    error: str
    logs: tuple[str, ...]
    then: str


def failures(attempts: tuple[StepFact, ...], phases: tuple[PhaseFact, ...], log: Log) -> tuple[Failure, ...]:
    """Give the failed steps, those that were made good by another try or way too, and the failed checks."""
    return (*_of_steps(attempts, phases), *_of_checks(log))


def _of_steps(attempts: tuple[StepFact, ...], phases: tuple[PhaseFact, ...]) -> Iterator[Failure]:
    latest = {step.path: number for number, step in enumerate(attempts)}
    ways_of: dict[str, list[PhaseFact]] = {}
    for phase in phases:
        ways_of.setdefault(phase.path, []).append(phase)
    for number, step in enumerate(attempts):
        if step.result not in _FAILED:
            continue
        path = "/".join(step.path.split("/")[:2])
        ways, again = ways_of.get(path, []), latest[step.path] > number
        yield Failure(
            at=step.ended,
            phase=ways[0].title if ways else path,
            step=step.path,
            result=step.result,
            error=step.detail,
            logs=tuple(name for name in (step.stdout, step.stderr) if name),
            then="it was tried again" if again else _followed(step, ways),
        )


def _followed(step: StepFact, ways: list[PhaseFact]) -> str:
    for number, way in enumerate(ways):
        if way.alternative and not step.path.startswith(f"{way.path}/{way.alternative}/"):
            continue
        if number + 1 < len(ways):
            return f"the phase went on with alternative '{ways[number + 1].alternative}'"
        return {"passed": "the plan went on in spite of it", "failed": "the phase failed"}.get(way.result, NOT_ENDED)
    return NOT_ENDED


def _of_checks(log: Log) -> Iterator[Failure]:
    for event in log.all("check.finished"):
        data = event.data
        if data["result"] != "passed":
            weighty = data["severity"] == "fail"
            yield Failure(
                at=log.when(event),
                phase="Verification",
                step=data["check"],
                result=data["result"],
                error=f"expected {data['expected']}, saw {data['observed']}",
                logs=(),
                then="the verification failed" if weighty else "it is a warning only",
            )
