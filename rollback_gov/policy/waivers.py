"""Whether a waiver counts: one function with the day as an argument, for validate, permit and report alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding, Waived
from rollback_gov.model.record import Record
from rollback_gov.model.waiver import Waiver
from rollback_gov.policy.rule import Rule

T = TypeVar("T")
SOON = timedelta(days=14)
"""From so long before its end on, a waiver is said to expire."""


class State(StrEnum):
    """How a waiver stands. Only the first two count."""

    ALIVE = "alive"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    TOO_LONG = "too long"
    SELF_APPROVED = "self-approved"
    NOT_WAIVABLE = "not waivable"
    MALFORMED = "malformed"


class Standing(Record):
    """How a waiver stands; the message is a sentence that begins small, to stand behind a colon."""

    state: State
    message: str = ""
    hint: str = ""

    @property
    def counts(self) -> bool:
        """Whether the findings are accepted."""
        return self.state in (State.ALIVE, State.EXPIRING)


def standing(waiver: Waiver, *, today: date, longest: Duration, rules: Mapping[str, Rule]) -> Standing:  # noqa: PLR0911
    """Judge one waiver as of a day. ``longest`` is what the level of its plan allows."""
    rule = rules.get(waiver.rule)
    if rule is None:
        return Standing(state=State.MALFORMED, message=f"there is no rule {waiver.rule}.", hint="See `rules list`.")
    if not rule.waivable:
        message = f"{rule.code} is about integrity and cannot be waived."
        return Standing(state=State.NOT_WAIVABLE, message=message, hint="Mend what it found, and take the waiver out.")
    if same_person(waiver.owner, waiver.approved_by):
        message = f"'{waiver.owner}' owns the waiver and approves it."
        return Standing(state=State.SELF_APPROVED, message=message, hint="Let somebody else approve it.")
    days = [_date(waiver.created), _date(waiver.expires)]
    first, last = days
    if first is None or last is None:
        wrong = waiver.created if first is None else waiver.expires
        return Standing(state=State.MALFORMED, message=f"'{wrong}' is no date of the calendar.", hint="Correct it.")
    if first > last or first > today:
        message = f"it is to count from {first} to {last}, and today is {today}."
        return Standing(state=State.MALFORMED, message=message, hint="`created` is the day on which it was written.")
    if last - first > timedelta(milliseconds=longest.milliseconds):
        most = timedelta(milliseconds=longest.milliseconds).days
        message = f"it is to live for {(last - first).days} days, and its plan's level allows {most}."
        return Standing(state=State.TOO_LONG, message=message, hint=f"Let it expire on {first + timedelta(most)}.")
    if today > last:
        message = f"it expired on {last}."
        return Standing(state=State.EXPIRED, message=message, hint="Mend what it accepted, or have it approved again.")
    if last - today <= SOON:
        left = "today" if last == today else f"on {last}"
        return Standing(state=State.EXPIRING, message=f"it expires {left}.", hint="Mend what it accepts before that.")
    return Standing(state=State.ALIVE)


def matches(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a finding is one that the waiver is about, be it alive or not."""
    return waiver.rule == finding.code and waiver.operation == finding.operation and waiver.step in ("", finding.step)


def accept(findings: Sequence[Finding], alive: Iterable[Waiver]) -> tuple[Finding, ...]:
    """Mark the findings that waivers accept. A waiver with a ``count`` accepts the first so many.

    Those for one step come first, so that one for the whole plan does not use itself up on what they accept anyway.
    """
    marked = list(findings)
    by_rule = grouped(range(len(marked)), lambda index: marked[index].code)
    by_step = grouped(range(len(marked)), lambda index: f"{marked[index].code} {marked[index].step}")
    for waiver in sorted(alive, key=lambda waiver: not waiver.step):
        left = len(marked) if waiver.count is None else waiver.count
        places = by_step.get(f"{waiver.rule} {waiver.step}", ()) if waiver.step else by_rule.get(waiver.rule, ())
        for index in places:
            finding = marked[index]
            if left and finding.waived is None and matches(waiver, finding):
                marked[index] = replace(finding, waived=_waived(waiver))
                left -= 1
    return tuple(marked)


def grouped(entries: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    """Give entries by a name of theirs, in their order."""
    groups: dict[str, list[T]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return {name: tuple(group) for name, group in groups.items()}


def living(waivers: Iterable[Waiver], *, today: date, longest: Duration, rules: Mapping[str, Rule]) -> Iterator[Waiver]:
    """Give those that count."""
    for waiver in waivers:
        if standing(waiver, today=today, longest=longest, rules=rules).counts:
            yield waiver


def _waived(waiver: Waiver) -> Waived:
    return Waived(
        reason=waiver.reason,
        owner=waiver.owner,
        approved_by=waiver.approved_by,
        created=waiver.created,
        expires=waiver.expires,
        ticket=waiver.ticket,
        debt=waiver.debt,
    )


def same_person(one: str, other: str) -> bool:
    """Compare two names of people or teams."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
