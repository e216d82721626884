from __future__ import annotations

import pytest

from rollback_gov.reports.timeline import Row, timeline
from tests.reports import journals
from tests.reports.journals import NOBODY_SAID, REASON, STORIES, Story


def texts(story: Story) -> list[str]:
    return [f"{row.source}: {row.text}" for row in timeline(story.events)]


def test_it_begins_before_the_run_with_the_first_breach_and_the_decision() -> None:
    breach, decision, start, *_ = timeline(journals.passed().events)
    assert breach == Row(REASON["first_breach"], "metric", f"first breach: {REASON['metric']}")
    assert decision.at == "2026-01-31T12:00:00.000Z"
    assert decision.text == f"rollback-gov watch decides to roll back: {REASON['text']}"
    assert start.text == "run op-7-20260131-120000-execute is started by ann"


def test_in_a_rehearsal_the_first_breach_stands_between_the_injected_failure_and_the_decision() -> None:
    told = texts(journals.rehearsed())
    breach = next(number for number, text in enumerate(told) if text.startswith("metric: first breach"))
    assert told[breach - 1] == "rehearsal: a failure is injected for error-rate"
    assert told[breach + 1].startswith("rehearsal: triggered (automatic)")
    assert told[-1] == "rehearsal: taking part: api team, sre"


@pytest.mark.parametrize("name", STORIES)
def test_times_never_go_back(name: str) -> None:
    times = [row.at for row in timeline(STORIES[name]().events)]
    assert times == sorted(times)


def test_gates_overrides_failures_and_escalations_are_told() -> None:
    told = "\n".join(texts(journals.failed()) + texts(journals.gated()))
    for text in (
        "permit: there is no valid permit: The permit has expired.",
        "person: ann overrides 'permit': a rollback is never stopped by a missing permit",
        "phase: Database rollback (alternative secondary-backup) begins",
        "step: phases/database/restore-dump/restore: timeout after 20.0 s: its time was over",
        "clock: the run takes longer than the SLA of 15m",
        "clock: escalation level 1 (failed, after 0.0 s): Retry with verbose log",
        "run: ended: failed: phase 'database' failed",
        "gate: phases/drain/go waits: Drop the new table?",
        "gate: phases/drain/go: approved by ben",
        "gate: phases/drain/late: nobody answered in time, so the answer is no",
    ):
        assert text in told


def test_a_contact_whose_time_had_come_is_told() -> None:
    story = Story().start()
    call = {"actions": ["Call DBA: the pager"], "notify": [], "contact": "DBA"}
    story.wait(600).add("escalated", level=0, on="running", after_seconds=600.0, **call)
    assert "clock: a contact is to be called (running, after 10m): Call DBA: the pager" in texts(story)


def test_a_crash_and_its_recovery_are_told() -> None:
    told = texts(journals.resumed())
    for text in (
        "run: interrupted by SIGTERM",
        "run: resumed by ben on runner-2: killed",
        "step: phases/drain/adopted: passed (adopted after the process had died)",
        "step: phases/drain/verified: nobody knows how it ended: the process ended without leaving an exit code",
        "step: phases/drain/repeated: the plan (idempotent) says run again",
        "person: phases/drain/asked: ann says done",
    ):
        assert text in told


def test_messages_that_arrived_and_those_that_did_not() -> None:
    told = texts(journals.passed())
    assert "message: 'started' to slack-incident is delivered" in told
    assert "message: 'started' to pagerduty is NOT delivered: no answer within 5 s (3 tries)" in told
    assert "step: phases/database/extra-wait: not needed" in told


def test_a_step_by_hand_took_nobody_knows_how_long() -> None:
    story = Story().finish("phases/a/b", "by_hand", seconds=0.0, detail="done by ann")
    assert texts(story) == ["step: phases/a/b: by hand: done by ann"]


def test_checklists_and_open_questions_are_told() -> None:
    story = Story().add("checklist", item="Team told", done=True, by="ann")
    story.add("checklist", item="Impact known", done=False, by="ann").add("warning", message="slow disk")
    story.add("gate.decided", step="phases/a/go", decision="deadline", by="", reason="", seconds=1, executable="")
    story.add("gate.decided", step="phases/a/go", decision="denied", by="", reason="nobody can be asked", seconds=1)
    story.add("point_of_no_return.checked", passed="yes", detail="", by="ann")
    story.add("rehearsal.version", moment="before", version="")
    story.add("rehearsal.injected", trigger="", detail="")
    story.add("rehearsal.participants", participants=[], acknowledged=[])
    assert texts(story) == [
        "person: Team told: done (ann)",
        "person: Impact known: NOT done (ann)",
        "run: warning: slow disk",
        "gate: phases/a/go: nobody answered in time, so the answer is no",
        "gate: phases/a/go: denied by nobody: nobody can be asked",
        "check: point of no return passed: yes, says ann",
        "rehearsal: version before: unknown",
        "rehearsal: a failure is injected for no trigger",
        "rehearsal: taking part: nobody",
    ]


def test_a_first_breach_that_is_no_time_stands_first() -> None:
    story = Story().start(reason={**NOBODY_SAID, "first_breach": "around noon", "trigger": "errors"})
    first, decision, *_ = timeline(story.events)
    assert (first.at, first.text) == ("around noon", "first breach: errors")
    assert decision.text == "somebody decides to roll back"


def test_times_before_the_run_need_no_run_and_unreadable_ones_stop_nothing() -> None:
    assert timeline(()) == ()
    story = Story().start(decided_at="", reason=NOBODY_SAID)
    assert [row.source for row in timeline(story.events)] == ["run"]
    late = Story().start(decided_at="2026-01-31T13:00:00Z", reason={**NOBODY_SAID, "first_breach": "2026-02-01"})
    assert [row.source for row in timeline(late.events)] == ["decision", "metric", "run"]


def test_events_that_say_nothing_to_people_are_left_out() -> None:
    assert timeline(Story().intent("phases/a/b").add("of a later version", text="?").events) == ()


def test_phases_and_steps_are_called_by_their_names() -> None:
    story = Story().phase("phases/drain", "Stop traffic").intent("phases/drain/away", title="Turn orders away")
    story.finish("phases/drain/away", detail="draining is on").step("phases/drain/idle", 2)
    story.add("gate.waiting", step="phases/drain/away", ask="Sure?", deadline="").end_phase("phases/drain", 3)
    story.finish("phases/later/never", "skipped", attempt=0, detail="not now").end_phase("verification", 1)
    assert texts(story) == [
        "phase: Stop traffic begins",
        "step: Turn orders away (phases/drain/away): passed after 1.0 s: draining is on",
        "step: phases/drain/idle: passed after 2.0 s",
        "gate: Turn orders away (phases/drain/away) waits: Sure?",
        "phase: Stop traffic: passed after 3.0 s",
        "step: phases/later/never: skipped: not now",
        "phase: verification: passed after 1.0 s",
    ]
