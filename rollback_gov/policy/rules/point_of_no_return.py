"""RG130 to RG133: the point after which going back is impossible."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject

PATH = ("point_of_no_return",)


@rule(
    "RG130",
    "The point of no return is not declared",
    from_level=3,
    warn_from=2,
    page=Page(
        what="The plan has no `point_of_no_return`. It is declared, or `none` with the reason why there is none.",
        why="A rollback past that point destroys data. Whoever has to say `none: …` has thought about it.",
        bad="metadata: {level: 3}\n# no point_of_no_return",
        good="point_of_no_return: {none: the service keeps no state}",
    ),
)
def not_declared(subject: Subject) -> Iterator[Finding]:
    """Ask for it."""
    if subject.plan.point_of_no_return is None:
        yield subject.finding(
            LEVEL,
            "The plan does not declare its point of no return.",
            "Add `point_of_no_return:`, or `point_of_no_return: {none: REASON}`.",
        )


@rule(
    "RG131",
    "The point of no return cannot be detected",
    from_level=3,
    page=Page(
        what="`passed_when` is missing or only asks a person. From level 3 on a script, a request or a query answers.",
        why="An automatic rollback at 3 a.m. has nobody to ask, and a tired person answers what is hoped for.",
        bad="point_of_no_return:\n  description: Migrations 8 to 11 are applied\n"
        '  passed_when: {ask: "Are the migrations applied?"}',
        good="point_of_no_return:\n  description: Migrations 8 to 11 are applied\n"
        "  passed_when: {run: ./migration-level.sh, expect: {stdout: {at_least: 8}}}",
    ),
)
def not_detectable(subject: Subject) -> Iterator[Finding]:
    """Look for a probe."""
    point = subject.plan.point_of_no_return
    if point is None or point.none:
        return
    if point.passed_when is None:
        yield subject.finding(
            PATH,
            "The plan does not say how to detect that the point of no return was passed.",
            "Add `passed_when:` with `run`, `http` or `query` and what it must say.",
            at_key=True,
        )
    elif point.passed_when.ask:
        yield subject.finding(
            (*PATH, "passed_when"),
            "Only a person can tell whether the point of no return was passed.",
            "Replace `ask` by `run`, `http` or `query`.",
            at_key=True,
        )


@rule(
    "RG132",
    "There is no forward fix",
    from_level=3,
    warn_from=2,
    page=Page(
        what="The plan has a point of no return and no `forward_fix` for when it was passed.",
        why="Past the point of no return the rollback is refused. Something else has to bring the service back.",
        bad="point_of_no_return:\n  description: Migrations 8 to 11 are applied\n"
        "  passed_when: {run: ./migration-level.sh, expect: {stdout: {at_least: 8}}}",
        good="point_of_no_return:\n  description: Migrations 8 to 11 are applied\n"
        "  passed_when: {run: ./migration-level.sh, expect: {stdout: {at_least: 8}}}\n  forward_fix:\n"
        "    - {id: compensate, budget: 5m, steps: [{id: apply, run: ./forward-fix.sh, timeout: 4m}]}",
    ),
)
def no_forward_fix(subject: Subject) -> Iterator[Finding]:
    """Ask for it where there is a point."""
    point = subject.plan.point_of_no_return
    if point is not None and not point.none and not point.forward_fix:
        yield subject.finding(
            PATH,
            "The plan does not say what to do when the point of no return was passed.",
            "Add `forward_fix:` with the phases that run instead.",
            at_key=True,
        )


@rule(
    "RG133",
    "No phase is marked as guarded",
    severity=Severity.WARNING,
    from_level=2,
    page=Page(
        what="The plan has a point of no return and no phase with `guard: before_point_of_no_return`, so that all "
        "phases count as guarded.",
        why="Past the point the whole procedure is refused, also phases that would still help, such as draining "
        "traffic.",
        bad="point_of_no_return: {description: …}\nphases:\n  - {id: drain, steps: […]}\n"
        "  - {id: database, steps: […]}",
        good="point_of_no_return: {description: …}\nphases:\n  - {id: drain, steps: […]}\n"
        "  - {id: database, guard: before_point_of_no_return, steps: […]}",
    ),
)
def nothing_guarded(subject: Subject) -> Iterator[Finding]:
    """Look for a mark where there is a point."""
    point = subject.plan.point_of_no_return
    if point is not None and not point.none and not any(phase.guard for phase in subject.plan.phases):
        yield subject.finding(
            PATH,
            "No phase is marked as impossible past the point of no return, so every phase is.",
            "Add `guard: before_point_of_no_return` to the phases that it makes impossible.",
            at_key=True,
        )
