"""The comment: what it says, what it leaves out, and that text of a plan is nothing but text in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rollback_gov.github.sticky_comment import room
from rollback_gov.model.finding import Severity
from rollback_gov.outputs.feedback.comment import comment, verdict
from rollback_gov.outputs.feedback.facts import Change, Edit, PermitNeeds, PlanFacts, Rehearsals
from rollback_gov.outputs.findings import Findings
from tests.outputs.feedback.samples import FACTS, FILE, FINDINGS, read_back, saying
from tests.outputs.results import WAIVED, finding, plan, result

HOSTILE = json.loads((Path(__file__).parent / "hostile.json").read_text(encoding="utf-8"))
POINTER = "All findings are in the job."
ROOM = room()


def text(found: Findings, **facts: PlanFacts) -> str:
    return comment(found, {FILE: facts["facts"]} if facts else {}, pointer=POINTER, most=ROOM)


def test_the_whole_text() -> None:
    assert text(FINDINGS, facts=FACTS) == (
        "## Rollback plans: ❌ 1 finding to mend\n\n"
        "2 plans: 1 error.\n\n"
        "| plan | level required | level achieved | findings |\n|---|---|---|---|\n"
        f"| `{FILE}` | 3 | 2 | ❌ 1 error |\n"
        "| `b.yaml` | 3 | 3 | ✅ none |\n\n"
        f"### `{FILE}`\n\n`op-7`: required level 3, achieved level 2 (RG103 stands between)\n\n"
        "- ❌ error **RG103**, line 3: `The budgets add up to 17m, 2m more than the SLA of 15m.` "
        "Next: `Shorten phases.`\n\n"
        "**What runs differently** since it was rehearsed in staging on 2025-11-30:\n\n"
        "- `phase drain: step weight: timeout 2m -> 4m`\n"
        "- `phase drain: step weight: run changed`\n  - `-./drain.sh 0`\n  - `+./drain.sh 10`\n\n"
        "To be rehearsed again: `phase drain`.\n\n"
        "**Evidence, not enough for level 3**:\n\n"
        "- `2025-11-30 the whole plan in staging (passed) counts until 2026-02-28`\n\n"
        "**Left open by the rehearsals**:\n\n"
        "- `RG402 Phase 'drain' changed since the rehearsal of 2025-11-30. Rehearse again.`\n\n"
        "**Missing for a permit** to `production`:\n\n"
        "- `0 of 1 approvals by people who did not write the plan.`\n"
    )


def test_what_is_mended_is_all_good() -> None:
    facts = PlanFacts(
        rehearsals=Rehearsals(level=3, enough=True, rehearsals=("one",), gaps=()),
        change=Change(since="in staging on 2025-11-30", edits=(), again=()),
        permits=(PermitNeeds(environment="production", missing=()),),
    )
    said = text(read_back(result(plan())), facts=facts)
    assert said.startswith("## Rollback plans: ✅ all good\n")
    assert "**What runs** is what was rehearsed in staging on 2025-11-30.\n" in said
    assert "**Evidence, enough for level 3**:\n" in said
    assert "**Permit** to `production`: nothing is missing.\n" in said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (result(), "nothing to check"),
        (result(plan()), "✅ all good"),
        (result(plan(finding(waived=WAIVED))), "✅ all good"),
        (result(plan(finding(severity=Severity.NOTICE))), "✅ all good"),
        (result(plan(finding(severity=Severity.WARNING))), "⚠️ passed, with 1 warning"),
        (result(plan(finding(severity=Severity.WARNING)), fail_on=Severity.WARNING), "❌ 1 finding to mend"),
        (result(plan(finding(), finding())), "❌ 2 findings to mend"),
    ],
)
def test_the_verdict(found: object, said: str) -> None:
    assert verdict(read_back(found).summary) == said  # type: ignore[arg-type]


def test_a_plan_about_which_nothing_is_said_has_a_row_only() -> None:
    assert "### `b.yaml`" not in text(FINDINGS)


def test_a_plan_without_rehearsals_was_never_rehearsed() -> None:
    never = PlanFacts(rehearsals=Rehearsals(level=2, enough=False, rehearsals=(), gaps=()))
    assert "**Evidence**: the plan was never rehearsed.\n" in text(FINDINGS, facts=never)


def test_the_heaviest_come_first() -> None:
    warning = finding(code="RG104", severity=Severity.WARNING)
    said = text(read_back(result(plan(finding(waived=WAIVED), warning, finding()))))
    assert "| ❌ 1 error, 1 warning, 1 waived |" in said
    signs = [line.split()[1] for line in said.splitlines() if line.startswith("- ")]
    assert signs == ["❌", "⚠️", "☑️"]


def test_what_could_not_be_evaluated_is_not_nothing() -> None:
    said = text(FINDINGS, facts=PlanFacts(unknown=("the permit to production: no such environment",)))
    assert "**Could not be evaluated**:\n\n- `the permit to production: no such environment`" in said


def test_what_cannot_be_used_as_a_plan_has_no_level() -> None:
    broken = plan(finding(), required=0, achieved=0, between=(), operation="")
    assert f"| `{FILE}` | ? | cannot be used as a plan | ❌ 1 error |" in text(read_back(result(broken)))


def test_waived_findings_are_counted_apart() -> None:
    assert "| 3 | 2 | ✅ none, 1 waived |" in text(read_back(result(plan(finding(waived=WAIVED)))))


@pytest.mark.parametrize("name", HOSTILE)
def test_text_of_a_plan_is_text(name: str) -> None:
    found, facts = saying(HOSTILE[name])
    check_harmless(comment(found, facts, pointer=POINTER, most=ROOM), HOSTILE[name])


@given(st.text(max_size=60))
def test_whatever_is_said_is_text(said: str) -> None:
    found, facts = saying(said)
    check_harmless(comment(found, facts, pointer=POINTER, most=ROOM), said)


def check_harmless(written: str, said: str) -> None:
    """See that a reader of Markdown finds our own markup, code, and nothing of what was said anywhere else."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(written)
    children = [child for token in tokens for child in token.children or []]
    assert {child.type for child in children} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert not {token.type for token in tokens} & {"html_block", "fence", "code_block", "hr", "blockquote_open"}
    assert {token.tag for token in tokens if token.type == "heading_open"} <= {"h2", "h3"}
    plain = " ".join(child.content for child in children if child.type == "text")
    assert not re.search(r"[@#<>&$`]|://|www\.|\bgh-\d|:\w+:", plain, re.IGNORECASE), plain
    assert all(line.isprintable() for line in written.split("\n"))
    assert "##[" not in written
    if name := " ".join(said.split()):
        codes = [child.content for child in children if child.type == "code_inline"]
        assert len([code for code in codes if code]) >= 10, name


