"""Outcomes against expectations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from rollback_gov.execution.outcome import CheckResult, Outcome, Verdict
from rollback_gov.model.expect import Comparison, Expect, JsonComparison, Limit, Query, Same
from rollback_gov.model.number import format_number, parse_number
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.pointer import resolve

BaselineValue = Callable[[str], str | None]
ReadQuery = Callable[[Query], Observation]
_LIMITS: dict[str, tuple[str, Callable[[Decimal, Decimal], bool]]] = {
    "above": ("above", lambda seen, limit: seen > limit),
    "below": ("below", lambda seen, limit: seen < limit),
    "at_least": ("at least", lambda seen, limit: seen >= limit),
    "at_most": ("at most", lambda seen, limit: seen <= limit),
}


class Unknown(Exception):  # noqa: N818 - a value of the comparison, carried upwards
    """A side of a comparison could not be evaluated; the text says why."""


def evaluate(
    expect: Expect | None,
    outcome: Outcome,
    *,
    baseline: BaselineValue,
    read: ReadQuery,
    mask: Callable[[str], str] = str,
) -> tuple[CheckResult, ...]:
    """Compare an outcome with every condition.

    Without conditions a script exits 0, an answer is 2xx and a query has a value. ``mask`` blots out secrets in what
    the results show.
    """
    wanted = expect or Expect()
    judge = _Judge(baseline, read, mask)
    results = [*_codes(wanted, outcome)]
    if outcome.reading is not None:
        results += judge.reading(wanted, outcome.reading)
    elif _conditions(wanted):
        results += judge.text(wanted, outcome.stdout, "output")
    if wanted.stdout:
        results += judge.text(wanted.stdout, outcome.stdout, "stdout")
    if wanted.stderr:
        results += judge.text(wanted.stderr, outcome.stderr, "stderr")
    results += [result for wish in wanted.json for result in judge.pointer(wish, outcome.stdout)]
    return tuple(results)


def _codes(wanted: Expect, outcome: Outcome) -> Iterator[CheckResult]:
    if outcome.exit is not None:
        codes = wanted.exit or (0,)
        expected = f"exit code {' or '.join(map(str, codes))}"
        yield _checked(expected, str(outcome.exit), outcome.exit in codes, assumed=not wanted.exit)
    if outcome.status is not None:
        good = outcome.status in wanted.status if wanted.status else 200 <= outcome.status < 300
        expected = f"status {' or '.join(map(str, wanted.status)) or '2xx'}"
        yield _checked(expected, str(outcome.status), good, assumed=not wanted.status)


def _checked(expected: str, observed: str, passed: bool, *, assumed: bool = False) -> CheckResult:
    return CheckResult(expected, observed, Verdict.PASSED if passed else Verdict.FAILED, assumed)


def _conditions(wish: Comparison) -> bool:
    names = ("equals", "above", "below", "at_least", "at_most")
    return bool(wish.matches or wish.contains) or any(getattr(wish, name) is not None for name in names)


class _Judge:
    """Compares values; knows where the right sides come from."""

    def __init__(self, baseline: BaselineValue, read: ReadQuery, mask: Callable[[str], str]) -> None:
        self.baseline = baseline
        self.read = read
        self.mask = mask

    def reading(self, wish: Comparison, seen: Observation) -> Iterator[CheckResult]:
        """Judge a metric."""
        if isinstance(seen, NoData | Error):
            expected = next((self.describe(wish, name) for name in _LIMITS if getattr(wish, name)), "a value")
            yield CheckResult(expected, seen.reason, Verdict.UNKNOWN)
        elif _conditions(wish):
            yield from self.text(wish, format_number(seen.number), "value")
        else:
            yield _checked("a value", format_number(seen.number), passed=True)

    def text(self, wish: Comparison, text: str, what: str) -> Iterator[CheckResult]:
        """Judge a text by every condition."""
        seen = text.strip()
        if wish.matches:
            yield _checked(f"{what} matches /{wish.matches}/", self.shown(seen), bool(re.search(wish.matches, seen)))
        if wish.contains:
            yield _checked(f"{what} contains '{wish.contains}'", self.shown(seen), wish.contains in text)
        if wish.equals is not None:
            yield self._guard(f"{what} equals", seen, partial(self._equals, wish, what, seen))
        for name, (words, holds) in _LIMITS.items():
            limit = getattr(wish, name)
            if limit is not None:
                compare = partial(self._limit, limit, what=what, words=words, holds=holds, seen=seen)
                yield self._guard(f"{what} {words}", seen, compare)

    def pointer(self, wish: JsonComparison, body: str) -> Iterator[CheckResult]:
        """Judge the value at a JSON pointer."""
        try:
            value = resolve(json.loads(body), wish.pointer)
        except (ValueError, RecursionError):
            yield CheckResult(f"a value at {wish.pointer}", "the answer is not JSON", Verdict.UNKNOWN)
            return
        except LookupError as error:
            yield CheckResult(f"a value at {wish.pointer}", str(error), Verdict.UNKNOWN)
            return
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if _conditions(wish):
            yield from self.text(wish, text, wish.pointer)
        else:
            yield _checked(f"a value at {wish.pointer}", self.shown(text), passed=True)

    def describe(self, wish: Comparison, name: str) -> str:
        """Say a limit in words without evaluating it."""
        limit: Limit = getattr(wish, name)
        words = _LIMITS[name][0]
        if limit.value is not None:
            return f"{words} {format_number(limit.value * limit.times)}"
        return f"{words} {format_number(limit.times)} x {limit.baseline or 'the other query'}"

    def _guard(self, expected: str, seen: str, compare: Callable[[], CheckResult]) -> CheckResult:
        try:
            return compare()
        except Unknown as reason:
            return CheckResult(f"{expected} …", f"{self.shown(seen)} ({reason})", Verdict.UNKNOWN)

    def _equals(self, wish: Comparison, what: str, seen: str) -> CheckResult:
        assert wish.equals is not None
        right = self._right_text(wish.equals)
        if wish.within is not None or wish.equals.times != 1:
            tolerance, limit = wish.within or Decimal(0), self._number(right) * wish.equals.times
            expected = f"{what} equals {format_number(limit)} within {format_number(tolerance)}"
            return _checked(expected, self.shown(seen), abs(self._number(seen) - limit) <= tolerance)
        return _checked(f"{what} equals {self.shown(right)}", self.shown(seen), _same(seen, right))

    def _limit(
        self, limit: Limit, *, what: str, words: str, holds: Callable[[Decimal, Decimal], bool], seen: str
    ) -> CheckResult:
        right = self._right_number(limit) * limit.times
        return _checked(f"{what} {words} {format_number(right)}", self.shown(seen), holds(self._number(seen), right))

    def _right_text(self, same: Same) -> str:
        if same.baseline:
            return self._baseline(same.baseline)
        value = same.value
        if isinstance(value, Decimal):
            return format_number(value)
        return json.dumps(value) if isinstance(value, bool) else str(value)

    def _right_number(self, limit: Limit) -> Decimal:
        if limit.baseline:
            return self._number(self._baseline(limit.baseline))
        if limit.query is not None:
            seen = self.read(limit.query)
            if not isinstance(seen, Value):
                raise Unknown(seen.reason)
            return seen.number
        assert limit.value is not None
        return limit.value

    def _baseline(self, name: str) -> str:
        value = self.baseline(name)
        if value is None:
            raise Unknown(f"the baseline '{name}' is missing")
        return value

    def _number(self, text: str) -> Decimal:
        try:
            return parse_number(text)
        except ValueError:
            raise Unknown(f"'{self.shown(text)}' is not a number") from None

    def shown(self, text: str) -> str:
        """Give a text as people see it: masked before it is cut, so that no part of a secret is left."""
        flat = " ".join(self.mask(text).split())
        return (flat if len(flat) <= 200 else flat[:197] + "...") or "(nothing)"


def _same(seen: str, right: str) -> bool:
    if seen == right:
        return True
    try:
        return parse_number(seen) == parse_number(right)
    except ValueError:
        return False
