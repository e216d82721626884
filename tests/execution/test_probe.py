"""Questions to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from rollback_gov.execution.outcome import CheckResult, Ending, Verdict
from rollback_gov.execution.probe import answer, ask, decide, describe
from rollback_gov.model.action import Http, Probe
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Comparison, Expect, JsonComparison, Limit, Query, Same
from rollback_gov.model.observation import Error
from tests.execution.conftest import Stage
from tests.execution.web import serve

Make = Callable[..., Stage]


@pytest.fixture
def scene(stage: Make) -> Stage:
    return stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")


def test_a_script_is_asked(scene: Stage) -> None:
    assert ask(scene.context, Probe(run="echo 5"), name="x").stdout == "5\n"


def test_a_server_is_asked(scene: Stage) -> None:
    with serve() as web:
        assert ask(scene.context, Probe(http=Http(url=web.url)), name="x").status == 200


def test_a_metric_is_asked_for(scene: Stage) -> None:
    outcome = ask(scene.context, Probe(query=Query(source="nonsense")), name="x")
    assert isinstance(outcome.reading, Error)


@dataclass(frozen=True)
class Nothing:
    run: str = ""
    http: None = None
    query: None = None
    timeout: None = None
    expect: None = None


def test_a_question_that_asks_nothing_is_unknown(scene: Stage) -> None:
    verdict, results = answer(scene.context, Nothing(), name="x")
    assert verdict is Verdict.UNKNOWN
    assert describe(results) == "expected an answer, saw There is nothing to ask."


FIVE = Expect(stdout=Comparison(equals=Same(value=5)))
MORE = Expect(stdout=Comparison(above=Limit(value=Decimal(5))))


@pytest.mark.parametrize(
    ("probe", "verdict", "words"),
    [
        (Probe(run="echo 5", expect=FIVE), Verdict.PASSED, "expected stdout equals 5, saw 5"),
        (Probe(run="echo 6", expect=FIVE), Verdict.FAILED, "expected stdout equals 5, saw 6"),
        (Probe(run="echo x", expect=MORE), Verdict.UNKNOWN, "expected stdout above …, saw x ('x' is not a number)"),
        (Probe(run="sleep 9", timeout=Duration(50)), Verdict.UNKNOWN, "expected an answer, saw timeout"),
        (Probe(http=Http(url="http://127.0.0.1:1")), Verdict.UNKNOWN, "The request failed: Connection refused."),
    ],
)
def test_an_answer_is_passed_failed_or_unknown(scene: Stage, probe: Probe, verdict: Verdict, words: str) -> None:
    judged, results = answer(scene.context, probe, name="x")
    assert judged is verdict
    assert describe(results).endswith(words)


OUTPUT = Expect(stdout=Comparison(equals=Same(value="yes")))
FOUND = Expect(json=(JsonComparison(pointer="/on", equals=Same(value=True)),))


@pytest.mark.parametrize(
    ("run", "expect", "verdict"),
    [
        ("true", None, Verdict.PASSED),
        ("false", None, Verdict.FAILED),
        ("exit 2", None, Verdict.UNKNOWN),
        ("nonsense", None, Verdict.UNKNOWN),
        ("exit 2", Expect(exit=(0, 2)), Verdict.PASSED),
        ("exit 3", Expect(exit=(2,)), Verdict.FAILED),
        ("echo yes", OUTPUT, Verdict.PASSED),
        ("echo no", OUTPUT, Verdict.FAILED),
        ("echo yes; exit 1", OUTPUT, Verdict.UNKNOWN),
        ("echo no; exit 1", OUTPUT, Verdict.UNKNOWN),
        ("sleep 9", None, Verdict.UNKNOWN),
    ],
)
def test_a_script_that_could_not_answer_did_not_say_no(
    scene: Stage, run: str, expect: Expect | None, verdict: Verdict
) -> None:
    probe = Probe(run=run, expect=expect, timeout=Duration(300 if run.startswith("sleep") else 10_000))
    assert decide(scene.context, probe, name="x")[0] is verdict


@pytest.mark.parametrize(
    ("status", "body", "expect", "verdict"),
    [
        (200, b"{}", None, Verdict.PASSED),
        (404, b"{}", None, Verdict.FAILED),
        (503, b"{}", None, Verdict.UNKNOWN),
        (503, b"{}", Expect(status=(503,)), Verdict.PASSED),
        (500, b"{}", Expect(status=(503,)), Verdict.FAILED),
        (200, b'{"on": true}', FOUND, Verdict.PASSED),
        (200, b'{"on": false}', FOUND, Verdict.FAILED),
        (404, b'{"on": false}', FOUND, Verdict.UNKNOWN),
    ],
)
def test_a_server_that_could_not_answer_did_not_say_no(
    scene: Stage, status: int, body: bytes, expect: Expect | None, verdict: Verdict
) -> None:
    with serve() as web:
        web.status, web.body = status, body
        decided, results = decide(scene.context, Probe(http=Http(url=web.url), expect=expect), name="x")
    assert decided is verdict
    assert (describe(results) == f"expected an answer, saw status {status}") == (verdict is Verdict.UNKNOWN)


def test_a_metric_without_a_value_is_unknown(scene: Stage) -> None:
    assert decide(scene.context, Probe(query=Query(source="nonsense")), name="x")[0] is Verdict.UNKNOWN


def test_the_wish_to_stop_makes_an_answer_unknown(scene: Stage) -> None:
    scene.stop.signal = "SIGTERM"
    assert ask(scene.context, Probe(run="sleep 60"), name="x").ending is Ending.INTERRUPTED
    assert answer(scene.context, Probe(run="sleep 60"), name="x")[0] is Verdict.UNKNOWN


def test_secrets_are_masked_in_what_was_expected_and_seen(scene: Stage) -> None:
    scene.secrets = ("hunter2",)
    probe = Probe(run="echo hunter2", expect=Expect(stdout=Comparison(equals=Same(value="x"))))
    assert CheckResult("stdout equals x", "***", Verdict.FAILED) in answer(scene.context, probe, name="x")[1]


def test_a_script_that_somebody_killed_has_answered_nothing(scene: Stage) -> None:
    verdict, results = answer(scene.context, Probe(run="kill -9 $$"), name="x")
    assert (verdict, describe(results)) == (Verdict.UNKNOWN, "expected an answer, saw killed by signal 9")
    expected = Probe(run="kill -9 $$", expect=Expect(exit=(137,)))
    assert answer(scene.context, expected, name="x")[0] is Verdict.PASSED
    assert answer(scene.context, Probe(run="exit 255"), name="x")[0] is Verdict.FAILED
