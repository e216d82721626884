"""How the rollback was done: which way, in how many attempts, and how well."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.check import verification_passed
from rollback_gov.reports.fact import Derived, Fact, NotMeasured
from rollback_gov.reports.kept import completeness
from rollback_gov.reports.log import NOT_ENDED, OF_EACH_REGION, Log
from rollback_gov.reports.people import interventions
from rollback_gov.reports.permission import permission
from rollback_gov.reports.phases import PhaseFact
from rollback_gov.reports.steps import StepFact

WHAT_PEOPLE_DID = "what people did by hand or decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How the rollback was done. ``attempts`` counts the ways that were tried: one, and one more for each fall-back.

    A rollback that failed is not ``automated``: people have to finish it.
    """

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
        within_budget=_within_budget(log, ways),
        evidence_kept=completeness(log),
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
        else log.missing("no phase began")
    )


def _automated(log: Log, attempts: tuple[StepFact, ...]) -> Fact[bool]:
    if not log.finished:
        return NotMeasured(NOT_ENDED)
    if interventions(log, attempts):
        return Derived(False, WHAT_PEOPLE_DID)
    if log.finished["result"] == "failed":
        return Derived(False, "it failed: what remains is for people")
    return NotMeasured(OF_EACH_REGION) if log.is_regional else Derived(True, WHAT_PEOPLE_DID)


def _within_budget(log: Log, ways: tuple[PhaseFact, ...]) -> Fact[str]:
    judged = [way.within_budget for way in ways if not isinstance(way.within_budget, NotMeasured)]
    if not judged:
        return log.missing("no phase with a budget has ended")
    return Derived(f"{sum(1 for fact in judged if fact.value)} of {len(judged)}", "phases against their budgets")
