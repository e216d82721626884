"""RG402, RG406 to RG411, RG415, RG417, RG420: what the rehearsals that count leave open."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG402",
    "Something else was rehearsed",
    waivable=False,
    from_level=2,
    per_level=True,
    page=Page(
        what="A phase of today's plan, or its verification, is covered by no rehearsal that counts: it was changed "
        "since, never run, or a file under `uses`, the triggers, the captures or the point of no return changed. "
        "Rewording titles and descriptions changes nothing.",
        why="What was tested is not what would run.",
        bad="# rehearsed on Monday; on Tuesday the script under `uses` was edited",
        good="# rehearsed on Monday, edited on Tuesday, rehearsed again on Tuesday",
    ),
)
def something_else(subject: Subject) -> Iterator[Finding]:
    """Name what changed."""
    yield from _open(subject, "RG402")


@rule(
    "RG406",
    "A scenario was not rehearsed",
    from_level=3,
    per_level=True,
    page=Page(
        what="A scenario has no rehearsal of its own that counts and that ran what it says today. Where "
        "`rehearsal.scenarios` is given, only those are needed.",
        why="A partial rollback leaves some parts new and some old, which nobody has seen work together.",
        bad="scenarios: [{id: application-only, …}]      # only the full plan was rehearsed",
        good="scenarios: [{id: application-only, …}]      # rehearsed with --scenario application-only",
    ),
)
def scenario_not_rehearsed(subject: Subject) -> Iterator[Finding]:
    """Look at each scenario."""
    yield from _open(subject, "RG406")


@rule(
    "RG407",
    "A region was not rehearsed",
    from_level=4,
    per_level=True,
    page=Page(
        what="A region of `regions.order` has no rehearsal that counts.",
        why="Regions differ in what nobody wrote down.",
        bad="regions: {order: [eu-west-1, us-east-1]}      # rehearsed: eu-west-1",
        good="regions: {order: [eu-west-1, us-east-1]}      # rehearsed: eu-west-1, us-east-1",
    ),
)
def region_not_rehearsed(subject: Subject) -> Iterator[Finding]:
    """Look at each region."""
    yield from _open(subject, "RG407")


@rule(
    "RG408",
    "A kind of rehearsal is missing",
    from_level=2,
    per_level=True,
    page=Page(
        what="Level 2 needs a rehearsal in staging (one in a production-like environment is worth more and "
        "counts too); from level 3 on one in staging and one in a production-like environment are needed.",
        why="Staging finds what is wrong with the plan; an environment like production finds what is wrong with the "
        "time it takes.",
        bad="metadata: {level: 3}      # evidence: staging-test",
        good="metadata: {level: 3}      # evidence: staging-test, production-like-test",
    ),
)
def kind_missing(subject: Subject) -> Iterator[Finding]:
    """Look for each kind."""
    yield from _open(subject, "RG408")


@rule(
    "RG409",
    "No trigger has started a rehearsal",
    from_level=3,
    per_level=True,
    page=Page(
        what="No rehearsal in a production-like environment was started by a trigger that noticed an injected failure.",
        why="Automation that was only ever started by hand has not been tested.",
        bad="# evidence: production-like-test, triggered: manual",
        good="# evidence: production-like-test, triggered: automatic",
    ),
)
def never_automatic(subject: Subject) -> Iterator[Finding]:
    """Look for one."""
    yield from _open(subject, "RG409")


@rule(
    "RG410",
    "Nobody took part in the rehearsal",
    from_level=3,
    per_level=True,
    page=Page(
        what="No rehearsal that counts names participants.",
        why="From level 3 on a rehearsal is conducted with the people who would roll back.",
        bad="# evidence: participants: []",
        good="# evidence: participants: [engineering, sre]",
    ),
)
def nobody_there(subject: Subject) -> Iterator[Finding]:
    """Look for anybody."""
    yield from _open(subject, "RG410")


@rule(
    "RG411",
    "The rehearsal was not acknowledged",
    from_level=4,
    per_level=True,
    page=Page(
        what="Somebody under `communication.stakeholders` (or, where it is empty, a participant) has not acknowledged "
        "the rehearsal.",
        why="At level 4 those who depend on the service have seen that it can be rolled back, and how long it takes.",
        bad="communication: {stakeholders: [support, sales]}      # acknowledged: [support]",
        good="communication: {stakeholders: [support, sales]}      # acknowledged: [support, sales]",
    ),
)
def not_acknowledged(subject: Subject) -> Iterator[Finding]:
    """Compare those who must with those who did."""
    yield from _open(subject, "RG411")


@rule(
    "RG415",
    "The forward fix was not rehearsed",
    from_level=4,
    per_level=True,
    page=Page(
        what="The plan has a forward fix, and no rehearsal that counts ran it as it is today.",
        why="Past the point of no return it is the only way out.",
        bad="# evidence: rehearsed before the point of no return only",
        good="# evidence: one rehearsal past the point of no return",
    ),
)
def forward_fix_not_rehearsed(subject: Subject) -> Iterator[Finding]:
    """Look for one run of it."""
    yield from _open(subject, "RG415")


@rule(
    "RG417",
    "No rehearsal ran the whole plan in this order",
    from_level=2,
    per_level=True,
    page=Page(
        what="No rehearsal that counts ran all phases of today's plan in today's order. At level 4 it also has to be "
        "the plan exactly as it is today.",
        why="Phases that work one by one can still be in one another's way.",
        bad="# rehearsed: drain, application      # plan: drain, database, application",
        good="# rehearsed: drain, database, application",
    ),
)
def no_full_run(subject: Subject) -> Iterator[Finding]:
    """Look for one."""
    yield from _open(subject, "RG417")


@rule(
    "RG420",
    "Nobody has proved that the triggers can fire",
    from_level=3,
    per_level=True,
    page=Page(
        what="The plan has triggers, and no rehearsal that counts proves that each of them can fire and stay quiet, "
        "and that each row of the decision can be decided, as they are today. Or the proof says of one that it cannot.",
        why="A trigger that can never fire looks exactly like a service that is well.",
        bad="triggers:\n  - {id: health, query: {source: health, endpoint: api, path: /health}, below: 0, count: 3}",
        good="triggers:\n  - {id: health, query: {source: health, endpoint: api, path: /health}, below: 1, count: 3}",
    ),
)
def not_proved(subject: Subject) -> Iterator[Finding]:
    """Look for a proof of today's triggers."""
    yield from _open(subject, "RG420")


def _open(subject: Subject, code: str) -> Iterator[Finding]:
    """Give the rule's gaps. Where no rehearsal counts at all, the reasons for that say enough."""
    if not subject.evidence:
        return
    # Only plans with evidence pay for what judges it.
    from rollback_gov.policy.coverage import coverage

    view = coverage(subject)
    for gap in view.gaps if view.counting else ():
        if gap.code == code:
            path = gap.path if subject.written(gap.path) else LEVEL
            yield subject.finding(path, gap.message, gap.hint, at_key=path[-1] != "id")
