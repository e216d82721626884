"""RG317: triggers that see a breach later than they promise."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.trigger_queries import ERRORS, REQUESTS, example


@rule(
    "RG317",
    "Detection takes longer than it may",
    severity=Severity.WARNING,
    page=Page(
        what="A breach that begins just after a reading is detected later than `detect_within` says: until the next "
        "reading an interval passes (`every`), and then the time of `for`, or the readings of `count` or `window`.",
        why="A `for` of five minutes cannot detect anything within five minutes. Whoever relies on the promise has "
        "less time than is written there. What a rate and the scrapes add comes on top.",
        bad=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    for: 5m\n    every: 30s\n    detect_within: 5m"),
        good=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    for: 4m\n    every: 30s\n    detect_within: 5m"),
    ),
)
def detected_late(subject: Subject) -> Iterator[Finding]:
    """Compare the promise with the longest time until a trigger fires."""
    for index, trigger in enumerate(subject.plan.triggers):
        longest = _longest(trigger, trigger.every or subject.plan.watch.every)
        if trigger.detect_within is not None and longest > trigger.detect_within:
            message = (
                f"Trigger '{trigger.id}' may need {longest} to detect what it has to within {trigger.detect_within}."
            )
            hint = f"Shorten `for`, `count` or `every`, or promise what it keeps: `detect_within: {longest}`."
            yield subject.finding(("triggers", index, "detect_within"), message, hint)


def _longest(trigger: Trigger, every: Duration) -> Duration:
    """Give the longest time from a breach that stays to the reading that fires."""
    step = every.milliseconds
    if trigger.window is not None:
        readings = (trigger.more_than or 0) + 1
    elif trigger.count is not None:
        readings = trigger.count
    else:
        holds = trigger.for_.milliseconds if trigger.for_ else 0
        readings = 1 + -(-holds // step)
    return Duration(readings * step)
