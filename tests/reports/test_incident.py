from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.errors import UsageError
from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.fact import Derived, Entered, Measured, NotMeasured, Seconds
from rollback_gov.reports.identity import Skipped
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.markdown import incident_markdown
from tests.reports import journals
from tests.reports.journals import NOBODY_SAID, REASON, STORIES, Story


def of(story: Story) -> Incident:
    return incident(story.events)


def test_a_passed_run_with_everything_that_was_measured() -> None:
    facts = of(journals.passed())
    assert (facts.identity.run, facts.identity.level) == ("op-7-20260131-120000-execute", 3)
    assert facts.identity.executable == "e" * 64
    assert facts.severity == Derived("high", "certification level 3")
    assert facts.reason == RollbackReason(**REASON)
    (version,) = facts.versions
    assert (version.deployed, version.restored) == (Entered("v2.1.0", "plan"), Entered("v2.0.8", "plan"))
    assert facts.permission.allowed == Measured(True, "journal, permit.checked")
    assert facts.permission.point_of_no_return == Measured("no", "detected")
    assert facts.execution.attempts == Derived(1, "alternatives that were begun")
    assert facts.execution.automated == Derived(True, "what people did by hand or decided")
    assert facts.execution.verification_passed == Derived(True, "all checks that count")
    assert facts.execution.within_budget == Derived("1 of 3", "phases against their budgets")
    assert facts.execution.evidence_kept == Derived("1 of 2", "captures in the journal")
    assert facts.impact.users == Entered("one login in forty fails", "said at the decision")
    assert [contact.role for contact in facts.contacts] == ["Database admin"]
    assert [(item.id, item.result) for item in facts.baseline] == [("users", "intact")]
    assert [(message.channel, message.delivered) for message in facts.messages] == [
        ("slack-incident", True),
        ("pagerduty", False),
    ]


def test_what_a_journal_cannot_see_is_never_a_zero() -> None:
    facts = of(journals.passed()).impact
    unseen = (facts.downtime, facts.affected_requests, facts.failed_requests, facts.complaints, facts.revenue)
    assert all(isinstance(fact, NotMeasured) for fact in unseen)


def test_a_failed_run_keeps_the_ladder_and_what_went_wrong() -> None:
    facts = of(journals.failed())
    assert facts.execution.attempts == Derived(2, "alternatives that were begun")
    assert facts.execution.verification_passed == NotMeasured("it never came to the verification")
    assert [(rung.level, rung.after) for rung in facts.escalations] == [(1, Seconds(0.0)), (2, Seconds(300.0))]
    assert [(breach.scope, breach.limit) for breach in facts.breaches] == [("total", Seconds(900))]
    assert facts.permission.reasons == ("The permit has expired.",)
    assert len(facts.failures) == 3
    assert facts.execution.automated == Derived(False, "it failed: what remains is for people")


def test_a_failed_run_says_that_people_are_needed_and_what_a_phase_took_in_all() -> None:
    events = journals.failed().events
    text = incident_markdown(incident(events), events)
    assert "| Manual intervention | required (it failed: what remains is for people) |" in text
    rows = [line for line in text.splitlines() if line.startswith("| Database") and "budget" not in line]
    took = [row.split(" | ")[3] for row in rows if "failed |" in row]
    assert [cell.endswith(" in all") for cell in took] == [False, True]


def test_a_forward_fix_is_told_from_a_rollback() -> None:
    facts = of(journals.forward_fix())
    assert facts.execution.forward_fix == Derived(True, "journal, run.finished")
    assert facts.permission.point_of_no_return == Entered("yes", "said by ann")
    assert facts.execution.automated == Derived(False, "what people did by hand or decided")


def test_the_way_is_known_before_the_run_has_ended() -> None:
    story = Story().start().add("point_of_no_return.checked", passed="yes", detail="", by="")
    assert of(story).execution.forward_fix == Derived(True, "the point of no return")
    assert of(Story().start()).execution.forward_fix == NotMeasured("the run has not ended")
    assert of(Story().start()).execution.attempts == NotMeasured("no phase began")
    assert of(Story().start()).execution.automated == NotMeasured("the run has not ended")


