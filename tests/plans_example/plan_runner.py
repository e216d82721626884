"""Runs single steps and checks of a plan as they stand in it, against whatever the environment names."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollback_gov.execution.bash import Outputs
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.console import SilentConsole
from rollback_gov.execution.context import Context
from rollback_gov.execution.expectation import evaluate
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.outcome import Outcome, Verdict, overall
from rollback_gov.execution.probe import judge
from rollback_gov.execution.process import discard
from rollback_gov.execution.stop import Stop
from rollback_gov.execution.task import Task, perform
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation
from rollback_gov.model.plan import Plan, Saved
from rollback_gov.model.step import Step
from rollback_gov.plans.load import load_plan
from rollback_gov.sources.book import SourceBook

EXAMPLES = Path(__file__).parents[2] / "plans-example"


def plan_of(example: str) -> Plan:
    """Load an example that must be without findings."""
    return load_plan(EXAMPLES / example / "plan.yaml").require()


def _no_source(_: Query) -> Observation:
    return Error("no source here")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a script, and what its plan says to that."""

    exit: int
    stdout: str
    stderr: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRunner:
    """Runs parts of one plan in its folder. ``variables`` are the parameters; ``baseline`` and ``incident`` folders."""

    example: str
    plan: Plan
    variables: dict[str, str]
    baseline: Path
    incident: Path

    @property
    def folder(self) -> Path:
        """Where its steps run."""
        return EXAMPLES / self.example

    def keep_baseline(self, *names: str) -> None:
        """Take entries of the baseline (all scripts where no names are given)."""
        for item in self.plan.baseline:
            if item.run and (not names or item.id in names):
                self.keep(item, self.baseline)

    def keep(self, item: Saved, folder: Path) -> None:
        """Take one entry of the baseline or one capture."""
        done = self.script(item.run, SAVE=str(folder / item.save))
        assert done.exit == 0, f"{item.id}: {done.stderr}"

    def capture(self, name: str) -> None:
        """Take one capture."""
        item = next(item for item in self.plan.capture.items if item.id == name)
        (self.incident / "captures").mkdir(exist_ok=True)
        self.keep(item, self.incident / "captures")

    def step(self, path: str) -> Done:
        """Run a step by its path, such as ``phases/database/backup/restore``."""
        step = self.steps()[path]
        return self.judged(step) if step.run else self.performed(path, step)

    def check(self, name: str) -> Done:
        """Run a verification check."""
        return self.judged(next(check for check in self.plan.verification.checks if check.id == name))

    def script(self, text: str, **more: str) -> Done:
        """Run a script as the tool does."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.incident),
                "OPERATION": self.plan.metadata.operation,
                "ENVIRONMENT": "staging",
                "BASELINE": str(self.baseline),
                "INCIDENT_DIR": str(self.incident),
                "RUN_ID": "run-1",
                **self.values,
                **more,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Done(done.returncode, done.stdout, done.stderr, done.returncode == 0)

    def steps(self) -> dict[str, Step]:
        """All steps by their paths."""
        named: dict[str, Step] = {}
        sections = {"phases": self.plan.phases, "forward_fix": self.plan.forward_fix}
        sections |= {"recovery": self.plan.recovery, "last_resort": self.plan.last_resort}
        for section, phases in sections.items():
            for phase in phases:
                for way in phase.ways:
                    stem = "/".join(filter(None, (section, phase.id, way.id)))
                    named |= {f"{stem}/{step.id}": step for step in way.steps}
        return named

    def performed(self, path: str, step: Step) -> Done:
        """Try a step of any other action as the tool does."""
        folder = self.incident / "outputs"
        context = Context(
            plan=self.plan,
            run="run-1",
            environment_name="staging",
            environment=None,
            parameters={name: self.values[name] for name in self.plan.parameters or {} if name in self.values},
            environ={"PATH": os.environ["PATH"], "HOME": str(self.incident), **self.variables},
            plan_folder=self.folder,
            folder=self.incident,
            baseline_folder=self.baseline,
            clock=SystemClock(),
            masker=Masker(),
            console=SilentConsole(),
            stop=Stop(),
            sources=SourceBook(None, environ={}, parameters={}),
            person="ada",
        )
        number = len(list(folder.glob("step-*"))) if folder.exists() else 0
        task = Task(
            step=step,
            path=path,
            attempt=1,
            deadline=context.clock.monotonic() + (step.timeout.seconds if step.timeout else 60),
            state=context.state_folder / f"step-{number}",
            outputs=Outputs(stdout=folder / f"step-{number}.out", stderr=folder / "err", show=lambda _text: None),
            record=lambda _type, _data: None,
            executable="",
        )
        outcome = perform(context, task)
        discard(task.state)
        passed = overall(judge(context, step.expect, outcome)) is Verdict.PASSED
        return Done(
            1 if outcome.exit is None else outcome.exit, outcome.stdout, outcome.stderr or outcome.detail, passed
        )

    @property
    def values(self) -> dict[str, str]:
        """The parameters: what was given, over the defaults."""
        defaults = {name: given.default for name, given in (self.plan.parameters or {}).items() if given.default}
        return {**defaults, **self.variables}

    def judged(self, question: Any) -> Done:
        """Run a step, check or probe that is a script, and hold what came of it against its `expect`."""
        done = self.script(question.run)
        outcome = Outcome(exit=done.exit, stdout=done.stdout, stderr=done.stderr)
        results = evaluate(question.expect, outcome, baseline=self._baseline, read=_no_source)
        return Done(done.exit, done.stdout, done.stderr, overall(results) is Verdict.PASSED)

    def _baseline(self, name: str) -> str | None:
        item = next(item for item in self.plan.baseline if item.id == name)
        path = self.baseline / item.save
        return path.read_text(encoding="utf-8").strip() if path.exists() else None


def runner(example: str, tmp_path: Path, **variables: str) -> PlanRunner:
    """The plan, with folders for baseline and incident."""
    for folder in ("baseline", "incident"):
        (tmp_path / folder).mkdir()
    return PlanRunner(
        example=example,
        plan=plan_of(example),
        variables=variables,
        baseline=tmp_path / "baseline",
        incident=tmp_path / "incident",
    )
