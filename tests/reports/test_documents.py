"""The rollback report, the post-mortem and the rehearsal report, as Markdown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from rollback_gov.records.rehearsal import evidence_from_journal
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.incident import incident
from rollback_gov.reports.markdown import POST_MORTEM, ROLLBACK, Document, run_markdown
from rollback_gov.reports.proposals import proposals, went_well
from rollback_gov.reports.rehearsal_report import rehearsal_markdown, shown_by
from rollback_gov.reports.review_date import review_date
from tests.reports import journals
from tests.reports.golden_runs import GOLDEN
from tests.reports.journals import NOBODY_SAID, STORIES, Story
from tests.reports.test_html import HOSTILE, seen
from tests.reports.test_markdown import everywhere, kinds, section

KINDS = {
    "rollback": [
        "Executive summary",
        "Trigger analysis",
        "Rollback execution",
        "Impact assessment",
        "Root cause",
        "Prevention measures",
        "Lessons learned",
        "Follow-up actions",
    ],
    "post-mortem": [
        "Incident summary",
        "Timeline",
        "Trigger and detection",
        "Contributing factors",
        "Impact assessment",
        "Response",
        "What went well",
        "What went wrong",
        "Where we got lucky",
        "Action items",
        "Lessons learned",
        "Prevention strategy",
        "Sign-off",
    ],
}
BOTH = pytest.mark.parametrize("document", [ROLLBACK, POST_MORTEM], ids=lambda item: item.name)


def of(story: Story, document: Document = ROLLBACK) -> str:
    return run_markdown(document, incident(story.events), story.events).text


@BOTH
@pytest.mark.parametrize("name", STORIES)
def test_every_document_has_its_sections_and_whole_tables(name: str, document: Document) -> None:
    text = of(STORIES[name](), document)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == KINDS[document.name]
    assert all(len(set(columns)) == 1 for columns in seen(text).tables)
    paragraphs = MarkdownIt("commonmark").enable("table").render(text)
    assert "<p>|" not in paragraphs


@BOTH
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_out_of_a_plan_becomes_structure(text: str, document: Document) -> None:
    assert kinds(of(everywhere(text), document)) == kinds(of(everywhere("harmless"), document))
    assert seen(of(everywhere(text), document)).links == []


def test_a_rollback_in_a_page() -> None:
    text = of(journals.passed())
    summary, execution = section(text, "## Executive summary"), section(text, "## Rollback execution")
    assert "- **Duration**: 14m from the decision until verified (SLA: 15m)" in summary
    assert "- **Customer impact**: one login in forty fails" in summary
    assert "= 0.025 (threshold: above 0.01)" in section(text, "## Trigger analysis")
    assert "- **Detection**: 2m30s from the first breach to the decision" in section(text, "## Trigger analysis")
    assert "- **SLA compliance**: yes (1m buffer)" in execution
    assert "| Database rollback | passed | 3m2s | 3m |" in execution


def test_the_method_and_people_are_named() -> None:
    assert "- **Method**: forward fix: the point of no return was passed" in of(journals.forward_fix())
    assert "- **Method**: scenario `already-down` of the plan" in of(journals.rehearsed())
    assert "- **Manual intervention**: required (2)" in of(journals.gated())
    assert "| `america` | failed | 12m | 10m | no |" in of(journals.regional())
    assert "- **SLA compliance**: no SLA" in of(Story().start(sla_seconds=0))
    assert "**The run has not ended.**" in of(Story().start())


def test_a_post_mortem_tells_detection_from_trigger() -> None:
    text = section(of(journals.passed(), POST_MORTEM), "## Trigger and detection")
    assert "- api was changed from `v2.0.8` to `v2.1.0`" in text
    assert "- **Noticed by**: the trigger `error-rate`" in text
    by_people = section(of(journals.failed(), POST_MORTEM), "## Trigger and detection")
    assert "- **Noticed by**: people (no trigger fired)" in by_people


def test_a_post_mortem_says_what_the_run_showed() -> None:
    text = of(journals.failed(), POST_MORTEM)
    assert "- phases/database/secondary-backup/restore: failed, no such file" in section(text, "## What went wrong")
    assert "The record shows nothing of that." in section(text, "## What went well")
    assert "Follow-up review: 2026-02-07" in text
    assert section(of(journals.gated(), POST_MORTEM), "## Response").count("gate decided") == 1


def test_the_review_of_a_run_that_goes_on_has_no_day() -> None:
    assert review_date(incident(Story().start().events)) == NotMeasured("the run has not ended")


def test_what_went_well_has_its_measure() -> None:
    assert went_well(incident(journals.passed().events)) == (
        "a trigger noticed it, 2m30s after the first breach",
        "verified within the SLA: 14m of 15m",
        "nobody had to help by hand",
    )
    whole = Story().start(reason=NOBODY_SAID).message("started", "slack")
    whole.add("capture.finished", id="a", result="kept", file="a", sha256="1" * 64, seconds=1.0, detail="")
    assert went_well(incident(whole.events)) == (
        "all captures were kept (1 of 1)",
        "all messages were delivered (1 of 1)",
    )
    assert "region asia was rolled back in 5m" in went_well(incident(journals.regional().events))


def actions_of(story: Story) -> dict[str, str]:
    return {item.action: item.because for item in proposals(incident(story.events))}


def test_what_did_not_go_as_planned_is_proposed_for_repair() -> None:
    found = actions_of(journals.passed())
    assert found == {
        "Let check throughput measure what it is to measure": "throughput: expected below 0.001, saw no data",
        "Correct the budget of phases/database, or make it faster": "phases/database took 3m2s against 3m",
        "Make the capture 'heap' fit its time": "capture 'heap': timeout, its time was over",
        "Repair the channel 'pagerduty'": "'started' did not reach pagerduty: no answer within 5 s (3 tries)",
    }


def test_a_failed_run_proposes_more() -> None:
    found = actions_of(journals.failed())
    assert found["Make the rollback fit its SLA, or agree on another one"] == "the run took 16m15s against 15m"
    assert found["Write a trigger that would have noticed it"] == "no trigger fired; people noticed"
    assert found["Review that 'permit' was overridden"] == (
        "'permit' was overridden: a rollback is never stopped by a missing permit"
    )
    assert found["Get a permit before the next deployment"] == "there was no valid permit: The permit has expired."
    step = "Find out why phases/database/secondary-backup/restore failed, and rehearse it again"
    assert found[step] == "phases/database/secondary-backup/restore: failed, no such file"


def test_interruptions_regions_baselines_and_warnings_are_proposed_too() -> None:
    assert actions_of(journals.resumed())["Run the rollback where its process survives"].endswith("3 processes")
    regional = actions_of(journals.regional())
    assert regional["Bring region america into a known state"] == "region america is failed: phase 'database' failed"
    story = Story().start(skipped={"a/b": "the table is gone"}).add("warning", message="slow disk")
    story.add("baseline.checked", id="users", result="damaged", file="u", sha256="")
    story.add("ladder.open", rungs=[{"level": 2, "name": "director", "after_seconds": 300.0}])
    contact = {"actions": [], "notify": [], "contact": "DBA"}
    story.add("escalated", level=2, on="failed", after_seconds=300.0, **contact)
    found = actions_of(story)
    assert found["Keep the baseline 'users' where it stays whole"] == "baseline 'users' was damaged"
    assert found["See to a warning of the run"] == "slow disk"
    assert found["See that level 2 of the escalation is called"] == "level 2 was not called: nobody walked the ladder"
    assert found["Take out of the plan what is left out, or mend it"] == "left out: a/b"


def test_a_run_in_which_all_went_as_planned_proposes_nothing() -> None:
    text = (GOLDEN / "passed" / "rollback_report.md").read_text(encoding="utf-8")
    assert "The run shows nothing that calls for an action." in text


REHEARSED = evidence_from_journal(
    journals.rehearsed().add("rehearsal.begun", scenario="", automatic=True, participants=[], acknowledged=[]).events,
    "9" * 64,
)


def test_the_phases_of_a_rehearsal_stand_as_they_ran_and_not_by_the_alphabet() -> None:
    steps = tuple(replace(REHEARSED.steps[0], step=f"phases/{phase}/s") for phase in ("drain", "data", "open"))
    seconds = {"phases/data": 1.0, "phases/drain": 2.0, "phases/open": 3.0, "verification": 4.0}
    text = rehearsal_markdown(replace(REHEARSED, steps=steps, phase_seconds=seconds)).text
    rows = [line for line in section(text, "## Phases").splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == ["phases/drain", "phases/data", "phases/open", "verification"]


def test_a_rehearsal_says_what_it_shows_and_what_it_does_not() -> None:
    shown = {item.what: (item.is_shown, item.how) for item in shown_by(REHEARSED)}
    assert shown["Rollback tested in staging"] == (True, "it ran in staging")
    assert shown["Rollback tested in a production-like environment"] == (False, "it ran in staging")
    assert shown["Automatic trigger tested"] == (True, "by error-rate")
    assert shown["Manual rollback tested"] == (False, "by error-rate")
    assert shown["Partial scenario tested"] == (True, "scenario already-down")
    assert shown["Rollback time measured, within the SLA"] == (True, "8.0 s")
    assert shown["Every trigger proved to fire"] == (True, "1 proved")
    assert shown["Seen by stakeholders"] == (True, "sre")
    text = rehearsal_markdown(REHEARSED).text
    assert "- **Duration**: 8.0 s (SLA: 15m, met: yes)" in text
    assert "| `phases/drain/weight` | passed | 5.0 s |" in text


def test_a_rehearsal_that_failed_shows_nothing_but_its_checks() -> None:
    failed = replace(REHEARSED, result="failed", acknowledged=())
    assert {item.what for item in shown_by(failed) if item.is_shown} == {
        "Verification tested",
        "Every trigger proved to fire",
    }
    assert REHEARSED.trigger_proof is not None
    unproved = replace(
        failed, checks=(), trigger_proof=replace(REHEARSED.trigger_proof, problems=("down: never fires",))
    )
    assert not any(item.is_shown for item in shown_by(unproved))
    assert "- not proved: down: never fires" in rehearsal_markdown(unproved).text


@pytest.mark.parametrize("sla", [0.0, 7.9])
def test_a_rehearsal_without_an_sla_or_beyond_it_has_not_kept_it(sla: float) -> None:
    shown = {item.what: item.is_shown for item in shown_by(replace(REHEARSED, sla_seconds=sla))}
    assert shown["Rollback time measured, within the SLA"] is False


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_out_of_evidence_becomes_structure(text: str) -> None:
    evil = replace(REHEARSED, problems=(text,), participants=(text,), runner=text, environment=text)
    good = replace(REHEARSED, problems=("x",), participants=("x",), runner="x", environment="x")
    assert kinds(rehearsal_markdown(evil).text) == kinds(rehearsal_markdown(good).text)
