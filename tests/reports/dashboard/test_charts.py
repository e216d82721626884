"""Drawings: well-formed, within their frame, with a text, and with nothing of a plan as markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.reports.dashboard import charts
from rollback_gov.reports.dashboard.figures import Spread
from rollback_gov.reports.dashboard.months import Month
from rollback_gov.reports.dashboard.timed import Timed
from rollback_gov.reports.fact import NotMeasured
from tests.thoroughness import examples

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def clock(
    share: float | None, *, met: bool | None = None, at: timedelta = timedelta(), outcome: str = "passed"
) -> Timed:
    unknown = NotMeasured("it goes on")
    return Timed(
        run="r",
        operation="<b>op</b>",
        title="",
        services=("api",),
        place="production",
        decided=f"{START + at:%Y-%m-%dT%H:%M:%S}.000Z",
        outcome=outcome,
        seconds=unknown if share is None else 900 * share,
        limit=900.0,
        met=(unknown if share is None else share <= 1) if met is None else met,
        report="",
        causes=(),
    )


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def percent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


SHAPES = {"in time": "circle", "late": "use", "lost": "use"}


@given(shares=st.lists(st.floats(0, 1e9), max_size=60))
@settings(max_examples=examples(50))
def test_every_rollback_has_one_mark_within_the_frame(shares: list[float]) -> None:
    drawn = parsed(charts.strip([clock(share) for share in shares], "so many"))
    marks = [mark for mark in drawn if mark.tag in ("circle", "use")]
    assert len(marks) == len(shares)
    for mark in marks:
        assert 0 <= percent(mark.get("cx") or mark.get("x") or "") <= 100
        assert 0 <= float(mark.get("cy") or mark.get("y") or "") <= 76


def test_the_shape_says_how_it_went() -> None:
    drawn = parsed(charts.strip([clock(0.5), clock(1.2), clock(0.3, met=False, outcome="failed")], "three"))
    marks = [mark for mark in drawn if mark.tag in ("circle", "use")]
    assert [mark.get("href") or mark.get("class") for mark in marks] == ["dot", "#late", "#lost"]


def test_what_is_beyond_the_edge_stands_there_and_says_so() -> None:
    at_edge, beyond = charts.strip([clock(charts.CAP)], ""), charts.strip([clock(40)], "")
    place = [percent(parsed(svg).find("use").get("x")) for svg in (at_edge, beyond)]  # type: ignore[union-attr, arg-type]
    assert place[0] == place[1]
    assert "beyond the edge" not in at_edge
    assert "10 h of 15 min, passed, beyond the edge" in beyond


def test_one_without_a_time_has_no_mark() -> None:
    assert not parsed(charts.strip([clock(None)], "none")).findall("circle")


def test_a_drawing_is_an_image_with_a_text_and_says_it_escaped() -> None:
    drawn = parsed(charts.strip([clock(0.5)], 'a "<script>" & more'))
    assert (drawn.get("role"), drawn.get("aria-label")) == ("img", 'a "<script>" & more')
    assert drawn.find("circle/title").text.startswith("<b>op</b>, 2026-01-31 12:00: 7 min 30 s of 15 min")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (0, ["12:00:00"]),
        (0.001, ["12:00:00", "12:00:21", "12:00:43", "12:01:04", "12:01:26"]),
        (1, ["01-31 12:00", "01-31 18:00", "02-01 00:00", "02-01 06:00", "02-01 12:00"]),
        (40, ["2026-01-31", "2026-02-10", "2026-02-20", "2026-03-02", "2026-03-12"]),
        (100, ["2026-02", "2026-03", "2026-04", "2026-05"]),
        (900, ["2026-02", "2026-06", "2026-10", "2027-02", "2027-06", "2027-10", "2028-02", "2028-06"]),
    ],
)
def test_ticks_fit_the_time(days: float, labels: list[str]) -> None:
    last = timedelta(days=days)
    drawn = parsed(charts.over_time([clock(1.1, at=last), clock(0.5)], "over time"))
    assert [text.text for text in drawn.findall("text")][3:] == labels
    for text in drawn.findall("text"):
        assert 0 <= percent(text.get("x") or "") <= 100


def test_higher_is_longer_and_later_is_further_right() -> None:
    drawn = parsed(charts.over_time([clock(1.3, at=timedelta(days=3)), clock(0.5)], "two"))
    dot, diamond = drawn.find("circle"), drawn.find("use")
    assert dot is not None
    assert diamond is not None
    assert float(dot.get("cy", "")) > float(diamond.get("y", ""))
    assert percent(dot.get("cx", "")) < percent(diamond.get("x", ""))


def test_over_time_too_what_is_beyond_stands_at_the_edge() -> None:
    drawn = parsed(charts.over_time([clock(share) for share in (0.0, 1.2, 1e9)], "all"))
    marks = [mark for mark in drawn if mark.tag in ("circle", "use")]
    assert all(22 <= float(mark.get("cy") or mark.get("y") or "") <= 276 for mark in marks)


def test_many_are_drawn_as_many() -> None:
    few, many = (charts.over_time([clock(0.5)] * count, "all") for count in (charts.MANY, charts.MANY + 1))
    assert (parsed(few).get("class"), parsed(many).get("class")) == ("chart", "chart dense")


def test_what_nobody_can_judge_has_no_mark() -> None:
    unknown = replace(clock(0.5), met=NotMeasured("there is none"))
    assert not parsed(charts.strip([unknown], "none")).findall("circle")
    assert charts.over_time([unknown], "none") == ""


def test_without_a_day_or_a_time_there_is_nothing_to_draw_over_time() -> None:
    assert charts.over_time([clock(None)], "none") == ""


def test_columns_stand_on_each_other() -> None:
    drawn = parsed(charts.columns([Month(month="2026-01", kept=3, missed=1, others=0), _empty("2026-02")], "months"))
    missed, kept = drawn.findall("rect")
    assert (missed.get("class"), kept.get("class")) == ("fill bad", "fill")
    foot = float(missed.get("y", "")) + float(missed.get("height", ""))
    assert float(kept.get("y", "")) + float(kept.get("height", "")) <= float(missed.get("y", "")) < foot
    assert [text.text for text in drawn.findall("text")] == ["4", "2026-01", "2026-02"]


def test_of_many_months_some_are_named() -> None:
    drawn = parsed(charts.columns([_empty(f"20{year}-01") for year in range(10, 46)], "months"))
    assert len(drawn.findall("text")) == 8


def _empty(month: str) -> Month:
    return Month(month=month, kept=0, missed=0, others=0)


@pytest.mark.parametrize(("share", "width"), [(0, 0), (0.25, 25), (1, 100), (7, 100), (-1, 0)])
def test_a_bar(share: float, width: float) -> None:
    _track, bar = parsed(charts.bar(share, "a share")).findall("rect")
    assert percent(bar.get("width", "")) == width


@pytest.mark.parametrize(
    ("middle", "width", "kind"),
    [(90, 16.67, "fill"), (180, 33.33, "fill"), (360, 66.67, "fill bad"), (9000, 100, "fill bad")],
)
def test_a_phase_against_its_budget(middle: float, width: float, kind: str) -> None:
    drawn = parsed(charts.against_budget(Spread(n=2, middle=middle, ninth=9000, most=9000), 180, "phase"))
    (bar,) = drawn.findall("rect")
    assert (percent(bar.get("width", "")), bar.get("class")) == (width, kind)
    limit = next(line for line in drawn.findall("line") if line.get("class") == "rule limit")
    assert percent(limit.get("x1", "")) == 33.33
