"""``manual`` steps: a person does it and says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.model.errors import Interrupted
from tests.execution.conftest import Stage, Talk

Make = Callable[..., Stage]
BODY = "phases: [{id: one, steps: [{id: a, manual: Pull the plug}]}]"


@pytest.mark.parametrize(
    ("said", "result", "detail"),
    [("carla", "passed", ""), (" carla\n", "passed", ""), ("no", "denied", "not done"), ("N", "denied", "not done")],
)
def test_somebody_says_that_it_is_done(stage: Make, said: str, result: str, detail: str) -> None:
    run = stage(BODY, console=Talk({"Done?": said}))
    run.run()
    end = run.of("step.finished")[0]
    assert end["result"] == result
    assert end["detail"] == (detail or "done by carla")


class Silent(Talk):
    interactive = True

    def __init__(self) -> None:
        super().__init__({"Done?": ""})

    def ask(self, question: str, seconds: float) -> str | None:
        return None


def test_nobody_says_so_in_time(stage: Make) -> None:
    run = stage(BODY.replace("Pull the plug", "Pull the plug, timeout: 50ms"), console=Silent())
    assert run.run().result == "failed"
    end = run.of("step.finished")[0]
    assert (end["result"], end["detail"]) == ("timeout", "Nobody said in time that it was done.")


def test_a_manual_step_that_was_interrupted_is_asked_for_again(stage: Make) -> None:
    run = stage(BODY, console=Silent())
    thread = threading.Timer(0.1, lambda: setattr(run.stop, "signal", "SIGINT"))
    thread.start()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    run.stop.signal, run.console = "", Talk({"Done?": "carla"})
    assert run.run().result == "passed"


# From elsewhere


def said(run: Stage, decision: str, by: str, reason: str = "", *, number: int = 1) -> None:
    run.incident.mkdir(exist_ok=True)
    answer = Answer(step="phases/one/a", decision=decision, by=by, reason=reason, executable="")
    leave(run.incident, answer, number=number)


@pytest.mark.parametrize(
    ("decision", "by", "reason", "result", "detail"),
    [
        ("approved", "ann", "", "passed", "done by ann"),
        ("approved", "bob", "took two", "passed", "done by bob: took two"),
        ("denied", "bob", "no plug", "denied", "not done, says bob: no plug"),
    ],
)
def test_somebody_says_so_from_elsewhere(
    stage: Make, decision: str, by: str, reason: str, result: str, detail: str
) -> None:
    run = stage(BODY.replace("Pull the plug", "Pull the plug, timeout: 30s"))
    said(run, decision, by, reason)
    run.run()
    end = run.of("step.finished")[0]
    assert (end["result"], end["detail"]) == (result, detail)
    assert run.of("manual.waiting")[0]["ask"] == "Pull the plug"
    assert run.of("manual.waiting")[0]["deadline"] > ""
    assert "    from elsewhere: rollback-gov approve run-1 phases/one/a" in run.console.lines
    told = [(fields["step"], fields["text"]) for event, fields in run.sent if event == "gate"]
    assert told == [("phases/one/a", "By hand: Pull the plug")]


def test_the_newest_answer_counts(stage: Make) -> None:
    run = stage(BODY, console=Silent())
    said(run, "denied", "bob", number=1)
    said(run, "approved", "bob", number=2)
    assert run.run().result == "passed"
    assert run.of("manual.waiting")[0]["deadline"] == ""


def test_nobody_says_anything_anywhere(stage: Make) -> None:
    run = stage(BODY.replace("Pull the plug", "Pull the plug, timeout: 300ms"))
    assert run.run().result == "failed"
    assert run.results() == {"phases/one/a": "timeout"}


def test_without_a_terminal_and_without_a_timeout_it_fails_at_once(stage: Make) -> None:
    run = stage(BODY)
    assert run.run().result == "failed"
    assert "no timeout to wait for" in run.of("step.finished")[0]["detail"]
