"""A run of a small plan in a temporary folder, with everything real but the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.clock import Clock, SystemClock, stamp
from rollback_gov.execution.console import Console
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.process import Process
from rollback_gov.execution.runner import Runner
from rollback_gov.execution.stop import Stop
from rollback_gov.model.environment import Environment
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from rollback_gov.records.digests import digests
from rollback_gov.sources.book import SourceBook

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A change, owner: team, level: 2}
"""


class Hands:
    """A clock whose hands a test moves; sleeping moves them too. Both start at noon, the steady one at 1000 s."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 1, 31, 12, tzinfo=UTC)
        self.steady = 1000.0
        self.boot = "this boot"

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def uptime(self) -> float:
        return self.steady

    def sleep(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


class Shifted(SystemClock):
    """The machine's clock, set to another time by hand."""

    def __init__(self, **shift: float) -> None:
        self.shift = timedelta(**shift)

    def now(self) -> datetime:
        return super().now() + self.shift


class Rebooted(SystemClock):
    """The clock of a machine that was started anew since; of one that does not say when, an empty name."""

    def __init__(self, boot: str) -> None:
        self.name = boot

    @property
    def boot(self) -> str:
        return self.name


class Talk:
    """A console that writes down what was said and answers from a script: question part -> answer."""

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        self.answers = dict(answers or {})
        self.interactive = bool(answers)
        self.lines: list[str] = []
        self.output = ""

    def say(self, text: str) -> None:
        self.lines.append(text)

    def stream(self, text: str) -> None:
        self.output += text

    def ask(self, question: str, seconds: float) -> str | None:
        for part, answer in self.answers.items():
            if part in question:
                return answer
        raise AssertionError(f"nobody expected to be asked: {question}")


@dataclass
class Stage:
    """Everything around one run; ``run()`` runs it, again after a crash."""

    folder: Path
    plan: Plan
    console: Talk = field(default_factory=Talk)
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"]})
    parameters: dict[str, str] = field(default_factory=dict)
    environment: Environment = field(default_factory=lambda: Environment(class_="staging"))
    secrets: tuple[str, ...] = ()
    stop: Stop = field(default_factory=Stop)
    started: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    sla_seconds: float = 60
    clock: Clock = field(default_factory=SystemClock)
    terminal: Console | None = None
    """In the place of ``console``: a real one."""

    @property
    def incident(self) -> Path:
        return self.folder / "incident"

    @property
    def context(self) -> Context:
        self.incident.mkdir(exist_ok=True)
        return Context(
            plan=self.plan,
            run="run-1",
            environment_name="staging",
            environment=self.environment,
            parameters=self.parameters,
            environ=self.environ,
            plan_folder=self.folder,
            folder=self.incident,
            baseline_folder=self.folder / "baseline" / "staging",
            clock=self.clock,
            masker=Masker(self.secrets),
            console=self.terminal or self.console,
            stop=self.stop,
            sources=SourceBook(self.environment, environ=self.environ, parameters=self.parameters),
            person="ann",
            notify=lambda event, fields: self.sent.append((event, fields)),
        )

    def begin(self, journal: Journal) -> None:
        data = {
            "run": "run-1",
            "scenario": "",
            "options": {},
            "from": "",
            "skipped": {},
            "sla_seconds": self.sla_seconds,
            "decided_at": stamp(self.clock.now()),
            "boot": self.clock.boot,
            "digests": asdict(digests(self.plan, {})),
            "started_by": "ann",
        }
        journal.append("run.started", data | self.started)

    def run(self, answers: Answers | None = None) -> RunResult:
        context = self.context
        journal = Journal(self.incident, context.clock, mask=context.masker.data)
        try:
            if not journal.events:
                self.begin(journal)
            return Runner(context, journal, answers or Answers()).run()
        finally:
            self.events = tuple(journal.events)
            journal.close()
            context.sources.close()

    events: tuple[Event, ...] = ()

    def of(self, type_: str) -> list[Mapping[str, Any]]:
        """The data of all events of a type."""
        return [event.data for event in self.events if event.type == type_]

    def results(self) -> dict[str, str]:
        """The last result of each step."""
        return {data["step"]: data["result"] for data in self.of("step.finished")}


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill what ignores TERM after half a second; the real five are tested where they matter."""
    monkeypatch.setattr(Process.kill, "__kwdefaults__", {"grace": 0.5})


@pytest.fixture
def stage(tmp_path: Path) -> Callable[..., Stage]:
    """Give a function that makes a stage from the part of a plan below its head."""

    def make(body: str, **settings: Any) -> Stage:
        loaded = load_text(tmp_path / "plan.yaml", Source("plan.yaml", HEAD + body))
        assert loaded.plan is not None, loaded.findings
        return Stage(folder=tmp_path, plan=loaded.plan, **settings)

    return make
