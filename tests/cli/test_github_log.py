"""A run in the log of a GitHub job."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from rollback_gov.cli.github_log import GithubTerminal
from tests.cli.room import QUICK, Room
from tests.reports.journals import Story


def told(story: Story, *lines: str) -> list[str]:
    """What the log holds after these events, and after these lines."""
    out = io.StringIO()
    terminal = GithubTerminal(asks=False, out=out, stdin=io.StringIO(), every=0)
    for event in story.events:
        terminal.hear(event)
    for line in lines:
        terminal.say(line)
    terminal.close()
    return out.getvalue().splitlines()


@pytest.mark.parametrize("on_github", [True, False])
def test_the_lines_of_a_phase_are_a_group_and_its_end_stands_below(tmp_path: Path, on_github: bool) -> None:
    room = Room(tmp_path, QUICK, environ={"GITHUB_ACTIONS": "true" if on_github else ""})
    run = room.process(*room.execute("--yes"), stderr=subprocess.STDOUT)
    lines = run.communicate(timeout=60)[0].splitlines()
    commands = [number for number, line in enumerate(lines) if line.startswith("##[")]
    assert [lines[number][3:].split("]")[0] for number in commands] == ["group", "endgroup"] * (2 if on_github else 0)
    for begin, end in zip(commands[::2], commands[1::2], strict=True):
        assert all(line.startswith("  ") for line in lines[begin + 1 : end])
    after = [lines[end + 1] for end in commands[1::2]]
    assert [line.split(" in ")[0] for line in after[:1]] == ["  passed"] * bool(on_github)


def test_the_head_is_the_line_of_the_phase_and_no_command() -> None:
    story = Story().start().phase("phases/drain", "Drain")
    lines = told(story, "  SLOWER than planned", "Drain 50% [0s of 1m]", "  Weight")
    assert lines == ["  SLOWER than planned", "##[group]Drain 50% [0s of 1m]", "  Weight", "##[endgroup]"]


def test_regions_that_speak_side_by_side_have_no_groups() -> None:
    story = Story().start(regions=[{"region": "asia", "sla_seconds": 60}]).phase("phases/drain", "Drain")
    assert told(story, "Drain [0s of 1m]") == ["Drain [0s of 1m]"]


def test_a_question_stands_outside_of_every_group() -> None:
    out = io.StringIO()
    terminal = GithubTerminal(asks=False, out=out, stdin=io.StringIO(), every=0)
    for event in Story().start().phase("phases/drain", "Drain").events:
        terminal.hear(event)
    terminal.say("Drain [0s of 1m]")
    assert terminal.ask("Go on?", 0.0) is None
    assert out.getvalue() == "##[group]Drain [0s of 1m]\n##[endgroup]\n"
    terminal.close()
    assert out.getvalue().count("##[endgroup]") == 1
