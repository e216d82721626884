"""RG100 to RG106: the SLA, and budgets that fit into it."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.budgets import more_than, planned
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG100",
    "The SLA is longer than the level allows",
    from_level=2,
    per_level=True,
    page=Page(
        what="The plan's `sla` is longer than that of its level: 30 minutes at level 2, 15 at level 3, and 10 for each "
        "region at level 4, or what the policy says.",
        why="The level is a promise to those who depend on the service; a plan may promise more, never less.",
        bad="metadata: {level: 3}\nsla: 20m",
        good="metadata: {level: 3}\nsla: 15m",
    ),
)
def sla_over_level(subject: Subject) -> Iterator[Finding]:
    """Compare the plan's SLA with the level's."""
    own, allowed = subject.plan.sla, subject.requirements.sla
    if own is not None and own > allowed:
        yield subject.finding(
            ("sla",),
            f"The SLA of {own} is {more_than(own, allowed)} more than the {allowed} of level "
            f"{subject.requirements.level}.",
            f"Make it at most {allowed}, or leave it out.",
        )


@rule(
    "RG101",
    "A phase has no budget",
    from_level=3,
    warn_from=2,
    page=Page(
        what="A phase of the procedure or of the forward fix has no `budget`. Phases of `recovery` and `last_resort` "
        "are outside the SLA and need none.",
        why="Without budgets nobody knows whether the plan fits its SLA, and during a rollback nobody sees that a "
        "phase takes too long until the SLA is broken.",
        bad="phases:\n  - id: undo\n    steps: [{id: undo, run: ./undo.sh, timeout: 2m}]",
        good="phases:\n  - id: undo\n    budget: 3m\n    steps: [{id: undo, run: ./undo.sh, timeout: 2m}]",
    ),
)
def phase_without_budget(subject: Subject) -> Iterator[Finding]:
    """Look at the phases that count into the SLA."""
    for path, phase in subject.plan.every_phase():
        if phase.budget is None and path[0] in ("phases", "point_of_no_return"):
            yield subject.finding(
                (*path, "id"), f"Phase '{phase.id}' has no budget.", "Add `budget:` with the time it may take."
            )


@rule(
    "RG102",
    "The verification has no budget",
    from_level=3,
    page=Page(
        what="`verification` has no `budget`.",
        why="The SLA ends when the rollback is verified, so the time for it counts like that of a phase.",
        bad="verification:\n  checks: [{id: health, run: ./health.sh}]",
        good="verification:\n  budget: 2m\n  checks: [{id: health, run: ./health.sh}]",
    ),
)
def verification_without_budget(subject: Subject) -> Iterator[Finding]:
    """Ask for it where there is something to verify."""
    verification = subject.plan.verification
    if verification.budget is None and (verification.checks or verification.manual):
        yield subject.finding(
            ("verification",),
            "The verification has no budget.",
            "Add `budget:` with the time that all checks may take.",
            at_key=True,
        )


@rule(
    "RG103",
    "The budgets exceed the SLA",
    from_level=2,
    per_level=True,
    page=Page(
        what="The budgets of the capture, of all phases and of the verification add up to more than the SLA.",
        why="If every phase takes no longer than it may, the SLA is still broken. Rollback plans that add up their own "
        "times get the sum wrong surprisingly often.",
        bad="sla: 15m\nphases:\n  - {id: database, budget: 10m, steps: […]}\n  - {id: application, budget: 7m, "
        "steps: […]}",
        good="sla: 15m\nphases:\n  - {id: database, budget: 8m, steps: […]}\n  - {id: application, budget: 5m, "
        "steps: […]}",
    ),
)
def budgets_over_sla(subject: Subject) -> Iterator[Finding]:
    """Add up and compare."""
    total = planned(subject.plan)
    if total > subject.sla:
        yield subject.finding(
            ("sla",) if subject.plan.sla else LEVEL,
            f"The budgets add up to {total}, {more_than(total, subject.sla)} more than the SLA of {subject.sla}.",
            "Shorten phases, run steps together, or move clean-up to `recovery`.",
        )


@rule(
    "RG104",
    "The budgets leave no buffer",
    severity=Severity.WARNING,
    from_level=2,
    per_level=True,
    page=Page(
        what="The budgets of the capture, of all phases and of the verification add up to exactly the SLA.",
        why="One second of delay anywhere breaks the SLA, and something is always late at 3 a.m.",
        bad="sla: 15m\nphases: [{id: undo, budget: 13m, steps: […]}]\nverification: {budget: 2m, checks: […]}",
        good="sla: 15m\nphases: [{id: undo, budget: 11m, steps: […]}]\nverification: {budget: 2m, checks: […]}",
    ),
)
def no_buffer(subject: Subject) -> Iterator[Finding]:
    """Add up and compare."""
    if planned(subject.plan) == subject.sla:
        yield subject.finding(
            ("sla",) if subject.plan.sla else LEVEL,
            f"The budgets add up to {subject.sla}, which is the whole SLA and leaves no buffer.",
            "Leave a minute or more between the sum of the budgets and the SLA.",
        )


@rule(
    "RG105",
    "A step may take longer than its phase",
    from_level=2,
    page=Page(
        what="A step's `timeout`, `wait` or `until.within` is longer than the budget of the phase that holds it.",
        why="The step can use up more than the whole phase before anything notices.",
        bad="- id: undo\n  budget: 3m\n  steps: [{id: undo, run: ./undo.sh, timeout: 5m}]",
        good="- id: undo\n  budget: 3m\n  steps: [{id: undo, run: ./undo.sh, timeout: 2m}]",
    ),
)
def step_over_budget(subject: Subject) -> Iterator[Finding]:
    """Compare each limit of each step with the budget around it. Time at gates is measured apart."""
    for path, phase, step in subject.plan.every_step():
        limits: list[tuple[str, Duration | None]] = [("timeout", step.timeout), ("wait", step.wait)]
        limits.append(("until", step.until.within if step.until else None))
        for key, limit in limits:
            if limit is not None and phase.budget is not None and limit > phase.budget:
                yield subject.finding(
                    (*path, "until", "within") if key == "until" else (*path, key),
                    f"Step '{step.id}' may take {limit}, {more_than(limit, phase.budget)} more than the budget of "
                    f"phase '{phase.id}' ({phase.budget}).",
                    f"Make it at most {phase.budget}, or give the phase more.",
                )


@rule(
    "RG106",
    "The run is stopped before its budgets end",
    severity=Severity.WARNING,
    from_level=2,
    page=Page(
        what="`timeout.after` is shorter than the sum of the budgets.",
        why="A rollback in which every phase keeps its budget would still meet the limit of the whole run.",
        bad="timeout: {after: 5m, then: stop}\nphases: [{id: undo, budget: 8m, steps: […]}]",
        good="timeout: {after: 15m, then: escalate}\nphases: [{id: undo, budget: 8m, steps: […]}]",
    ),
)
def timeout_under_budgets(subject: Subject) -> Iterator[Finding]:
    """Compare the whole run's limit with the sum of the budgets."""
    timeout, total = subject.plan.timeout, planned(subject.plan)
    if timeout is not None and timeout.after < total:
        yield subject.finding(
            ("timeout", "after"),
            f"The run is limited to {timeout.after}, and its budgets add up to {total}.",
            f"Give it at least {total}.",
        )
