"""RG120, RG122, RG123: what runs by itself, and where people decide."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG120",
    "A step is done by hand",
    from_level=3,
    warn_from=2,
    page=Page(
        what="A step of `phases` or `recovery` is `manual`. From level 3 on all of it runs by itself; people work by "
        "hand in the forward fix and in the last resort only.",
        why="By hand it takes longer each time, differs each time, and waits for somebody who is asleep.",
        bad="steps:\n  - {id: weight, manual: Set the weight of the new pool to 0}",
        good="steps:\n  - {id: weight, run: ./set-weight.sh new 0, timeout: 30s}",
    ),
)
def manual_step(subject: Subject) -> Iterator[Finding]:
    """Look at the phases that a rollback goes through."""
    for path, phase, step in subject.plan.every_step():
        if step.action == "manual" and path[0] in ("phases", "recovery"):
            yield subject.finding(
                (*path, "manual"),
                f"Step '{step.id}' of phase '{phase.id}' is done by hand.",
                "Automate it; where a person must decide, use a `gate`.",
                at_key=True,
            )


@rule(
    "RG122",
    "A gate waits for ever",
    severity=Severity.WARNING,
    from_level=2,
    page=Page(
        what="A `gate` has no `deadline`.",
        why="When nobody answers, the rollback stands still without anybody being told.",
        bad='steps:\n  - {id: go, gate: "Restore the database?"}',
        good='steps:\n  - {id: go, gate: {ask: "Restore the database?", deadline: 5m, on_deadline: escalate}}',
    ),
)
def gate_without_deadline(subject: Subject) -> Iterator[Finding]:
    """Look at every gate."""
    for path, _, step in subject.plan.every_step():
        if step.gate is not None and step.gate.deadline is None:
            yield subject.finding(
                (*path, "gate"),
                f"The gate '{step.id}' waits for ever when nobody answers.",
                "Add `deadline:`, and `on_deadline:` if silence should not mean no.",
                at_key=True,
            )


@rule(
    "RG123",
    "No gate where people decide",
    severity=Severity.WARNING,
    from_level=4,
    page=Page(
        what="At level 4 a rollback runs by itself and stops where people must decide: a `gate` step, a `terraform` "
        "step with `approval: gate`, or `regions.strategy.gate_between: approval`. The plan has none of them.",
        why="What a mistaken rollback of several regions can break is worth a minute of a second pair of eyes.",
        bad="regions: {order: [eu, us], strategy: {gate_between: none}}\n# and no gate step",
        good="regions: {order: [eu, us], strategy: {gate_between: approval}}",
    ),
)
def no_gate(subject: Subject) -> Iterator[Finding]:
    """Look for any gate."""
    plan = subject.plan
    between = plan.regions is not None and plan.regions.strategy.gate_between == "approval"
    asks = (step.gate or (step.terraform and step.terraform.approval == "gate") for _, _, step in plan.every_step())
    if not between and not any(asks):
        yield subject.finding(
            LEVEL,
            "No step of the plan lets a person decide.",
            "Add a `gate` step where one must, or `regions.strategy.gate_between: approval`.",
        )
