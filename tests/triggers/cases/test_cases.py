"""Case files: what a case reads, what it compares, and what is wrong with a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.model.errors import UsageError
from rollback_gov.triggers.cases.load import load_cases
from rollback_gov.triggers.cases.run import CaseResult, run_case
from tests.triggers.conftest import plan_of

PLAN = plan_of("""
watch: {every: 10s, mode: auto}
baseline: [{id: latency, run: "true", save: latency.txt}]
scenarios: [{id: restart, use_when: It may help, phases: [undo]}]
triggers:
  - {id: errors, query: {source: http, url: 'http://m/e'}, above: 5%, for: 20s,
     volume: {query: {source: prometheus, expr: requests}, at_least: 100}}
  - {id: health, query: {source: health, url: 'http://m/'}, below: 1, count: 3, every: 5s}
  - {id: slow, query: {source: prometheus, expr: p99}, above: {baseline: latency, times: 2}, window: 1m, more_than: 1}
  - {id: users, query: {source: manual, signal: complaints, over: 1m}, at_least: 10}
decision:
  - {action: mitigate, any: [slow], scenario: restart, within: 1m, then: rollback}
  - {action: investigate, any: [users], within: 30s, then: page}
  - {action: rollback, all: [errors, health]}
""")


def cases(tmp_path: Path, text: str) -> list[CaseResult]:
    file = tmp_path / "cases.yaml"
    file.write_text(text, encoding="utf-8")
    return [run_case(case, PLAN) for case in load_cases(file, PLAN)]


def wrong(result: CaseResult) -> list[tuple[str, str, str, str]]:
    return [(str(one.at), one.what, one.expected, one.got) for one in result.mismatches]


GOOD = """
cases:
  - name: errors for twenty seconds, and health three times in a row
    interval: 10s
    series:
      errors: {value: 0.01 0.06x5, volume: 100x10}
      health: 1x1 0x10
    expect:
      - {at: 0s, triggers: {errors: idle, health: idle}, nothing: true}
      - {at: 20s, triggers: {errors: pending, health: pending}, decision: none, nothing: true}
      - {at: 30s, triggers: {errors: fired, health: pending}, decision: none}
      - {at: 39s, triggers: {health: pending}}
      - {at: 40s, triggers: {health: fired}}
      - {at: 40s, decision: {action: rollback, band: 2, triggers: [health, errors], conduct: act, scenario: ""}}
  - name: too little traffic, a source that fails, and a gap
    interval: 10s
    series:
      errors: {value: 0.06 0.06 0.06x9, volume: 100 99x3 errorx3 100x3}
      slow: _x2 error 201
    baseline: {latency: 100}
    expect:
      - {at: 10s, triggers: {errors: pending, slow: idle}}
      - {at: 20s, triggers: {errors: pending, slow: blind}}
      - {at: 30s, triggers: {errors: low-traffic, slow: pending}}
      - {at: 60s, triggers: {errors: pending, slow: blind}, nothing: true}
      - {at: 70s, triggers: {errors: blind, slow: blind}, nothing: true}
      - {at: 90s, triggers: {errors: pending, slow: blind}}
  - name: a mitigation becomes a rollback, unless it has helped
    mode: confirm
    baseline: {latency: 100}
    series: {slow: 201x10}
    expect:
      - {at: 0s, triggers: {slow: pending}}
      - {at: 10s, decision: {action: mitigate, scenario: restart, deadline: 1m10s, conduct: ask}}
      - {at: 69s, decision: mitigate}
      - {at: 70s, decision: {action: rollback, band: 0, scenario: ""}}
  - name: what people report within a minute
    reports: {complaints: [{at: 5s, count: 4}, {at: 25s, count: 6}]}
    expect:
      - {at: 20s, triggers: {users: idle}, nothing: true}
      - {at: 30s, triggers: {users: fired}, decision: {action: investigate, deadline: 1m}}
      - {at: 1m, decision: page}
"""


def test_what_comes_is_what_was_expected(tmp_path: Path) -> None:
    results = cases(tmp_path, GOOD)
    assert [wrong(result) for result in results] == [[], [], [], []]
    assert [result.place.line for result in results] == [3, 15, 28, 37]
    assert results[0].fired == {"errors", "health"}
    assert results[0].quiet == {"errors", "health"}
    assert results[0].decided == {2}
    assert results[0].passed_over == {2}
    assert results[3].fired == {"users"}
    assert results[3].quiet == {"users"}
    assert results[3].decided == {1}
    assert results[3].passed_over == {1}


def test_what_does_not_come_is_told_with_the_readings_before_it(tmp_path: Path) -> None:
    text = """
cases:
  - name: wrong
    interval: 10s
    series: {health: 1 0x10, slow: 201x10, errors: {value: _ 1, volume: 100x9}}
    baseline: {latency: 100}
    expect:
      - {at: 10s, triggers: {health: fired, slow: idle, errors: pending}}
      - {at: 30s, decision: {action: rollback, band: 2, deadline: 5m, triggers: [errors]}}
      - {at: 30s, decision: none}
      - {at: 1h, nothing: true}
