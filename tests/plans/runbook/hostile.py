"""Texts that are hostile to a reader: as long as may be, or as many pieces as may be, of every shape.

As a program: how the time of reading and importing each grows, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rollback_gov.plans.load import load_text
from rollback_gov.plans.markdown.blocks import MAX_BLOCKS, weight
from rollback_gov.plans.markdown.fences import lengthen
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.nearest import nearest
from rollback_gov.plans.markdown.spans import span_of
from rollback_gov.plans.runbook.document import MOST
from rollback_gov.plans.runbook.draft import read_runbook
from rollback_gov.plans.runbook.titles import read_title, says_choice
from rollback_gov.plans.runbook.words import folded, says, section_kind
from rollback_gov.plans.runbook.writing import draft_text
from rollback_gov.plans.source import DOCUMENT, Source
from tests.growth import Growth, growth, seconds

PLAN = "# Rollback Plan: x\n\n## Metadata\n\n- **Operation ID**: op-7\n\n"
PROCEDURE = f"{PLAN}## Rollback Procedure\n\n### Phase 1: x\n\n"
SCRIPT = f"{PROCEDURE}```bash\n"
MATRIX = f"{PLAN}## Decision matrix\n\n| signal | threshold | action |\n|---|---|---|\n"
HEADS = {
    "procedure": PROCEDURE,
    "script": SCRIPT,
    "table": f"{PROCEDURE}| step | command |\n|---|---|\n",
    "matrix": MATRIX,
    "metadata": PLAN,
    "triggers": f"{PLAN}## Rollback Decision Criteria\n\n### Automatic Rollback Triggers\n\n",
    "troubles": f"{PLAN}## Troubleshooting\n\n### a\n\n",
    "checklist": f"{PLAN}## Checklists\n\n### Before\n\n",
    "scenarios": f"{PLAN}## Partial Rollback Capability\n\n",
    "nothing": "# Title\n\n",
}
UNITS = {
    "a script": ("script", "kubectl rollout undo deployment/x -n y # once more\n"),
    "numbers in a script": ("script", "# {n}. do it\nA{n}=1; echo $A{n}\n"),
    "placeholders": ("script", "ls <NAME_{n}>\n"),
    "open placeholders": ("script", "<a b c d "),
    "broken letters": ("script", "echo âœ…\n"),
    "rows": ("table", "| a {t} | `ls x` |\n"),
    "rows of a matrix": ("matrix", "| a {t} | > 1% | x |\n"),
    "rows without bars": ("matrix", "{t}\n"),
    "lines": ("procedure", "{t}\n"),
    "paragraphs": ("procedure", "{t}\n\n"),
    "headings": ("procedure", "## {t}\n"),
    "headings that say nothing": ("nothing", "## {t}\n"),
    "letters of a section": ("metadata", "## rallbock {n} pradecure {t}\n"),
    "phases": ("procedure", "### Phase {n}: {t} (2 minutes)\n"),
    "phases of nothing": ("nothing", "### Phase {n}: {t} (2 minutes)\n"),
    "entries": ("procedure", "{n}. {t}\n"),
    "bullets": ("procedure", "- {t}\n"),
    "lists in lists": ("procedure", "- - {t}\n"),
    "quotes": ("procedure", "> {t}\n"),
    "quotes in quotes": ("procedure", "> > > > > > {t}\n"),
    "labels": ("metadata", "**Label {n}**: {t}\n"),
    "labels of entries": ("procedure", "- **Label**: {t}\n"),
    "bold paragraphs": ("procedure", "**Step {n}: {t}**\n\ndo {n}\n\n"),
    "commands in entries": ("procedure", "- Run `ls {n}` {t}\n"),
    "placeholders in entries": ("procedure", "- Run `ls <NAME_{n}> {t}`\n"),
    "comments": ("procedure", "<!-- {t} -->\n"),
    "titles in HTML": ("procedure", "<h2>{t}</h2>\n\n"),
    "blocks": ("procedure", "```bash\nls {t}\n```\n"),
    "blocks of YAML": ("procedure", "```yaml\nk{n}: {t}\n```\n"),
    "blocks of JSON": ("procedure", '```json\n{{"k": "{t}"}}\n```\n'),
    "messages": ("procedure", "```\nhello {t}\n```\n"),
    "steps": ("procedure", "### Step {n}: {t}\n\n```bash\nls\n```\n\n"),
    "options": ("procedure", "#### Option A: {t}\n\n- Run `ls x`\n\n"),
    "scenarios": ("scenarios", "### Scenario {n}: {t}\n\n- do\n\n"),
    "triggers": ("triggers", "- Error rate {t} > 1% for 2 minutes\n"),
    "check lists": ("checklist", "- [ ] {t}\n"),
    "troubles": ("troubles", "**Symptoms:** {t}\n\n**Solutions**:\n\n1. `ls {n}`\n\n"),
    "times": ("procedure", "1 minute 2 minutes within 5-15 minutes {t}\n"),
    "links": ("procedure", "[{t}](a)\n"),
    "emphasis": ("procedure", "*{t}* `{t}`\n"),
    "references": ("procedure", "[a{n}]: {t}\n"),
    "underlined": ("procedure", "{t}\n---\n\n"),
    "indented": ("procedure", "    kubectl {t}\n\n"),
}
ESCALATION = f"{PLAN}## Rollback Failure Escalation\n\n### If Rollback Fails\n\n"
WATCH = f"{PROCEDURE}1. x\n\n## Post-rollback validation\n\n"
PHASES = f"{PLAN}## Rollback Procedure\n\n" + "".join(f"### Phase {n}: p{n}\n1. a\n" for n in range(1, 1_000))
DOCUMENT_INSIDE = "```markdown\n# Rollback Plan: x\n## Procedure\n- {t}\n```\n"
WHOLE = {
    "a long line": PROCEDURE + "1. " + "word " * 200_000,
    "digits": PLAN + "## Rollback procedure (" + "1" * 1_000_000 + " minutes)\n\n1. x\n",
    "blanks": PROCEDURE + "**SLA**:" + " " * 1_000_000 + "x\n\n1. x\n",
    "brackets": PROCEDURE + "1. " + "[" * 20_000 + "\n",
    "comments before": "<!-- a -->\n" * 70_000 + "x\n",
    "a title of blanks": PROCEDURE + "### Phase 2: a" + " " * 900_000 + "x\n\n1. a\n",
    "blank lines": PROCEDURE + "1. x\n" + "\n" * 900_000 + "x\n",
    "comments that are never closed": f"{PLAN}## {'<!--' * 150_000}\n\n1. a\n",
    "a level of blanks": f"{ESCALATION}**Level 1:" + " " * 900_000 + "x**\n",
    "a remark of blanks": f"{PLAN}## Operation Summary\n\n**Services affected**:\n" + f"- x `a{' ' * 4_900}b`\n" * 200,
    "rounds": f"{WATCH}" + f"### Soon (0-15 minutes)\n\n```bash\n{'{1..1}' * 820}\n```\n\n" * 195,
    "ranges": f"{PHASES}## Partial Rollback Capability\n\n### Scenario: a\n**Rollback**: Phases " + "1-999, " * 120_000,
    "scenarios of ranges": f"{PHASES}## Partial Rollback Capability\n\n"
    + "### Scenario: a\n**Rollback**: Phases 1-999\n\n" * 3_000,
    "participants": f"{PLAN}## Rollback Testing Requirements\n\n- Participants: {'a, ' * 300_000}\n",
    "documents in a document": PROCEDURE + "".join(DOCUMENT_INSIDE.format(t="abc de " * 130) for _ in range(MOST)),
    "nested documents": "```markdown\n# Rollback Plan: x\n## Procedure\n" * 12
    + "```bash\nls\n```\n"
    + "x y\n\n" * 9_000,
}
NAMES = (*UNITS, *WHOLE)
WORDS = "abc de fgh "
SIZE = DOCUMENT.bytes - 50_000
"""Characters of a text that is nearly as long as may be."""


def text_of(name: str, size: int = SIZE) -> str:
    """Give a text of about that many characters with as many pieces as it may have, filled up with words."""
    if name in WHOLE:
        return WHOLE[name][: len(WHOLE[name]) * size // SIZE]
    head, unit = HEADS[UNITS[name][0]], UNITS[name][1]
    _, outside = lengthen((head + _filled(unit, 10_000, "x") * 50).split("\n"))
    each = max(weight(outside), 1) / 50
    many = 0.85 * MAX_BLOCKS * size / DOCUMENT.bytes / each
    fill = (WORDS * (int(size / many) // len(WORDS) + 1))[: max(int(size / many) - len(_filled(unit, 10_000, "")), 3)]
    pieces, left, number = [head], size - len(head), 0
    while left > 0 and ("{t}" not in unit or number < many):
        number += 1
        pieces.append(_filled(unit, number, fill.strip()))
        left -= len(pieces[-1])
    return "".join(pieces)


def _filled(unit: str, number: int, fill: str) -> str:
    return unit.format(n=number, t=fill)


def read(text: str) -> None:
    """Read a text as a plan, as `validate` does."""
    load_text(Path("plan.md"), Source("plan.md", text))


def draft(text: str) -> None:
    """Draft plans from a text, as `import` does."""
    for one in read_runbook(Source("RUNBOOK.md", text)):
        draft_text(one, "RUNBOOK.md")


REMEMBERING = (plain, nearest, span_of, folded, says, section_kind, read_title, says_choice)
WAYS: dict[str, Callable[[str], None]] = {"read": read, "import": draft}


def forget() -> None:
    """Remember nothing of an earlier text."""
    for function in REMEMBERING:
        function.cache_clear()


def measured(way: str, text: str) -> float:
    """Give the seconds of computing, with nothing remembered of an earlier text."""
    forget()
    return seconds(lambda: WAYS[way](text))


def warm_up() -> None:
    """Import what is imported late, and read the lists of words."""
    for way in WAYS:
        measured(way, text_of("blocks of YAML", 3_000))


def growths(size: int, names: list[str]) -> Iterator[tuple[str, str, Growth]]:
    """Give the name of each text, what was done with it, and how its time grows up to a size."""
    for name in names:
        for way in WAYS:
            yield name, way, growth(lambda each, name=name, way=way: measured(way, text_of(name, each)), size)  # type: ignore[misc]


if __name__ == "__main__":
    warm_up()
    print(
        json.dumps(
            [[f"{way} of {name}", one.is_tame, str(one)] for name, way, one in growths(int(sys.argv[1]), sys.argv[2:])]
        )
    )
