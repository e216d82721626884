"""What the scripts and commands of all examples have in common."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.model.walk import walk
from rollback_gov.plans.load import load_plan
from tests.plans_example.plan_runner import EXAMPLES
from tests.servers import missing

_FILE = re.compile(r"(?<![\w./-])(?:scripts|sql)/[\w.-]+")
PLANS = sorted(EXAMPLES.glob("*/plan.yaml"))
SCRIPTS = sorted(EXAMPLES.glob("*/scripts/*.sh"))
LIBRARIES = [script for script in SCRIPTS if not script.read_text().startswith("#!")]
COMMANDS = [script for script in SCRIPTS if script not in LIBRARIES]


def named(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


each_plan = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.parent.name)


@pytest.mark.parametrize("script", COMMANDS, ids=named)
def test_a_command_is_executable_says_what_it_does_and_is_strict(script: Path) -> None:
    shebang, comment, *rest = script.read_text().splitlines()
    code = [line for line in rest if line and not line.startswith("#")]

    assert os.access(script, os.X_OK)
    assert shebang == "#!/usr/bin/env bash"
    assert comment.startswith("# ")
    assert code[0] == "set -euo pipefail"


@pytest.mark.parametrize("script", LIBRARIES, ids=named)
def test_a_library_is_sourced_and_cannot_be_run_by_mistake(script: Path) -> None:
    beside = [other.read_text() for other in script.parent.glob("*.sh") if other != script]

    assert not os.access(script, os.X_OK)
    assert any(re.search(rf"^source .*/{script.name}", text, re.MULTILINE) for text in beside)


@pytest.mark.parametrize("folder", sorted({script.parent for script in SCRIPTS}), ids=lambda path: path.parent.name)
def test_shellcheck_finds_nothing(folder: Path) -> None:
    shellcheck = shutil.which("shellcheck") or missing("shellcheck")

    done = subprocess.run(
        [shellcheck, "--external-sources", "--source-path=SCRIPTDIR", *sorted(folder.glob("*.sh"))],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.stdout == ""


def commands_of(plan: Path) -> Iterator[tuple[str, str]]:
    for path, record in walk(load_plan(plan).require()):
        for key in ("run", "stop"):
            text = getattr(record, key, "")
            if isinstance(text, str) and text:
                yield ".".join(map(str, (*path, key))), text


@each_plan
def test_bash_can_read_every_command_of_the_plan(plan: Path) -> None:
    for place, text in commands_of(plan):
        done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False, timeout=60)
        assert done.stderr == "", place


@each_plan
def test_uses_names_all_that_the_plan_and_its_scripts_run(plan: Path) -> None:
    folder, loaded = plan.parent, load_plan(plan).require()
    used = set(loaded.uses)
    called = {name for _, text in commands_of(plan) for name in _FILE.findall(text)}
    waiting = set(called)
    while waiting:
        script = folder / waiting.pop()
        found = {name for name in mentioned(script, folder) if name not in called}
        called |= found
        waiting |= found

    assert sorted(called - used) == []


def mentioned(script: Path, folder: Path) -> set[str]:
    """Scripts beside it that a script's code names."""
    code = "\n".join(line for line in script.read_text().splitlines() if not line.lstrip().startswith("#"))
    beside = (other for other in (folder / "scripts").iterdir() if other.is_file() and other != script)
    return {f"scripts/{other.name}" for other in beside if re.search(rf"(?<![\w-]){re.escape(other.name)}", code)}
