"""Completion scripts that their shells accept, and that complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from rollback_gov.cli.main import COMMANDS, run
from tests.cli.room import GATED, Room, wait_for


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_accepts_its_script(shell: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = tmp_path / "completion"
    script.write_text(capfd.readouterr().out, encoding="utf-8")
    assert "_ROLLBACK_GOV_COMPLETE" in script.read_text(encoding="utf-8")
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not here; the script was only written")
    done = subprocess.run([program, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_commands(tmp_path: Path) -> None:
    program = tmp_path / "rollback-gov"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rollback_gov "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    here = Path.cwd()
    script = """
set -e
eval "$(rollback-gov completion bash)"
COMP_WORDS=(rollback-gov re); COMP_CWORD=1
_rollback_gov_completion rollback-gov
printf '%s\\n' "${COMPREPLY[@]}"
"""
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(here)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout.splitlines() == [name for name in COMMANDS if name.startswith("re")]


def test_another_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err


def complete(room: Room, *words: str) -> list[str]:
    """What is offered for the last word, by the very function that the scripts call."""
    from click.shell_completion import BashComplete

    from rollback_gov.cli.main import cli

    *before, begun = words
    with chdir(room.root):
        offered = BashComplete(cli, {}, "rollback-gov", "_X").get_completions(list(before), begun)
    return [item.value for item in offered]


def test_runs_and_what_they_wait_for_are_completed(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    assert complete(room, "status", "op") == []
    process = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    run = room.incident.name
    for words in (("status",), ("approve",), ("cancel",), ("resume",), ("report", "incident"), ("watch", "--after")):
        assert complete(room, *words, "op-3") == [run], words
        assert complete(room, *words, "la") == ["latest"]
    assert complete(room, "approve", run, "phases") == ["phases/drain/ask"]
    assert complete(room, "approve", "nothing", "phases") == []
    process.kill()
    process.communicate()
