"""The command lines of ``policy`` and ``rules``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.commands.test_settings import committed, write

RULE = "rules:\n  - {code: ACME001, require: size(plan.phases) <= 3, message: Too many phases.}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, gov__policy=f"levels: {{2: {{sla: 25m}}}}\n{RULE}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_show(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["levels.2.sla", "25m", ".rollback-gov/policy.yaml:1:19"] in lines
    assert ["levels.2.target", "20m", "default"] in lines
    assert ["rules.ACME001", "Too", "many", "phases.", ".rollback-gov/policy.yaml:3:5"] in lines


def test_show_as_json(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["files"] == [".rollback-gov/policy.yaml"]
    assert {"name": "levels.2.sla", "value": "25m", "source": ".rollback-gov/policy.yaml:1:19"} in document["values"]


def test_show_from_a_ref(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(repository)
    write(repository, gov__policy="{}\n")

    assert run(["policy", "show", "--policy-from", "HEAD"]) == 0
    assert "HEAD:.rollback-gov/policy.yaml:1:19" in capsys.readouterr().out

    assert run(["policy", "show", "--policy-from", "gone"]) == 2
    assert "There is no commit 'gone' in this clone." in capsys.readouterr().err


@pytest.mark.parametrize("command", [["policy", "show"], ["rules", "list"], ["validate"], ["explain", "ACME001"]])
def test_a_broken_expression_is_told_before_anything_else(
    repository: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    write(repository, gov__policy=RULE.replace("<= 3", "<="))

    assert run(command) == 2
    assert ".rollback-gov/policy.yaml:2:5: `require` of ACME001 is no CEL expression" in capsys.readouterr().err


def test_list_of_rules(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("RG001  error 1+")
    assert lines[-1] == "ACME001  error 1+      Too many phases"


def test_list_of_rules_as_json(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--json"]) == 0

    found = {rule["code"]: rule for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert found["RG130"] == {
        "code": "RG130",
        "title": "The point of no return is not declared",
        "severity": "error",
        "from_level": 3,
        "warning_from_level": 2,
        "waivable": True,
    }
    assert not found["RG413"]["waivable"]
    assert found["ACME001"]["title"] == "Too many phases"
