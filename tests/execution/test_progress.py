"""How a run looks from outside: every prefix of a journal is a value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rollback_gov.execution.progress import Progress
from rollback_gov.execution.progression import progress_of, take
from rollback_gov.execution.projection import elapsed, left, phase_seconds, projected, since
from tests.reports import journals
from tests.reports.journals import NOON, Story

DRAIN, DATABASE = "phases/drain", "phases/database"


def of(story: Story) -> Progress:
    return progress_of(story.events)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def begun() -> Story:
    return Story().start(verification_seconds=120).phase(DRAIN, "Stop traffic").wait(2)


def test_before_anything_happened_all_phases_are_to_come() -> None:
    seen = of(Story().start(verification_seconds=120, region="eu"))
    assert (seen.operation, seen.environment, seen.region, seen.started_by) == ("op-7", "production", "eu", "ann")
    assert seen.executable == "e" * 64
    assert [(phase.path, phase.budget, phase.began) for phase in seen.phases.values()] == [
        (DRAIN, 60, ""),
        (DATABASE, 180, ""),
        ("verification", 120, ""),
    ]
    assert seen.phase is None
    assert seen.step is None


def test_the_phase_and_the_step_that_run() -> None:
    seen = of(begun().intent(f"{DRAIN}/weight", title="Weight to zero"))
    assert seen.phase is not None
    assert seen.step is not None
    assert (seen.phase.path, seen.step.title, seen.step.began) == (DRAIN, "Weight to zero", "2026-01-31T12:00:02.000Z")
    assert phase_seconds(seen.phase, at(5)) == 5
    assert since(seen.step.began, at(5)) == 3


def test_a_step_that_has_ended_and_one_that_nobody_knows_of() -> None:
    story = begun().step(f"{DRAIN}/weight", 3, "failed", detail="exit 7").intent(f"{DRAIN}/idle")
    seen = of(story.add("step.unknown", step=f"{DRAIN}/idle", attempt=1, reason="killed"))
    weight, idle = seen.steps.values()
    assert (weight.result, weight.detail, weight.seconds, weight.is_open) == ("failed", "exit 7", 3, False)
    assert (idle.is_unknown, idle.is_open) == (True, True)
    for outcome, result in (("done", "by_hand"), ("abort", "failed"), ("run_again", "unknown")):
        told = {"step": f"{DRAIN}/idle", "attempt": 1, "how": "person", "outcome": outcome, "by": "ann"}
        settled = progress_of(Story().events + story.events + Story().add("step.settled", **told).events)
        assert settled.steps[f"{DRAIN}/idle"].result == result
        assert not settled.steps[f"{DRAIN}/idle"].is_open


def test_alternatives_that_were_tried_and_how_the_phase_ended() -> None:
    story = begun().phase(DATABASE, "Database", budget=180, alternative="dump").wait(9)
    story.phase(DATABASE, "Database", budget=180, alternative="secondary").wait(4).end_phase(DATABASE, 13.0)
    phase = of(story).phases[DATABASE]
    assert (phase.tried, phase.result, phase.seconds, phase.runs) == (("dump", "secondary"), "passed", 13.0, False)


def test_a_forward_fix_stands_before_what_is_still_to_come() -> None:
    seen = of(begun().end_phase(DRAIN, 2).phase("forward_fix/compensate", "Compensate"))
    assert list(seen.phases) == [DRAIN, "forward_fix/compensate", DATABASE, "verification"]


@pytest.mark.parametrize(
    "answer",
    [
        ("gate.decided", {"step": "override/tools", "decision": "approved", "by": "ben"}),
        ("override", {"check": "tools", "reason": "x", "by": "ben"}),
        ("step.finished", {"step": "override/tools", "attempt": 1, "result": "passed", "detail": "", "seconds": 1}),
    ],
)
def test_a_question_stands_until_it_is_answered(answer: tuple[str, dict[str, object]]) -> None:
    story = begun().add("gate.waiting", step="override/tools", ask="psql is missing. Go on?", deadline="")
    (waiting,) = of(story).waiting
    assert (waiting.step, waiting.ask, waiting.since) == (
        "override/tools",
        "psql is missing. Go on?",
        "2026-01-31T12:00:02.000Z",
    )
    assert of(story.add(answer[0], **answer[1])).waiting == ()


def test_asking_again_is_one_question() -> None:
    story = begun()
    for _ in range(2):
        story.add("gate.waiting", step="phases/drain/ask", ask="Go?", deadline="")
    assert len(of(story).waiting) == 1


def test_who_wants_it_to_end_and_that_a_resume_forgets_it() -> None:
    story = begun().add("cancel.requested", by="ben", reason="wrong plan", after_step=True)
    assert of(story).cancelled == "ben: wrong plan"
    story.add("run.interrupted", signal="cancel", open="")
    assert of(story).interrupted == "cancel"
    story.add("run.resumed", by="ann", host="h", pid=1, reason="")
    assert (of(story).cancelled, of(story).interrupted) == ("", "")


def test_the_next_run_of_the_same_process_begins_anew() -> None:
    seen = progress_of(begun().step(f"{DRAIN}/weight", 1).events + Story().start().events)
    assert seen.steps == {}


def test_a_check_that_did_not_pass_is_told_as_it_was_evaluated_last() -> None:
    story = Story().start().check("errors").check("logins", "failed", observed="3").check("loads", "unknown")
    assert progress_of(story.events).bad_checks == {
        "logins": "check 'The logins' failed: expected below 0.001, saw 3",
        "loads": "check 'The loads' could not be evaluated: expected below 0.001, saw 0.0005",
    }
    assert list(progress_of(story.check("logins").events).bad_checks) == ["loads"]


def test_time_against_the_sla() -> None:
    seen = of(begun().end_phase(DRAIN, 2).phase(DATABASE, "Database", budget=180))
    assert (elapsed(seen, at(12)), left(seen, at(12))) == (12, 888)
    assert projected(seen, at(12)) == 12 + 170 + 120, "what is left of the phase, and the verification"
    assert projected(seen, at(400)) == 400 + 120, "a phase that took too long adds nothing more"


def test_a_clock_that_went_back_has_measured_nothing() -> None:
    seen = of(begun())
    assert elapsed(seen, at(-60)) == 0
    assert since("", at(1)) == 0


def test_time_of_a_run_that_is_verified_or_over() -> None:
    verified = of(begun().verify(40))
    assert (elapsed(verified, at(999)), projected(verified, at(999))) == (40, 40)
    failed = of(begun().end("failed", 61))
    assert (failed.result, elapsed(failed, at(999)), projected(failed, at(999))) == ("failed", 61, 61)


@pytest.mark.parametrize("story", [journals.failed(), journals.gated()], ids=["failed", "gated"])
def test_every_prefix_can_be_shown_and_no_value_is_changed_later(story: Story) -> None:
    seen = Progress()
    for number, event in enumerate(story.events, 1):
        before = seen
        frozen = repr(before)
        seen = take(seen, event)
        assert seen == progress_of(story.events[:number])
        assert repr(before) == frozen
        assert elapsed(seen, datetime(2026, 1, 31, 12, 30, tzinfo=UTC)) >= 0
