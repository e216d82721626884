"""Runbooks and scripts as plans: what people have written becomes the steps of one."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.source import Source
from tests.conftest import ROOT

_BESIDE = (ROOT.parent / "shared" / "seeds", ROOT.parent.parent / "shared" / "seeds")
FOLDER = next((path for path in _BESIDE if path.is_dir()), None)
"""Runbooks that people have written, where this checkout has them beside it."""
_FENCE = re.compile(r"^(?P<indent>[ ]*)```(?P<kind>[a-z]+)\n(?P<body>.*?)^[ ]*```[ ]*$", re.MULTILINE | re.DOTALL)
_HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A runbook, owner: somebody, level: 2}
point_of_no_return: {none: not said}
"""
_TAIL = """\
verification:
  checks: [{id: health, http: {url: "http://shop.example.com/health"}, expect: {status: 200}}]
  manual: [Look at the dashboard]
"""


def fences(text: str, *kinds: str) -> Iterator[str]:
    """Give what stands in the fences of these kinds, without their indentation. A fence may stand inside of another."""
    inner = re.sub(r"^[ ]*```markdown$", "", text, flags=re.MULTILINE)
    for found in _FENCE.finditer(inner):
        if found["kind"] in kinds:
            indent = len(found["indent"])
            lines = found["body"].splitlines(keepends=True)
            yield "".join(line[indent:] if not line[:indent].strip() else line for line in lines)


def plan_of(scripts: Iterable[str], *, before: str = "") -> LoadedPlan:
    """Make a plan whose steps run these scripts; ``before`` is more YAML, such as triggers."""
    steps = []
    for number, script in enumerate(scripts, 1):
        block = textwrap.indent(script if script.endswith("\n") else script + "\n", " " * 10, lambda _: True)
        steps.append(f"      - id: step-{number}\n        run: |\n{block}")
    text = f"{_HEAD}{before}phases:\n  - id: procedure\n    steps:\n{''.join(steps)}{_TAIL}"
    return load_text(Path("plan.yaml"), Source("plan.yaml", text))


def runbook(path: Path) -> LoadedPlan:
    """Make a plan of a runbook: a step for each of its fences of bash, in the order of the document."""
    text = path.read_text(encoding="utf-8")
    return plan_of(script for script in fences(text, "bash", "sh", "shell") if script.strip())
