"""The record of a rollback that failed: what is known is filled in, what people wrote stays."""

from __future__ import annotations

from rollback_gov.reports.failure_record import failure_record
from rollback_gov.reports.incident import incident
from tests.reports import journals
from tests.reports.journals import Story


def test_every_field_that_auditors_know() -> None:
    facts = incident(journals.failed().events)
    record = failure_record(facts)["rollback_failure"]
    assert record["operation_id"] == "op-7"
    assert record["rollback_attempted_at"] == "2026-01-31T12:00:00.000Z"
    assert record["rollback_failed_at"] == facts.times.finished.value  # type: ignore[union-attr]
    assert record["failure_reason"] == facts.standing.detail
    assert [entry["error_message"] for entry in record["failure_details"]] == [f.error for f in facts.failures]
    assert [rung["level"] for rung in record["escalation_timeline"]] == [rung.level for rung in facts.escalations]
    assert record["resolution"] == {"approach": "", "description": "", "resolved_at": ""}
    assert record["lessons_learned"] == []
    assert record["taken_over_by"] == ""


def test_what_nobody_measured_is_null() -> None:
    story = Story().start().permit("There is none.").end("failed", 1, detail="no")
    assert failure_record(incident(story.events))["rollback_failure"]["permit_id"] is None


def test_what_people_wrote_stays() -> None:
    facts = incident(journals.failed().events)
    written = {"resolution": {"approach": "forward-fix"}, "lessons_learned": ["Test the restore"], "run": "changed"}
    record = failure_record(facts, {"rollback_failure": written})["rollback_failure"]
    assert record["resolution"] == {"approach": "forward-fix"}
    assert record["lessons_learned"] == ["Test the restore"]
    assert record["run"] == facts.identity.run, "facts are the journal's"


def test_a_file_that_is_no_record_keeps_nothing() -> None:
    facts = incident(journals.failed().events)
    assert failure_record(facts, {"rollback_failure": "x"}) == failure_record(facts)
