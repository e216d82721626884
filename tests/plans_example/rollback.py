"""Whole runs of an example through the command line, in a copy whose environment is on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.room import at_terminal
from tests.plans_example.person import Person
from tests.plans_example.plan_runner import EXAMPLES

ENVIRONMENT = "loopback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A copy of an example. ``environ`` is what its commands get beside the ordinary environment."""

    folder: Path
    environ: Mapping[str, str]
    parameters: Mapping[str, str]
    environment: str = ENVIRONMENT

    @property
    def baseline(self) -> Path:
        """Where its baseline lies."""
        return self.folder / "baseline" / self.environment

    def call(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``rollback-gov VERB`` on the plan to its end."""
        with self.start(verb, *arguments) as running:
            output, _ = running.communicate(timeout=180)
        return subprocess.CompletedProcess(running.args, running.returncode, output, "")

    def start(self, verb: str, *arguments: str) -> subprocess.Popen[str]:
        """Begin ``rollback-gov VERB`` on the plan."""
        return self.process(*self._words(verb, *arguments))

    @contextmanager
    def at_terminal(self, verb: str, *arguments: str) -> Iterator[Person]:
        """Begin ``rollback-gov VERB`` on the plan at a terminal where somebody sits, who is called ann."""
        with at_terminal(self, *self._words(verb, "--as", "ann", *arguments)) as seat:
            yield Person(seat)

    def approve(self, gate: str, *, person: str) -> None:
        """Say yes to a gate of the latest run, as somebody else."""
        with self.process("approve", self.run.name, gate, "--as", person) as running:
            output, _ = running.communicate(timeout=30)
        assert running.returncode == 0, output

    @property
    def run(self) -> Path:
        """The folder of the latest run."""
        return max(
            (path.parent for path in self.folder.glob("incidents/*/journal.jsonl")),
            key=lambda path: path.stat().st_mtime_ns,
        )

    def _words(self, verb: str, *arguments: str) -> list[str]:
        given = [word for name, value in self.parameters.items() for word in ("--param", f"{name}={value}")]
        return [verb, "plan.yaml", "-e", self.environment, *given, *arguments]

    def process(self, *words: str, **settings: Any) -> subprocess.Popen[str]:
        """Start the command line in the folder; nobody sits at its terminal."""
        usual: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(
            [sys.executable, "-m", "rollback_gov", *words],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder.parent), "USER": "ada", "TERM": "dumb", **self.environ},
            text=True,
            **{**usual, **settings},
        )

    def journal(self) -> list[dict[str, Any]]:
        """The events of the latest run, as far as they are written; none before the first run."""
        journals = self.folder.glob("incidents/*/journal.jsonl")
        journal = max(journals, key=lambda path: path.stat().st_mtime_ns, default=None)
        text = journal.read_text(encoding="utf-8") if journal else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a kind."""
        return of_type(self.journal(), kind)

    def captures(self) -> dict[str, str]:
        """The files that the latest run kept, by name."""
        return {path.name: path.read_text(encoding="utf-8") for path in self.run.glob("captures/*")}


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Give the data of all events of a kind."""
    return [event["data"] for event in events if event["type"] == kind]


def rollback(
    example: str,
    folder: Path,
    *,
    environment: Mapping[str, Any],
    channels: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    edits: Mapping[str, str] | None = None,
    name: str = ENVIRONMENT,
) -> Rollback:
    """Copy an example and give it one environment, of class staging. ``edits`` shorten what takes minutes in life."""
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("baseline", "incidents"))
    settings = {"environments": {name: {"class": "staging", **environment}}, "channels": channels or {}}
    (folder / ".rollback-gov" / "environments.yaml").write_text(json.dumps(settings), encoding="utf-8")
    plan = folder / "plan.yaml"
    for old, new in (edits or {}).items():
        text = plan.read_text(encoding="utf-8")
        assert old in text
        plan.write_text(text.replace(old, new), encoding="utf-8")
    return Rollback(folder=folder, environ=environ or {}, parameters=parameters or {}, environment=name)
