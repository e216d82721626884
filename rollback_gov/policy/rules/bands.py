"""RG300, RG304: what follows from triggers, and bands that contradict one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from rollback_gov.model.finding import Finding
from rollback_gov.model.trigger import Band, Trigger
from rollback_gov.policy.conditions import OPERATORS, can_fire
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject

STRENGTH = ("monitor", "prepare", "mitigate", "investigate", "rollback")
"""The actions of bands, from the mildest to the strongest."""


@rule(
    "RG300",
    "No trigger leads to a rollback",
    from_level=3,
    warn_from=2,
    page=Page(
        what="The plan has `triggers`, and no band of `decision` that any of them can reach says `rollback`, neither "
        "at once nor after its deadline (`then: rollback`); or none of the triggers can ever fire.",
        why="The metrics are watched, the threshold is passed, and nothing follows.",
        bad="decision:\n  - {action: monitor, any: [error-rate]}",
        good="decision:\n  - {action: rollback, any: [error-rate]}",
    ),
)
def no_rollback(subject: Subject) -> Iterator[Finding]:
    """Look for a band that ends in a rollback, and a trigger that can fire."""
    plan = subject.plan
    if not plan.triggers:
        return
    fires = {trigger.id for trigger in plan.triggers if can_fire(trigger)}
    if not fires:
        yield subject.finding(("triggers",), "None of the triggers can ever fire.", "See RG305.", at_key=True)
    elif plan.decision and not any(_rolls_back(band) and _reachable(band, fires) for band in plan.decision):
        message = "No band of the decision that a trigger can reach leads to a rollback."
        hint = "Add a band with `action: rollback`, or `then: rollback` to one that investigates."
        yield subject.finding(("decision",), message, hint, at_key=True)


def _rolls_back(band: Band) -> bool:
    return band.action == "rollback" or (band.action in ("investigate", "mitigate") and band.then == "rollback")


def _reachable(band: Band, fires: set[str]) -> bool:
    if not set(band.all) <= fires:
        return False
    pool = band.of or band.any
    return bool(fires & set(pool)) if pool else bool(band.all or band.at_least)


@rule(
    "RG304",
    "Bands that contradict one another",
    from_level=2,
    warn_from=1,
    page=Page(
        what="Two bands of `decision` have the same condition and different actions; or the trigger of a milder band "
        "has a threshold beyond that of a stronger one on the same query, for no longer a time.",
        why="The stronger band always wins: the milder one is never seen, or comes after the rollback that it was to "
        "warn of.",
        bad="decision:\n  - {action: prepare, any: [error-rate]}\n  - {action: rollback, any: [error-rate]}",
        good="decision:\n  - {action: prepare, any: [error-rate-raised]}\n  - {action: rollback, any: [error-rate]}",
    ),
)
def contradictory(subject: Subject) -> Iterator[Finding]:
    """Compare each band with each other one."""
    triggers = {trigger.id: trigger for trigger in subject.plan.triggers}
    bands = list(enumerate(subject.plan.decision))
    for (first, one), (second, two) in combinations(bands, 2):
        if one.action == two.action:
            continue
        mild, strong = sorted(((first, one), (second, two)), key=lambda item: STRENGTH.index(item[1].action))
        if _same(one, two):
            message = f"This band and band {first + 1} have the same condition: '{strong[1].action}' always wins."
            yield subject.finding(
                ("decision", second), message, "Keep one of them, or give them triggers of their own."
            )
        else:
            yield from _overtaken(subject, mild, strong, triggers)


def _same(one: Band, two: Band) -> bool:
    return (set(one.any), set(one.all), one.at_least, set(one.of)) == (
        set(two.any),
        set(two.all),
        two.at_least,
        set(two.of),
    )


def _overtaken(
    subject: Subject, mild: tuple[int, Band], strong: tuple[int, Band], triggers: dict[str, Trigger]
) -> Iterator[Finding]:
    """Look for a milder threshold that lies beyond the stronger one."""
    for name in mild[1].any:
        for other in strong[1].any:
            early, late = triggers.get(name), triggers.get(other)
            if early is None or late is None or early.id == late.id or early.query != late.query:
                continue
            if _is_beyond(early, late):
                path = ("decision", mild[0], "any", mild[1].any.index(name))
                message = f"'{name}' is reached after '{other}', which says '{strong[1].action}' already."
                yield subject.finding(path, message, "Exchange the thresholds, or leave the milder band out.")


def _is_beyond(early: Trigger, late: Trigger) -> bool:
    """Tell whether whatever makes the milder trigger fire has made the stronger one fire before."""
    for key in OPERATORS:
        one, two = getattr(early, key), getattr(late, key)
        if one is None or two is None or one.value is None or two.value is None:
            continue
        upward = key in ("above", "at_least")
        beyond = one.value > two.value if upward else one.value < two.value
        return bool(beyond and _patience(early) >= _patience(late))
    return False


def _patience(trigger: Trigger) -> tuple[int, int]:
    return (trigger.for_.milliseconds if trigger.for_ else 0, trigger.count or 0)
