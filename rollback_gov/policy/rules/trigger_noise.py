"""RG301, RG302, RG310: triggers that fire for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.conditions import conditions
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Path, Subject
from rollback_gov.policy.trigger_queries import ERRORS, REQUESTS, asked, example, sides


@rule(
    "RG301",
    "A trigger that fires on a single reading",
    severity=Severity.WARNING,
    page=Page(
        what="A ratio, a quantile or a usage is compared once (`count: 1`, `for: 0s`) and fires at the first reading.",
        why="Every deployment, restart and garbage collection makes one bad reading. A rollback for nothing costs more "
        "trust than one that comes two minutes later.",
        bad=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    count: 1"),
        good=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    for: 2m"),
    ),
)
def single_reading(subject: Subject) -> Iterator[Finding]:
    """Look at triggers without patience. Events, which are few and count one by one, may fire at once."""
    for path, trigger, _ in asked(subject.plan):
        from rollback_gov.policy.promql.shape import is_noisy

        at_once = trigger.count == 1 or (trigger.for_ is not None and not trigger.for_.milliseconds)
        if at_once and any(is_noisy(side) for side in sides(trigger)):
            key = "count" if trigger.count else "for"
            message = f"Trigger '{trigger.id}' fires on a single reading of a value that is never steady."
            yield subject.finding((*path[:2], key), message, "Give it `for: 2m`, or `count: 3`.")


@rule(
    "RG302",
    "A ratio without a least volume",
    severity=Severity.WARNING,
    page=Page(
        what="A trigger compares failed requests with all requests, and has no `volume`: how many there must be to "
        "judge.",
        why="At three in the morning one failed request of two is 50 %.",
        bad=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    for: 2m"),
        good=example(
            f"{ERRORS} / {REQUESTS}",
            "above: 5%\n    for: 2m\n    volume: {query: {source: prometheus, expr: 'sum(increase(http_total[5m]))'}, "
            "at_least: 100}",
        ),
    ),
)
def without_volume(subject: Subject) -> Iterator[Finding]:
    """Look at every ratio of counters."""
    for path, trigger, _ in asked(subject.plan):
        from rollback_gov.policy.promql.shape import is_ratio

        if trigger.volume is None and any(is_ratio(side) for side in sides(trigger)):
            message = f"Trigger '{trigger.id}' judges a ratio, however few requests it is made of."
            hint = "Add `volume:` with the number of requests below which it says nothing."
            yield subject.finding(path, message, hint, span=(0, len(trigger.query.expr)))


@rule(
    "RG310",
    "A multiple of next to nothing",
    severity=Severity.WARNING,
    page=Page(
        what="A trigger fires above a multiple of a baseline, and has no `floor` below which nothing counts.",
        why="Twice next to nothing is one failed request, or four milliseconds: no harm to anybody.",
        bad="triggers:\n  - id: latency\n    query: {source: prometheus, expr: 'job:latency:p99'}\n"
        "    above: {baseline: latency, times: 2}\n    for: 5m",
        good="triggers:\n  - id: latency\n    query: {source: prometheus, expr: 'job:latency:p99'}\n"
        "    above: {baseline: latency, times: 2}\n    floor: 0.25\n    for: 5m",
    ),
)
def without_floor(subject: Subject) -> Iterator[Finding]:
    """Look at thresholds upwards that move with a baseline."""
    for index, trigger in enumerate(subject.plan.triggers):
        for condition in conditions(trigger):
            if condition.moving and condition.operator in (">", ">=") and trigger.floor is None and condition.times > 1:
                times = f"{condition.times:g} times a baseline"
                message = f"Trigger '{trigger.id}' compares with {times} that may be next to nothing."
                path: Path = ("triggers", index, condition.key)
                yield subject.finding(path, message, "Add `floor:` with the value from which it matters at all.")
