"""Whole runs of an example through the command line, in a copy whose environment is on loopback."""

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

from tests.plans_example.plan_runner import EXAMPLES

ENVIRONMENT = "loopback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A copy of an example. ``environ`` is what its commands get beside the ordinary environment."""

    folder: Path
    environ: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def baseline(self) -> Path:
        """Where its baseline lies."""
        return self.folder / "baseline" / ENVIRONMENT

    def call(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``rollback-gov VERB`` on the plan."""
        given = [word for name, value in self.parameters.items() for word in ("--param", f"{name}={value}")]
        return subprocess.run(
            [sys.executable, "-m", "rollback_gov", verb, "plan.yaml", "-e", ENVIRONMENT, *given, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a kind in the journal of the latest run."""
        journal = max(self.folder.glob("incidents/*/journal.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        lines = map(json.loads, journal.read_text(encoding="utf-8").splitlines())
        return [line["data"] for line in lines if line["type"] == kind]


def rollback(
    example: str, folder: Path, *, environment: Mapping[str, Any], channels: Mapping[str, Any], environ: Mapping[str, str],
    parameters: Mapping[str, str],
) -> Rollback:
    """Copy an example and give it one environment, of class staging."""
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("baseline", "incidents"))
    settings = {"environments": {ENVIRONMENT: {"class": "staging", **environment}}, "channels": channels}
    (folder / ".rollback-gov" / "environments.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return Rollback(folder=folder, environ=environ, parameters=parameters)
