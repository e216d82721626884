"""The composite action: its steps run here as GitHub would run them, and the workflow is what GitHub accepts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.plans.source import read_source
from rollback_gov.plans.yaml_reader import read_yaml
from tests.commands.test_settings import committed
from tests.conftest import ROOT
from tests.policy.subjects import SMALL

ACTION: Any = read_yaml(read_source(ROOT / "action.yml"))[0]


@pytest.mark.parametrize(
    ("file", "schema"),
    [("action.yml", "vendor.github-actions"), (".github/workflows/ci.yml", "vendor.github-workflows")],
)
def test_github_would_accept_it(file: str, schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_inputs_reach_scripts_as_environment_variables_only() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


def validate(folder: Path, **inputs: str) -> tuple[int, str, dict[str, str]]:
    """Run the step that validates; the install step is replaced by the program under test."""
    step = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "validate")
    given = {f"INPUT_{name.upper().replace('-', '_')}": item["default"] for name, item in ACTION["inputs"].items()}
    given |= {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    program = folder / "rollback-gov" / "bin" / "rollback-gov"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rollback_gov "$@"\n')
    program.chmod(0o755)
    (folder / "output").touch()
    environ = {**os.environ, **given, "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / "output")}
    environ["GITHUB_STEP_SUMMARY"] = str(folder / "summary.md")
    (folder / "step.sh").write_text(step["run"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(folder / "step.sh")],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())
    return done.returncode, done.stdout + done.stderr, outputs


def test_plans_that_pass(tmp_path: Path) -> None:
    code, said, outputs = validate(tmp_path, paths=str(ROOT / "plans-example" / "demo"))
    assert code == 0, said
    assert outputs["exit-code"] == "0"
    assert json.loads(Path(outputs["findings"]).read_text())["version"] == 1


def test_findings_become_annotations_and_fail_the_job(tmp_path: Path) -> None:
    plan = (ROOT / "plans-example" / "demo" / "plan.yaml").read_text()
    (tmp_path / "plan.yaml").write_text(plan.replace("level: 3", "level: three", 1))
    code, said, outputs = validate(tmp_path, paths="plan.yaml")
    assert code == 1
    assert "::error file=plan.yaml,line=9" in said
    assert outputs["exit-code"] == "1"
    assert (tmp_path / "summary.md").read_text().startswith("## Rollback plans: ❌ findings that fail\n")


def test_the_policy_can_come_from_the_base_and_only_what_changed_is_checked(tmp_path: Path) -> None:
    (tmp_path / "p.rollback.yaml").write_text(SMALL)
    committed(tmp_path)
    code, said, _ = validate(tmp_path, policy_from="HEAD", changed_since="HEAD")
    assert code == 0, said
    assert "Only plans that changed since 'HEAD' are checked: 0 of 1 plans." in said


def test_a_base_that_was_not_fetched_fails(tmp_path: Path) -> None:
    (tmp_path / "p.rollback.yaml").write_text(SMALL)
    committed(tmp_path)
    code, said, _ = validate(tmp_path, policy_from="origin/main")
    assert code == 2
    assert "There is no commit 'origin/main' in this clone." in said


def test_a_repository_without_plans_is_no_failure(tmp_path: Path) -> None:
    code, said, outputs = validate(tmp_path)
    assert code == 0
    assert "::notice::There is no rollback plan to check." in said
    assert outputs["exit-code"] == "3"
