"""RG401, RG403 to RG405, RG412 to RG414, RG416, RG418, RG419: rehearsals that are not there or do not count."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject

_ALWAYS = frozenset({"RG404", "RG405"})
"""What the newest rehearsal says against the plan counts, whatever older ones said for it."""


@rule(
    "RG401",
    "The rollback was never rehearsed",
    from_level=2,
    per_level=True,
    page=Page(
        what="There is no record of a rehearsal under `evidence/` beside the plan.",
        why="A rollback that was never run is a hope. The first run should not be the one that matters.",
        bad="# rollback/op-7/plan.yaml, and nothing else",
        good="# rollback/op-7/plan.yaml\n# rollback/op-7/evidence/2025-12-08-staging.dsse.json",
    ),
)
def never(subject: Subject) -> Iterator[Finding]:
    """Look for any."""
    if not subject.evidence:
        yield subject.finding(
            LEVEL,
            "The rollback was never rehearsed.",
            f"Run `rollback-gov rehearse {subject.loaded.source.name} --environment staging`.",
        )


@rule(
    "RG403",
    "The rehearsal is too old",
    from_level=2,
    per_level=True,
    page=Page(
        what="A rehearsal that the plan needs is older than its level allows: 14 days at level 2, 72 hours at level 3, "
        "48 hours at level 4, or what the policy says. The age counts from the end of the rehearsal.",
        why="The systems around a plan change without the plan changing.",
        bad="# level 3; rehearsed last week",
        good="# level 3; rehearsed yesterday",
    ),
)
def too_old(subject: Subject) -> Iterator[Finding]:
    """Explain a gap."""
    yield from _explained(subject, "RG403")


@rule(
    "RG404",
    "The last rehearsal failed",
    from_level=2,
    per_level=True,
    page=Page(
        what="The newest rehearsal of its kind (environment class, scenario, region) failed.",
        why="What failed in the rehearsal fails in production.",
        bad="# evidence: staging on Monday passed, staging on Tuesday failed",
        good="# evidence: staging on Tuesday failed, staging on Wednesday passed",
    ),
)
def failed(subject: Subject) -> Iterator[Finding]:
    """Look at the newest of each kind."""
    yield from _explained(subject, "RG404")


@rule(
    "RG405",
    "The rehearsal took longer than the SLA",
    from_level=2,
    per_level=True,
    page=Page(
        what="The newest rehearsal of its kind took longer than the SLA of the plan, or of its scenario.",
        why="Production has more data and more traffic; it will not be faster there.",
        bad="sla: 15m      # the rehearsal took 17m",
        good="sla: 15m      # the rehearsal took 11m",
    ),
)
def too_slow(subject: Subject) -> Iterator[Finding]:
    """Look at the newest of each kind."""
    yield from _explained(subject, "RG405")


@rule(
    "RG412",
    "The rehearsal proves nothing",
    waivable=False,
    from_level=2,
    per_level=True,
    page=Page(
        what="No step of the rehearsal did anything, or nothing was deployed before it, or the version after it is not "
        "the one from before the change. From level 3 on it also has to say which versions ran.",
        why="A rollback that had nothing to roll back always passes.",
        bad="# evidence: v2.0.8 before, v2.0.8 deployed, v2.0.8 restored",
        good="# evidence: v2.0.8 before, v2.1.0 deployed, v2.0.8 restored",
    ),
)
def proves_nothing(subject: Subject) -> Iterator[Finding]:
    """Explain a gap."""
    yield from _explained(subject, "RG412")


@rule(
    "RG413",
    "The rehearsal is not signed by a trusted key",
    waivable=False,
    from_level=3,
    warn_from=2,
    per_level=True,
    page=Page(
        what="A rehearsal that the plan needs is not signed, or not by a key that `trust.yaml` gives the role "
        "`rehearsal-runner`. At level 2 it counts, and this is a warning.",
        why="A record that anybody can write proves nothing to anybody else.",
        bad="# evidence/2025-12-08-staging.json, without a signature",
        good="# evidence/2025-12-08-staging.dsse.json, signed by the runner's key",
    ),
)
def not_trusted(subject: Subject) -> Iterator[Finding]:
    """Explain a gap; below level 3 say what a signature is missing from."""
    if subject.requirements.level >= 3 or not subject.evidence:
        yield from _explained(subject, "RG413")
        return
    from rollback_gov.policy.coverage import coverage
    from rollback_gov.policy.evidence import named, newest, said

    for entry in newest(coverage(subject).entries):
        if entry.stored.signature != "trusted" and not entry.flaws:
            yield subject.finding(
                LEVEL,
                f"{named(entry.evidence)} is {said(entry.stored)}.",
                "Rehearse with `--key`; from level 3 on it would not count.",
            )


@rule(
    "RG414",
    "The rehearsal ran with other parameters",
    waivable=False,
    from_level=2,
    per_level=True,
    page=Page(
        what="A parameter had another value in the rehearsal than it has in the target environment, and does not say "
        "`varies: environment`. Secrets are not compared.",
        why="With another value it is another rollback.",
        bad="parameters:\n  REPLICAS: {default: '10'}      # rehearsed with 2",
        good="parameters:\n  REPLICAS: {default: '10', varies: environment}",
    ),
)
def other_parameters(subject: Subject) -> Iterator[Finding]:
    """Explain a gap."""
    yield from _explained(subject, "RG414")


@rule(
    "RG416",
    "The rehearsal lies in the future",
    waivable=False,
    from_level=2,
    per_level=True,
    page=Page(
        what="A rehearsal that the plan needs ends more than two minutes after now.",
        why="With a wrong clock its age means nothing, and it would stay fresh for too long.",
        bad="# evidence: finished 2099-01-01T00:00:00Z",
        good="# evidence: finished an hour ago",
    ),
)
def in_the_future(subject: Subject) -> Iterator[Finding]:
    """Explain a gap."""
    yield from _explained(subject, "RG416")


@rule(
    "RG418",
    "The rehearsal is one of another operation",
    waivable=False,
    from_level=2,
    per_level=True,
    page=Page(
        what="A record under `evidence/` belongs to another operation.",
        why="A copied folder brings the evidence of another change with it.",
        bad="metadata: {operation: op-8}      # evidence/…: operation op-7",
        good="metadata: {operation: op-8}      # evidence/…: operation op-8",
    ),
)
def other_operation(subject: Subject) -> Iterator[Finding]:
    """Explain a gap."""
    yield from _explained(subject, "RG418")


@rule(
    "RG419",
    "The record of a rehearsal cannot be read",
    waivable=False,
    severity=Severity.WARNING,
    from_level=2,
    page=Page(
        what="A file under `evidence/` is damaged, or is not the record of a rehearsal. It does not count.",
        why="Somebody believes that this plan was rehearsed.",
        bad="# evidence/20251208T100000-staging.dsse.json: edited by hand",
        good="# evidence/20251208T100000-staging.dsse.json: as `rollback-gov rehearse` wrote it",
    ),
)
def unreadable(subject: Subject) -> Iterator[Finding]:
    """Name each file."""
    for file, reason in subject.unreadable:
        name = file.rpartition("/")[2]
        yield subject.finding(
            LEVEL,
            f"The record '{name}' cannot be read, so it does not count: {reason.rstrip('.')}.",
            "Restore the file from the history, or rehearse again.",
        )


def _explained(subject: Subject, code: str) -> Iterator[Finding]:
    """Give the rule's flaws of the newest rehearsals, where they leave a gap or speak against the plan."""
    if not subject.evidence:
        return
    # Only plans with evidence pay for what judges it.
    from rollback_gov.policy.coverage import coverage
    from rollback_gov.policy.evidence import newest

    view = coverage(subject)
    if not view.gaps and code not in _ALWAYS:
        return
    for entry in newest(view.entries):
        for flaw in entry.flaws:
            if flaw.code == code:
                yield subject.finding(LEVEL, flaw.message, flaw.hint)
