"""Signals become the wish to stop; a second one is immediate."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from rollback_gov.execution.stop import Stop, stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_wish(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals(Stop()) as stop:
        assert stop == Stop("")
        os.kill(os.getpid(), number)
        assert stop == Stop(number.name)
        assert stop.requested
    assert signal.getsignal(number) is before


def test_the_handlers_go_back_after_an_error_too() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError), stop_on_signals(Stop()):
        raise RuntimeError
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_signal_ends_the_process_at_once() -> None:
    script = """
import time
from rollback_gov.execution.stop import Stop, stop_on_signals
with stop_on_signals(Stop()) as stop:
    print("ready", flush=True)
    while not stop.requested:
        time.sleep(0.01)
    print("asked to stop", flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "asked to stop\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 130
    process.stdout.close()
