"""Selectors of series."""

from __future__ import annotations

import pytest

from rollback_gov.sources.exposition import parse
from rollback_gov.sources.selector import parse_selector

PAGE = parse(
    "\n".join(
        [
            'requests{code="200",method="GET"} 1',
            'requests{code="500",method="GET"} 2',
            'requests{code="503",method="POST"} 4',
            'requests{code="1500"} 8',
            "other 16",
        ]
    )
)


@pytest.mark.parametrize(
    ("selector", "total"),
    [
        ("requests", 15),
        ("requests{}", 15),
        ('requests{code="500"}', 2),
        ('requests{code=~"5.."}', 6),
        ('requests{ code =~ "5..", method != "GET", }', 4),
        ('requests{code!~"5.."}', 9),
        ('requests{method=""}', 8),
        ('requests{method!=""}', 7),
        ('requests{code=~"2..|503"}', 5),
        ('requests{code="5.."}', 0),
        ("other", 16),
        ("absent", 0),
        (r'requests{code=~"5\\d\\d"}', 6),
    ],
)
def test_a_selector_chooses_series_as_promql_does(selector: str, total: int) -> None:
    assert sum(sample.number for sample in parse_selector(selector).select(PAGE).values()) == total


def test_a_metric_can_be_there_with_other_labels() -> None:
    assert parse_selector('requests{code="404"}').knows(PAGE)
    assert not parse_selector("absent").knows(PAGE)


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ("", "does not begin with the name"),
        ('{code="500"}', "does not begin with the name"),
        ("requests[5m]", "in braces"),
        ("sum(requests)", "in braces"),
        ('requests{code="500"', "in braces"),
        ("requests{code=500}", "cannot be read"),
        ('requests{code~"500"}', "cannot be read"),
        ('requests{code="500" method="GET"}', "cannot be read"),
        ('requests{="500"}', "cannot be read"),
        ('requests{code=~"("}', "not a regular expression"),
    ],
)
def test_a_selector_that_cannot_be_read_says_why(selector: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_selector(selector)
