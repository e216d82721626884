"""Texts of a megabyte that are hostile to a reader. As a program: the seconds of CPU that each takes, as JSON."""

from __future__ import annotations

import json
import sys
import time

from rollback_gov.plans.markdown.blocks import TooManyBlocks
from rollback_gov.plans.runbook.draft import read_runbook
from rollback_gov.plans.runbook.writing import draft_text
from rollback_gov.plans.source import DOCUMENT, Source

SCRIPT = "## Rollback procedure\n\n```bash\n"
HOSTILE = {
    "a script": SCRIPT + "kubectl rollout undo deployment/x -n y # once more\n" * 30_000,
    "numbers in a script": SCRIPT + "".join(f"# {n}. do it\nA{n}=1; echo $A{n - 1}\n" for n in range(1, 30_000)),
    "placeholders": SCRIPT + "".join(f"ls <NAME_{n}>\n" for n in range(60_000)),
    "open placeholders": SCRIPT + "<a b c d " * 100_000,
    "a table": "## Rollback procedure\n\n| step | command |\n|---|---|\n" + "| a | `ls x` |\n" * 9_000,
    "rows of a matrix": "## Decision matrix\n\n| signal | threshold | action |\n|---|---|---|\n"
    + "| a | > 1% | x |\n" * 6_000,
    "entries": SCRIPT + "ls\n```\n" + "1. do `ls x`\n" * 14_000,
    "titles": "## Rollback procedure\n\n" + "### Step 1: a (2 minutes)\n\n```bash\nls\n```\n\n" * 7_000,
    "bold paragraphs": "## Rollback procedure\n\n" + "**Step 1: a (2 minutes)**\n\ndo\n\n" * 9_000,
    "a long line": "## Rollback procedure\n\n1. " + "word " * 200_000,
    "digits": "## Rollback procedure (" + "1" * 1_000_000 + " minutes)\n\n1. x\n",
    "blanks": "## Rollback procedure\n\n**SLA**:" + " " * 1_000_000 + "x\n\n1. x\n",
    "brackets": "## Rollback procedure\n\n1. " + "[" * 20_000 + "\n",
    "broken letters": SCRIPT + "echo âœ…\n" * 90_000,
    "documents in documents": "```markdown\n# Rollback Plan: x\n## Procedure\n" * 12
    + "```bash\nls\n```\n"
    + "x y\n\n" * 9_000,
    "quotes": "## Rollback procedure\n\n" + ("> " * 100 + "x\n") * 900,
}


def measured(name: str) -> float:
    source = Source("RUNBOOK.md", HOSTILE[name][: DOCUMENT.bytes])
    began = time.process_time()
    try:
        for draft in read_runbook(source):
            draft_text(draft, "RUNBOOK.md")
    except TooManyBlocks:
        pass  # said at once: that took no time either
    return time.process_time() - began


if __name__ == "__main__":
    read_runbook(Source("warm", "# x"))
    print(json.dumps({name: measured(name) for name in sys.argv[1:] or HOSTILE}))
