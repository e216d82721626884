from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from rollback_gov.reports.metrics.exposition import exposition, number_text
from rollback_gov.reports.metrics.families import FAMILIES, Family
from rollback_gov.reports.metrics.sheet import Sample
from tests.thoroughness import examples

FAMILY = Family(name="rollback_plans", kind="gauge", help='A \\ and a\nnew line, and a "quote".', labels=("level",))


def test_a_family_with_its_help_and_its_lines() -> None:
    samples = [
        Sample(name="rollback_plans", labels={"level": "2"}, value=3),
        Sample(name="rollback_plans", labels={}, value=0.5),
    ]
    assert exposition([(FAMILY, samples)]) == (
        '# HELP rollback_plans A \\\\ and a\\nnew line, and a "quote".\n'
        "# TYPE rollback_plans gauge\n"
        'rollback_plans{level="2"} 3\n'
        "rollback_plans 0.5\n"
    )


def test_one_without_lines_is_left_out() -> None:
    assert exposition((family, ()) for family in FAMILIES.values()) == ""


@settings(max_examples=examples(500))
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_whatever_stands_in_a_label_is_read_back(text: str, number: float) -> None:
    written = exposition([(FAMILY, [Sample(name="rollback_plans", labels={"level": text}, value=number)])])
    (family,) = text_string_to_metric_families(written)
    (sample,) = family.samples
    assert (sample.labels, sample.value) == ({"level": text}, number)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (True, "1"),
        (840.0, "840"),
        (0.1, "0.1"),
        (float("inf"), "+Inf"),
        (-float("inf"), "-Inf"),
        (1764508265.828, "1764508265.828"),
    ],
)
def test_numbers_lose_nothing(number: float, text: str) -> None:
    assert number_text(number) == text
    assert math.isclose(float(text), number)
