"""A run that dies at the point that a test names: before and after each line of its journal, in the middle of one, and
before each program that it starts. What it does in between is what a crash there would have left.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.execute import execute
from rollback_gov.commands.resume import resume
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans.load import load_plan
from tests.execution.crash_run import processes

LAZY = ["jinja2.sandbox", "jsonschema_rs", "rollback_gov.commands.permit", "rollback_gov.commands.report"]
LAZY += ["rollback_gov.notify.messenger", "rollback_gov.records.verify", "rollback_gov.reports.incident"]
"""What a run imports when it needs it; here once for all runs."""
for _name in LAZY:
    import_module(_name)

KILLED = 77
TORN = 9
"""Bytes that a torn line lacks."""
ALSO = ("subprocess.Popen", "shutil.rmtree", "os.rename", "os.remove", "os.mkdir", "socket.connect")
"""Audit events that count as points: about to change something."""


class Fate:
    """Counts the points of a run and ends the process at one of them. 0: never."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.points: list[str] = []

    def reach(self, name: str) -> bool:
        """Give whether this is where the process ends."""
        self.points.append(name)
        return len(self.points) == self.at

    def pass_or_die(self, name: str) -> None:
        if self.reach(name):
            os._exit(KILLED)

    def rule(self) -> None:
        """Stand at every point from now on."""
        append, fdatasync = Journal.append, os.fdatasync

        def appended(journal: Journal, type_: str, data: Any = None) -> Any:
            self.pass_or_die(f"before {type_}")
            event = append(journal, type_, data)
            self.pass_or_die(f"after {type_}")
            return event

        def synced(file: int) -> None:
            if self.reach(f"in the middle of {self.points[-1].removeprefix('before ')}"):
                os.ftruncate(file, os.lseek(file, 0, os.SEEK_END) - TORN)
                os._exit(KILLED)
            fdatasync(file)

        def audited(event: str, _: tuple[object, ...]) -> None:
            if event in ALSO:
                self.pass_or_die(f"about to {event}")

        Journal.append = appended  # type: ignore[method-assign,assignment]
        os.fdatasync = synced  # type: ignore[assignment]
        sys.addaudithook(audited)


class Person:
    """Answers at the terminal; before saying what became of a step, looks at what the outside saw."""

    interactive = True

    def __init__(self, seen: Callable[[str], bool]) -> None:
        self._seen = seen

    def say(self, text: str) -> None:
        """Read it."""

    def stream(self, text: str) -> None:
        """Read it."""

    def ask(self, question: str, seconds: float) -> str | None:
        if "done by now" in question:
            return "done" if self._seen(question.split("'")[1]) else "again"
        return "bob"


def run_to(folder: Path, at: int) -> int:
    """Begin the run of a folder, or go on with it, and die at a point. Gives the exit code."""
    process = processes.Process(target=_live, args=(str(folder), at))
    process.start()
    process.join(60)
    process.kill()
    return process.exitcode if process.exitcode is not None else -1


def _live(folder: str, at: int) -> None:
    os.chdir(folder)
    fate = Fate(at)
    fate.rule()
    effects = Path(folder) / "effects"
    person = Person(lambda step: effects.exists() and step in effects.read_text().splitlines())
    world = World(person="ann", environ={"PATH": os.environ["PATH"]}, console=person)
    with Path("errors").open("a") as sys.stderr:
        result = (_resume if _has_begun(Path(folder)) else _execute)(Path(folder), world)
    Path("points.json").write_text(json.dumps(fate.points))
    os._exit(0 if result == "passed" else 5)


def _has_begun(folder: Path) -> bool:
    journals = folder.glob(f"incidents/*/{FILE}")
    return any(event.type == "run.started" for path in journals for event in read_journal(path))


def _execute(folder: Path, world: World) -> str:
    plan = folder / "plan.yaml"
    target = Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")
    options = RunOptions(reason=RollbackReason(text="errors", decided_by="ann"))
    return execute(target, options, world).result.result


def _resume(folder: Path, world: World) -> str:
    return resume("latest", folder / "incidents", Answers(), {}, world).result.result
