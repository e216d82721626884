"""Readings against a trigger's condition: breach, fine, or unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import Verdict, judge, queries, shown
from tests.triggers.conftest import trigger_of

GONE, DOWN = NoData("the expression gave no series"), Error("prometheus refuses connections")


def value(number: str) -> Value:
    return Value(Decimal(number), 1.0)


def verdict(
    trigger: Trigger, seen: Observation, baseline: dict[str, Decimal] | None = None, **roles: Observation
) -> Verdict:
    return judge(trigger, {"value": seen, **roles}, baseline or {}).verdict


@pytest.mark.parametrize(
    ("condition", "breach", "fine"),
    [
        ("above: 1%", "0.010000001", "0.01"),
        ("below: 95%", "0.949", "0.95"),
        ("at_least: 3", "3", "2.999"),
        ("at_most: 0", "0", "0.1"),
        ("above: 0.1%, at_most: 1%", "0.01", "0.011"),
        ("above: 0.1%, at_most: 1%", "0.002", "0.001"),
        ("above: {value: 5, times: '2'}", "10.1", "10"),
    ],
)
def test_a_number_breaches_or_is_fine(condition: str, breach: str, fine: str) -> None:
    trigger = trigger_of(condition)
    assert verdict(trigger, value(breach)) is Verdict.BREACH
    assert verdict(trigger, value(fine)) is Verdict.OK


def test_numbers_are_compared_exactly() -> None:
    """In binary floating point 0.1 + 0.2 is above 0.3."""
    assert verdict(trigger_of("above: 0.3"), Value(Decimal("0.1") + Decimal("0.2"))) is Verdict.OK


def test_the_verdict_comes_with_a_sentence() -> None:
    trigger = trigger_of("above: 0.1%, at_most: 5%")
    assert (
        judge(trigger, {"value": value("0.0123456789")}, {}).reason
        == "0.0123457 is above 0.001 and 0.0123457 is at most 0.05"
    )
    assert judge(trigger, {"value": value("0.06")}, {}).reason == "0.06 is not at most 0.05"


@pytest.mark.parametrize("seen", [GONE, DOWN])
def test_what_could_not_be_read_is_unknown(seen: NoData | Error) -> None:
    judgement = judge(trigger_of("below: 1"), {"value": seen}, {})
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.reason == seen.reason


def test_a_trigger_that_compares_with_nothing_never_breaches() -> None:
    assert verdict(trigger_of("for: 1m"), value("5")) is Verdict.UNKNOWN


CANARY = "above: {query: {source: prometheus, expr: baseline}, times: '1.5'}"


@pytest.mark.parametrize(
    ("seen", "base", "expected"),
    [
        ("0.031", value("0.02"), Verdict.BREACH),
        ("0.03", value("0.02"), Verdict.OK),
        ("0.001", value("0"), Verdict.BREACH),
        ("0", value("0"), Verdict.OK),
        ("9", GONE, Verdict.UNKNOWN),
        ("9", DOWN, Verdict.UNKNOWN),
    ],
)
def test_a_limit_can_be_another_query_times_a_factor(seen: str, base: Observation, expected: Verdict) -> None:
    """Nothing is divided, so a baseline of zero is a limit like any other."""
    assert verdict(trigger_of(CANARY), value(seen), above=base) is expected


def test_nought_times_infinity_is_no_limit() -> None:
    """Infinity is a number where triggers are judged as Prometheus' alerts are; this product is none to it either."""
    none = Trigger(id="a", query=Query(source="http"), above=Limit(query=Query(source="http"), times=Decimal(0)))
    assert verdict(none, value("5"), above=value("Infinity")) is Verdict.UNKNOWN
    assert verdict(none, value("5"), above=value("7")) is Verdict.BREACH


def test_a_limit_can_be_what_was_kept_before_the_change() -> None:
    trigger = Trigger(
        id="throughput", query=Query(source="http"), below=Limit(baseline="throughput", times=Decimal("0.5"))
    )
    assert verdict(trigger, value("49"), {"throughput": Decimal(100)}) is Verdict.BREACH
    assert verdict(trigger, value("50"), {"throughput": Decimal(100)}) is Verdict.OK
    judgement = judge(trigger, {"value": value("1")}, {})
    assert (judgement.verdict, judgement.reason) == (Verdict.UNKNOWN, "the baseline 'throughput' has no number")


def test_a_comparison_that_is_fine_outweighs_one_that_is_unknown() -> None:
    trigger = trigger_of(f"{CANARY}, at_most: 100")
    assert verdict(trigger, value("200"), above=DOWN) is Verdict.OK
    assert verdict(trigger, value("50"), above=DOWN) is Verdict.UNKNOWN


