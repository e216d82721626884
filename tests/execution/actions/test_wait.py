"""``wait`` and ``notify`` steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from rollback_gov.execution.actions.wait import pause
from rollback_gov.model.errors import Interrupted
from tests.execution.conftest import Hands, Stage

Make = Callable[..., Stage]
BODY = "phases: [{id: one, steps: [{id: a, wait: 60s}]}]"


def test_a_wait_takes_its_time_and_no_more(stage: Make) -> None:
    run = stage(BODY, clock=Hands())
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["seconds"] == pytest.approx(60)
    assert "    waiting 1m" in run.console.lines


def test_a_wait_can_be_interrupted_and_begins_again(stage: Make) -> None:
    run = stage(BODY)
    thread = threading.Timer(0.1, lambda: setattr(run.stop, "signal", "SIGINT"))
    thread.start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert time.monotonic() - began < 30, "half of the wait"
    assert run.results() == {"phases/one/a": "interrupted"}
    run.stop.signal, run.clock = "", Hands()
    assert run.run().result == "passed"


def test_a_pause_of_nothing_is_over_at_once(stage: Make) -> None:
    context = stage(BODY).context
    assert pause(context, 0)
    assert pause(context, -5)
    context.stop.signal = "SIGTERM"
    assert not pause(context, 0)


def test_a_message_goes_out_and_is_safe_to_repeat(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, notify: {message: Half, channels: [a, b], severity: error}}]}]")
    assert run.run().result == "passed"
    assert ("step", {"text": "Half", "severity": "error", "channels": "a,b"}) in run.sent
    assert "    message: Half" in run.console.lines
