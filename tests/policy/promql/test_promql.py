"""PromQL: what is wrong and where, between which numbers a value lies, and what kind it is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.policy.promql.expression import Binary, Expression, Other
from rollback_gov.policy.promql.ranges import range_of
from rollback_gov.policy.promql.reader import Fault, read_promql
from rollback_gov.policy.promql.shape import is_filter, is_ratio, several_series


def read(text: str) -> Expression:
    found = read_promql(text)
    assert not isinstance(found, Fault), found
    return found


WRONG = {
    "sum(rate(a[5m])": "(",
    "a / ": "/",
    'a{b="c}': '"c}',
    "rate(a)": "rate",
    "rate(b[5m]) / rate(a)": "rate",
    "foo(a)": "foo",
    "a >> 3": ">",
    "sum(\nrate(b[5m]\n) / 3": "(",
    "rate(a[5m)": ")",
    "a{b=c}": "c",
    "sum(rate(a[5m]) by (x))": "by",
    "a + * b": "*",
    "rate(a[5x])": "5x",
    'sum(rate(http{a=~"5.."}[5m])) // 2': "/",
    "error rate > 5": "rate",
    "a > 5%": "%",
    "a)": ")",
    "": "",
}


@pytest.mark.parametrize("text", WRONG)
def test_where_it_is_wrong(text: str) -> None:
    fault = read_promql(text)

    assert isinstance(fault, Fault)
    assert text[fault.start : fault.end] == WRONG[text]
    if text.startswith("rate(b"):
        assert fault.start == text.rindex("rate")


@given(st.text(alphabet="abrate(){}[]<>=!~\"'5m, \n/*+by%", max_size=40))
def test_any_text(text: str) -> None:
    found = read_promql(text)

    if isinstance(found, Fault):
        assert 0 <= found.start <= found.end <= len(text)


def test_what_nobody_writes_is_not_looked_into() -> None:
    assert read_promql("(" * 300 + "a" + ")" * 300) == Other()
    assert read_promql("-" * 5000 + "1") == Other()
    assert isinstance(read_promql("-a"), Binary)
    assert isinstance(read_promql("a" + " + a" * 400), Binary)


RANGES = {
    "3": (3, 3),
    "-3": (-3, -3),
    "up": (0, 1),
    "x": (-math.inf, math.inf),
    "requests_total": (0, math.inf),
    "sum(rate(a[5m]))": (0, math.inf),
    'sum(rate(a{code=~"5.."}[5m])) / sum(rate(a[5m]))': (0, 1),
    '(sum(rate(a{code=~"5.."}[5m])) or vector(0)) / sum(rate(a[5m])) * 100': (0, 100),
    'sum by (x) (rate(a{code="5"}[5m])) / sum by (x) (rate(a[5m]))': (0, 1),
    'sum(rate(a{code=~"5.."}[5m])) / sum(rate(b[5m]))': (0, math.inf),
    'sum(rate(a[5m])) / sum(rate(a{code="5"}[5m]))': (0, math.inf),
    'sum(rate(a{code="5"}[5m])) / (sum(rate(a[5m])) > 0)': (0, 1),
    "sum(rate(a[5m])) / 4": (0, math.inf),
    "up / 2": (0, 0.5),
    "1 - up": (0, 1),
    "up + up": (0, 2),
    "up * -1": (-1, 0),
    "sum(x) > bool 3": (0, 1),
    "up > 0": (0, 1),
    "up or vector(7)": (0, 7),
    "up unless x": (0, 1),
    "absent(x)": (1, 1),
    "count(x)": (0, math.inf),
    "group(x)": (1, 1),
    "max(up)": (0, 1),
    "sum(x)": (-math.inf, math.inf),
    "histogram_quantile(0.99, sum by (le) (rate(a_seconds_bucket[5m])))": (0, math.inf),
    "histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m])))": (-math.inf, math.inf),
    "max_over_time(up[5m])": (0, 1),
    "ln(x)": (-math.inf, math.inf),
    "x ^ 2": (-math.inf, math.inf),
    "x * y": (-math.inf, math.inf),
    "a_total * b_total": (0, math.inf),
    "x / y": (-math.inf, math.inf),
    "sum(rate(a[5m]) > bool 1) / sum(rate(a[5m]))": (0, math.inf),
    "(sum(rate(a[5m])) > bool 1) / sum(rate(a[5m]))": (0, math.inf),
    "NaN": (-math.inf, math.inf),
}


@pytest.mark.parametrize("text", RANGES)
def test_between_which_numbers_a_value_lies(text: str) -> None:
    within = range_of(read(text))
    assert (within.low, within.high) == RANGES[text]


SEVERAL = {
    "sum(x)": False,
    "sum by (a) (x)": True,
    "sum without (a) (x)": True,
    "increase(x[5m])": True,
    "sum(increase(x[5m]))": False,
    "x": False,
    "a / b": True,
    "job:a:b / job:c:d": False,
    "sum(a) / sum(b)": False,
    "scalar(x) + 1": False,
    "topk(1, x)": False,
    "histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))": False,
    "histogram_quantile(0.9, rate(x_bucket[5m]))": True,
    "max_over_time(x[5m:1m])": False,
}


@pytest.mark.parametrize("text", SEVERAL)
def test_one_series_or_several(text: str) -> None:
    assert several_series(read(text)) is SEVERAL[text]


def test_a_comparison_is_a_filter() -> None:
    assert is_filter(read("a > 5"))
    assert is_filter(read("a > 5 and b"))
    assert is_filter(read("a and b > 5"))
    assert not is_filter(read("a > bool 5"))
    assert not is_filter(read("sum(a > 5)"))
    assert not is_filter(read("a > 5 or b"))


def test_ratios() -> None:
    assert is_ratio(read("sum(rate(a[1m])) / sum(rate(b[1m]))"))
    assert not is_ratio(read("a / b"))
    assert not is_ratio(read("sum(rate(a[1m])) / 60"))
