"""RG150 to RG154: how a rehearsal is done."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Path, Subject

PATH: Path = ("rehearsal",)


@rule(
    "RG150",
    "The plan does not say how a rehearsal deploys the change",
    from_level=3,
    warn_from=2,
    page=Page(
        what="`rehearsal.deploy` is missing.",
        why="A rollback of something that was never deployed proves nothing, so a rehearsal deploys the change first.",
        bad="metadata: {level: 3}\n# no rehearsal",
        good='rehearsal:\n  deploy: {run: ./deploy.sh --env "$ENVIRONMENT" --version v2.1, timeout: 5m}',
    ),
)
def no_deploy(subject: Subject) -> Iterator[Finding]:
    """Ask for it."""
    rehearsal = subject.plan.rehearsal
    if rehearsal is None or rehearsal.deploy is None:
        yield subject.finding(
            subject.section("rehearsal"),
            "The plan does not say how a rehearsal deploys the change.",
            "Add `rehearsal.deploy:` with the command that does it in the environment $ENVIRONMENT.",
            at_key=True,
        )


@rule(
    "RG151",
    "No failure is injected that a trigger must notice",
    from_level=3,
    page=Page(
        what="`rehearsal.simulate_failure` is missing, or has no `expect_trigger`.",
        why="Only an injected failure shows that the trigger fires and that the rollback starts by itself.",
        bad="rehearsal:\n  deploy: {run: ./deploy.sh}",
        good="rehearsal:\n  deploy: {run: ./deploy.sh}\n"
        "  simulate_failure: {run: ./simulate-failure.sh, expect_trigger: error-rate}",
    ),
)
def no_injection(subject: Subject) -> Iterator[Finding]:
    """Look for the injection and for what must notice it."""
    injection = subject.plan.rehearsal.simulate_failure if subject.plan.rehearsal else None
    if injection is None:
        yield subject.finding(
            subject.section("rehearsal"),
            "No rehearsal injects a failure.",
            "Add `rehearsal.simulate_failure:` with `run` and `expect_trigger`.",
            at_key=True,
        )
    elif not injection.expect_trigger:
        yield subject.finding(
            (*PATH, "simulate_failure"),
            "The injected failure names no trigger that must fire because of it.",
            "Add `expect_trigger:` with the id of a trigger.",
            at_key=True,
        )


@rule(
    "RG152",
    "Nobody takes part in the rehearsal",
    from_level=3,
    page=Page(
        what="`rehearsal.participants` is empty.",
        why="A rehearsal trains people as much as it tests commands.",
        bad="rehearsal: {deploy: {run: ./deploy.sh}}",
        good="rehearsal: {deploy: {run: ./deploy.sh}, participants: [engineering, sre]}",
    ),
)
def no_participants(subject: Subject) -> Iterator[Finding]:
    """Ask for them."""
    if subject.plan.rehearsal is None or not subject.plan.rehearsal.participants:
        yield subject.finding(
            subject.section("rehearsal"),
            "The plan does not say who takes part in a rehearsal.",
            "Add `rehearsal.participants:`.",
            at_key=True,
        )


@rule(
    "RG153",
    "Stakeholders do not take part in the rehearsal",
    severity=Severity.WARNING,
    from_level=4,
    page=Page(
        what="Somebody under `communication.stakeholders` is not among `rehearsal.participants` (the word "
        "`stakeholders` stands for all of them).",
        why="At level 4 stakeholders acknowledge the rehearsal; they cannot without being there.",
        bad="communication: {stakeholders: [support]}\nrehearsal: {participants: [sre]}",
        good="communication: {stakeholders: [support]}\nrehearsal: {participants: [sre, support]}",
    ),
)
def absent_stakeholders(subject: Subject) -> Iterator[Finding]:
    """Compare the two lists."""
    participants = subject.plan.rehearsal.participants if subject.plan.rehearsal else ()
    absent = [name for name in subject.plan.communication.stakeholders if name not in participants]
    if participants and "stakeholders" not in participants and absent:
        yield subject.finding(
            (*PATH, "participants"),
            f"These stakeholders do not take part in the rehearsal: {', '.join(absent)}.",
            "Add them, or `stakeholders` for all.",
            at_key=True,
        )


@rule(
    "RG154",
    "The live version cannot be told",
    from_level=3,
    warn_from=2,
    page=Page(
        what="`change.live_version` is missing: nothing prints which version runs now.",
        why="Without it a rehearsal cannot prove that the change was deployed and that the old version came back, and "
        "a rollback cannot see that somebody has deployed something else in the meantime.",
        bad="change: {from: {api: v2.0.8}, to: {api: v2.1.0}}",
        good="change:\n  from: {api: v2.0.8}\n  to: {api: v2.1.0}\n  live_version: ./live-version.sh",
    ),
)
def no_live_version(subject: Subject) -> Iterator[Finding]:
    """Ask for it."""
    if subject.plan.change.live_version is None:
        yield subject.finding(
            subject.section("change"),
            "Nothing tells which version runs now, so a rehearsal cannot prove that something was rolled back.",
            "Add `change.live_version:` with a command that prints the version.",
            at_key=True,
        )
