from __future__ import annotations

from rollback_gov.reports.fact import Measured, NotMeasured, Seconds
from rollback_gov.reports.log import Log
from rollback_gov.reports.people import Intervention, gates, interventions, overrides
from rollback_gov.reports.steps import steps
from tests.reports import journals
from tests.reports.journals import Story


def test_a_gate_says_who_decided_and_how_long_everybody_waited() -> None:
    approved, late = gates(Log(journals.gated().events))
    assert (approved.ask, approved.decision, approved.by) == ("Drop the new table?", "approved", "ben")
    assert approved.waited == Measured(Seconds(90), "journal, gate.decided")
    assert approved.executable == "e" * 64
    assert (late.decision, late.by, late.reason) == ("deadline", "", "deny")


def test_a_gate_that_nobody_has_answered_waits() -> None:
    story = Story().add("gate.waiting", step="phases/a/go", ask="Go?", deadline="")
    (gate,) = gates(Log(story.events))
    assert gate.decision == "waiting"
    assert gate.waited == NotMeasured("the run has not ended")


def test_a_gate_that_waited_twice_is_told_twice_and_a_lost_question_is_not_invented() -> None:
    answer = {"by": "ben", "reason": "", "seconds": 5.0, "executable": "e"}
    story = Story().add("gate.decided", step="phases/a/lost", decision="denied", **answer)
    story.add("gate.waiting", step="phases/a/go", ask="Go?", deadline="")
    story.add("gate.waiting", step="phases/a/go", ask="Go?", deadline="")
    story.add("gate.decided", step="phases/a/go", decision="approved", **answer)
    found = [(gate.step, gate.ask, gate.decision) for gate in gates(Log(story.events))]
    assert found == [
        ("phases/a/lost", "", "denied"),
        ("phases/a/go", "Go?", "waiting"),
        ("phases/a/go", "Go?", "approved"),
    ]


def test_overrides_have_a_person_and_a_reason() -> None:
    (override,) = overrides(Log(journals.failed().events))
    assert (override.check, override.by) == ("permit", "ann")
    assert override.reason


def taken_part(story: Story) -> tuple[Intervention, ...]:
    log = Log(story.events)
    return interventions(log, steps(log))


def test_everything_that_took_a_person_is_manual_intervention() -> None:
    assert taken_part(journals.gated()) == (
        Intervention(kind="done by hand", what="phases/drain/tell", by="ann"),
        Intervention(kind="gate decided", what="phases/drain/go: approved", by="ben"),
    )
    assert taken_part(journals.resumed()) == (
        Intervention(kind="unknown end decided", what="phases/drain/asked: done", by="ann"),
        Intervention(kind="resumed", what="the run, after its process had ended", by="ben"),
        Intervention(kind="resumed", what="the run, after its process had ended", by="ben"),
    )
    assert taken_part(journals.forward_fix()) == (
        Intervention(kind="question answered", what="point of no return: yes", by="ann"),
    )


def test_a_region_that_another_worker_took_over_took_nobody() -> None:
    again = {"by": "ben", "host": "runner-2", "pid": 2, "reason": ""}
    part = Story().start(run="op-7-x-execute.eu", region="eu").add("run.resumed", **journals.HERE, **again)
    assert taken_part(part) == ()
    alone = Story().start(run="op-7-x-execute", region="eu").add("run.resumed", **journals.HERE, **again)
    assert [item.by for item in taken_part(alone)] == ["ben"]


def test_a_rollback_that_ran_by_itself_took_nobody() -> None:
    assert taken_part(journals.passed()) == ()


def test_a_step_that_failed_and_was_then_done_by_hand_counts_once() -> None:
    story = Story().intent("phases/a/b").finish("phases/a/b", "failed")
    story.finish("phases/a/b", "by_hand", exit=None, detail="done by ann")
    assert taken_part(story) == (Intervention(kind="done by hand", what="phases/a/b", by="ann"),)
