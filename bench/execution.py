"""What a run costs over the commands that it runs, and how fast a long journal becomes a state.

``python bench/execution.py`` prints both and exits with 1 when a limit is missed by more than twice.

- A step costs at most 5 ms over the same command as a ``bash -euo pipefail`` of its own, from one loop of bash.
- A journal of 10,000 events folds in less than 100 ms.

The best of several rounds counts: what a busy machine adds says nothing about the code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from rollback_gov.execution.answers import Answers
from rollback_gov.execution.clock import SystemClock, stamp
from rollback_gov.execution.console import SilentConsole
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import FILE, FIRST, Journal, read_journal
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.runner import Runner
from rollback_gov.execution.state import fold
from rollback_gov.execution.stop import Stop
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from rollback_gov.sources.book import SourceBook

STEPS = 50
EVENTS = 10_000
ROUNDS = 5
STEP_LIMIT_MS = 5.0
FOLD_LIMIT_MS = 100.0
HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: Fifty steps, owner: bench, level: 2}
phases:
  - id: all
    steps:
"""


def best_of(measured: Callable[[], None]) -> float:
    """Give the shortest of several rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        measured()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def plan_of(steps: int) -> Plan:
    """A plan whose steps do nothing."""
    text = HEAD + "".join(f"      - {{id: step-{number}, run: 'true'}}\n" for number in range(steps))
    return load_text(Path("plan.yaml"), Source("plan.yaml", text)).require()


def run_plan(plan: Plan, folder: Path) -> None:
    """Run a plan as ``execute`` does once everything is checked; every event is synced to the disk of ``folder``."""
    incident = Path(tempfile.mkdtemp(dir=folder))
    environ = {"PATH": os.environ["PATH"]}
    clock, masker = SystemClock(), Masker(["not-a-secret"])
    with (
        closing(Journal(incident, clock, mask=masker.data)) as journal,
        closing(SourceBook(environ=environ, parameters={})) as sources,
    ):
        journal.append("run.started", started(clock))
        context = Context(
            plan=plan,
            run="bench",
            environment_name="bench",
            environment=None,
            parameters={},
            environ=environ,
            plan_folder=folder,
            folder=incident,
            baseline_folder=folder,
            clock=clock,
            masker=masker,
            console=SilentConsole(),
            stop=Stop(),
            sources=sources,
            person="bench",
        )
        assert Runner(context, journal, Answers()).run().result == "passed"


def started(clock: SystemClock) -> dict[str, object]:
    """What a runner reads of ``run.started``."""
    choices = {"scenario": "", "options": {}, "from": "", "skipped": {}}
    return {**choices, "sla_seconds": 600, "decided_at": stamp(clock.now()), "digests": {"executable": "0"}}


def run_in_bash(folder: Path) -> None:
    """Run the same commands from a loop of bash."""
    script = folder / "script"
    script.write_text("true")
    loop = f"for number in {{1..{STEPS}}}; do bash -euo pipefail {script}; done"
    subprocess.run(["bash", "-c", loop], check=True)


def write_journal(folder: Path) -> Path:
    """Write a journal of many steps, without the ten thousand syncs that a run would need."""
    path, previous = folder / FILE, FIRST
    with path.open("wb") as file:
        for number in range(1, EVENTS + 1):
            type_, data = event_of(number)
            fields = {"seq": number, "at": "2026-01-31T12:00:00.000Z", "monotonic": number / 8, "type": type_}
            line = json.dumps({**fields, "data": data, "previous": previous}, separators=(",", ":")).encode()
            file.write(line + b"\n")
            previous = sha256(line).hexdigest()
    return path


def event_of(number: int) -> tuple[str, Mapping[str, object]]:
    """One event of a long run: steps begin and end in turn."""
    if number == 1:
        return "run.started", started(SystemClock())
    step = {"step": f"phases/all/step-{number // 2}", "attempt": 1}
    if number % 2 == 0:
        rest = {"title": "A step", "action": "run", "deadline": "2026-01-31T12:10:00.000Z", "script_sha256": "0" * 64}
        return "step.intent", step | rest
    checks = [{"expected": "exit code 0", "observed": "0", "passed": True}]
    return "step.finished", step | {"result": "passed", "exit": 0, "seconds": 0.1, "checks": checks, "detail": ""}


def verdict(what: str, measured: float, limit: float) -> bool:
    """Print one measurement, and give whether it is within twice its limit."""
    print(f"{what:<48} {measured:8.2f} ms   (limit {limit:g} ms){'' if measured <= limit else '   MISSED'}")
    return measured <= 2 * limit


def main() -> int:
    """Measure, print, judge."""
    plan = plan_of(STEPS)
    with tempfile.TemporaryDirectory(prefix="rollback-gov-bench-") as place:
        folder = Path(place)
        run_plan(plan_of(1), folder)
        ours = best_of(lambda: run_plan(plan, folder))
        theirs = best_of(lambda: run_in_bash(folder))
        path = write_journal(folder)
        reading = best_of(lambda: void(read_journal(path)))
        events = read_journal(path)
        folding = best_of(lambda: void(fold(events)))
    print(f"{STEPS} steps: {ours:.1f} ms as a plan, {theirs:.1f} ms from a loop of bash")
    good = verdict("a step costs over a bash of its own", (ours - theirs) / STEPS, STEP_LIMIT_MS)
    good &= verdict(f"a journal of {len(events)} events folds in", folding, FOLD_LIMIT_MS)
    print(f"{'reading it and checking its chain takes':<48} {reading:8.2f} ms")
    return 0 if good else 1


def void(_: object) -> None:
    """Take a result and do nothing with it."""


if __name__ == "__main__":
    sys.exit(main())
