"""The command line as a whole: names, help, and how errors become exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from rollback_gov import __version__
from rollback_gov.cli import status
from rollback_gov.cli.main import COMMANDS, LazyGroup, cli, run
from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError, UsageError
from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import QUICK, Room

HINT = "Do that next."
INTERNAL = "This is a defect of rollback-gov. Set ROLLBACK_GOV_TRACEBACK=1 and run it again to see where."


def ends_with(outcome: object, patch: pytest.MonkeyPatch) -> int:
    """Run a command that ends like this: an error that is raised, or what it returns."""

    @click.command("status")
    def command() -> object:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    patch.setattr(status, "command", command)
    return run(["status"])


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (UsageError("There is no run.", hint=HINT), 2, ["rollback-gov: There is no run.", HINT]),
        (RollbackGovError("The plan is odd."), 2, ["rollback-gov: The plan is odd."]),
        (Refused("No.", reasons=("one", "two"), hint=HINT), 1, ["rollback-gov: No.", "  - one", "  - two", HINT]),
        (Interrupted("Stopped.", hint=HINT), 130, ["rollback-gov: Stopped.", HINT]),
        (KeyboardInterrupt(), 130, ["", "rollback-gov: Interrupted."]),
        (click.exceptions.Abort(), 130, ["rollback-gov: Interrupted."]),
        (
            ValueError("nobody thought of it"),
            4,
            ["rollback-gov: internal error: ValueError: nobody thought of it", INTERNAL],
        ),
    ],
)
def test_every_error_has_its_exit_code_and_says_what_to_do(
    error: BaseException,
    code: int,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ends_with(error, monkeypatch) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == lines


def test_wrong_usage_shows_how_it_is_used(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(click.UsageError("That is not how."), monkeypatch) == 2
    assert "Error: That is not how." in capsys.readouterr().err


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (3, 3), (ExitCode.ROLLBACK_FAILED, 5)])
def test_what_a_command_returns_is_the_exit_code(result: object, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends_with(result, monkeypatch) == code


def test_a_defect_shows_where_it_is_only_when_asked_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(ValueError("x"), monkeypatch) == 4
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("ROLLBACK_GOV_TRACEBACK", "1")
    assert ends_with(ValueError("x"), monkeypatch) == 4
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("excute", "There is no command 'excute'. Did you mean 'execute'?"),
        ("validat", "Did you mean 'validate'?"),
        ("frobnicate", "There is no command 'frobnicate'."),
    ],
)
def test_a_mistyped_command_gets_the_nearest_one(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([typed]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert ("Did you mean" in err) == ("Did you mean" in said or typed != "frobnicate")


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Usage: rollback-gov" in capsys.readouterr().err


def test_an_unknown_option_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--frobnicate"]) == 2
    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([option]) == 0
    assert capsys.readouterr().out == f"rollback-gov, version {__version__}\n"


def every_command() -> Iterator[tuple[str, ...]]:
    """The words of every command and of every command of a group."""
    context = click.Context(cli)
    yield ()
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        yield (name,)
        if isinstance(command, click.Group):
            yield from ((name, below) for below in command.list_commands(context))


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
@pytest.mark.parametrize(("option", "columns"), [("-h", "200"), ("--help", "80")])
def test_help_fits_a_hundred_columns(
    words: tuple[str, ...],
    option: str,
    columns: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run([*words, option]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" ".join(("Usage: rollback-gov", *words)))
    assert [line for line in lines if len(line) > 100] == []
    assert lines[2].strip().endswith((".", ",")) or len(lines[2]) > 40


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ((), [*ExitCode]),
        (("validate",), [ExitCode.PASSED, ExitCode.FINDINGS, ExitCode.NOTHING_TO_CHECK]),
        (("watch",), [ExitCode.PASSED, ExitCode.FINDINGS, ExitCode.ROLLBACK_FAILED, ExitCode.INTERRUPTED]),
        (("execute",), [ExitCode.PASSED, ExitCode.FINDINGS, ExitCode.ROLLBACK_FAILED, ExitCode.INTERRUPTED]),
        (("rehearse",), [ExitCode.ROLLBACK_FAILED]),
        (("capture",), [ExitCode.FINDINGS]),
        (("permit", "verify"), [ExitCode.FINDINGS]),
        (("status",), [ExitCode.PASSED]),
    ],
)
def test_help_says_exit_codes_where_they_matter(
    words: tuple[str, ...], codes: list[ExitCode], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    _, _, said = text.lower().partition("exit code")
    assert {int(code) for code in codes} <= {int(number) for number in re.findall(r"\d+", said)}


def test_help_lists_the_commands_without_importing_them() -> None:
    code = "import sys; from rollback_gov.cli.main import run; run(['--help']); print([*sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert not [name for name in COMMANDS if f"'rollback_gov.cli.{name}'" in done.stderr]


def test_a_command_that_is_none_is_a_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "command", "no command")
    assert run(["status"]) == 4
    assert "cli.status has no click command named 'command'" in capsys.readouterr().err
    group = LazyGroup("other")
    assert group.get_command(click.Context(group), "nothing") is None


def test_a_reader_who_goes_away_is_no_verdict_and_no_traceback(tmp_path: Path) -> None:
    """``| head`` that has seen enough: the plan was not found to be good, so the exit code is not 0."""
    room = Room(tmp_path, QUICK)
    reader, writer = os.pipe()
    os.close(reader)
    process = room.process("validate", str(room.plan), stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")


def test_completion_into_a_pipe_that_nobody_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    room = Room(tmp_path, QUICK, environ={"_ROLLBACK_GOV_COMPLETE": "bash_source"})
    reader, writer = os.pipe()
    os.close(reader)
    process = room.process(stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_errors_of_real_commands(tmp_path: Path) -> None:
    room = Room(tmp_path, QUICK)
    code, out, err = room.gov("status", "op-9")
    assert (code, out) == (2, "")
    assert "There is no run 'op-9' in " in err
    code, out, _ = room.gov(*room.execute("--yes", "--json"))
    assert (code, json.loads(out)["exit"]) == (0, "passed")
    code, _, err = room.gov(*room.execute("--yes", "--override", "permit"))
    assert code == 2
    assert "An override needs a reason: --override-reason TEXT." in err


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "PLAN"),
        ("render", "PLAN"),
        ("capture", "PLAN", "-e", "production"),
        ("rehearse", "PLAN", "-e", "production"),
        ("execute", "PLAN", "-e", "production", "--reason", "errors"),
        ("watch", "PLAN", "-e", "production"),
        ("watch", "PLAN", "-e", "production", "--explain"),
        ("permit", "verify", "PLAN", "-e", "production"),
        ("permit", "request", "PLAN", "-e", "production"),
        ("evidence", "list", "PLAN"),
        ("triggers", "prove", "PLAN"),
        ("plan", "edit", "PLAN", "--set", "sla=1m"),
    ],
)
def test_a_plan_that_is_not_there_is_wrong_usage_everywhere(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = str(tmp_path / "nosuch.yaml")
    assert run([plan if word == "PLAN" else word for word in words]) == 2
    assert "nosuch.yaml" in capsys.readouterr().err
