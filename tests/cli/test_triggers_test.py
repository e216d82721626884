"""``rollback-gov triggers test`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rollback_gov.cli.main import run
from tests.cli.test_triggers import HEAD

PLAN = HEAD + "triggers: [{id: health, query: {source: health, url: http://h/}, below: 1, count: 3, every: 5s}]\n"
GOOD = """\
cases:
  - name: three times in a row
    interval: 5s
    series: {health: 1 0x5}
    expect:
      - {at: 10s, triggers: {health: pending}, nothing: true}
      - {at: 15s, triggers: {health: fired}, decision: rollback}
"""
BAD = GOOD.replace("at: 15s", "at: 14s")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN)
    (tmp_path / "triggers.test.yaml").write_text(GOOD)
    return path


def test_cases_beside_the_plan_are_found(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triggers", "test", str(plan), "--complete"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"passed  {plan.parent}/triggers.test.yaml:2 three times in a row",
        "1 of 1 cases passed.",
    ]


def test_a_failure_is_a_difference_with_its_readings(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = plan.parent / "other.yaml"
    file.write_text(BAD)
    assert run(["triggers", "test", str(plan), str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"FAILED  {file}:2 three times in a row",
        "  at 14s, line 7: health",
        "  - fired",
        "  + pending (2/3)",
        "    readings of health:",
        "            0s           1  ok       ok: 1 is not below 1",
        "            5s           0  breach   1/3: 0 is below 1",
        "           10s           0  breach   2/3: 0 is below 1",
        "  at 14s, line 7: decision",
        "  - rollback",
        "  + none",
        "    readings of health:",
        "            0s           1  ok       ok: 1 is not below 1",
        "            5s           0  breach   1/3: 0 is below 1",
        "           10s           0  breach   2/3: 0 is below 1",
        "0 of 1 cases passed.",
        "2 things are shown by no case (--complete).",
    ]


def test_the_same_for_programs(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, xml = plan.parent / "other.yaml", plan.parent / "junit.xml"
    file.write_text(BAD)
    words = ["triggers", "test", str(plan), str(file), str(plan.parent / "triggers.test.yaml"), "--json"]
    assert run([*words, "--junit", str(xml)]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["result"] == "failed"
    assert [case["result"] for case in document["cases"]] == ["failed", "passed"]
    mismatch = document["cases"][0]["mismatches"][0]
    assert (mismatch["what"], mismatch["expected"], mismatch["got"]) == ("health", "fired", "pending (2/3)")
    assert mismatch["readings"][0] == {
        "trigger": "health",
        "at": "0s",
        "value": "1",
        "verdict": "ok",
        "reason": "1 is not below 1",
        "state": "ok",
    }
    suite = ElementTree.parse(xml).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "health at 14s: expected fired, got pending (2/3)"
    assert run([*words, "--junit", str(plan.parent / "nowhere" / "x.xml")]) == 2


def test_what_no_case_shows_fails_where_it_is_asked_for(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plan.parent / "triggers.test.yaml").write_text(
        "cases: [{name: quiet, series: {health: 1x9}, expect: [{at: 30s, triggers: {health: idle}}]}]\n"
    )
    assert run(["triggers", "test", str(plan)]) == 0
    assert "3 things are shown by no case" in capsys.readouterr().out
    assert run(["triggers", "test", str(plan), "--complete"]) == 1
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "Shown by no case:",
        "  No case shows that trigger health fires.",
        "  No case shows that a rollback is decided.",
        "  No case shows that a rollback is not decided.",
    ]


def test_a_trigger_that_is_only_shown_to_fire_is_not_shown(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plan.parent / "triggers.test.yaml").write_text(
        "cases: [{name: down, series: {health: '0x9'}, expect: [{at: 5m, triggers: {health: fired}}]}]\n"
    )
    assert run(["triggers", "test", str(plan), "--complete"]) == 1
    assert "  No case shows that trigger health stays quiet." in capsys.readouterr().out.splitlines()


def test_without_a_case_file_it_says_where_one_belongs(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plan.parent / "triggers.test.yaml").unlink()
    assert run(["triggers", "test", str(plan)]) == 2
    assert f"write {plan.parent}/triggers.test.yaml" in capsys.readouterr().err


def test_a_bad_case_file_is_wrong_usage(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plan.parent / "triggers.test.yaml").write_text(GOOD.replace("health: 1 0x5", "helth: 1 0x5"))
    assert run(["triggers", "test", str(plan)]) == 2
    assert "triggers.test.yaml:4:14: The plan has no trigger 'helth'. Did you mean 'health'?" in capsys.readouterr().err
