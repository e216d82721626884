"""An example as users have it: in a repository of its own, with an environment on loopback, by the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .plan_runner import EXAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A copy of one example. ``secrets`` are in the process environment only."""

    folder: Path
    secrets: Mapping[str, str]

    @classmethod
    def of(cls, example: str, folder: Path, environment: Mapping[str, Any], secrets: Mapping[str, str]) -> Repository:
        """Copy an example and describe its one environment, ``staging``."""
        copy = folder / "repository"
        shutil.copytree(EXAMPLES / example, copy, ignore=shutil.ignore_patterns("__pycache__"))
        document = {"environments": {"staging": {"class": "staging", **environment}}}
        path = copy / ".rollback-gov" / "environments.yaml"
        path.write_text(json.dumps(document), encoding="utf-8")
        return cls(folder=copy, secrets=secrets)

    def call(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run ``rollback-gov COMMAND plan.yaml --environment staging``."""
        return subprocess.run(
            [sys.executable, "-m", "rollback_gov", command, "plan.yaml", "--environment", "staging", *options],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder.parent), "USER": "ada", **self.secrets},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def journal(self) -> list[dict[str, Any]]:
        """Give the events of the one run."""
        [path] = self.folder.glob("incidents/*-execute/journal.jsonl")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def captures(self) -> dict[str, str]:
        """Give the files that the one run kept, by name."""
        return {
            path.name: path.read_text(encoding="utf-8") for path in self.folder.glob("incidents/*-execute/captures/*")
        }


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Give the data of all events of a type."""
    return [event["data"] for event in events if event["type"] == kind]
