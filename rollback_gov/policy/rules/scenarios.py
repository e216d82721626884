"""RG107, RG108, RG121: partial rollbacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rollback_gov.model.finding import Finding, Fix, Severity
from rollback_gov.model.plan import Plan, Scenario
from rollback_gov.policy.budgets import more_than, planned_scenario
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG107",
    "A scenario takes longer than it says",
    from_level=2,
    page=Page(
        what="The budgets of the phases that a scenario runs add up to more than the scenario's `sla`. A selection of "
        "steps counts with their timeouts, where all of them have one.",
        why="A scenario is chosen in a hurry, and mostly because it is said to be fast.",
        bad="scenarios:\n  - id: database-only\n    phases: [database, cache, traffic, verification]   # 3m+2m+2m+2m\n"
        "    sla: 8m",
        good="scenarios:\n  - id: database-only\n    phases: [database, cache, traffic, verification]   # 3m+2m+2m+2m\n"
        "    sla: 9m",
    ),
)
def scenario_over_sla(subject: Subject) -> Iterator[Finding]:
    """Add up what each scenario runs."""
    for number, scenario in enumerate(subject.plan.scenarios):
        total = planned_scenario(subject.plan, scenario)
        if scenario.sla is not None and total > scenario.sla:
            yield subject.finding(
                ("scenarios", number, "sla"),
                f"The phases of scenario '{scenario.id}' add up to {total}, "
                f"{more_than(total, scenario.sla)} more than its SLA of {scenario.sla}.",
                f"Say {total}, or run less.",
            )


@rule(
    "RG108",
    "A scenario does not say how long it takes",
    severity=Severity.WARNING,
    from_level=3,
    page=Page(
        what="A scenario has no `sla`.",
        why="Whoever chooses between a full and a partial rollback compares how long they take.",
        bad="scenarios:\n  - {id: application-only, phases: [application, verification]}",
        good="scenarios:\n  - {id: application-only, phases: [application, verification], sla: 8m}",
    ),
)
def scenario_without_sla(subject: Subject) -> Iterator[Finding]:
    """Look at each scenario."""
    for number, scenario in enumerate(subject.plan.scenarios):
        if scenario.sla is None:
            total = planned_scenario(subject.plan, scenario)
            found = subject.finding(
                ("scenarios", number, "id"),
                f"Scenario '{scenario.id}' does not say how long it takes.",
                f"Add `sla:`; the budgets of its phases add up to {total}.",
            )
            fix = Fix(path=("scenarios", number, "sla"), value=str(total))
            yield replace(found, fix=fix if _is_counted(subject.plan, scenario) else None)


def _is_counted(plan: Plan, scenario: Scenario) -> bool:
    """Whether each of its phases has a budget, so that their sum is how long it may take."""
    budgets = {phase.id: phase.budget for phase in plan.phases} | {"verification": plan.verification.budget}
    return all(budgets.get(selection.id) is not None for selection in scenario.phases)


@rule(
    "RG121",
    "There is no partial rollback",
    from_level=3,
    page=Page(
        what="From level 3 on a plan needs at least one scenario.",
        why="Not every failure needs the whole rollback: turning off one feature takes seconds and loses nothing.",
        bad="metadata: {level: 3}\n# no scenarios",
        good="scenarios:\n  - id: application-only\n    use_when: The schema is fine, the application has bugs\n"
        "    phases: [application, verification]\n    sla: 8m",
    ),
)
def no_scenario(subject: Subject) -> Iterator[Finding]:
    """Ask for one."""
    if not subject.plan.scenarios:
        yield subject.finding(
            LEVEL,
            "The plan has no scenario for a partial rollback.",
            "Add `scenarios:` with at least one: an id, when to use it, its phases and its SLA.",
        )
