"""RG303: expressions that are not PromQL."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.expect import Query
from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject


@rule(
    "RG303",
    "An expression that is not PromQL",
    from_level=2,
    warn_from=1,
    page=Page(
        what="An `expr` cannot be parsed: a bracket is not closed, `rate` has no range, a word stands where none "
        "may. A "
        "function that is not known here is a warning: it may be newer than this rule.",
        why="Prometheus refuses such a query. The trigger never has a value and never fires; a check never passes.",
        bad="triggers:\n  - {id: errors, query: {source: prometheus, expr: 'sum(rate(errors_total[5m])'}, above: 1, "
        "for: 2m}",
        good="triggers:\n  - {id: errors, query: {source: prometheus, expr: 'sum(rate(errors_total[5m]))'}, above: 1, "
        "for: 2m}",
    ),
)
def not_promql(subject: Subject) -> Iterator[Finding]:
    """Look at every query of the plan."""
    for path, record in subject.plan.records:
        if isinstance(record, Query) and record.expr:
            from rollback_gov.policy.promql.reader import Fault, read_promql

            found = read_promql(record.expr)
            if isinstance(found, Fault):
                unknown = "unknown function" in found.message
                yield subject.finding(
                    (*path, "expr"),
                    f"Prometheus cannot read this expression: {found.message}.",
                    "Try it in the Prometheus console.",
                    span=(found.start, max(found.end, found.start + 1)),
                    doubt=unknown,
                )
