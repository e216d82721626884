"""Findings for a job summary."""

from __future__ import annotations

from functools import partial

import pytest
from markdown_it import MarkdownIt

from rollback_gov.model.finding import Severity
from rollback_gov.outputs.formats import markdown
from rollback_gov.outputs.result import CheckedFile
from tests.outputs.results import FILE, WAIVED, finding, plan, rendered, result

render = partial(rendered, "markdown")


def test_the_whole_text() -> None:
    warning = finding(code="RG104", severity=Severity.WARNING, hint="", message="Tight.")

    assert render(result(plan(), plan(finding(), warning, finding(waived=WAIVED), name="b.yaml"))) == (
        "## Rollback plans: ❌ findings that fail\n\n"
        "2 plans: 1 error, 1 warning, 1 waived.\n\n"
        "### `b.yaml`\n\nrequired level 3, achieved level 2 (RG103, RG104 stand between)\n\n"
        "- ❌ error **RG103**, line 3: `The budgets add up to 17m, 2m more than the SLA of 15m.` "
        "Next: `Shorten phases.`\n"
        "- ⚠️ warning **RG104**, line 3: `Tight.`\n"
        "- ☑️ waived **RG103**, line 3: `The budgets add up to 17m, 2m more than the SLA of 15m.` "
        "(`accepted by Ada until 2026-01-31: The vendor mends it in May. (PAY-7)`)\n\n"
        f"### `{FILE}`\n\nrequired level 3, achieved level 3\n\n"
    )


@pytest.mark.parametrize(("found", "mark"), [(result(plan()), "✅ passed"), (result(), "nothing to check")])
def test_the_result_stands_at_the_top(found: object, mark: str) -> None:
    assert render(found).splitlines()[0] == f"## Rollback plans: {mark}"  # type: ignore[arg-type]


def test_settings_come_before_plans() -> None:
    file = CheckedFile(file="waivers.yaml", findings=(finding(code="RG503", hint=""),))

    assert render(result(plan(), settings=(file,))).index("RG503") < render(result(plan(), settings=(file,))).index(
        FILE
    )


HOSTILE = "<img src=x> @octocat fixes #1 [a](http://x) ![b](http://y) ``` | \n# head\n\u202e gh-1 `` `"


def test_text_of_a_plan_is_text() -> None:
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(
        render(
            result(plan(finding(message=HOSTILE, hint=HOSTILE), name=HOSTILE), searched=(HOSTILE,), remarks=(HOSTILE,))
        )
    )
    kinds = {child.type for token in tokens for child in token.children or []}
    plain = "".join(child.content for token in tokens for child in token.children or [] if child.type == "text")

    assert kinds <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert not any(token.type.startswith("html") for token in tokens)
    assert not any(mark in plain for mark in ("@", "#", "gh-1", "<", "\u202e"))


def test_it_ends_before_github_would_drop_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MOST_BYTES", 2_000)
    text = render(result(*(plan(finding(), name=f"{n}.yaml") for n in range(50)), plan(name="good.yaml")))

    assert len(text.encode()) < 2_200
    assert text.endswith("plans left out for want of room; the log and the JSON output have all.\n")
    shown = text.count("###")
    assert text.splitlines()[-1].startswith(f"{51 - shown} plans")
    assert "good.yaml" not in text


def test_a_message_without_end_is_cut() -> None:
    assert len(render(result(plan(finding(message="x" * 100_000))))) < 3_000


def test_the_limit_is_below_that_of_github() -> None:
    assert markdown.MOST_BYTES <= 900 * 1024
