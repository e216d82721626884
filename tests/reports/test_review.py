from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rollback_gov.reports.fact import Measured, NotMeasured
from rollback_gov.reports.incident import incident
from rollback_gov.reports.keep import parts
from rollback_gov.reports.markdown import DOCUMENTS, INCIDENT, POST_MORTEM, run_markdown
from rollback_gov.reports.review import due_at, overdue, review
from tests.reports import journals

FACTS = incident(journals.passed().events)
PROMPTS = run_markdown(POST_MORTEM, FACTS, journals.passed().events).text
ENDED = datetime(2026, 1, 31, 12, 14, tzinfo=UTC)
WHOLE = {
    "summary": "Logins failed for fourteen minutes.\n",
    "trigger": "The deployment of 2.1.\n",
    "detection": "Staging has a tenth of the traffic.\n",
    "root-cause": "The pool held ten connections, and the new login opened two a request.\n",
    "impact": "- Users: one login in forty failed\n",
    "business-impact": "None of both.\n",
    "went-well": "1. The trigger fired.\n",
    "went-wrong": "1. Nobody had measured the pool.\n",
    "lucky": "1. It was noon.\n",
    "actions": "| # | Action | Owner | Due date | Status |\n|---|---|---|---|---|\n"
    "| 1 | Pool | @ann | 2026-02-10 | open |\n",
    "lessons": "1. Load tests need load.\n",
    "prevention": "1. A limit in the checklist.\n",
    "sign-off": "- Owner of this post-mortem: ann\n- Completed on: 2026-02-01\n- Reviewed by: ben\n",
}


def written(**changes: str) -> str:
    text = PROMPTS
    for name, said in {**WHOLE, **{key.replace("_", "-"): value for key, value in changes.items()}}.items():
        text = text.replace(parts(PROMPTS)[name], said, 1)
    return text


def found(**changes: str) -> list[tuple[str, str]]:
    text = written(**changes)
    rows = text.splitlines()
    return [(item.code, rows[item.line - 1]) for item in review("x.md", text, PROMPTS, ("kim",))]


def test_a_document_that_is_whole_has_nothing_missing() -> None:
    assert found() == []


def test_a_document_that_nobody_wrote_in_has_all_its_parts_missing() -> None:
    missing = review("x.md", PROMPTS, PROMPTS)
    assert {item.code for item in missing} == {"unfilled"}
    assert len(missing) == len(parts(PROMPTS)) - 1


@pytest.mark.parametrize("name", list(WHOLE))
def test_each_part_is_missed(name: str) -> None:
    (missing,) = review("x.md", written(**{name: parts(PROMPTS)[name]}), PROMPTS)
    assert (missing.code, f"'{name}'" in missing.message) == ("unfilled", True)
    (empty,) = review("x.md", written(**{name: "\n"}), PROMPTS)
    assert empty.code == "unfilled"


def test_a_question_that_stayed_between_answers_is_missed_at_its_line() -> None:
    assert found(sign_off="- Owner of this post-mortem: ann\n- Completed on:\n- Reviewed by: ben\n") == [
        ("unfilled", "- Completed on:")
    ]


def test_an_action_without_owner_or_date_is_missed_at_its_line() -> None:
    table = WHOLE["actions"] + "| 2 | Alert | | | open |\n"
    assert found(actions=table) == [("action", "| 2 | Alert | | | open |")]


def test_a_row_without_a_source_is_missed_at_its_line() -> None:
    rows = "| UTC | Source | Event |\n|---|---|---|\n| 11:40 | chat | It began. |\n| 11:50 | ? | Somebody called. |\n"
    text = written().replace(parts(PROMPTS)["timeline"], rows)
    (missing,) = review("x.md", text, PROMPTS)
    assert (missing.code, text.splitlines()[missing.line - 1]) == ("source", "| 11:50 | ? | Somebody called. |")
    assert "Somebody called." in missing.message


def test_a_sentence_that_blames_is_found_at_its_line() -> None:
    text = "1. The pool was small.\n2. Kim forgot to look.\n"
    assert found(went_wrong=text) == [("blame", "2. Kim forgot to look.")]


def test_what_the_run_itself_wrote_is_not_reviewed_for_blame() -> None:
    events = journals.Story().start(reason={**journals.REASON, "text": "human error"}).events
    prompts = run_markdown(POST_MORTEM, incident(events), events).text
    assert "human error" in prompts
    assert {item.code for item in review("x.md", prompts, prompts)} == {"unfilled"}


@pytest.mark.parametrize(("document", "hours"), [(INCIDENT, 24), (POST_MORTEM, 48)])
def test_a_draft_is_late_after_its_deadline_and_not_before(document: object, hours: int) -> None:
    kind = next(item for item in DOCUMENTS if item is document)
    draft, due = review("x.md", PROMPTS, PROMPTS), ENDED + timedelta(hours=hours)
    assert due_at(kind, FACTS.times.finished) == due
    assert overdue(kind, "x.md", draft, FACTS, due) == ()
    (late,) = overdue(kind, "x.md", draft, FACTS, due + timedelta(seconds=1))
    assert late.message == f"still a draft; it was due at {due:%Y-%m-%dT%H:%M:%SZ}"
    assert overdue(kind, "x.md", (), FACTS, due + timedelta(days=9)) == ()


@pytest.mark.parametrize("ended", [NotMeasured("it goes on"), Measured("never", "journal")])
def test_a_run_that_goes_on_has_no_deadline(ended: Measured[str] | NotMeasured) -> None:
    facts = replace(FACTS, times=replace(FACTS.times, finished=ended))
    assert overdue(INCIDENT, "x.md", review("x.md", PROMPTS, PROMPTS), facts, ENDED + timedelta(days=9)) == ()
