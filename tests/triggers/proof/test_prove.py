"""A trigger that can fire is shown to, and one that cannot is told why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Limit
from rollback_gov.model.observation import Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers import machine
from rollback_gov.triggers.condition import VALUE, Verdict, judge
from rollback_gov.triggers.proof.construct import construct
from rollback_gov.triggers.proof.prove import TriggerProof, prove
from tests.triggers.conftest import plan_of, trigger_of

EVERY = Duration(10_000)
HEALTH = "{source: health, url: 'http://m/'}"
MANUAL = "{source: manual, signal: complaints, over: 1h}"
HTTP = "{source: http, url: 'http://m/x'}"
SHARE = "{source: prometheus, expr: up}"


def told(proof: TriggerProof) -> list[tuple[str, str, int, str]]:
    return [(one.kind, one.series, one.readings, str(one.fired_after or "")) for one in proof.played]


def test_a_duration_is_shown_on_both_sides() -> None:
    proof = prove(trigger_of("above: 5%, for: 20s"), EVERY)
    assert proof.problem == ""
    assert told(proof) == [
        ("fires", "value 0.055", 3, "20s"),
        ("fine", "value 0.05", 7, ""),
        ("almost", "2 times value 0.055, then value 0.05, over and over", 9, ""),
        ("blind", "2 times value 0.055, then the source fails or has no sample", 12, ""),
    ]


def test_a_single_reading_has_no_almost() -> None:
    proof = prove(trigger_of("at_least: 10, count: 1", query=MANUAL), EVERY)
    assert told(proof) == [
        ("fires", "value 10", 1, "0s"),
        ("fine", "value 9", 3, ""),
        ("blind", "the source fails or has no sample", 6, ""),
    ]


@pytest.mark.parametrize(
    ("keys", "query", "series", "after"),
    [
        ("below: 1, count: 4", HEALTH, "value 0", "30s"),
        ("above: 3, window: 1m, more_than: 3", HTTP, "value 3.3", "30s"),
        ("at_most: 90%, for: 15s, every: 4s", SHARE, "value 0.81", "16s"),
        ("above: 10, below: 20", HTTP, "value 11", "0s"),
        ("below: 20, floor: 19", HTTP, "value 19", "0s"),
        ("above: {query: {source: prometheus, expr: base}, times: 2}, floor: 1", HTTP, "value 220, above 100", "0s"),
        ("above: {query: {source: prometheus, expr: up}, times: 2}, floor: 0.1", HTTP, "value 2.2, above 1", "0s"),
        ("above: {query: {source: prometheus, expr: 'vector(7)'}}", HTTP, "value 7.7, above 7", "0s"),
        ("below: {query: {source: prometheus, expr: '3 + up'}, times: 2}", HTTP, "value 7.2, below 4", "0s"),
        (
            "above: 1, volume: {query: {source: http, url: 'http://v'}, at_least: 50}",
            HTTP,
            "value 1.1, volume 50",
            "0s",
        ),
        (
            "above: 1, volume: {query: {source: http, url: 'http://v'}, "
            "at_least: {query: {source: http, url: 'http://w'}, times: 3}}",
            HTTP,
            "value 1.1, volume 300, volume_least 100",
            "0s",
        ),
    ],
)
def test_a_series_that_fires_is_made_from_the_condition(keys: str, query: str, series: str, after: str) -> None:
    proof = prove(trigger_of(keys, query=query), EVERY)
    assert proof.problem == ""
    assert (proof.played[0].series, str(proof.played[0].fired_after)) == (series, after)
    assert {one.kind for one in proof.played} >= {"fires", "fine", "blind"}


def test_a_number_of_the_baseline_is_assumed() -> None:
    body = """
