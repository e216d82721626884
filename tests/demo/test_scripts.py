"""What every script has in common."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .environment import DEMO

SCRIPTS = sorted((DEMO / "scripts").glob("*.sh"))
COMMANDS = [script for script in SCRIPTS if script.name != "common.sh"]


@pytest.mark.parametrize("script", COMMANDS, ids=lambda script: script.name)
def test_a_script_is_executable_says_what_it_does_and_is_strict(script: Path) -> None:
    shebang, comment, options, *_ = script.read_text().splitlines()

    assert os.access(script, os.X_OK)
    assert shebang == "#!/usr/bin/env bash"
    assert comment.startswith("# ")
    assert options == "set -euo pipefail"


def test_bash_can_read_every_script() -> None:
    for script in SCRIPTS:
        subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(["shellcheck", "-x", *SCRIPTS], capture_output=True, text=True, check=False)

    assert done.stdout == ""


def test_the_readme_names_every_script() -> None:
    readme = (DEMO / "README.md").read_text()

    assert [script.name for script in COMMANDS if script.name not in readme] == []
