"""The template as people really write it: the same plan, however its titles, labels, lists and times are dressed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan, load_text
from rollback_gov.plans.markdown.spans import estimate_of, leading_span
from rollback_gov.plans.source import Source

from .test_reader import TEMPLATE

TEXT = TEMPLATE.read_text(encoding="utf-8")


def numbered() -> str:
    parts = TEXT.split("\n## ")
    return parts[0] + "".join(f"\n## {number}. {part}" for number, part in enumerate(parts[1:], 1))


def underlined(title: re.Match[str]) -> str:
    return f"{title[1]}\n{'-' * len(title[1])}"


def tabled() -> str:
    """The metadata as a table whose head says nothing, and one whose head is a label."""
    metadata = re.compile(r"(## Metadata\n)(.*?)\n\n", re.DOTALL)
    found = metadata.search(TEXT)
    assert found
    rows = "\n".join(re.sub(r"- \*\*(.*?)\*\*: (.*)", r"| **\1** | \2 |", line) for line in found[2].split("\n"))
    return metadata.sub(f"\\1\n| Field | Value |\n|---|---|\n{rows}\n\n", TEXT, count=1)


def behind_the_criteria() -> str:
    """A section whose title is one word in bold, behind titles that are no phases."""
    found = re.search(r"## Checklists\n.*?\n(?=## )", TEXT, re.DOTALL)
    assert found
    rest = TEXT.replace(found[0], "")
    return rest.replace(
        "## Rollback Procedure\n", f"{found[0].replace('## Checklists', '**Checklists**')}## Rollback Procedure\n"
    )


def everywhere(pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> str:
    return re.sub(pattern, replacement, TEXT, flags=re.MULTILINE)


SECTION = r"^## (.*)$"
BELOW = r"^### (?!Phase|Scenario)(.*)$"
INSIDE = [
    "**Before**",
    "**After:**",
    "__During__",
    "**Automated verification**",
    "**If Rollback Fails**",
    "**Point of no return**",
    "**Scenario 2: the pods do not start**",
]
"""Titles of other sections, as text of a phase."""
SPELLINGS = {
    "sections in capitals": everywhere(SECTION, lambda title: title[0].upper()),
    "numbered sections": numbered(),
    "numbered titles inside of sections": everywhere(BELOW, r"### 1.2 \1"),
    "signs before sections": everywhere(SECTION, r"## 📋 \1"),
    "signs before the titles inside": everywhere(BELOW, r"### ⚡️ \1"),
    "signs before phases": everywhere(r"^### (Phase|Scenario)", r"### 🚀 \1"),
    "links as titles": everywhere(r"^(##+) (?!Phase|Scenario|Option)(.*)$", r"\1 [\2](#anchor)"),
    "addresses behind titles": everywhere(SECTION, r"## \1 {#a-title}"),
    "comments behind titles": everywhere(SECTION, r"## \1 <!-- keep -->"),
    "comments around titles": everywhere(SECTION, "<!-- one -->\n\n## \\1\n<!-- two\n\nlines -->"),
    "bold titles": everywhere(r"^(##+) (.*)$", r"\1 **\2**"),
    "bold in place of sections": everywhere(r"^## (?!Metadata|Last Resort)(.*)$", r"**\1**"),
    "bold in place of titles inside": everywhere(BELOW, r"\n__\1__:"),
    "bold in place of phases": everywhere(r"^### (Phase|Scenario)(.*)$", r"**\1\2**"),
    "bold in place of options": everywhere(r"^#### (.*)$", r"**\1**"),
    "a section in bold behind the criteria": behind_the_criteria(),
    "underlined sections": everywhere(SECTION, underlined),
    "an underlined title": everywhere(r"\A# (.*)$", r"\1\n==="),
    "colons in the bold": everywhere(r"\*\*([^*\n]+)\*\*:", r"**\1:**"),
    "other bold": everywhere(r"\*\*([A-Z][^*\n]+)\*\*:", r"__\1__:"),
    "labels without bold": everywhere(r"\*\*(What we're changing|Services affected|SLA|Time|Use when)\*\*:", r"\1:"),
    "estimates without bold": everywhere(r"^- \*\*(Phase \d.*?)\*\*:", r"- \1:"),
    "other apostrophes and spaces": TEXT.replace("What we're", "What we’re").replace(
        "Operation ID", "Operation\u00a0ID"
    ),
    "two words": TEXT.replace("Rollback Procedure", "Roll-back procedure").replace(
        "# Rollback Plan", "# Roll back plan"
    ),
    "metadata in a table": tabled(),
    "a table whose head is a label": tabled()
    .replace("| Field | Value |\n|---|---|\n", "", 1)
    .replace("| **Operation ID** | op-12345 |\n", "| **Operation ID** | op-12345 |\n|---|---|\n"),
    "tildes": TEXT.replace("```", "~~~"),
    "longer fences": TEXT.replace("```", "`````"),
    "languages in capitals": everywhere(r"```(bash|yaml|json|text)", lambda fence: fence[0].title()),
    "attributes of fences": everywhere("```bash", '```bash {.numberLines title="x"}'),
    "stars": everywhere(r"^(\s*)- ", r"\1* "),
    "round brackets": everywhere(r"^(\d+)\. ", r"\1) "),
    "tabs below numbers": everywhere(r"^   (?=\S)", "\t"),
    "minutes in letters": everywhere(r"\((\d+) minutes?\)", r"(\1 min)"),
    "about": everywhere(r"\((\d+) minutes?\)", r"(~\1m)"),
    "at most": everywhere(r"\((\d+) minutes?\)", r"(\1 minutes max)"),
    "the longer end": TEXT.replace("(1 minute)", "(30-60 s)"),
    "other brackets": everywhere(r"\((\d+ minutes?)\)", r"（\1）"),
    "phases without a colon": everywhere(r"^### Phase (\d+): ", r"### Phase \1 "),
    "phases with a dash": everywhere(r"^### Phase (\d+): ", r"### Phase \1 – "),
}


def plan_of(text: str) -> Plan:
    return load_text(TEMPLATE, Source("plan.md", text)).require()


@pytest.mark.parametrize("name", SPELLINGS)
def test_it_is_the_same_plan(name: str) -> None:
    assert SPELLINGS[name] != TEXT
    assert plan_of(SPELLINGS[name]) == load_plan(TEMPLATE).require()


@pytest.mark.parametrize("line", INSIDE)
def test_a_title_of_another_section_is_text_in_a_phase(line: str) -> None:
    """Else what stands behind it would be a phase of its own, without the guard and the budget of the first."""
    phase = """### Phase 4: Drop the new table (2 minutes)
