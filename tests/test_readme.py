"""The README tells the truth: its commands run, its output is what appears, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rollback_gov.cli.main import COMMANDS, cli
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
CONSOLE = re.findall(r"```console\n\$ (.+?)\n(.*?)```", README, re.DOTALL)
COMMAND_LINES = re.findall(r"^(?:\$ )?rollback-gov ([a-z]+)(?: .*)?$", README, re.MULTILINE)


@pytest.mark.parametrize(("command", "shown"), CONSOLE)
def test_what_it_shows_is_what_appears(command: str, shown: str) -> None:
    words = shlex.split(command)
    assert words[0] == "rollback-gov"
    done = subprocess.run(
        [sys.executable, "-m", "rollback_gov", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for line in shown.splitlines():
        assert line in done.stdout


def test_it_shows_something() -> None:
    assert len(CONSOLE) >= 2


@pytest.mark.parametrize("name", sorted(set(COMMAND_LINES)))
def test_every_command_exists(name: str) -> None:
    assert name in COMMANDS


def test_every_command_can_be_imported_and_helps() -> None:
    for name in COMMANDS:
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.help, name


def test_its_plan_is_valid(tmp_path: Path) -> None:
    for name in ("deploy.sh", "live-version.sh"):
        (tmp_path / name).touch()
    text = re.findall(r"```yaml\n(apiVersion.*?)```", README, re.DOTALL)[0]
    loaded = load_text(tmp_path / "plan.yaml", Source("README.md", text))
    assert loaded.findings == ()


@pytest.mark.parametrize("page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text()):
        assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"
