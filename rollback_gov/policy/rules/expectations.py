"""RG180, RG181: expectations that nothing can meet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rollback_gov.model.expect import Comparison, Expect, Limit
from rollback_gov.model.finding import Finding
from rollback_gov.model.number import format_number, parse_number
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject

_LACKS = {
    "run": ("a script", ("status",)),
    "terraform": ("terraform", ("status",)),
    "kubernetes": ("kubectl", ("status",)),
    "git": ("git", ("status",)),
    "http": ("a request", ("exit", "stderr")),
    "query": ("a query", ("exit", "status", "stdout", "stderr", "json")),
}
_CODES = {"exit": (0, 255), "status": (100, 599)}


@rule(
    "RG180",
    "An expectation about something that the action does not have",
    page=Page(
        what="`expect` speaks of an outcome that this kind of action never has: the `status` of a script, the `exit` "
        "code of a request, the `stdout` of a query; or of a code that does not exist.",
        why="Such a condition is never compared, so the step passes without anything being checked, or never passes.",
        bad="checks:\n  - {id: health, run: curl -s https://shop.example.com/health, expect: {status: 200}}",
        good="checks:\n  - {id: health, http: {url: https://shop.example.com/health}, expect: {status: 200}}",
    ),
)
def wrong_channel(subject: Subject) -> Iterator[Finding]:
    """Compare each expectation with the action beside it."""
    for path, record in subject.plan.records:
        expect = getattr(record, "expect", None)
        if not isinstance(expect, Expect):
            continue
        action = next((name for name in _LACKS if getattr(record, name, None)), "")
        what, lacks = _LACKS.get(action, ("", ()))
        for channel in lacks:
            if getattr(expect, channel):
                hint = "Use the `http` action, or expect `exit` or `stdout`." if channel == "status" else "Remove it."
                message = f"'{channel}' is expected, and {what} has none."
                yield subject.finding((*path, "expect", channel), message, hint, at_key=True)
        for channel, (least, most) in _CODES.items():
            wrong = [code for code in getattr(expect, channel) if not least <= code <= most]
            if wrong and channel not in lacks:
                message = f"There is no {channel} code {wrong[0]}; the codes are {least} to {most}."
                yield subject.finding((*path, "expect", channel), message, "Correct the number.")


@rule(
    "RG181",
    "Conditions that contradict one another",
    page=Page(
        what="The limits of one comparison leave no number that meets all of them.",
        why="The step or check can never pass.",
        bad="expect: {stdout: {above: 10, below: 5}}",
        good="expect: {stdout: {above: 5, below: 10}}",
    ),
)
def contradiction(subject: Subject) -> Iterator[Finding]:
    """Look for an empty range. Limits that are only known at run time are left alone."""
    for path, record in subject.plan.records:
        if isinstance(record, Comparison):
            low, high = _low(record), _high(record)
            if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
                yield subject.finding(path, f"No number is {_said(record)}.", "Correct one of the limits.", at_key=True)


def _low(wish: Comparison) -> tuple[Decimal, bool] | None:
    """The highest lower bound, and whether it is excluded itself."""
    bounds = [(_number(wish.above), True), (_number(wish.at_least), False), (_equal(wish, -1), False)]
    return max(((number, strict) for number, strict in bounds if number is not None), default=None)


def _high(wish: Comparison) -> tuple[Decimal, bool] | None:
    """The lowest upper bound, and whether it is excluded itself."""
    bounds = [(_number(wish.below), True), (_number(wish.at_most), False), (_equal(wish, 1), False)]
    known = [(number, strict) for number, strict in bounds if number is not None]
    return min(known, key=lambda bound: (bound[0], not bound[1]), default=None)


def _number(limit: Limit | None) -> Decimal | None:
    return limit.value * limit.times if limit is not None and limit.value is not None else None


def _equal(wish: Comparison, side: int) -> Decimal | None:
    """The end of the range that ``equals`` and ``within`` allow."""
    value: Any = wish.equals.value if wish.equals is not None else None
    if value is None or isinstance(value, bool):
        return None
    try:
        number = parse_number(value) if not isinstance(value, Decimal) else value
    except ValueError:
        return None
    times = wish.equals.times if wish.equals is not None else Decimal(1)
    return number * times + side * (wish.within or Decimal(0))


def _said(wish: Comparison) -> str:
    limits = [("above", wish.above), ("at least", wish.at_least), ("below", wish.below), ("at most", wish.at_most)]
    parts = [f"{words} {format_number(number)}" for words, limit in limits if (number := _number(limit)) is not None]
    if wish.equals is not None and wish.equals.value is not None:
        parts.append(f"equal to {wish.equals.value}")
    return " and ".join(parts)
