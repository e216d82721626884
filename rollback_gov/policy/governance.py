"""What is said about waivers themselves, once the plans have been checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding, Place
from rollback_gov.model.policy import Policy
from rollback_gov.model.record import Record
from rollback_gov.model.waiver import Waiver
from rollback_gov.policy.levels import requirements
from rollback_gov.policy.rule import Rule
from rollback_gov.policy.rules import governance
from rollback_gov.policy.waivers import State, grouped, standing

_RULES = {
    State.EXPIRED: governance.EXPIRED,
    State.TOO_LONG: governance.TOO_LONG,
    State.SELF_APPROVED: governance.SELF_APPROVED,
    State.NOT_WAIVABLE: governance.NOT_WAIVABLE,
    State.MALFORMED: governance.MALFORMED,
    State.EXPIRING: governance.EXPIRING,
}


class WrittenWaiver(Record):
    """A waiver and where it is written."""

    waiver: Waiver
    place: Place


class Register:
    """Remembers which waivers the findings matched, and how long those of an operation may live."""

    def __init__(self, waivers: Iterable[WrittenWaiver]) -> None:
        self._waivers = tuple(waivers)
        self._used: set[int] = set()
        self._longest: dict[str, Duration] = {}
        numbers = range(len(self._waivers))
        self._about = grouped(numbers, lambda number: self._waivers[number].waiver.operation)

    def plan(self, operation: str, longest: Duration, findings: Iterable[Finding]) -> None:
        """Take note of one plan; ``longest`` is how long its level lets waivers live."""
        if operation not in self._about:
            return
        self._longest[operation] = min(longest, self._longest.get(operation, longest))
        mine = grouped(self._about[operation], lambda number: _subject(self._waivers[number].waiver))
        for finding in findings:
            for step in {"", finding.step}:
                self._used.update(mine.get(f"{finding.code} {step}", ()))

    def findings(self, *, today: date, policy: Policy, rules: Mapping[str, Rule], all_plans: bool) -> Iterator[Finding]:
        """Say what is to be said of each waiver. ``all_plans``: every plan of the repository was checked."""
        for number, written in enumerate(self._waivers):
            waiver = written.waiver
            is_checked = waiver.operation in self._longest
            longest = self._longest.get(waiver.operation) or requirements(1, policy).waiver_longest
            how = standing(waiver, today=today, longest=longest, rules=rules)
            about = f"The waiver of {waiver.rule} for {waiver.operation}{f', {waiver.step}' if waiver.step else ''}"
            if how.state is not State.ALIVE:
                yield _finding(_RULES[how.state], written, f"{about}: {how.message}", how.hint)
            if how.counts and number not in self._used and (is_checked or all_plans):
                yield _finding(governance.UNUSED, written, f"{about} accepts nothing.", "Take it out.")


def _subject(waiver: Waiver) -> str:
    return f"{waiver.rule} {waiver.step}"


def _finding(rule: Rule, written: WrittenWaiver, message: str, hint: str) -> Finding:
    return Finding(
        code=rule.code,
        severity=rule.severity,
        message=message,
        hint=hint,
        place=written.place,
        operation=written.waiver.operation,
        step=written.waiver.step,
    )