@pytest.mark.parametrize("most", [400, 1_000, 5_000, ROOM])
def test_it_is_cut_at_a_line_with_a_pointer(most: int) -> None:
    many = [finding(message=f"Ä finding, number {number}.") for number in range(40)]
    found = read_back(result(*(plan(*many, name=f"{number}.yaml") for number in range(60))))
    said = comment(found, {}, pointer=POINTER, most=most)
    assert most - 400 < len(said.encode()) <= most
    assert said.endswith(f"\n\nThe rest is left out for want of room. {POINTER}\n")
    check_harmless(said, "")


def test_what_is_too_much_is_counted() -> None:
    many = [finding(message=f"{number}") for number in range(3_000)]
    facts = replace(
        FACTS,
        change=Change(since="then", edits=tuple(Edit(text=f"{number}") for number in range(99)), again=()),
        permits=(PermitNeeds(environment="production", missing=tuple(map(str, range(99)))),),
    )
    said = text(read_back(result(plan(*many), *(plan(name=f"{number}") for number in range(60)))), facts=facts)
    assert "- and 2970 more\n" in said
    assert "and 11 more plans." in said
    assert "- and 79 more: `rollback-gov evidence diff` shows all\n" in said
    assert "- and 79 more\n" in said
    assert len(said.encode()) < ROOM
