"""The command line of ``plan edit``."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.commands.test_settings import write
from tests.policy.subjects import SMALL

BROKEN = SMALL.replace("timeout:", "time_out:").replace("budget: 3m", "budgt: 3m # enough")


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "p.rollback.yaml"
    path.write_text(f"# ours\n{BROKEN}change: {{services: [payments]}}\n", encoding="utf-8")
    write(tmp_path, gov__policy="floors: {services: {payments: 3}}\n")
    return path


def test_fixes_that_cannot_do_harm(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = plan.read_text(encoding="utf-8")

    assert run(["plan", "edit", "p.rollback.yaml", "--fix"]) == 0

    assert capsys.readouterr().out == (
        "Renaming phases.0.budgt to budget.\n"
        "Renaming phases.0.steps.0.time_out to timeout.\n"
        "Setting metadata.level to 3.\n"
    )
    expected = before.replace("budgt", "budget").replace("time_out", "timeout").replace("level: 2", "level: 3")
    assert plan.read_text(encoding="utf-8") == expected


def test_a_second_time_nothing_changes(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["plan", "edit", "p.rollback.yaml", "--fix"])
    capsys.readouterr()

    assert run(["plan", "edit", "p.rollback.yaml", "--fix"]) == 0
    assert capsys.readouterr().out == "Nothing changes.\n"


def test_a_misspelt_key_beside_the_right_one_is_left(plan: Path) -> None:
    text = plan.read_text(encoding="utf-8").replace("time_out: 2m", "time_out: 2m, timeout: 1m")
    plan.write_text(text, encoding="utf-8")

    assert run(["plan", "edit", "p.rollback.yaml", "--fix"]) == 0
    assert "time_out: 2m, timeout: 1m" in plan.read_text(encoding="utf-8")


def test_dry_run_shows_the_difference(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = plan.read_text(encoding="utf-8")

    assert run(["plan", "edit", "p.rollback.yaml", "--set", "metadata.level=4", "--dry-run"]) == 0

    out = capsys.readouterr().out
    assert out.startswith("Setting metadata.level to 4.\n--- p.rollback.yaml\n+++ p.rollback.yaml\n")
    assert "+metadata: {operation: op-7, title: Payments 3.2, owner: payments, level: 4}\n" in out
    assert plan.read_text(encoding="utf-8") == before


def test_by_hand(plan: Path) -> None:
    options = ["--rename", "phases.0.budgt=budget", "--set", "sla=10m", "--remove", "change"]

    assert run(["plan", "edit", "p.rollback.yaml", *options]) == 0

    text = plan.read_text(encoding="utf-8")
    assert text.startswith("# ours\n")
    assert text.endswith("sla: 10m\n")
    assert "change:" not in text
    assert "budget: 3m # enough" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Say what to change: --fix, --set, --rename or --remove."),
        (["--set", "level"], "level"),
        (["--set", "a.b=1"], "There is no 'a.b' in the plan."),
    ],
)
def test_wrong_usage(plan: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str) -> None:
    assert run(["plan", "edit", "p.rollback.yaml", *options]) == 2
    assert sentence in capsys.readouterr().err
