"""How long reading a plan in Markdown and importing a runbook take, for hostile texts of every shape.

The limit: a second of computing a megabyte. Beside each stands what finding the blocks of the same text takes, nearly
all of it in markdown-it: the least that reading can take.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rollback_gov.plans.markdown.blocks import read_blocks
from tests.plans.runbook.hostile import NAMES, WAYS, measured, text_of, warm_up

LIMIT = 1.0
"""Seconds for a text of a megabyte, however many pieces it has."""
ROUNDS = 3


def blocks_alone(text: str) -> float:
    """Give the seconds of computing for the blocks of a text."""
    began = time.process_time()
    read_blocks(text.split("\n"))
    return time.process_time() - began


def main() -> int:
    """Measure, print, and give 1 where something took longer than the limit."""
    warm_up()
    missed = []
    print(f"{'text of about a megabyte':<28}{'blocks':>8}{'read':>8}{'import':>8}   seconds, best of {ROUNDS}")
    for name in NAMES:
        text = text_of(name)
        alone = min(blocks_alone(text) for _ in range(ROUNDS))
        best = {way: min(measured(way, text) for _ in range(ROUNDS)) for way in WAYS}
        missed += [f"{way} of {name}: {taken:.2f} s" for way, taken in best.items() if taken > LIMIT]
        print(f"{name:<28}{alone:8.2f}{best['read']:8.2f}{best['import']:8.2f}")
    print(f"limit: {LIMIT} s. " + ("Missed: " + "; ".join(missed) if missed else "Held by all."))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
