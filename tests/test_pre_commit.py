"""The pre-commit hooks: which files they see, and that what they run works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.discovery import PATTERNS, discover
from rollback_gov.plans.source import read_source
from rollback_gov.plans.yaml_reader import read_yaml
from tests.conftest import ROOT
from tests.policy.subjects import SMALL

READ: Any = read_yaml(read_source(ROOT / ".pre-commit-hooks.yaml"))[0]
HOOKS = {hook["id"]: hook for hook in READ}


def test_every_hook_says_what_pre_commit_needs() -> None:
    assert all({"id", "name", "entry", "language", "files"} <= set(hook) for hook in READ)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("rollback/plan.yaml", {"rollback-gov-validate", "rollback-gov-validate-all"}),
        ("rollback/op-7/plan.yml", {"rollback-gov-validate", "rollback-gov-validate-all"}),
        ("services/undo.rollback.yaml", {"rollback-gov-validate", "rollback-gov-validate-all"}),
        ("rollback/op-7/scripts/undo.sh", {"rollback-gov-validate-all"}),
        (".rollback-gov/policy.yaml", {"rollback-gov-validate-all"}),
        ("deploy/plan.yaml", set()),
        ("rollback.md", set()),
    ],
)
def test_which_files_a_hook_sees(name: str, seen: set[str]) -> None:
    assert {key for key, hook in HOOKS.items() if re.search(hook["files"], name)} == seen


def test_the_hook_sees_what_a_search_finds(tmp_path: Path) -> None:
    for name in ("rollback/plan.yaml", "rollback/a/b/plan.yml", "x/y.rollback.yaml", "z.rollback.yml", "other.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = {path.relative_to(tmp_path).as_posix() for path in discover(tmp_path, PATTERNS)}
    hook = HOOKS["rollback-gov-validate"]
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    assert {name for name in names if re.search(hook["files"], name)} == found


@pytest.mark.parametrize(
    ("hook", "names"), [("rollback-gov-validate", ["p.rollback.yaml"]), ("rollback-gov-validate-all", [])]
)
@pytest.mark.parametrize(("timeout", "code"), [("2m", 0), ("5m", 1)])
def test_what_a_hook_runs_passes_or_fails(tmp_path: Path, hook: str, names: list[str], timeout: str, code: int) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / "p.rollback.yaml").write_text(SMALL.replace("timeout: 2m", f"timeout: {timeout}"), encoding="utf-8")
    program, *words = shlex.split(HOOKS[hook]["entry"])
    assert program == "rollback-gov"

    done = subprocess.run(
        [sys.executable, "-m", "rollback_gov", *words, *names], cwd=tmp_path, capture_output=True, check=False
    )

    assert done.returncode == code