"""
    (result,) = cases(tmp_path, text)
    assert wrong(result) == [
        ("10s", "health", "fired", "pending (1/3)"),
        ("10s", "slow", "idle", "fired"),
        (
            "30s",
            "decision",
            "rollback (band 2, deadline 5m, triggers errors)",
            "mitigate (band 0, deadline 1m10s, triggers slow)",
        ),
        ("30s", "decision", "none", "mitigate (band 0)"),
        (
            "1h",
            "nothing",
            "nothing fired or decided",
            "slow fired at 10s, decision mitigate (band 0, scenario restart, deadline 1m10s, triggers slow, "
            "conduct act)",
        ),
    ]
    assert [(str(seen.at), seen.value, seen.verdict, seen.state) for seen in result.mismatches[0].readings] == [
        ("0s", "1", "ok", "ok"),
        ("5s", "1", "ok", "ok"),
        ("10s", "0", "breach", "1/3"),
    ]
    assert result.mismatches[1].readings[-1].reason == "201 is above 200"
    assert (result.fired, result.decided) == (frozenset(), frozenset())


def test_a_decision_that_does_not_come_shows_what_was_on_its_way(tmp_path: Path) -> None:
    text = """
cases:
  - name: too early
    interval: 10s
    series: {health: '0x10'}
    expect: [{at: 10s, decision: rollback}]
"""
    (result,) = cases(tmp_path, text)
    assert wrong(result) == [("10s", "decision", "rollback", "none")]
    assert {seen.trigger for seen in result.mismatches[0].readings} == {"health"}


BAD = {
    "cases: []": "'cases' needs at least 1 entry.",
    "case: []": "Unknown key 'case' at the top level. Did you mean 'cases'?",
    "cases: [{name: x, expect: [{at: 5s}]}]": ":1:28: This expects nothing at all.",
    "cases: [{name: x, expect: [{at: soon, nothing: true}]}]": "'soon'",
    "cases: [{name: x, series: {helth: '1'}, expect: [{at: 5s, nothing: true}]}]": (
        ":1:28: The plan has no trigger 'helth'. Did you mean 'health'?"
    ),
    "cases: [{name: x, series: {health: 1 0y}, expect: [{at: 5s, nothing: true}]}]": (
        ":1:38: '0y' is no part of a series."
    ),
    "cases: [{name: x, series: {errors: {value: '1', volume: '1 x'}}, expect: [{at: 5s, nothing: true}]}]": (
        ":1:60: 'x' is no part of a series."
    ),
    "cases: [{name: x, series: {errors: 1 2}, expect: [{at: 5s, nothing: true}]}]": (
        ":1:36: Trigger 'errors' also reads 'volume', and the case gives no series for it."
    ),
    "cases: [{name: x, series: {health: {value: 1 2, above: '3'}}, expect: [{at: 5s, nothing: true}]}]": (
        ":1:49: Trigger 'health' reads no 'above'. It reads: value."
    ),
    "cases: [{name: x, series: {health: 0x10}, expect: [{at: 5s, nothing: true}]}]": (
        "'health' must be text or a mapping, not a whole number. Put quotes around it."
    ),
    "cases: [{name: x, reports: {complaint: [{at: 5s}]}, expect: [{at: 5s, nothing: true}]}]": (
        "The plan has no signal 'complaint'. Did you mean 'complaints'?"
    ),
    "cases: [{name: x, baseline: {latncy: 5}, expect: [{at: 5s, nothing: true}]}]": "Did you mean 'latency'?",
    "cases: [{name: x, expect: [{at: 5s, triggers: {health: idle}}]}]": (
        ":1:48: The case gives trigger 'health' no series, so it is never read. Add series/health."
    ),
    "cases: [{name: x, expect: [{at: 5s, triggers: {helth: idle}}]}]": "Did you mean 'health'?",
    "cases: [{name: x, expect: [{at: 5s, triggers: {health: fird}}]}]": "Did you mean 'fired'?",
    "cases: [{name: x, expect: [{at: 5s, decision: rolback}]}]": "Did you mean 'rollback'?",
    "cases: [{name: x, expect: [{at: 5s, decision: {action: none, band: 3}}]}]": (
        "There is no row 3 in the plan's decision; it has 3, from 0."
    ),
    "cases: [{name: x, expect: [{at: 5s, decision: {action: mitigate, scenario: restrt}}]}]": (
        "The plan has no scenario 'restrt'. Did you mean 'restart'?"
    ),
    "cases: [{name: x, expect: [{at: 5s, decision: {action: rollback, triggers: [user]}}]}]": "Did you mean 'users'?",
    "cases: [{name: x, expect: [{at: 3000h, nothing: true}]}]": "more than 100000 ticks",
    "cases: [{]": "not valid YAML",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_is_told_at_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        cases(tmp_path, text + "\n")
    assert f"{tmp_path / 'cases.yaml'}:1:" in str(caught.value)
    assert BAD[text] in str(caught.value)


def test_a_block_of_text_is_followed_to_its_word(tmp_path: Path) -> None:
    text = """
cases:
  - name: x
    series:
      health: >-
        1 2 3
        4 fife
    expect: [{at: 5s, nothing: true}]
"""
    with pytest.raises(UsageError, match=r"cases\.yaml:7:11: 'fife' is no part"):
        cases(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        load_cases(tmp_path / "nowhere.yaml", PLAN)


def test_a_trigger_that_fires_and_leads_to_nothing_is_not_nothing(tmp_path: Path) -> None:
    text = """
cases:
  - name: errors alone
    interval: 10s
    series: {errors: {value: 0.06x9, volume: 100x9}}
    expect:
      - {at: 20s, triggers: {errors: fired}, decision: none}
      - {at: 20s, nothing: true}
      - {at: 1m, triggers: {errors: idle}}
"""
    (result,) = cases(tmp_path, text)
    assert wrong(result) == [
        ("20s", "nothing", "nothing fired or decided", "errors fired at 20s"),
        ("1m", "errors", "idle", "fired"),
    ]
    assert result.mismatches[0].place.line == 8
    led_to_it = [(str(seen.at), seen.state) for seen in result.mismatches[1].readings]
    assert led_to_it == [("0s", "0s/20s"), ("10s", "10s/20s"), ("20s", "FIRED")]
