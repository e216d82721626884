"""The command line of ``explain``."""

from __future__ import annotations

import pytest

from rollback_gov.cli.main import run


def test_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "rg010"]) == 0

    assert capsys.readouterr().out.startswith("# RG010: A placeholder that nobody filled in\n")


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--list"]) == 0

    assert "RG010  error 1+      A placeholder that nobody filled in\n" in capsys.readouterr().out


def test_an_unknown_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "RG1O3"]) == 2

    assert "There is no rule 'RG1O3'." in capsys.readouterr().err


def test_neither(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 2

    assert "--list" in capsys.readouterr().err
