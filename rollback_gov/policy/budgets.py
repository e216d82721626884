"""How long a plan says that it takes."""

from __future__ import annotations

from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Plan, Scenario, Selection
from rollback_gov.model.step import Phase

NOTHING = Duration(0)


def planned(plan: Plan) -> Duration:
    """Add up the budgets of the capture (where it captures anything), the phases and the verification."""
    capture = plan.capture.budget if plan.capture.items else NOTHING
    verification = plan.verification.budget or NOTHING
    return sum((phase.budget or NOTHING for phase in plan.phases), capture + verification)


def planned_scenario(plan: Plan, scenario: Scenario) -> Duration:
    """Add up what a scenario takes of the budgets. The capture is nobody's choice and does not count here."""
    phases = {phase.id: phase for phase in plan.phases}
    total = NOTHING
    for selection in scenario.phases:
        if selection.id in phases:
            total += _selected(phases[selection.id], selection)
        else:
            total += plan.verification.budget or NOTHING
    return total


def _selected(phase: Phase, selection: Selection) -> Duration:
    """Some steps of a phase take no longer than their timeouts together, and never longer than the phase."""
    budget = phase.budget or NOTHING
    limits = [step.timeout or step.wait for step in phase.all_steps if step.id in selection.steps]
    known = [limit for limit in limits if limit is not None]
    if not limits or len(known) < len(limits):
        return budget
    return min(budget, sum(known, NOTHING))


def more_than(longer: Duration, shorter: Duration) -> Duration:
    """By how much one span is longer than another."""
    return Duration(longer.milliseconds - shorter.milliseconds)
