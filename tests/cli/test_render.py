from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.conftest import ROOT

PLAN = ROOT / "plans-example" / "n8n" / "plan.yaml"


def test_a_document_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", str(PLAN)]) == 0
    assert "\n# Rollback Plan: Customer onboarding" in capsys.readouterr().out


def test_a_document_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.md"
    assert run(["render", str(PLAN), "-o", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "is for reading" in printed.err
    assert out.read_text(encoding="utf-8").startswith("---\n")
    out.write_text("mine\n", encoding="utf-8")
    assert run(["render", str(PLAN), "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine\n"
    assert run(["render", str(PLAN), "-o", str(out), "--force"]) == 0
    assert out.read_text(encoding="utf-8").startswith("---\n")


def test_what_is_no_plan_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ROLLBACK.md"
    path.write_text("# How we roll back\n", encoding="utf-8")
    assert run(["render", str(path)]) == 1
    assert "This document is no rollback plan" in capsys.readouterr().err
