from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.reports.metrics.families import FAMILIES
from rollback_gov.reports.metrics.sheet import LONGEST, MOST, OTHERS, Sheet, label
from tests.thoroughness import examples


def values(sheet: Sheet, name: str) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in sheet.samples(FAMILIES[name])}


def test_a_counter_adds_up_and_begins_at_zero() -> None:
    sheet = Sheet()
    sheet.count("rollback_executed_total", "api", "production", by=0)
    sheet.count("rollback_executed_total", "web", "production")
    sheet.count("rollback_executed_total", "web", "production", by=2)
    assert values(sheet, "rollback_executed_total") == {("api", "production"): 0, ("web", "production"): 3}


def test_what_nobody_counted_has_no_line() -> None:
    assert [name for name, family in FAMILIES.items() if Sheet().samples(family)] == []


def test_a_gauge_keeps_what_came_first() -> None:
    sheet = Sheet()
    sheet.set("rollback_duration_seconds", 3, "op-7", "api", "production")
    sheet.set("rollback_duration_seconds", 5, "op-7", "api", "production")
    assert values(sheet, "rollback_duration_seconds") == {("op-7", "api", "production"): 3}


def test_the_buckets_of_a_histogram_are_sums() -> None:
    sheet = Sheet()
    for number in (15, 15.1, 3601):
        sheet.observe("rollback_detection_time", number, "api", "production")
    lines = {
        (sample.name, sample.labels.get("le")): sample.value
        for sample in sheet.samples(FAMILIES["rollback_detection_time"])
    }
    assert lines["rollback_detection_time_bucket", "15"] == 1
    assert lines["rollback_detection_time_bucket", "30"] == 2
    assert lines["rollback_detection_time_bucket", "3600"] == 2
    assert lines["rollback_detection_time_bucket", "+Inf"] == 3
    assert lines["rollback_detection_time_count", None] == 3
    assert lines["rollback_detection_time_sum", None] == pytest.approx(3631.1)


def test_a_histogram_that_only_began_has_every_bucket_at_zero() -> None:
    sheet = Sheet()
    sheet.observe("rollback_detection_time", None, "api", "production")
    lines = sheet.samples(FAMILIES["rollback_detection_time"])
    assert {sample.value for sample in lines} == {0}
    assert len(lines) == len(FAMILIES["rollback_detection_time"].buckets) + 3


def test_a_summary_has_no_buckets() -> None:
    sheet = Sheet()
    sheet.observe("rollback_phase_seconds", 7, "api", "production", "drain")
    names = [sample.name for sample in sheet.samples(FAMILIES["rollback_phase_seconds"])]
    assert names == ["rollback_phase_seconds_sum", "rollback_phase_seconds_count"]


def test_too_many_counters_become_one_and_their_sum_stays() -> None:
    sheet = Sheet()
    for number in range(MOST + 50):
        sheet.count("rollback_executed_total", f"s{number}", "production")
        sheet.observe("rollback_detection_time", 1, f"s{number}", "production")
    sheet.count("rollback_executed_total", "s0", "production")
    found = values(sheet, "rollback_executed_total")
    assert (len(found), sum(found.values()), found[OTHERS, OTHERS]) == (MOST + 1, MOST + 51, 50)
    counts = [item.value for item in sheet.samples(FAMILIES["rollback_detection_time"]) if item.name.endswith("_count")]
    assert (len(counts), sum(counts), sheet.left_out) == (MOST + 1, MOST + 50, 0)


def test_too_many_gauges_are_left_out_and_counted() -> None:
    sheet = Sheet()
    for number in range(MOST + 50):
        sheet.set("rollback_duration_seconds", number, f"op-{number}", "api", "production")
    sheet.set("rollback_duration_seconds", 0, "op-0", "api", "production")
    found = values(sheet, "rollback_duration_seconds")
    assert (len(found), max(found.values()), sheet.left_out) == (MOST, MOST - 1, 50)


def test_an_empty_label_is_left_out() -> None:
    sheet = Sheet()
    sheet.count("rollback_executed_total", "", "production")
    (sample,) = sheet.samples(FAMILIES["rollback_executed_total"])
    assert sample.labels == {"environment": "production"}


@settings(max_examples=examples(500))
@given(st.text(st.characters(), max_size=300))
def test_a_label_is_one_short_printable_line(text: str) -> None:
    shown = label(text)
    assert len(shown) <= LONGEST
    assert shown.isprintable()
    assert len(shown.encode("utf-8")) >= len(shown)


def test_long_texts_that_differ_only_at_their_end_stay_different() -> None:
    one, other = "a" * 5000 + "1", "a" * 5000 + "2"
    assert label(one) != label(other)
    assert label(one) == label(one)
    assert label("a" * LONGEST) == "a" * LONGEST


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_what_is_no_number_is_left_out_and_counted(number: float) -> None:
    sheet = Sheet()
    sheet.set("rollback_duration_seconds", number, "op-7", "api", "production")
    sheet.observe("rollback_detection_time", number, "api", "production")
    assert sheet.left_out == 2
    assert sheet.samples(FAMILIES["rollback_duration_seconds"]) == []
    assert {sample.value for sample in sheet.samples(FAMILIES["rollback_detection_time"])} == {0}