VOLUME = "above: 1%, volume: {query: {source: prometheus, expr: requests}, at_least: 50}"


@pytest.mark.parametrize(
    ("volume", "expected", "reason"),
    [
        (value("50"), Verdict.BREACH, "0.5 is above 0.01"),
        (value("49"), Verdict.UNKNOWN, "too little traffic: 49 of at least 50"),
        (GONE, Verdict.UNKNOWN, "the volume is unknown: the expression gave no series"),
        (DOWN, Verdict.UNKNOWN, "the volume is unknown: prometheus refuses connections"),
    ],
)
def test_too_little_traffic_cannot_be_judged(volume: Observation, expected: Verdict, reason: str) -> None:
    judgement = judge(trigger_of(VOLUME), {"value": value("0.5"), "volume": volume}, {})
    assert (judgement.verdict, judgement.reason) == (expected, reason)


def test_the_least_volume_can_be_unknown_too() -> None:
    trigger = trigger_of("above: 1, volume: {query: {source: http}, at_least: {query: {source: prometheus, expr: x}}}")
    assert verdict(trigger, value("5"), volume=value("9"), volume_least=DOWN) is Verdict.UNKNOWN
    assert verdict(trigger, value("5"), volume=value("9"), volume_least=value("9")) is Verdict.BREACH


def test_below_the_floor_nothing_is_a_breach() -> None:
    trigger = trigger_of(f"{CANARY}, floor: 0.5%")
    assert verdict(trigger, value("0.004"), above=value("0.001")) is Verdict.OK
    assert verdict(trigger, value("0.005"), above=value("0.001")) is Verdict.BREACH
    unknown = trigger_of("above: 1, floor: {query: {source: prometheus, expr: x}}")
    assert verdict(unknown, value("2"), floor=DOWN) is Verdict.UNKNOWN


DEAD = "above: 1%, alive: {source: prometheus, expr: up}, control: {source: prometheus, expr: vector(1)}"


@pytest.mark.parametrize(
    ("alive", "control", "expected"),
    [
        (GONE, value("1"), Verdict.BREACH),
        (value("0"), value("1"), Verdict.BREACH),
        (value("2"), value("1"), Verdict.UNKNOWN),
        (DOWN, value("1"), Verdict.UNKNOWN),
        (GONE, GONE, Verdict.UNKNOWN),
        (GONE, DOWN, Verdict.UNKNOWN),
    ],
)
def test_no_data_is_a_breach_only_of_what_is_provably_dead(
    alive: Observation, control: Observation, expected: Verdict
) -> None:
    assert verdict(trigger_of(DEAD), GONE, alive=alive, control=control) is expected


def test_an_error_is_never_a_breach_even_of_what_is_dead() -> None:
    assert verdict(trigger_of(DEAD), DOWN, alive=GONE, control=value("1")) is Verdict.UNKNOWN


def test_every_query_of_a_trigger_is_named_by_its_role() -> None:
    trigger = trigger_of(
        f"{DEAD}, below: {{query: {{source: http}}}}, volume: {{query: {{source: http}}, at_least: 5}}"
    )
    assert list(queries(trigger)) == ["value", "below", "volume", "alive", "control"]


OBSERVATIONS = st.one_of(
    st.builds(
        Value, st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=5), st.just(1.0)
    ),
    st.just(GONE),
    st.just(DOWN),
)


@given(st.sampled_from([CANARY, VOLUME, "below: 2", "above: 1, at_most: 3"]), st.data())
def test_unless_everything_that_counts_is_known_nothing_breaches(condition: str, data: st.DataObject) -> None:
    trigger = trigger_of(condition)
    readings = {role: data.draw(OBSERVATIONS, label=role) for role in queries(trigger)}
    judgement = judge(trigger, readings, {})
    if judgement.verdict is Verdict.BREACH:
        assert all(isinstance(seen, Value) for seen in readings.values())
    if not isinstance(readings["value"], Value):
        assert judgement.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.0333333333333333333333333333", "0.0333333"),
        ("1234567.891", "1234567.89"),
        ("12345678901234567890", "12345678901234567890"),
        ("1e25", "10000000000000000000000000"),
        ("1234567890123456789012345.5", "1234567890123456789012345.5"),
        ("-0.5", "-0.5"),
        ("0", "0"),
        ("1e-300", "0." + "0" * 299 + "1"),
    ],
)
def test_numbers_are_short_for_people(number: str, text: str) -> None:
    assert shown(Decimal(number)) == text
