"""Each line of each journal comes to a page once, wherever it left off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.event import Event
from rollback_gov.reports.dashboard.lines import Line, counts_of, lines_after, mark_of
from tests.reports.dashboard.following import event, events_of

REGIONS = ("asia", "america", "europe")
Journals = Mapping[str, Sequence[Event]]


def regional() -> Journals:
    inside = {region: events_of(f"regional/regions/{region}") for region in REGIONS}
    return {"": events_of("regional"), **inside}


def keys(lines: Sequence[Line]) -> list[str]:
    return [line.key for line in lines]


def test_a_run_of_one_is_told_in_the_order_of_its_lines() -> None:
    lines = lines_after({"": events_of("failed")}, ())
    assert [line.number for line in lines] == list(range(1, 36))
    assert [line.mark for line in lines] == [str(number) for number in range(1, 36)]


def test_a_run_of_several_is_told_by_the_time_of_its_lines() -> None:
    lines = lines_after(regional(), ())
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len(set(keys(lines))) == len(lines) == sum(map(len, regional().values()))
    assert lines[-1].mark == mark_of([len(events) for events in regional().values()])


def test_a_clock_that_went_back_changes_no_order() -> None:
    journal = [event(n, "warning", f"2026-01-31T12:00:0{s}.000Z", message="x") for n, s in enumerate((5, 2, 6), 1)]
    assert keys(lines_after({"": journal}, ())) == [":1", ":2", ":3"]


@given(st.data())
def test_a_page_that_leaves_and_comes_back_has_every_line_once(data: st.DataObject) -> None:
    """The journals grow, the page takes some of what is new, and its wire is cut after any line."""
    whole = regional()
    lengths = dict.fromkeys(whole, 0)
    had: list[Line] = []
    mark = "0"
    for _ in range(data.draw(st.integers(1, 6))):
        lengths = {name: data.draw(st.integers(lengths[name], len(events))) for name, events in whole.items()}
        news = lines_after({name: events[: lengths[name]] for name, events in whole.items()}, counts_of(mark))
        taken = news[: data.draw(st.integers(0, len(news)))]
        had += taken
        mark = taken[-1].mark if taken else mark
    had += lines_after(whole, counts_of(mark))
    assert len(set(keys(had))) == len(had) == sum(map(len, whole.values()))
    for name, events in whole.items():
        assert [line.number for line in had if line.region == name] == [event.seq for event in events]


@pytest.mark.parametrize(
    "mark", ["", "x", "-1", "1.", ".1", "1..2", "1 2", "1e3", "1" * 10, "1\n", "٣", ".".join("1" * 1001)]
)
def test_what_is_no_mark_begins_at_the_beginning(mark: str) -> None:
    assert counts_of(mark) == ()


@given(st.lists(st.integers(0, 999_999_999), min_size=1, max_size=50))
def test_a_mark_is_read_as_it_was_written(counts: list[int]) -> None:
    assert counts_of(mark_of(counts)) == tuple(counts)


def test_a_mark_from_beyond_the_end_shows_nothing() -> None:
    assert lines_after({"": events_of("failed")}, (99,)) == ()


@pytest.mark.parametrize(
    ("journal", "number", "text", "tone"),
    [
        ("failed", 1, "run: run op-orders-2-20261130-103605-execute is started by linus", ""),
        ("failed", 3, "person: linus overrides 'permit': a rollback is never stopped by a missing permit", "wait"),
        ("failed", 16, "step: Turn new orders away (phases/drain/away) begins", ""),
        ("failed", 20, "phase: phases/drain: passed after 0.3 s", "good"),
        (
            "failed",
            25,
            "step: phases/database/migrate-down/down: failed after 0.0 s: expected exit code 0, saw 1",
            "bad",
        ),
        ("failed", 31, "phase: phases/database: failed after 0.7 s", "bad"),
        ("failed", 34, "run: ended: failed: phase 'database' failed", "bad"),
        ("passed", 45, "run: ended: passed", "good"),
    ],
)
def test_lines_say_what_happened(journal: str, number: int, text: str, tone: str) -> None:
    lines = {line.number: line for line in lines_after({"": events_of(journal)}, ())}
    found = next((line for line in lines.values() if line.text == text), lines[number])
    assert (found.text, found.tone) == (text, tone)


def test_a_second_attempt_says_so_and_what_has_no_words_says_its_type() -> None:
    intent = event(1, "step.intent", step="phases/a/b", title="Load v2", attempt=2)
    broken = event(2, "break_glass.opened", file="x.json", sha256="", waived=[], review_due="")
    waits = event(3, "gate.waiting", step="phases/a/ask", ask="Go on?", deadline="")
    lines = lines_after({"": (intent, broken, waits)}, ())
    assert lines[0].text == "step: Load v2 (phases/a/b) begins, attempt 2"
    assert lines[1].text == "break glass opened: file=x.json"
    assert lines[2].tone == "wait"
