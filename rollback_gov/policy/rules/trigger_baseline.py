"""RG315: triggers that say when a baseline is bad, and compare with none."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.trigger_queries import example

_BESIDE = "{query: {source: prometheus, expr: 'error_ratio{track=\"stable\"}'}, times: 1.5}"


@rule(
    "RG315",
    "A `baseline_limit` without a baseline",
    severity=Severity.WARNING,
    page=Page(
        what="`baseline_limit` says from where on the other side of a comparison is bad itself, and the trigger "
        "compares with a number: there is no other side.",
        why="It does nothing then. Whoever wrote it believes that an outage of everything, old version and new, is "
        "told from a bad deployment, and the watch rolls back in both.",
        bad=example('error_ratio{track="canary"}', "above: 5%\n    baseline_limit: 2%\n    for: 2m"),
        good=example('error_ratio{track="canary"}', f"above: {_BESIDE}\n    baseline_limit: 2%\n    for: 2m"),
    ),
)
def no_baseline(subject: Subject) -> Iterator[Finding]:
    """Look at what triggers with a limit are compared with."""
    for index, trigger in enumerate(subject.plan.triggers):
        limits = (trigger.above, trigger.below, trigger.at_least, trigger.at_most)
        compared = any(limit is not None and (limit.query or limit.baseline) for limit in limits)
        if trigger.baseline_limit is not None and not compared:
            message = f"Trigger '{trigger.id}' has a `baseline_limit` and compares with no baseline."
            hint = "Compare with a query or with what was kept (`above: {baseline: …, times: …}`), or leave it out."
            yield subject.finding(("triggers", index, "baseline_limit"), message, hint)
