"""Verification checks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rollback_gov.execution.checks import run_check
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Comparison, Expect, Same
from rollback_gov.model.plan import Check
from tests.execution.conftest import Stage

Make = Callable[..., Stage]


@pytest.fixture
def scene(stage: Make) -> Stage:
    return stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")


def test_a_check_is_recorded_with_what_was_expected_and_seen(scene: Stage) -> None:
    found = run_check(scene.context, Check(id="up", name="It is up", run="exit 3", severity="warn"))
    assert 0 <= found["seconds"] < 60
    assert found | {"seconds": 0} == {
        "check": "up",
        "title": "It is up",
        "result": "failed",
        "severity": "warn",
        "expected": "exit code 0",
        "observed": "3",
        "attempts": 1,
        "seconds": 0,
    }


@pytest.mark.parametrize(
    ("retries", "result", "attempts"), [(0, "failed", 1), (1, "failed", 2), (2, "passed", 3), (9, "passed", 3)]
)
def test_a_check_has_its_retries(scene: Stage, retries: int, result: str, attempts: int) -> None:
    check = Check(id="up", run="echo x >> tries; test $(wc -l < tries) -ge 3", retries=retries, every=Duration(5))
    found = run_check(scene.context, check)
    assert (found["result"], found["attempts"]) == (result, attempts)


def test_a_check_without_an_answer_is_unknown_and_is_tried_again(scene: Stage) -> None:
    check = Check(id="up", run="sleep 9", timeout=Duration(30), retries=1, every=Duration(1))
    found = run_check(scene.context, check)
    assert (found["result"], found["attempts"], found["observed"]) == ("unknown", 2, "timeout")


def test_the_wish_to_stop_ends_the_retries(scene: Stage) -> None:
    scene.stop.signal = "SIGINT"
    assert run_check(scene.context, Check(id="up", run="false", retries=50))["attempts"] == 1


def test_a_passed_exit_code_is_not_told_beside_what_was_asked_for(scene: Stage) -> None:
    expect = Expect(stdout=Comparison(equals=Same(value="7"), contains="7"))
    found = run_check(scene.context, Check(id="seven", run="echo 7", expect=expect))
    assert (found["result"], found["expected"], found["observed"]) == (
        "passed",
        "stdout contains '7'; stdout equals 7",
        "7; 7",
    )
    failed = run_check(scene.context, Check(id="seven", run="echo 7; exit 3", expect=expect))
    assert failed["expected"].startswith("exit code 0; stdout")
