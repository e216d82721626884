"""How long it takes to read scripts, beside what the grammar alone needs for the same text in the same run.

Two measurements, both as processor time, the least of several tries: one script of 100 kB (the example plans' scripts,
one after the other), and the scripts of one plan. Exit code 1 when reading costs more than six times the parse alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import tree_sitter_bash
from tree_sitter import Language, Parser

from rollback_gov.model.walk import walk
from rollback_gov.plans.load import load_plan
from rollback_gov.policy.scripts import plan_scripts
from rollback_gov.policy.shell.reader import read_script

ROOT = Path(__file__).resolve().parent.parent
SIZE = 100_000
RUNS = 9
ALLOWED = 6.0


def main() -> int:
    """Measure and print both."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("plans-example/*/scripts/*.sh"))]
    long = "\n".join(texts)
    long = long[: long.rindex("\n", 0, SIZE)]
    plan = load_plan(ROOT / "plans-example" / "cortex-api" / "plan.yaml").require()
    short = [placed.text for placed in plan_scripts(plan, tuple(walk(plan)))]
    one = compare(f"one script of {len(long) // 1000} kB", [long])
    many = compare(f"{len(short)} scripts of a plan", short)
    return 0 if max(one, many) <= ALLOWED else 1


def compare(name: str, texts: list[str]) -> float:
    """Print how long reading takes and how long the parse alone takes, and give the ratio."""
    parser = Parser(Language(tree_sitter_bash.language()))
    sources = [text.encode() for text in texts]
    bare = least(lambda: [parser.parse(source) for source in sources])
    ours = least(lambda: read_anew(texts))
    print(f"{name:28} read {ours * 1000:6.1f} ms   parse alone {bare * 1000:6.1f} ms   ratio {ours / bare:4.1f}")
    return ours / bare


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
