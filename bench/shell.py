"""How long it takes to read scripts, beside what the grammar alone needs for the same text in the same run.

All as processor time, the least of several tries: one script of 100 kB (the example plans' scripts, one after the
other), and the scripts of one plan, those under ``uses`` too. Then the script of 100 kB as the only step of a plan:
what all rules take for it, more than for a step that does nothing. Exit code 1 when reading costs more than six times
the parse alone, or 100 ms for 100 kB; that all rules keep to 100 ms too is the aim.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent

import tree_sitter_bash
from tree_sitter import Language, Parser

from rollback_gov.commands.judge import Demands, check_plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.trust import Trust
from rollback_gov.plans.load import load_plan, load_text
from rollback_gov.plans.source import Source
from rollback_gov.policy.scripts import plan_scripts
from rollback_gov.policy.shell.reader import read_script

ROOT = Path(__file__).resolve().parent.parent
SIZE = 100_000
RUNS = 9
ALLOWED = 6.0
MOST_MS = 100.0
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 3}
phases:
  - id: undo
    steps:
      - id: undo
        timeout: 5m
        run: |
"""


def main() -> int:
    """Measure and print both."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("plans-example/*/scripts/*.sh"))]
    long = "\n".join(texts)
    long = long[: long.rindex("\n", 0, SIZE)]
    loaded = load_plan(ROOT / "plans-example" / "cortex-api" / "plan.yaml")
    plan = loaded.require()
    short = [placed.text for placed in plan_scripts(plan, plan.records, loaded.scripts)]
    passed = compare(f"one script of {len(long) // 1000} kB", [long], MOST_MS)
    passed &= compare(f"{len(short)} scripts of a plan", short)
    passed &= all_rules(long)
    return 0 if passed else 1


def all_rules(script: str) -> bool:
    """Print what all rules take for a script, beside reading it."""
    nothing, everything = (least(judging(text)) * 1000 for text in ("true", script))
    spent = everything - nothing
    missed = "   MISSED" if spent > MOST_MS else ""
    print(f"{'all rules for that script':28}      {spent:6.1f} ms   (aim {MOST_MS:g}, at most {2 * MOST_MS:g}){missed}")
    return spent <= 2 * MOST_MS


def judging(script: str) -> Callable[[], object]:
    """Give what checks a plan whose only step is that script."""
    text = PLAN + indent(script, " " * 10, lambda _: True) + "\n"
    loaded = load_text(Path("plan.yaml"), Source("plan.yaml", text))
    demands = Demands(policy=Policy(), trust=lambda: Trust(keys=()), now=datetime.now(UTC))

    def judge() -> None:
        read_script.cache_clear()
        check_plan(loaded, demands)

    return judge


def compare(name: str, texts: list[str], most_ms: float = float("inf")) -> bool:
    """Print how long reading takes and how long the parse alone takes, and say whether it is soon enough."""
    parser = Parser(Language(tree_sitter_bash.language()))
    sources = [text.encode() for text in texts]
    bare = least(lambda: [parser.parse(source) for source in sources])
    ours = least(lambda: read_anew(texts))
    print(f"{name:28} read {ours * 1000:6.1f} ms   parse alone {bare * 1000:6.1f} ms   ratio {ours / bare:4.1f}")
    return ours / bare <= ALLOWED and ours * 1000 <= most_ms


def read_anew(texts: list[str]) -> None:
    """Read all scripts, although equal ones are remembered."""
    read_script.cache_clear()
    for text in texts:
        read_script(text)


def least(work: Callable[[], object]) -> float:
    """Give the least processor time of several tries, in seconds."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
