"""A small runner: it takes the steps of the composite action as GitHub's does, with its files, on this machine.

It knows the expressions that the action uses and refuses every other, so that none goes by unseen.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rollback_gov.plans.source import read_source
from rollback_gov.plans.yaml_reader import read_yaml
from tests.conftest import ROOT

ACTION: Any = read_yaml(read_source(ROOT / "action.yml"))[0]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_SHELL = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
"""https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""


@dataclass
class Job:
    """One use of the action: how it ended, what stood in the log, its outputs, and the job summary."""

    folder: Path
    code: int = 0
    log: str = ""
    summary: str = ""
    steps: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, str]:
        """The action's outputs, by its own expressions."""
        return {name: evaluate(output["value"], {}, self.steps) for name, output in ACTION["outputs"].items()}

    def findings(self) -> Any:
        return json.loads(Path(self.outputs["findings"]).read_text())


def evaluate(text: str, inputs: Mapping[str, str], steps: Mapping[str, Mapping[str, str]]) -> str:
    """Put the values of expressions into a text."""

    def value(found: re.Match[str]) -> str:
        words = found[1]
        if words == "toJSON(inputs)":
            return json.dumps(inputs, indent=2)
        context, _, rest = words.partition(".")
        if context == "inputs" and rest in ACTION["inputs"]:
            return inputs[rest]
        step, _, output = rest.partition(".outputs.")
        if context == "steps" and output:
            return steps.get(step, {}).get(output, "")
        raise AssertionError(f"an expression that this runner does not know: {words}")

    return _EXPRESSION.sub(value, text)


def defaults() -> dict[str, str]:
    """Give the action's inputs where nobody says anything."""
    return {name: str(item["default"]) for name, item in ACTION["inputs"].items()}


def use(
    folder: Path,
    inputs: Mapping[str, str] | None = None,
    *,
    event: Mapping[str, object] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Job:
    """Use the action in a folder. Nothing is installed: the program is the one under test.

    ``secrets`` are variables of the step that uses it, which its own steps see too.
    """
    given = defaults() | dict(inputs or {})
    assert set(given) == set(ACTION["inputs"])
    job = Job(folder)
    temp = installed(folder.parent / f"{folder.name}.runner")
    for number, step in enumerate(ACTION["runs"]["steps"]):
        files = {name: temp / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        for file in files.values():
            file.write_text("")
        environ = environment(temp, event) | dict(secrets or {}) | {name: str(file) for name, file in files.items()}
        environ |= {name: evaluate(text, given, job.steps) for name, text in step.get("env", {}).items()}
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        script = temp / f"{number}.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            [*_SHELL, str(script)],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        job.log += done.stdout
        job.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        job.steps[step.get("id", str(number))] = outputs_of(files["GITHUB_OUTPUT"].read_text())
        job.code = done.returncode
        if done.returncode:
            break
    return job


def installed(temp: Path) -> Path:
    """Make a runner's folder in which the program under test is what an earlier step has installed."""
    program = temp / "rollback-gov" / "bin" / "python"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    (temp / "rollback-gov" / "installed").write_text(f"{ROOT}\n")
    return temp


def environment(temp: Path, event: Mapping[str, object] | None) -> dict[str, str]:
    """Give the variables of a hosted runner."""
    event_file = temp / "event.json"
    event_file.write_text(json.dumps(event or {}))
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "ROLLBACK_GOV_"))}
    return own | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_ACTOR": "linus",
        "GITHUB_EVENT_PATH": str(event_file),
        "GITHUB_REPOSITORY": "acme/shop",
        "RUNNER_TEMP": str(temp),
    }


def outputs_of(text: str) -> dict[str, str]:
    """Read a file of outputs: NAME=VALUE, or NAME<<DELIMITER with the lines up to it."""
    outputs, lines = {}, iter(text.splitlines())
    for line in lines:
        name, separator, delimiter = line.partition("<<")
        if separator and "=" not in name:
            value = []
            for inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise AssertionError(f"the delimiter of '{name}' is missing")
            outputs[name] = "\n".join(value)
        else:
            name, _, outputs_value = line.partition("=")
            outputs[name] = outputs_value
    return outputs
