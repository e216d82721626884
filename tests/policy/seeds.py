"""Runbooks as plans: every fence of bash in a Markdown file becomes a step, in the order of the document."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.source import Source
from tests.conftest import ROOT

FOLDER = ROOT.parent.parent / "shared" / "seeds"
"""Runbooks that people have written, where this checkout has them beside it."""
_FENCE = re.compile(r"^(?P<indent>[ ]*)```(?:bash|sh|shell)\n(?P<body>.*?)^[ ]*```[ ]*$", re.MULTILINE | re.DOTALL)
_HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A runbook, owner: somebody, level: 2}
point_of_no_return: {none: not said}
phases:
  - id: procedure
    steps:
"""
_TAIL = """\
verification:
  checks: [{id: health, http: {url: "http://shop.example.com/health"}, expect: {status: 200}}]
  manual: [Look at the dashboard]
"""


def fences(text: str) -> Iterator[str]:
    """Give the bash of each fence, without its indentation."""
    for found in _FENCE.finditer(text):
        indent = len(found["indent"])
        yield "".join(line[indent:] if not line[:indent].strip() else line for line in found["body"].splitlines(True))


def as_plan(text: str, name: str) -> LoadedPlan:
    """Make a plan of a runbook's fences, so that a finding's line can be looked up in it."""
    steps = []
    for number, script in enumerate(fences(text), 1):
        if script.strip():
            block = textwrap.indent(script, " " * 10, lambda _: True)
            steps.append(f"      - id: fence-{number}\n        run: |\n{block}")
    return load_text(Path(name), Source(name, _HEAD + "".join(steps) + _TAIL))
