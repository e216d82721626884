from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rollback_gov.reports.incident import incident
from rollback_gov.reports.keep import keep_written
from rollback_gov.reports.markdown import incident_markdown
from tests.reports import journals
from tests.reports.journals import REASON, STARTED, STORIES, Story
from tests.thoroughness import examples


def of(story: Story) -> str:
    return incident_markdown(incident(story.events), story.events)


def section(text: str, title: str) -> str:
    """The part of a report below a heading, up to the next one of the same or a higher rank."""
    rank = title.partition(" ")[0]
    _, _, rest = text.partition(f"\n{title}\n")
    assert rest, f"there is no {title!r}"
    stops = [rest.find(f"\n{'#' * size} ") for size in range(1, len(rank) + 1)]
    return rest[: min((stop for stop in stops if stop >= 0), default=len(rest))]


def row(text: str, first: str) -> str:
    """The rest of a table's row."""
    return next(line for line in text.splitlines() if line.startswith(f"| {first} |")).removeprefix(f"| {first} | ")


@pytest.mark.parametrize("name", STORIES)
def test_every_report_has_the_sections_of_an_incident_report_and_of_a_rollback_report(name: str) -> None:
    headings = [line for line in of(STORIES[name]()).splitlines() if line.startswith("## ")]
    assert headings == [
        "## Executive summary",
        "## Timeline",
        "## Trigger analysis",
        "## Rollback execution",
        "## Impact assessment",
        "## Root cause",
        "## Resolution",
        "## Preventive measures",
        "## Lessons learned",
        "## Follow-up tasks",
        "## Contacts",
    ]