**CRITICAL**: Only execute if NOT past point of no return!

{line}

1. **stop**
   ```bash
   ./stop.sh
   ```

{line}

2. **drop**
   ```bash
   ./drop.sh
   ```

"""
    before = "## Rollback Time Estimate"
    said, unsaid = (
        TEXT.replace("5 minutes 30 seconds", "7 minutes 30 seconds").replace(before, phase.format(line=text) + before)
        for text in (line, "**A word**")
    )
    assert plan_of(said) == plan_of(unsaid)
    last = plan_of(said).phases[-1]
    assert (last.guard, str(last.budget), len(last.steps)) == ("before_point_of_no_return", "2m", 2)


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("~5m", "5m"),
        ("≈ 5 minutes", "5m"),
        ("about 5 minutes", "5m"),
        ("approx. 5 min", "5m"),
        ("up to 90 seconds", "90s"),
        ("estimated: 5 minutes", "5m"),
        ("est. max 5 min", "5m"),
        ("5-10 minutes", "10m"),
        ("5 to 10 min.", "10m"),
        ("5 min – 1 h", "1h"),
        ("1 hour 30 minutes or less", "1h30m"),
        ("10~15 minutes", "15m"),
        ("5 ～ 10m", "10m"),
        ("~5~10m", "10m"),
        ("0~15 minutes", None),
        ("1<5m", None),
        ("3≤5m", None),
        ("1 about 5 minutes", None),
        ("0-15 minutes", None),
        ("5-10-15 minutes", None),
        ("soon", None),
        ("about", None),
        ("", None),
    ],
)
def test_estimates(said: str, span: str | None) -> None:
    assert estimate_of(said) == span
    assert leading_span(f"{said} (Level 3)") == span
