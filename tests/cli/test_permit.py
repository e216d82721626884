"""``permit`` at the command line: what its help says, and wrong usage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from rollback_gov.records.keys import VARIABLE, generate

ROOT = Path(__file__).resolve().parents[2]
PLAN = str(ROOT / "plans-example" / "demo" / "plan.yaml")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], ["approve", "issue", "verify", "claim", "show", "No deployment without a permit"]),
        (["approve"], ["--attest", "manual-rollback-tested", "Nobody approves a plan that they wrote"]),
        (["issue"], ["--hours", "--artefact", "everything that stands against it", "--json"]),
        (["request"], ["what PLAN still needs", "writes nothing"]),
        (["list"], ["it allows, it was used"]),
        (["sign"], ["--permit", "level 4 needs two"]),
        (["verify"], ["--permit", "--artefact", "Offline", "--now"]),
        (["claim"], ["--as", "single use", "baseline"]),
        (["show"], ["FILE", "permit verify"]),
        (["revoke"], ["PERMIT", "--reason", "protected branch", "at most 720h"]),
        (["status-list"], ["refresh", "show", "older than a permit demands"]),
    ],
)
def test_the_help_says_what_it_does(command: list[str], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permit", *command, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["approve", PLAN], "This needs a key: --key FILE, or the variable ROLLBACK_GOV_KEY."),
        (["approve", PLAN, "--key", "nothing.pem"], "Cannot read the key nothing.pem: No such file or directory."),
        (["issue", PLAN], "Missing option '--environment'"),
        (["issue", PLAN, "-e", "nowhere"], "There is no environment 'nowhere'"),
        (["issue", PLAN, "-e", "production", "--hours", "0"], "Invalid value for '--hours'"),
        (["verify", PLAN, "-e", "nowhere"], "There is no environment 'nowhere'"),
        (["verify", PLAN, "-e", "production", "--now", "soon"], "Invalid value for '--now'"),
        (["verify", PLAN, "-e", "production", "--artefact", "x=1"], "'x' needs a sha256 of 64 hexadecimal digits."),
        (["nonsense"], "No such command 'nonsense'"),
        (["show"], "Missing argument 'FILE'"),
        (["show", "nothing"], "Cannot read the record: No such file or directory."),
    ],
)
def test_wrong_usage_is_one_clear_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["permit", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_plan_that_cannot_be_read_gets_no_permit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("nonsense: true\n")
    for command in ("issue", "verify", "claim"):
        assert run(["permit", command, str(plan), "-e", "production"]) != os.EX_OK
        assert "cannot be used as a plan" in capsys.readouterr().err


def test_a_key_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(tmp_path / "key.pem")
    monkeypatch.setenv(VARIABLE, (tmp_path / "key.pem").read_text())
    assert run(["permit", "approve", PLAN]) == 2
    assert "The key is not in .rollback-gov/trust.yaml." in capsys.readouterr().err