@pytest.mark.parametrize("name", STORIES)
def test_tables_are_whole(name: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(of(STORIES[name]()))
    rows = [0]
    for token in tokens:
        if token.type == "tr_open":
            rows.append(0)
        rows[-1] += token.type in ("td_open", "th_open")
    assert set(rows[1:]) <= {2, 3, 4, 5, 6, 7}
    assert not [
        token for token in tokens if token.type == "paragraph_open" and token.level == 0 and _is_row(tokens, token)
    ]


def _is_row(tokens: list[Any], token: Any) -> bool:
    return str(tokens[tokens.index(token) + 1].content).startswith("|")


def test_the_summary_says_it_in_a_screen() -> None:
    summary = section(of(journals.passed()), "## Executive summary")
    assert row(summary, "Incident") == "`op-7-20260131-120000-execute` |"
    assert row(summary, "Outcome") == "passed |"
    assert row(summary, "Severity") == "high (certification level 3) |"
    assert row(summary, "Duration") == "14m (from the decision until verified) |"
    assert row(summary, "SLA") == "15m, met: yes |"
    assert row(summary, "Impact") == "one login in forty fails |"


def test_the_trigger_is_analysed() -> None:
    analysis = section(of(journals.passed()), "## Trigger analysis")
    assert row(analysis, "Type") == "automatic |"
    assert row(analysis, "Value") == "0.025 |"
    assert row(analysis, "Threshold") == "above 0.01 |"
    assert row(analysis, "Detection delay") == "2m30s (from the first breach to the decision) |"


def test_the_execution_says_how_it_went_against_the_sla() -> None:
    execution = section(of(journals.passed()), "## Rollback execution")
    assert row(execution, "Method") == "the whole plan |"
    assert row(execution, "Attempts") == "1 |"
    assert row(execution, "Manual intervention") == "none required |"
    assert row(execution, "SLA compliance") == "yes, buffer 1m |"
    assert row(execution, "Database rollback") == "- | passed | 3m2s | 3m | no |"
    assert row(execution, "Version of api") == "`v2.1.0` back to `v2.0.8` |"
    assert row(execution, "The throughput") == "unknown (warning only) | below 0.001 | no data |"
    assert row(execution, "capture `heap`") == "timeout: its time was over | - | - |"


def test_a_scenario_and_a_forward_fix_are_named_as_the_method() -> None:
    assert row(of(journals.rehearsed()), "Method") == "scenario `already-down` of the plan |"
    assert row(of(journals.forward_fix()), "Method") == "forward fix: the point of no return was passed |"
    assert "The forward fix was deployed, and verified 2m3s after" in of(journals.forward_fix())


def test_a_failed_run_has_its_failures_and_the_escalation() -> None:
    failures = section(of(journals.failed()), "### Failures and escalation")
    assert "`phases/database/secondary-backup/restore` | failed | no such file" in failures
    assert "the phase went on with alternative 'secondary-backup' |" in failures
    assert "| 2026-01-31T12:16:15.000Z | 1 | failed | 0.0 s | Retry with verbose log |" in failures
    assert "The rollback failed: phase 'database' failed." in section(of(journals.failed()), "## Resolution")


def test_an_escalation_without_a_failure_stands_alone() -> None:
    story = Story().start()
    story.add("escalated", level=1, on="running", after_seconds=90.0, actions=["Call ann"], notify=[]).end(
        "aborted", 99
    )
    assert "| 1 | running | 1m30s | Call ann |" in section(of(story), "### Failures and escalation")
    assert "The rollback was aborted." in of(story)


def test_gates_and_people_are_named() -> None:
    text = of(journals.gated())
    assert "| `phases/drain/go` | Drop the new table? | approved | ben | 1m30s | - |" in section(text, "### Gates")
    assert "- gate decided: phases/drain/go: approved (by ben)" in section(text, "### Manual intervention")
    assert row(text, "Waiting at gates") == "2m30s |"


def test_interruptions_are_listed_line_by_line() -> None:
    lines = [line for line in section(of(journals.resumed()), "### Interruptions").splitlines() if line]
    assert lines == [
        "- 2026-01-31T12:00:20.000Z: resumed by ben on runner-2: killed",
        "- 2026-01-31T12:00:35.000Z: interrupted by SIGTERM in `phases/drain/found`",
        "- 2026-01-31T12:01:35.000Z: resumed by ben on runner-2",
    ]


def test_a_step_whose_end_is_missing_is_named() -> None:
    text = of(Story().start().intent("phases/drain/weight"))
    assert "- the end of `phases/drain/weight` is not in the journal" in text
    assert "**The run has not ended.** the step phases/drain/weight began, and its end is not in the journal." in text
    assert row(text, "Outcome") == "the run has not ended |"
    assert row(text, "Manual intervention") == "none so far |"


def test_what_deviated_is_listed_line_by_line() -> None:
    story = Story().start(skipped={"database/users": "the table is gone"}, **{"from": "database"})
    story.add("override", check="tools", reason="psql is in /opt", by="ann").add("warning", message="slow disk")
    story.add("sla.breached", scope="total", limit_seconds=900, seconds=901.0).end(
        "failed", 901, problems=["a: failed"]
    )
    lines = [line for line in section(of(story), "### What deviated from the plan").splitlines() if line]
    assert lines == [
        "- ann overrode `tools`: psql is in /opt (to be reviewed)",
        "- left out: `everything before the phase 'database'`",
        "- left out: `database/users`: the table is gone",
        "- `total` took 15m1s, more than 15m",
        "- a: failed",
        "- warning: slow disk",
    ]


def test_unknown_values_say_so_and_no_zero_is_invented() -> None:
    text = of(Story().start(reason=dict.fromkeys(REASON, ""), services=[], contacts=[], owner="", sla_seconds=0))
    for label in (
        "Impact",
        "Services",
        "Owner",
        "Metric",
        "Value",
        "Detection delay",
        "Rollback completed",
        "Duration",
    ):
        assert row(text, label) == "NOT MEASURED |"
    impact = section(text, "## Impact assessment")
    for label in ("Users", "Downtime", "Affected requests", "Failed requests", "Customer complaints", "Revenue impact"):
        assert f"- {label}: NOT MEASURED\n" in impact
    assert row(text, "SLA") == "none |"
    assert row(text, "SLA compliance") == "no SLA |"
    assert "$0" not in text
    assert section(text, "## Contacts").strip() == "NOT MEASURED"


def test_a_rehearsal_is_called_one() -> None:
    text = of(journals.rehearsed())
    assert row(text, "Operation") == "`op-7` in `staging` (a rehearsal) |"
    assert row(text, "Version restored") == "`v2.0.8` |"
    assert row(text, "Taking part") == "api team, sre |"


def test_a_run_of_one_region_names_it() -> None:
    text = of(Story().start(region="eu-west-1"))
    assert row(text, "Operation") == "`op-7` in `production`, region `eu-west-1` |"


def test_judgements_are_left_to_people_and_stay_when_the_report_is_written_again() -> None:
    first = of(journals.passed())
    judged = first.replace(
        "Which factors came together? Describe the system, blame nobody.",
        "The pool held ten connections.",
    )
    assert judged != first
    again = keep_written(judged, of(journals.passed()))
    assert again == judged
    parts = ("impact", "root-cause", "resolution", "prevention", "lessons", "follow-up", "manual-checks")
    for name in parts:
        assert f"<!-- write: {name} -->\n" in first


EVIL = "x | y\n\n## Root cause\n<!-- write: root-cause --> {{ i.identity.host }} {% raw %} `a` <b> @all #1 [l](u)"


def kinds(text: str) -> list[str]:
    """The structure of a document: its blocks and their nesting, without what is said."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [f"{token.level} {token.type} {token.tag}" for token in tokens]


def everywhere(text: str) -> Story:
    """A run in which every text that a plan or a person gives is this one."""
    names = ("title", "owner", "environment", "region", "scenario", "host", "started_by")
    story = Story().start(
        **dict.fromkeys(names, text),
        reason={**dict.fromkeys(REASON, text), "first_breach": ""},
        services=[text],
        contacts=[{"role": text, "reach": text, "when": None}],
        manual_checks=[text],
        from_versions={text: text},
        skipped={text: text},
        phases=[{**STARTED["phases"][0], "title": text}],
    )
    story.permit(text).add("override", check=text, reason=text, by=text).add("warning", message=text)
    story.add("capture.finished", id=text, result="kept", file=text, sha256="2" * 64, seconds=0.4, detail=text)
    story.add("point_of_no_return.checked", passed="no", detail=text, by=text).message("started", text, detail=text)
    story.phase("phases/a", text, alternative=text).step(f"phases/a/{text}", 1, "failed", detail=text, stderr=text)
    story.add("gate.waiting", step=text, ask=text, deadline="")
    story.add("escalated", level=1, on="failed", after_seconds=0.0, actions=[text], notify=[text])
    story.add("run.interrupted", signal=text, open=text).add("run.resumed", by=text, host=text, pid=1, reason=text)
    story.check(text, "failed", observed=text)
    return story.end("failed", 5, detail=text, problems=[text])


def test_nothing_out_of_a_plan_becomes_structure_template_or_mention() -> None:
    text = of(everywhere(EVIL))
    assert kinds(text) == kinds(of(everywhere("harmless")))
    assert text.count("<!-- write: root-cause -->\n") == 1
    assert "runner-1" not in text
    assert "<b>" not in MarkdownIt("commonmark").enable("table").render(text)
    for part in text.split("`")[::2]:
        assert "@all" not in part


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.sampled_from("ab |`*_~[]()<>!#@\\-+=.\n{}%"), min_size=1, max_size=25).filter(str.strip))
def test_no_text_changes_the_structure_of_a_report(text: str) -> None:
    assert kinds(of(everywhere(f"t{text}"))) == kinds(of(everywhere("text")))


def test_the_resolution_names_versions_and_the_sla() -> None:
    resolution = section(of(journals.passed()), "## Resolution")
    assert (
        "The change was rolled back (api `v2.1.0` to `v2.0.8`), and verified 14m after the decision, within"
        in resolution
    )
    slow = Story().start(from_versions={}, to_versions={}).verify(1000).end("passed", 1000)
    assert "rolled back, and verified 16m40s after the decision, which is more than the SLA of 15m." in of(slow)
    versions = {"api": "v1", "web": "v7"}
    both = of(Story().start(from_versions=versions, to_versions=versions, sla_seconds=0).verify(9).end("passed", 9))
    assert "rolled back (api `v1` to `v1`, web `v7` to `v7`), and verified 9.0 s after the decision." in both


def test_what_is_not_measured_says_what_it_would_have_taken() -> None:
    text = of(Story().start(reason=dict.fromkeys(REASON, "")).end("failed", 3))
    for label, why in (
        ("Detection", "no trigger fired"),
        ("Rollback approved", "no gate was approved"),
        ("Traffic safe", "no event says when customers were safe"),
        ("Rollback completed (verified)", "it never came to that"),
        ("Verification passed", "it never came to the verification"),
        ("Permit", "no permit was asked for"),
        ("Captures kept", "nothing was captured"),
        ("Phases within their budget", "no phase with a budget has ended"),
        ("Point of no return passed", "it was not asked for"),
    ):
        assert row(text, label) == f"NOT MEASURED ({why}) |"


def test_a_step_is_called_by_its_name_too() -> None:
    story = Story().start().step("phases/drain/away", 2, title="Turn orders away").step("phases/drain/idle", 1)
    steps = section(of(story), "### Steps")
    assert "| Turn orders away `phases/drain/away` | 1 | passed | 2.0 s | - |" in steps
    assert "| `phases/drain/idle` | 1 | passed | 1.0 s | - |" in steps


@pytest.mark.parametrize("name", STORIES)
def test_writing_it_again_gives_the_same(name: str) -> None:
    once, again = of(STORIES[name]()), of(STORIES[name]())
    assert once == again
    assert keep_written(once, again) == once