baseline: [{id: latency, run: "true", save: latency.txt}]
triggers: [{id: slow, query: {source: prometheus, expr: p99}, above: {baseline: latency, times: "1.5"}, floor: 160}]
"""
    proof = prove(plan_of(body).triggers[0], EVERY)
    assert proof.problem == ""
    assert proof.played[0].reason == "165 is above 150"
    assert proof.played[1].reason == "155 is below the floor of 160"


def test_a_dead_service_fires_where_it_is_asked_for() -> None:
    keys = f"above: 5, for: 10s, alive: {SHARE}, control: {SHARE}"
    proof = prove(trigger_of(keys, query=HTTP), EVERY)
    assert proof.problem == ""
    dead = proof.played[1]
    assert (dead.kind, dead.readings, str(dead.fired_after)) == ("dead", 2, "10s")
    assert dead.reason == "dead: no sample, nothing is alive, and the monitoring answers"


@pytest.mark.parametrize(
    ("keys", "query", "problem"),
    [
        ("below: 0", HEALTH, "it can never fire: no answer of a health check (0 or 1) is below 0"),
        ("above: 1, for: 1m", HEALTH, "it can never fire: no answer of a health check (0 or 1) is above 1"),
        ("at_least: 0", HEALTH, "it can never be quiet: every answer of a health check (0 or 1) is at least 0"),
        ("below: 0", MANUAL, "it can never fire: no count (0, 1, 2 …) is below 0"),
        ("above: 3, below: 4", MANUAL, "it can never fire: no count (0, 1, 2 …) is above 3 and below 4"),
        ("at_least: 0, count: 1", MANUAL, "it can never be quiet: every count (0, 1, 2 …) is at least 0"),
        ("above: 10, below: 5", HTTP, "it can never fire: no number is above 10 and below 5"),
        ("below: 5, floor: 5", HTTP, "it can never fire: no number is below 5 and not below its floor of 5"),
        ("above: 1", SHARE, "it can never fire: no number from 0 to 1 is above 1"),
        ("below: 0", "{source: prometheus, expr: 'rate(x_total[1m])'}", "it can never fire: no number from 0 on is"),
        ("count: 2", HTTP, "it can never be evaluated: the trigger compares its value with nothing"),
        ("floor: 0", HTTP, "it can never be evaluated: the trigger compares its value with nothing"),
        ("floor: 3", HEALTH, "it can never fire: no answer of a health check (0 or 1) is not below its floor of 3"),
        (
            "above: 1, for: 1m, max_gap: 5s",
            HTTP,
            "it can never fire: it starts anew after 5s without a reading, and is read every 10s",
        ),
        (
            "above: 1, count: 2, max_gap: 5s",
            HTTP,
            "it can never fire: it starts anew after 5s without a reading, and is read every 10s",
        ),
        (
            "above: 1, window: 30s, more_than: 3",
            HTTP,
            "it can never fire: within 30s there are fewer than 4 readings, one every 10s",
        ),
        ("above: 1, for: 3d", HTTP, "it takes 25921 readings until it fires, more than anybody shows"),
        ("above: 1, window: 30d, more_than: 2000", HTTP, "it takes 2001 readings until it fires"),
    ],
)
def test_a_trigger_that_cannot_be_proved_says_why(keys: str, query: str, problem: str) -> None:
    proof = prove(trigger_of(keys, query=query), EVERY)
    assert proof.problem.startswith(problem)


class Deaf:
    """A machine that never fires, and one that fires at once."""

    @staticmethod
    def never(*_: object) -> machine.Machine:
        return machine.DurationMachine(holds=10**12, every=10_000, max_gap=30_000)

    @staticmethod
    def at_once(*_: object) -> machine.Machine:
        return machine.DurationMachine(holds=0, every=10_000, max_gap=30_000)


def test_a_machine_that_is_broken_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    trigger = trigger_of("above: 5%, for: 20s")
    monkeypatch.setattr("rollback_gov.triggers.tick.machine_of", Deaf.never)
    assert prove(trigger, EVERY).problem == "it did not fire at 3 breaching readings in a row"
    monkeypatch.setattr("rollback_gov.triggers.tick.machine_of", Deaf.at_once)
    assert prove(trigger, EVERY).problem.startswith("it fires although it must not: 2 times value 0.055, then")


NAMES = ("above", "below", "at_least", "at_most", "floor")
LIMIT = st.one_of(st.none(), st.integers(-6, 6).map(lambda number: Limit(value=Decimal(number) / 2)))
CONDITIONS = st.builds(
    lambda limits: replace(trigger_of("above: 1"), **dict(zip(NAMES, limits, strict=True))), st.tuples(*[LIMIT] * 5)
)
GRID = [Decimal(number) / 8 for number in range(-40, 41)]


@given(CONDITIONS, st.sampled_from([HTTP, HEALTH, MANUAL, SHARE]))
def test_what_a_condition_can_say_is_found(condition: Trigger, query: str) -> None:
    """On a grid that is finer than the limits, both sides are found by trying, and are what the proof finds."""
    trigger = replace(condition, query=trigger_of("above: 1", query=query).query)
    values = {HEALTH: [Decimal(0), Decimal(1)], MANUAL: [n for n in GRID if n >= 0 and n == int(n)]}
    values |= {HTTP: GRID, SHARE: [n for n in GRID if 0 <= n <= 1]}
    verdicts = {judge(trigger, {VALUE: Value(number)}, {}).verdict for number in values[query]}
    made = construct(trigger)
    if verdicts >= {Verdict.BREACH, Verdict.OK}:
        assert made.breach is not None
        assert made.fine is not None
        assert judge(trigger, made.breach.readings, {}).verdict is Verdict.BREACH
        assert judge(trigger, made.fine.readings, {}).verdict is Verdict.OK
    else:
        named = {Verdict.UNKNOWN: "evaluated", Verdict.BREACH: "quiet", Verdict.OK: "fire"}
        word = next(word for verdict, word in named.items() if verdict in verdicts)
        assert f"it can never {'be ' if word != 'fire' else ''}{word}" in made.problem
