"""Outcomes against expectations; most cases are lines of expectations.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.execution.expectation import evaluate
from rollback_gov.execution.outcome import CheckResult, Outcome, Verdict, overall, telling
from rollback_gov.model.expect import Comparison, Expect, JsonComparison, Limit, Query, Same
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.plans.build import build
from rollback_gov.plans.source import read_source
from rollback_gov.plans.yaml_reader import read_yaml

BASELINE = {"users": "1000", "ratio": "2%", "words": "all is well", "empty": ""}
CASES = read_yaml(read_source(Path(__file__).with_name("expectations.yaml")))[0]


def read(query: Query) -> Observation:
    return Value(Decimal(40)) if query.source == "other" else Error("nobody answers")


def judged(expect: Expect | None, outcome: Outcome) -> tuple[CheckResult, ...]:
    return evaluate(expect, outcome, baseline=BASELINE.get, read=read)


def outcome_of(seen: Mapping[str, Any]) -> Outcome:
    reading: Observation | None = None
    if "value" in seen:
        reading = Value(Decimal(seen["value"]))
    elif "no_data" in seen:
        reading = NoData(seen["no_data"])
    elif "error" in seen:
        reading = Error(seen["error"])
    rest = {key: value for key, value in seen.items() if key in ("exit", "status", "stdout", "stderr")}
    return Outcome(reading=reading, **rest)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['seen']} {case.get('expect', '')}")
def test_a_case_of_the_table(case: Mapping[str, Any]) -> None:
    expect = build(Expect, case["expect"]) if "expect" in case else None
    results = judged(expect, outcome_of(case["seen"]))
    assert [[str(result.verdict), result.expected, result.observed] for result in results] == case["results"]


def test_the_table_knows_every_operator_and_every_verdict() -> None:
    text = str(CASES)
    for name in ("equals", "matches", "contains", "above", "below", "at_least", "at_most", "within", "times"):
        assert f"'{name}'" in text
    assert {result[0] for case in CASES for result in case["results"]} == set(Verdict)


numbers = st.decimals(-(10**9), 10**9, places=4)
_HOLDS = {
    "above": lambda seen, limit: seen > limit,
    "below": lambda seen, limit: seen < limit,
    "at_least": lambda seen, limit: seen >= limit,
    "at_most": lambda seen, limit: seen <= limit,
}


def limited(name: str, limit: Limit) -> Expect:
    sides: dict[str, Any] = {name: limit}
    return Expect(stdout=Comparison(**sides))


@given(seen=numbers, limit=numbers, times=numbers, name=st.sampled_from(list(_HOLDS)))
def test_limits_compare_exactly(seen: Decimal, limit: Decimal, times: Decimal, name: str) -> None:
    expect = limited(name, Limit(value=limit, times=times))
    (result,) = judged(expect, Outcome(stdout=format_number(seen)))
    assert (result.verdict is Verdict.PASSED) == _HOLDS[name](seen, limit * times)


@given(seen=numbers, middle=numbers, within=numbers)
def test_a_tolerance_goes_both_ways(seen: Decimal, middle: Decimal, within: Decimal) -> None:
    expect = Expect(stdout=Comparison(equals=Same(value=middle), within=within))
    (result,) = judged(expect, Outcome(stdout=f" {seen}\n"))
    assert (result.verdict is Verdict.PASSED) == (abs(seen - middle) <= within)


@given(percent=st.integers(-(10**6), 10**6), name=st.sampled_from(list(_HOLDS)), limit=numbers)
def test_a_ratio_is_the_hundredth(percent: int, name: str, limit: Decimal) -> None:
    expect = limited(name, Limit(value=limit))
    (as_ratio,) = judged(expect, Outcome(stdout=f"{percent}%"))
    (as_number,) = judged(expect, Outcome(stdout=format_number(Decimal(percent) / 100)))
    assert as_ratio.verdict is as_number.verdict


@given(text=st.text(), name=st.sampled_from([*_HOLDS, "equals"]))
def test_any_output_has_a_verdict_and_one_short_line(text: str, name: str) -> None:
    side: Any = Same(value=5, times=Decimal(2)) if name == "equals" else Limit(value=Decimal(5))
    for expect in (
        Expect(stdout=Comparison(**{name: side})),
        Expect(json=(JsonComparison(pointer="/a", **{name: side}),)),
    ):
        (result,) = judged(expect, Outcome(stdout=text))
        assert result.verdict in Verdict
        assert len(result.observed.splitlines()) == 1
        assert len(result.observed) < 500


keys = st.text(min_size=0, max_size=5)


@given(path=st.lists(keys, min_size=1, max_size=4), value=st.integers())
def test_a_pointer_finds_what_was_put_under_any_keys(path: list[str], value: int) -> None:
    import json

    document: Any = value
    for key in reversed(path):
        document = {key: document, f"{key}~": "another"}
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
    expect = Expect(json=(JsonComparison(pointer=pointer, equals=Same(value=value)),))
    (result,) = judged(expect, Outcome(stdout=json.dumps(document)))
    assert result.verdict is Verdict.PASSED


def test_json_that_is_nested_too_deeply_is_no_json() -> None:
    (result,) = judged(Expect(json=(JsonComparison(pointer="/a"),)), Outcome(stdout="[" * 100_000))
    assert (result.verdict, result.observed) == (Verdict.UNKNOWN, "the answer is not JSON")


def test_long_values_are_cut() -> None:
    (result,) = judged(Expect(stdout=Comparison(contains="x")), Outcome(stdout="x" * 1000))
    assert result.observed == "x" * 197 + "..."


def test_secrets_are_masked_before_a_value_is_cut() -> None:
    text = "x" * 190 + "hunter2-and-more" + "y" * 100
    outcome = Outcome(stdout=text)
    expect = Expect(stdout=Comparison(contains="hunter2", equals=Same(baseline="words"), above=Limit(value=Decimal(1))))

    def mask(shown: str) -> str:
        return re.sub("hunter2-and-more|well", "***", shown)

    results = evaluate(expect, outcome, baseline=BASELINE.get, read=read, mask=mask)
    assert [result.verdict for result in results] == [Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN]
    assert results[1].expected == "stdout equals all is ***"
    for result in results:
        assert "hunter2-" not in result.observed


def test_all_conditions_together() -> None:
    good, bad, unknown = (CheckResult("", "", verdict) for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN))
    assert overall(()) is Verdict.PASSED
    assert overall((good, good)) is Verdict.PASSED
    assert overall((good, unknown)) is Verdict.UNKNOWN
    assert overall((unknown, bad, good)) is Verdict.FAILED


def test_a_result_is_recorded_as_passed_or_not() -> None:
    assert CheckResult("exit code 0", "1", Verdict.UNKNOWN).record == {
        "expected": "exit code 0",
        "observed": "1",
        "passed": False,
    }


@pytest.mark.parametrize(
    ("expect", "outcome", "told"),
    [
        (None, Outcome(exit=0, stdout="7"), ["exit code 0"]),
        (None, Outcome(status=204), ["status 2xx"]),
        (Expect(stdout=Comparison(contains="7")), Outcome(exit=0, stdout="7"), ["stdout contains '7'"]),
        (
            Expect(stdout=Comparison(contains="7")),
            Outcome(exit=1, stdout="7"),
            ["exit code 0", "stdout contains '7'"],
        ),
        (
            Expect(exit=(0,), stdout=Comparison(contains="7")),
            Outcome(exit=0, stdout="7"),
            ["exit code 0", "stdout contains '7'"],
        ),
        (Expect(json=(JsonComparison(pointer="/a"),)), Outcome(status=200, stdout='{"a": 1}'), ["a value at /a"]),
        (
            Expect(json=(JsonComparison(pointer="/a"),)),
            Outcome(status=500, stdout="{}"),
            ["status 2xx", "a value at /a"],
        ),
    ],
)
def test_what_nobody_asked_for_and_held_is_not_told_beside_something_else(
    expect: Expect | None, outcome: Outcome, told: list[str]
) -> None:
    assert [result.expected for result in telling(judged(expect, outcome))] == told
