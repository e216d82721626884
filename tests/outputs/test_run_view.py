"""What a person sees of a run within three seconds, at any width and height."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len

from rollback_gov.execution.progression import progress_of
from rollback_gov.outputs.run_view import PLAIN, rows_of, run_view
from tests.reports import journals
from tests.reports.journals import NOON, Story

DRAIN, DATABASE = "phases/drain", "phases/database"


def shown(story: Story, seconds: float, *, width: int = 80, height: int = 24) -> list[str]:
    now = NOON + timedelta(seconds=seconds)
    return [line.plain.rstrip() for line in run_view(progress_of(story.events), now, width=width, height=height)]


def running() -> Story:
    story = Story().start(verification_seconds=120).phase(DRAIN, "Stop traffic").wait(30).end_phase(DRAIN, 30.0)
    story.phase(DATABASE, "Database rollback", budget=180, alternative="restore-dump").wait(10)
    return story.intent(f"{DATABASE}/restore-dump/restore", title="Restore the dump", attempt=2)


def test_the_whole_picture() -> None:
    assert shown(running(), 80) == [
        "─" * 80,
        "op-7 in production  API v2.1 with a new login                           RUNNING",
        "SLA 1m20s of 15m  ━━━━────────────────────────────────────           13m40s left",
        "done by about 5m30s                                        SLA ends 12:15:00 UTC",
        "✔ Stop traffic                                                       30.0s of 1m",
        "▶ Database rollback (option restore-dump)                            50.0s of 3m",
        "    Restore the dump (attempt 2)                                     40.0s of 1m",
        "· Verification                                                                2m",
    ]


def test_what_is_waited_for_stands_at_the_end_with_its_command() -> None:
    story = running().add(
        "gate.waiting", step="phases/database/ask", ask="Restore?", deadline="2026-01-31T12:05:00.000Z"
    )
    lines = shown(story, 80)
    assert "WAITING" in lines[1]
    assert lines[-2].startswith("? waits: Restore?")
    assert lines[-2].endswith("until 12:05:00 UTC")
    assert lines[-1] == "  rollback-gov approve op-7-20260131-120000-execute phases/database/ask"


def test_a_gate_without_a_deadline_says_how_long_it_waits() -> None:
    lines = shown(running().add("gate.waiting", step="phases/database/ask", ask="Restore?", deadline=""), 55)
    assert lines[-2].endswith("15.0s")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(80, "13m40s left"), (700, "done by about 13m40s"), (790, "MAY BE LATE"), (1000, "1m40s OVER")],
)
def test_time_gets_short(seconds: float, text: str) -> None:
    assert text in "\n".join(shown(running(), seconds))


def test_budgets_that_fill_the_sla_are_no_alarm_from_the_first_moment() -> None:
    story = Story().start(sla_seconds=300, phases=[], verification_seconds=120)
    lines = shown(story.phase(DATABASE, "Database rollback", budget=180).wait(0.2), 0.2)
    assert any("done by about 5m " in line for line in lines)
    assert "LATE" not in "\n".join(lines)


def test_notes_say_what_went_wrong() -> None:
    story = running().add("escalated", level=2, on="running", after_seconds=1, actions=[], notify=[])
    story.check("errors", "failed").add("cancel.requested", by="ben", reason="wrong plan", after_step=True)
    lines = shown(story, 80)
    assert lines[-3:] == [
        "! escalation level 2",
        "! checks not passed: errors",
        "! to be ended by ben: wrong plan",
    ]
    assert "ENDING" in lines[1]


def test_a_run_without_an_sla_and_one_that_has_ended() -> None:
    assert shown(Story().start(sla_seconds=0), 5)[2] == "5.0s since the decision, no SLA"
    lines = shown(running().end("failed", 90), 500)
    assert "FAILED" in lines[1]
    assert lines[2].endswith("13m30s left")
    assert not any("done by" in line or "Restore the dump" in line for line in lines)


def test_before_it_began_there_is_no_clock() -> None:
    assert len(shown(Story().add("rehearsal.version", moment="before", version="v1"), 5)) == 2


def many() -> Story:
    phases = [{"path": f"phases/p{n}", "title": f"Phase {n}", "budget_seconds": 60, "objective": ""} for n in range(30)]
    story = Story().start(phases=phases)
    for number in range(15):
        story.phase(f"phases/p{number}", f"Phase {number}").wait(1)
        story.end_phase(f"phases/p{number}", 1.0, result="failed" if number == 3 else "passed")
    return story.phase("phases/p15", "Phase 15").intent("phases/p15/s", title="The step that runs")


@pytest.mark.parametrize("height", [3, 6, 8, 10, 14, 24, 50])
def test_many_phases_are_counted_and_the_one_that_runs_is_seen(height: int) -> None:
    lines = shown(many(), 20, height=height)
    assert len(lines) <= height
    if height >= 8:
        assert any(line.startswith("▶ Phase 15") for line in lines)
        assert any("The step that runs" in line for line in lines)
    if height >= 10:
        assert any(" before, 1 failed" in line for line in lines)
        assert any("more to come" in line for line in lines)


@pytest.mark.parametrize("width", [1, 20, 40, 57, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    story = Story().start(operation="o" * 300, title="標題" * 200, environment="e" * 100, verification_seconds=5)
    story.phase(DRAIN, "長い" * 100).intent(f"{DRAIN}/x", title="t" * 500)
    story.add("gate.waiting", step="phases/drain/" + "s" * 200, ask="界" * 300, deadline="")
    story.add("escalated", level=2, on="running", after_seconds=1, actions=[], notify=[])
    for line in run_view(progress_of(story.events), NOON, width=width, height=24):
        assert line.cell_len <= max(width, 20) or line.plain.startswith("  rollback-gov approve ")
        assert "\n" not in line.plain


@pytest.mark.parametrize("width", [30, 33, 40, 60])
def test_a_long_question_and_the_command_that_answers_it_are_whole_on_a_narrow_terminal(width: int) -> None:
    ask = "Are the orders of the last hour safe in it?"
    step = "phases/database/ask-the-administrator"
    story = running().add("gate.waiting", step=step, ask=ask, deadline="", role="DBA")
    lines = shown(story, 80, width=width, height=30)
    first = next(number for number, line in enumerate(lines) if line.startswith("? waits for DBA"))
    assert lines[first].endswith("40.0s")
    assert " ".join(line.strip() for line in lines[first + 1 : -1]) == ask
    assert lines[-1] == f"  rollback-gov approve op-7-20260131-120000-execute {step}"


def test_a_question_without_blanks_is_broken_where_the_row_ends() -> None:
    ask = "界" * 30
    lines = shown(running().add("gate.waiting", step="a/b", ask=ask, deadline=""), 80, width=33, height=30)
    assert "".join(line.strip() for line in lines[-3:-1]) == ask
    assert all(cell_len(line) <= 33 for line in lines[:-1])


def test_a_question_of_any_length_takes_three_rows() -> None:
    lines = shown(running().add("gate.waiting", step="a/b", ask="so long " * 100, deadline=""), 80, width=40, height=30)
    assert lines[-5].startswith("? waits")
    assert lines[-2].endswith("…")


@pytest.mark.parametrize("height", range(3, 14))
def test_what_a_terminal_breaks_counts_by_its_rows(height: int) -> None:
    story = many().add("gate.waiting", step="phases/p15/" + "s" * 30, ask="Go on? " * 20, deadline="")
    lines = run_view(progress_of(story.events), NOON, width=40, height=height)
    assert sum(rows_of(line, 40) for line in lines) <= height


def test_texts_of_a_plan_take_over_no_terminal_and_are_no_markup() -> None:
    evil = "[bold]x[/bold]\x1b[2J\x9b31m\u202e\r\n::error::\tx"
    story = Story().start(operation=evil, title=evil, environment=evil).phase(DRAIN, "Drain")
    story.intent(f"{DRAIN}/x", title=evil).add("gate.waiting", step=evil, ask=evil, deadline="")
    text = "\n".join(shown(story, 1, width=300))
    assert "[bold]x[/bold]" in text
    assert not set("\x1b\x9b\u202e\r\t") & set(text)


@pytest.mark.parametrize("name", ["failed", "gated", "passed", "resumed", "rehearsed"])
def test_every_prefix_of_every_story_can_be_drawn(name: str) -> None:
    events = getattr(journals, name)().events
    for number in range(len(events) + 1):
        for width, height in ((40, 10), (100, 30)):
            lines = run_view(progress_of(events[:number]), NOON, width=width, height=height, glyphs=PLAIN)
            assert len(lines) <= height
            assert all(line.plain.isascii() or "…" in line.plain for line in lines)


def test_a_narrow_terminal_at_a_question_says_when_the_sla_ends() -> None:
    assert shown(running(), 80, width=40)[3] == "done by about 5m30s"
    asked = running().add("gate.waiting", step="phases/database/ask", ask="Restore?", deadline="")
    assert shown(asked, 80, width=40)[3] == "SLA ends 12:15:00 UTC"
