"""Triggers as sentences that leave nothing open."""

from __future__ import annotations

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.triggers.explain import duration, explain, lasting, metric, threshold
from tests.triggers.conftest import trigger_of

RATIO = """{source: openmetrics, url: 'http://s/metrics', series: 'requests{code=~"5.."}', of: requests, over: 1m}"""
FREEZE = "readings that cannot be evaluated freeze it"


@pytest.mark.parametrize(
    ("query", "keys", "sentence"),
    [
        (
            RATIO,
            "above: 1%, for: 2m, every: 10s",
            'fires when requests{code=~"5.."} of requests over 1m is above 1% for 2m, read every 10s; ' + FREEZE,
        ),
        (
            "{source: health, endpoint: api, path: /health}",
            "below: 1, count: 4",
            "fires at the 4th failing reading in a row, of new ones only, that finds that health at api/health "
            "is below 1, read every 30s; " + FREEZE,
        ),
        (
            "{source: http, url: 'http://m/x?token=1', pointer: /value}",
            "above: 5, count: 1",
            "fires at the first failing reading, of new ones only, that finds that /value at http://m/x is above 5, "
            "read every 30s; " + FREEZE,
        ),
        (
            "{source: prometheus, expr: 'increase(events[1m])'}",
            "above: 0, window: 10m, more_than: 3",
            "fires when new readings find more than 3 times within 10m that increase(events[1m]) is above 0, "
            "read every 30s; " + FREEZE,
        ),
        (
            "{source: prometheus, expr: events}",
            "above: 0, window: 10m, more_than: 0",
            "fires when new readings find once within 10m that events is above 0, read every 30s; " + FREEZE,
        ),
        (
            "{source: manual, signal: user_issues, over: 1h}",
            "above: 10",
            "fires when the number of user_issues reports over 1h is above 10 at one reading, read every 30s; "
            + FREEZE,
        ),
        (
            '{source: exec, run: "./mem.sh\\nexit"}',
            "at_least: 0.9, unknown: reset",
            "fires when what `./mem.sh` prints is at least 0.9 at one reading, read every 30s; "
            "readings that cannot be evaluated start it anew",
        ),
        (
            "{source: alertmanager}",
            "at_least: 1, max_gap: 2m",
            "fires when alertmanager at alertmanager is at least 1 at one reading, read every 30s; "
            f"{FREEZE}; 2m without a reading start it anew",
        ),
        (
            "{source: prometheus, expr: errors / requests}",
            "above: {query: {source: prometheus, expr: base}, times: '1.5'}, at_most: 100%, floor: 1%, "
            "volume: {query: {source: prometheus, expr: requests}, at_least: 50}",
            "fires when errors / requests is above 1.5 times base and at most 100% at one reading, read every 30s; "
            f"{FREEZE}; while requests is below 50 it is not judged; a value below 1% never counts",
        ),
        (
            "{source: prometheus, expr: errors}",
            "above: {query: {source: prometheus, expr: base}}, alive: {source: prometheus, expr: up}, "
            "control: {source: prometheus, expr: vector(1)}",
            f"fires when errors is above base at one reading, read every 30s; {FREEZE}; "
            "no data counts as a breach when up is empty or zero and vector(1) is not",
        ),
        (
            "{source: http, url: 'http://m/x'}",
            "for: 1m",
            "fires when http at http://m/x is compared with nothing for 1m, read every 30s; " + FREEZE,
        ),
    ],
)
def test_a_trigger_is_one_sentence(query: str, keys: str, sentence: str) -> None:
    assert explain(trigger_of(keys, query=query)) == f"errors: {sentence}"


@pytest.mark.parametrize(("number", "word"), [(2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (21, "21st")])
def test_ordinals(number: int, word: str) -> None:
    assert f"at the {word} failing reading" in explain(trigger_of(f"above: 1, count: {number}"))


def test_a_baseline_is_named() -> None:
    from dataclasses import replace
    from decimal import Decimal

    from rollback_gov.model.expect import Limit

    trigger = replace(trigger_of("above: 1"), above=Limit(baseline="latency", times=Decimal(2)))
    assert threshold(trigger) == "above 2 times the baseline latency"


@pytest.mark.parametrize(
    ("keys", "long", "behind"),
    [
        ("above: 1", "", ""),
        ("above: 1, for: 2m", "2m", " for 2m"),
        ("above: 1, count: 1", "", ""),
        ("above: 1, count: 3", "3 in a row", ", 3 in a row"),
        ("above: 1, window: 5m, more_than: 2", "more than 2 within 5m", ", more than 2 within 5m"),
    ],
)
def test_how_long_a_condition_must_hold(keys: str, long: str, behind: str) -> None:
    trigger = trigger_of(keys)
    assert duration(trigger, Duration(30_000)) == long
    assert lasting(trigger, Duration(30_000)) == behind


def test_a_metric_has_a_name_without_secrets() -> None:
    assert (
        metric(trigger_of("above: 1", query="{source: http, url: 'http://m/x?token=geheim'}").query)
        == "http at http://m/x"
    )


def test_what_it_is_compared_with_may_be_bad_itself() -> None:
    compared = "above: {query: {source: http, url: 'http://m/stable'}, times: 2}, for: 1m, baseline_limit: 2%"
    assert explain(trigger_of(compared)).endswith(
        "; while what it is compared with is beyond 0.02 itself, nothing more than an investigation follows"
    )
