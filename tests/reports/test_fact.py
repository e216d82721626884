from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.reports.fact import (
    Derived,
    Entered,
    Measured,
    NotMeasured,
    Seconds,
    derive,
    entered,
    provenance,
    wording,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.97, "1m"),
        (270.0, "4m30s"),
        (3661.0, "1h1m1s"),
        (-12.0, "-12.0 s"),
        (-90.0, "-1m30s"),
    ],
)
def test_seconds_are_written_for_people(number: float, text: str) -> None:
    assert str(Seconds(number)) == text


def test_a_person_who_said_nothing_leaves_a_fact_unknown() -> None:
    assert entered("  ", "plan") == NotMeasured("nobody said")
    assert entered("one login in forty fails", "plan") == Entered("one login in forty fails", "plan")


def test_nothing_follows_from_an_unknown_fact() -> None:
    assert derive(NotMeasured("no data"), len, "length") == NotMeasured("no data")
    assert derive(Measured("four", "journal"), len, "length") == Derived(4, "length")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NotMeasured("why"), "NOT MEASURED"),
        ("", "NOT MEASURED"),
        (Entered("", "plan"), "NOT MEASURED"),
        (Measured(0, "journal"), "0"),
        (Derived(True, "sum"), "yes"),
        (Derived(False, "sum"), "no"),
        (Measured(Seconds(90), "journal"), "1m30s"),
        ("text", "text"),
    ],
)
def test_a_measured_zero_is_a_zero_and_an_unknown_value_says_so(value: Any, text: str) -> None:
    assert wording(value) == text


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        (Measured(1, ""), "measured"),
        (Derived(1, ""), "derived"),
        (Entered(1, ""), "entered"),
        (NotMeasured(), "not measured"),
    ],
)
def test_provenance_is_a_type_with_a_word(fact: Any, word: str) -> None:
    assert provenance(fact) == word
