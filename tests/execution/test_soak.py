"""``kill -9`` at random moments, again and again: no step twice that must not, and none lost.

Every step counts itself in a file that the test reads afterwards. ``ROLLBACK_GOV_SLOW=1`` kills ten times as often.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.proc import Identity
from rollback_gov.model.event import Event
from rollback_gov.model.exit_codes import ExitCode
from tests.execution.conftest import HEAD
from tests.execution.crash_run import begin
from tests.execution.marks import slow

COUNT = 'echo "begin $STEP" >> log; sleep 0.03; echo "end $STEP" >> log'
PLAN = f"""
capture: {{items: [{{id: state, run: date, save: state.txt}}]}}
phases:
  - id: one
    steps:
      - {{id: once, run: '{COUNT}', destructive: true}}
      - {{id: quick, run: 'echo "begin $STEP" >> log; echo "end $STEP" >> log'}}
      - {{id: again, run: '{COUNT}', idempotent: true}}
  - id: two
    alternatives:
      - {{id: bad, steps: [{{id: first, run: '{COUNT}'}}, {{id: breaks, run: '{COUNT}; exit 3'}}]}}
      - {{id: good, steps: [{{id: second, run: '{COUNT}'}}]}}
  - id: three
    steps:
      - {{id: checked, run: '{COUNT}; touch effect', verify: test -e effect}}
      - {{id: poll, run: 'echo x >> polls; test $(wc -l < polls) -ge 4', until: {{every: 10ms, within: 60s}}}}
      - {{id: pause, wait: 50ms}}
      - {{id: last, run: '{COUNT}'}}
verification: {{checks: [{{id: all, run: grep -q last log}}]}}
"""
RUN_STEPS = ["one/once", "one/quick", "one/again", "two/bad/first", "two/bad/breaks", "two/good/second"]
RUN_STEPS += ["three/checked", "three/last"]
REPEATABLE = {"phases/one/again", "phases/three/checked", "phases/three/poll"}


@dataclass
class Soak:
    """Runs the plan over and over and kills. ``orphans``: the steps' own processes are killed too."""

    folder: Path
    random: Random
    orphans: bool
    kills: int = 0
    runs: int = 0
    asked: int = 0
    settled: dict[str, str] = field(default_factory=dict)
    recovered: Counter[str] = field(default_factory=Counter)

    def until(self, kills: int) -> None:
        while self.kills < kills:
            self.runs += 1
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir()
            (self.folder / "plan.yaml").write_text(HEAD + PLAN)
            self.settled = {}
            while not self.process(kills):
                pass
            self.check()

    def process(self, kills: int) -> bool:
        """Run one process; True when it came to the end of the plan."""
        process = begin(self.folder, self.settled)
        process.join(self.random.uniform(0, 0.35) if self.kills < kills else 30)
        if process.exitcode is None:
            self.kill(process.pid or 0)
            process.join()
            self.kills += 1
            return False
        if process.exitcode == ExitCode.FINDINGS:
            self.settle()
            return False
        assert process.exitcode == ExitCode.PASSED, f"the run ended with {process.exitcode}"
        return True

    def kill(self, runner: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(runner, signal.SIGKILL)
        if self.orphans:
            self.kill_steps()

    def kill_steps(self) -> None:
        for path in (self.folder / "incident" / ".state").glob("*/*/process"):
            with suppress(OSError, ValueError):
                identity = Identity.parse(path.read_text())
                if identity.is_alive:
                    os.killpg(identity.pid, signal.SIGKILL)

    def settle(self) -> None:
        """Be the person who is asked: look at the effect, and say."""
        self.asked += 1
        open_step = next(event.data["step"] for event in reversed(self.events) if event.type == "step.unknown")
        self.settled = {open_step: "done" if f"end {open_step}" in self.log else "again"}

    @property
    def events(self) -> tuple[Event, ...]:
        return read_journal(self.folder / "incident" / FILE)

    @property
    def log(self) -> list[str]:
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    def check(self) -> None:
        """Nothing twice in silence, nothing lost."""
        counts, events = Counter(self.log), self.events
        again = Counter(event.data["step"] for event in events if is_repetition(event))
        for name in RUN_STEPS:
            step = f"phases/{name}"
            begun, ended = counts[f"begin {step}"], counts[f"end {step}"]
            assert begun <= 1 + again[step], f"{step} began {begun} times and was repeated {again[step]} times"
            assert ended >= 1, f"{step} was lost"
            if not self.orphans:
                assert begun == ended == 1, f"{step}: {begun} begun, {ended} ended"
        for event in events:
            if event.type == "step.settled" and event.data["how"] == "idempotent":
                assert event.data["step"] in REPEATABLE | {"phases/three/pause"}
            if event.type == "step.finished":
                self.recovered[event.data["recovered"]] += 1
        if not self.orphans:
            assert not any(event.type == "step.unknown" and is_script(event) for event in events)
        assert events[-1].type == "run.finished"


def is_repetition(event: Event) -> bool:
    return event.type == "step.settled" and event.data["outcome"] == "run_again"


def is_script(event: Event) -> bool:
    return not event.data["step"].endswith("/pause")


@pytest.fixture
def seed() -> int:
    """A new one each time; a failure shows it."""
    number = int(os.environ.get("ROLLBACK_GOV_SEED", time.time_ns() % 1_000_000))
    print(f"ROLLBACK_GOV_SEED={number}")
    return number


def soak(folder: Path, seed: int, kills: int, *, orphans: bool) -> Soak:
    under = Soak(folder / "run", Random(seed), orphans)
    under.until(kills)
    print(f"{under.kills} kills in {under.runs} runs, {under.asked} questions, {dict(under.recovered)}")
    return under


def test_a_runner_that_is_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    assert soak(tmp_path, seed, 15, orphans=False).kills == 15


def test_a_machine_that_kills_steps_too(tmp_path: Path, seed: int) -> None:
    assert soak(tmp_path, seed, 15, orphans=True).kills == 15


@slow
@pytest.mark.parametrize("orphans", [False, True])
def test_a_hundred_and_fifty_kills(tmp_path: Path, seed: int, orphans: bool) -> None:
    under = soak(tmp_path, seed, 150, orphans=orphans)
    assert (under.asked if orphans else under.recovered["adopted"] + under.recovered["found"]) > 10
