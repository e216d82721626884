"""``manual`` steps: a person does it and says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

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
