"""Which numbers a query can give."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rollback_gov.triggers.proof.domain import domain_of
from tests.triggers.conftest import trigger_of


@pytest.mark.parametrize(
    ("query", "words", "inside", "outside"),
    [
        ("{source: health, url: 'http://m/'}", "answer of a health check (0 or 1)", ["0", "1"], ["2", "-1", "0.5"]),
        ("{source: manual, signal: x}", "count (0, 1, 2 …)", ["0", "7"], ["-1", "0.5"]),
        ("{source: alertmanager}", "count (0, 1, 2 …)", ["0"], ["0.5"]),
        ("{source: ours, alerts: {severity: page}}", "count (0, 1, 2 …)", ["3"], ["-3"]),
        ("{source: openmetrics, url: 'http://m', series: a, of: b}", "number from 0 on", ["0.5"], ["-0.5"]),
        ("{source: prometheus, expr: 'rate(x_total[1m])'}", "number from 0 on", ["0", "900"], ["-1"]),
        ("{source: prometheus, expr: up}", "number from 0 to 1", ["0", "0.5", "1"], ["1.1", "-0.1"]),
        ("{source: prometheus, expr: absent(x)}", "number from 1 to 1", ["1"], ["0"]),
        ("{source: prometheus, expr: x}", "number", ["-5", "5"], []),
        ("{source: prometheus, expr: 'x ('}", "number", ["-5", "5"], []),
        ("{source: http, url: 'http://m'}", "number", ["-5", "0.5"], []),
    ],
)
def test_a_query_says_what_it_can_give(query: str, words: str, inside: list[str], outside: list[str]) -> None:
    domain = domain_of(trigger_of("above: 1", query=query).query)
    assert domain.words == words
    assert all(domain.holds(Decimal(number)) for number in inside)
    assert not any(domain.holds(Decimal(number)) for number in outside)
