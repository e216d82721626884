"""Metrics pages in the text formats."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.sources.exposition import Sample, parse

PAGE = r"""
# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total { method = "post" , code = "400", } 3
# An escaped label, as in the documentation of the format
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
metric_without_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
not_a_number NaN
empty{} 0
"""


def test_a_page_becomes_samples_by_name_and_labels() -> None:
    samples = parse(PAGE)
    assert samples["http_requests_total", (("code", "200"), ("method", "post"))] == Sample(Decimal(1027), 1395066363.0)
    assert samples["http_requests_total", (("code", "400"), ("method", "post"))] == Sample(Decimal(3))
    assert samples["metric_without_labels", ()].number == Decimal("12.47")
    assert samples["something_weird", (("problem", "division by zero"),)].number.is_infinite()
    assert samples["not_a_number", ()].number.is_nan()
    assert samples["empty", ()].number == 0
    assert len(samples) == 7


def test_escapes_in_labels_are_undone() -> None:
    labels = next(dict(labels) for name, labels in parse(PAGE) if name == "msdos_file_access_time_seconds")
    assert labels == {"path": r"C:\DIR\FILE.TXT", "error": 'Cannot find file:\n"FILE.TXT"'}


def test_openmetrics_has_timestamps_in_seconds_and_exemplars() -> None:
    bucket = 'foo_bucket{le="10"} 17 1520879607.789 # {trace_id="oHg5SJ#YRHA0"} 9.8 1520879607.789'
    page = f'{bucket}\nbar 1 # {{a="b"}} 1\n# EOF\n'
    samples = parse(page, openmetrics=True)
    assert samples["foo_bucket", (("le", "10"),)] == Sample(Decimal(17), 1520879607.789)
    assert samples["bar", ()] == Sample(Decimal(1))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1abc 5", "does not begin with the name"),
        ("abc", "needs a value"),
        ("abc 1 2 3", "needs a value"),
        ("abc five", "'five' is not a number"),
        ("abc 1 soon", "could not convert"),
        ('abc{a="1"', "labels of .* cannot be read"),
        ("abc{a=1} 5", "labels of .* cannot be read"),
        ('abc{a="1" b="2"} 5', "labels of .* cannot be read"),
        ('abc{a="1",a="2"} 5', "labels of .* cannot be read"),
        ("abc{,} 5", "labels of .* cannot be read"),
        ("abc{a} 5", "labels of .* cannot be read"),
        ("<html>", "does not begin with the name"),
    ],
)
def test_one_bad_line_spoils_the_page_and_is_named(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"line 2 of the metrics page: .*{reason}"):
        parse(f"good 1\n{line}\n")


def test_a_series_that_stands_twice_spoils_the_page() -> None:
    with pytest.raises(ValueError, match=r"line 2 .* stands twice"):
        parse('abc{a="1",b="2"} 5\nabc{b="2",a="1"} 6\n')


LABELS = st.dictionaries(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True), st.text(), max_size=4)


@given(LABELS, st.floats())
def test_whatever_a_client_library_writes_is_read_back(labels: dict[str, str], number: float) -> None:
    escaped = {
        name: value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for name, value in labels.items()
    }
    inside = ",".join(f'{name}="{value}"' for name, value in escaped.items())
    samples = parse(f"metric{{{inside}}} {number!r}\n")
    (series, sample) = next(iter(samples.items()))
    assert dict(series[1]) == labels
    assert str(float(sample.number)) == str(number) or abs(number) < 1e-307


@given(st.text())
def test_no_page_raises_anything_but_a_value_error(text: str) -> None:
    with suppress(ValueError):
        parse(text)