def test_a_point_of_no_return_that_nobody_could_tell_is_unknown() -> None:
    story = Story().start().add("point_of_no_return.checked", passed="unknown", detail="", by="")
    assert of(story).permission.point_of_no_return == NotMeasured("nobody could say")


def test_a_rehearsal_has_its_versions_and_its_people() -> None:
    facts = of(journals.rehearsed()).rehearsal
    assert facts.version_before == facts.version_restored == Measured("v2.0.8", "the live version")
    assert facts.version_deployed == Measured("v2.1.0", "the live version")
    assert facts.deployed_in == Measured(Seconds(12.0), "journal, rehearsal.deployed")
    assert facts.injected == Measured("error-rate", "journal, rehearsal.injected")
    assert facts.triggered == Measured("automatic", "journal, rehearsal.triggered")
    assert facts.triggered_after == Measured(Seconds(48.0), "journal, rehearsal.triggered")
    assert (facts.participants, facts.acknowledged) == (("api team", "sre"), ("sre",))


def test_a_rehearsal_started_by_hand_waited_for_no_trigger() -> None:
    story = Story().add("rehearsal.version", moment="before", version="")
    story.add("rehearsal.triggered", trigger="", how="manual", seconds=0.0, reason="started by hand")
    facts = of(story.start(mode="rehearse")).rehearsal
    assert facts.triggered == Measured("manual", "journal, rehearsal.triggered")
    assert facts.triggered_after == NotMeasured("the journal does not say")
    assert facts.version_before == NotMeasured("the journal does not say")


def test_a_run_in_production_was_no_rehearsal() -> None:
    assert of(journals.passed()).rehearsal.version_before == NotMeasured("no rehearsal")


def test_what_was_left_out_is_told_with_its_reason() -> None:
    facts = of(Story().start(**{"from": "database", "skipped": {"database/users": "the table is gone"}}))
    assert facts.skipped == (
        Skipped(what="everything before the phase 'database'", reason=""),
        Skipped(what="database/users", reason="the table is gone"),
    )


def test_a_level_that_does_not_exist_has_no_severity() -> None:
    assert of(Story().start(level=9)).severity == NotMeasured("there is no level 9")


def test_a_component_that_only_one_version_names_has_a_gap() -> None:
    (version,) = of(Story().start(to_versions={}, from_versions={"api": "v1"})).versions
    assert version.deployed == NotMeasured("nobody said")


def test_a_run_of_an_earlier_version_that_wrote_less_can_be_read() -> None:
    facts = of(Story().add("run.started", run="op-7", operation="op-7", level=2))
    assert facts.identity.owner == ""
    assert facts.times.decided == NotMeasured("nobody said")
    assert facts.trigger.text == NotMeasured("nobody said")


def test_a_journal_without_a_run_is_refused_with_what_to_do() -> None:
    with pytest.raises(UsageError, match="it never started") as caught:
        incident(Story().add("rehearsal.version", moment="before", version="1").events)
    assert "last lines" in caught.value.hint


@given(st.sampled_from(list(STORIES)), st.floats(0, 1))
def test_every_journal_can_be_told_wherever_it_was_cut(name: str, where: float) -> None:
    events = STORIES[name]().events
    begun = next(number for number, event in enumerate(events, 1) if event.type == "run.started")
    cut = events[: begun + round(where * (len(events) - begun))]
    facts = incident(cut)
    text = incident_markdown(facts, cut)
    ended = any(event.type == "run.finished" for event in cut)
    assert ("**The run has not ended.**" in text) is not ended
    assert (facts.standing.outcome == "not ended") is not ended
    assert text.count("<!-- write: ") == text.count("<!-- end -->")


def test_the_same_journal_gives_the_same_facts() -> None:
    assert of(journals.passed()) == of(journals.passed())
    assert of(Story().start(reason=NOBODY_SAID)) != of(Story().start())
