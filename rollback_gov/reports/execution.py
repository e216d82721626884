"""How the rollback was done: which way, in how many attempts, and how well."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.check import verification_passed
from rollback_gov.reports.fact import Derived, Fact, NotMeasured
from rollback_gov.reports.kept import captures, completeness
from rollback_gov.reports.log import NOT_ENDED, Log
from rollback_gov.reports.people import interventions
from rollback_gov.reports.permission import permission
from rollback_gov.reports.phases import PhaseFact
from rollback_gov.reports.steps import StepFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How the rollback was done. ``attempts`` counts the ways that were tried: one, and one more for each fall-back."""

    forward_fix: Fact[bool]
    attempts: Fact[int]
    automated: Fact[bool]
    verification_passed: Fact[bool]
    within_budget: Fact[str]
    evidence_kept: Fact[str]


def execution(log: Log, attempts: tuple[StepFact, ...], ways: tuple[PhaseFact, ...]) -> Execution:
    """Judge the run by what its steps and phases did."""
    return Execution(
        forward_fix=_forward_fix(log),
        attempts=_attempts(log),
        automated=_automated(log, attempts),
        verification_passed=verification_passed(log),
        within_budget=_within_budget(ways),
        evidence_kept=completeness(captures(log)),
    )


def _forward_fix(log: Log) -> Fact[bool]:
    if log.finished:
        return Derived(bool(log.finished["forward_fix"]), "journal, run.finished")
    passed = permission(log).point_of_no_return
    if isinstance(passed, NotMeasured):
        return NotMeasured(NOT_ENDED)
    return Derived(passed.value == "yes", "the point of no return")


def _attempts(log: Log) -> Fact[int]:
    ways = [data["phase"] for data in log.data("phase.started")]
    return (
        Derived(1 + len(ways) - len(set(ways)), "alternatives that were begun")
        if ways
        else NotMeasured("no phase began")
    )


def _automated(log: Log, attempts: tuple[StepFact, ...]) -> Fact[bool]:
    if not log.finished:
        return NotMeasured(NOT_ENDED)
    return Derived(not interventions(log, attempts), "what people did by hand or decided")


def _within_budget(ways: tuple[PhaseFact, ...]) -> Fact[str]:
    judged = [way.within_budget for way in ways if not isinstance(way.within_budget, NotMeasured)]
    if not judged:
        return NotMeasured("no phase with a budget has ended")
    return Derived(f"{sum(1 for fact in judged if fact.value)} of {len(judged)}", "phases against their budgets")
