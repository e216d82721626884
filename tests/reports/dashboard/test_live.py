"""What the page shows of a run, line by line of journals that were kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rollback_gov.execution.clock import parse_stamp
from rollback_gov.model.event import Event
from rollback_gov.outputs.run_document import run_document
from rollback_gov.reports.dashboard.live import Live, live_of
from tests.reports.dashboard.following import at, event, events_of, watched

NOW = at("2026-11-30T10:36:07.100Z")
WAITS = event(
    36,
    "gate.waiting",
    "2026-11-30T10:36:07.090Z",
    step="phases/database/sure",
    ask="Safe?",
    deadline="2026-11-30T10:46:07.090Z",
    subject="",
    choices=["approved", "denied"],
    several=False,
    role="Database lead",
)


def after(journal: str, lines: int, *more: Event, state: str = "") -> Live:
    return live_of(watched((*events_of(journal)[:lines], *more), state=state), NOW)


def test_a_phase_runs_with_its_step() -> None:
    live = after("failed", 22)
    assert (live.standing.tone, live.standing.word) == ("runs", "Running")
    assert live.operation == "op-orders-2"
    assert live.where == "production"
    assert live.at is not None
    assert (live.at.number, live.at.title, live.at.way) == (2, "Database back to schema 1", "option migrate-down")
    assert live.at.step is not None
    assert (live.at.step.title, live.at.step.word, live.at.step.timeout) == ("Stop 2.0.0", "runs", 5.0)
    assert [row.word for row in live.phases] == ["passed", "runs", "to come", "to come", "to come"]
    assert live.then == "Application back to 1.0.0"
    assert live.said == "Running. phase 2 of 5, Database back to schema 1."
    assert (live.todo, live.command) == ("", "")


def test_somebody_is_waited_for() -> None:
    live = after("failed", 21, WAITS)
    (asked,) = live.asked
    assert live.standing.word == "Waiting for a person"
    assert asked.whom == "Database lead: somebody else than linus, or linus with a reason"
    assert asked.answers == (
        "rollback-gov approve op-1 phases/database/sure",
        "rollback-gov approve op-1 phases/database/sure --deny",
    )
    assert asked.until - asked.since == 600
    assert live.at is not None
    assert live.at.word == "waits"
    assert live.said.endswith("waits for Database lead: somebody else than linus, or linus with a reason: Safe?")


def test_a_rollback_that_failed_says_what_to_do() -> None:
    live = after("failed", 35)
    assert live.standing.word == "Failed"
    assert live.detail == "phase 'database' failed"
    assert live.todo.startswith("it is NOT rolled back, and nobody calls level 2")
    assert live.command == "rollback-gov resume op-1"
    assert live.at is not None
    assert (live.at.title, live.at.way) == ("Database back to schema 1", "tried: migrate-down, restore-backup")
    assert [step.word for step in live.at.steps] == ["passed", "failed", "passed", "failed"]
    assert live.then == ""
    assert live.timing is not None
    assert live.timing.took is not None


@pytest.mark.parametrize(("state", "word"), [("dead", "Nobody runs it"), ("interrupted", "Interrupted")])
def test_a_run_whose_process_is_gone_runs_nothing(state: str, word: str) -> None:
    live = after("failed", 22, state=state)
    assert (live.standing.tone, live.standing.word) == ("bad", word)
    assert live.command == "rollback-gov resume op-1"
    assert [row.word for row in live.phases][:2] == ["passed", "cut off"]
    assert live.at is not None
    assert live.at.began == 0
    assert not live.at.slow
    assert not live.goes_on
    assert live.at.step is not None
    assert live.at.step.word == "cut off"


def test_nobody_knows_how_a_step_ended() -> None:
    lost = event(23, "step.unknown", step="phases/database/migrate-down/stop", attempt=1, reason="x")
    live = after("failed", 22, lost, state="dead")
    assert live.at is not None
    assert live.at.steps[-1].word == "nobody knows how it ended"
    assert "--settle" in live.asked[0].answers[0]


def test_a_rollback_that_passed_needs_nothing() -> None:
    live = after("passed", 99)
    assert (live.standing.tone, live.standing.word) == ("good", "Rolled back")
    assert live.at is None
    assert {row.tone for row in live.phases} == {"good"}
    assert [check.result for _, check in live.checks] == ["passed"] * 6
    assert live.asked == ()


def test_a_wish_to_end_is_told() -> None:
    wish = event(23, "cancel.requested", by="cleo", reason="we look first", after_step=True)
    assert after("failed", 22, wish).detail == "To be ended by cleo: we look first"


def test_why_it_is_rolled_back_and_what_went_wrong() -> None:
    live = after("failed", 35)
    assert live.because == "customers get errors when they order"
    assert ("Impact", "every second order fails") in live.why
    assert [mishap.at for _, mishap in live.mishaps] == sorted((m.at for _, m in live.mishaps), reverse=True)
    assert any(mishap.grave and "expected exit code 0, saw 1" in mishap.text for _, mishap in live.mishaps)


def regional(run: int, **regions: int) -> Live:
    inside = {name: events_of(f"regional/regions/{name}")[:lines] for name, lines in regions.items()}
    now = max(events[-1].at for events in inside.values()) if inside else "2026-11-30T10:36:08.600Z"
    return live_of(watched(events_of("regional")[:run], inside), parse_stamp(now) + timedelta(seconds=1))


def test_each_region_has_a_lane() -> None:
    live = regional(4, asia=17, america=9)
    assert [lane.region for lane in live.lanes] == ["asia", "america", "europe"]
    assert [lane.standing.word for lane in live.lanes] == ["Rolled back", "Running", "To come"]
    assert live.region == "america"
    assert live.at is not None
    assert live.at.title == "Open the old cluster"
    assert live.said == "Running. america: phase 2 of 3, Open the old cluster."
    assert [lane.run for lane in live.lanes] == ["op-1.asia", "op-1.america", "op-1.europe"]


def test_before_the_first_region_begins_no_phase_is_shown() -> None:
    live = regional(1)
    assert live.region == ""
    assert live.phases == ()
    assert {lane.standing.word for lane in live.lanes} == {"To come"}


def test_the_region_with_least_time_stands_in_front() -> None:
    later = regional(4, asia=9, america=9)
    assert later.region == "asia"


def test_a_gate_in_a_region_is_answered_there() -> None:
    lines = (*events_of("regional/regions/america")[:8], WAITS)
    live = live_of(watched(events_of("regional")[:4], {"america": lines}), at("2026-11-30T10:36:11.000Z"))
    assert live.standing.word == "Waiting for a person"
    assert live.asked[0].where == "america"
    assert live.asked[0].answers[0] == "rollback-gov approve op-1.america phases/database/sure"
    assert live.lanes[1].waits == ("Safe?",)


def test_a_region_that_was_not_started_says_so() -> None:
    left_out = event(5, "region.not_started", region="europe", reason="failures", detail="asia failed")
    live = live_of(watched((*events_of("regional")[:4], left_out)), at("2026-11-30T10:36:11.000Z"))
    assert live.lanes[2].standing.word == "Not started"


@pytest.mark.parametrize("journal", ["passed", "failed", "resumed", "rehearsed"])
def test_after_any_line_it_says_what_status_says(journal: str) -> None:
    """Nothing is told here that ``status --json`` tells otherwise, and two looks at the same moment are the same."""
    events = events_of(journal)
    for lines in range(1, len(events) + 1):
        seen, now = watched(events[:lines]), parse_stamp(events[lines - 1].at)
        live, document = live_of(seen, now), run_document(seen.run.glance, now)
        assert live == live_of(seen, now)
        assert live.run == document["run"]
        assert [row.path for row in live.phases] == [phase["path"] for phase in document["phases"]]
        assert [asked.ask for asked in live.asked] == [question["ask"] for question in document["questions"]]
        assert (live.at.path if live.at and live.at.tone in ("runs", "wait") else "") == document["phase"]
        if live.timing is not None and live.timing.took is None and live.timing.limit:
            assert live.timing.ends - now.timestamp() == pytest.approx(document["left_seconds"], abs=0.002)


def test_while_only_time_passes_it_is_the_same() -> None:
    seen = watched(events_of("failed")[:22])
    assert live_of(seen, NOW) == live_of(seen, NOW + timedelta(seconds=2))
    assert live_of(seen, NOW) != live_of(seen, NOW + timedelta(minutes=3))
