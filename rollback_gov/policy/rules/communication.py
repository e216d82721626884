"""RG114 to RG117: who is told and who is called."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG114",
    "There is no communication plan",
    from_level=4,
    page=Page(
        what="At level 4 `communication` names the channels and the messages for the start and for both ends.",
        why="In an outage everybody asks the same question. Messages that were written before answer it without "
        "taking anybody away from the rollback.",
        bad="communication: {channels: [slack-incident]}",
        good="communication:\n  channels: [slack-incident, pagerduty]\n  messages:\n"
        '    started: "Rollback of {operation} started: {reason}"\n'
        '    completed: "{operation} is rolled back"\n    failed: "The rollback of {operation} failed"',
    ),
)
def no_communication(subject: Subject) -> Iterator[Finding]:
    """Look for channels, and for the three messages that everybody waits for."""
    communication = subject.plan.communication
    missing = [] if communication.channels else ["channels"]
    texts = communication.messages or {}
    missing += [f"message '{name}'" for name in ("started", "completed", "failed") if not texts.get(name)]
    if missing:
        yield subject.finding(
            subject.section("communication"),
            f"The communication plan lacks: {', '.join(missing)}.",
            "Add `communication:` with `channels` and `messages`.",
            at_key=True,
        )


@rule(
    "RG115",
    "There are no contacts",
    from_level=4,
    page=Page(
        what="At level 4 `contacts` names roles and how to reach them.",
        why="The rollback that needs a database administrator is not the moment to find out who that is.",
        bad="metadata: {level: 4}\n# no contacts",
        good="contacts:\n  - {role: Database admin, reach: DBA on call, when: data corruption}",
    ),
)
def no_contacts(subject: Subject) -> Iterator[Finding]:
    """Ask for them."""
    if not subject.plan.contacts:
        yield subject.finding(LEVEL, "The plan has no contacts.", "Add `contacts:` with roles and how to reach them.")


@rule(
    "RG116",
    "There are no stakeholders",
    from_level=4,
    page=Page(
        what="At level 4 `communication.stakeholders` names those who are told, and who acknowledge a rehearsal.",
        why="A rehearsal with stakeholders proves something only when one knows who they are.",
        bad="communication: {channels: [mail]}",
        good="communication: {channels: [mail], stakeholders: [head-of-payments, support]}",
    ),
)
def no_stakeholders(subject: Subject) -> Iterator[Finding]:
    """Ask for them."""
    if not subject.plan.communication.stakeholders:
        yield subject.finding(
            subject.section("communication"),
            "The plan names no stakeholders.",
            "Add `communication.stakeholders:`.",
            at_key=True,
        )


@rule(
    "RG117",
    "There is no escalation ladder",
    from_level=4,
    warn_from=3,
    page=Page(
        what="`escalation` has no rung for a rollback that failed (`on: failed`).",
        why="Somebody who struggles asks for help too late. A ladder by elapsed time does it for them.",
        bad="metadata: {level: 4}\n# no escalation",
        good="escalation:\n  - {on: failed, after: 0m, level: 1, actions: [Retry with verbose log]}\n"
        "  - {on: failed, after: 5m, level: 2, actions: [Call the senior SRE], notify: [pagerduty]}",
    ),
)
def no_escalation(subject: Subject) -> Iterator[Finding]:
    """Look for a rung for failures."""
    if not any(rung.on == "failed" for rung in subject.plan.escalation):
        yield subject.finding(
            LEVEL,
            "The plan does not say who is called when the rollback fails.",
            "Add `escalation:` with rungs `on: failed` by elapsed time.",
        )
