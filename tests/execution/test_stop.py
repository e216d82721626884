"""Signals become the wish to stop; a second one is immediate."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.execution import stop as stop_module
from rollback_gov.execution.inbox import Cancel, leave_cancel
from rollback_gov.execution.stop import Stop, stop_on_signals
from rollback_gov.model.event import Event
from tests.execution.test_crash import wait_for


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_wish(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals(Stop()) as stop:
        assert (stop.signal, stop.by, stop.reason) == ("", "", "")
        os.kill(os.getpid(), number)
        assert (stop.signal, stop.by, stop.reason) == (number.name, "", "")
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
    assert process.wait(60) == 130
    process.stdout.close()


NOW = Cancel(by="ben", reason="wrong plan", after_step=False)
AFTER = Cancel(by="ben", reason="enough", after_step=True)


@pytest.fixture
def stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stop]:
    """One that listens to a folder and looks each time."""
    monkeypatch.setattr(stop_module, "LOOK_SECONDS", 0.0)
    stop = Stop()
    with stop.listening(tmp_path, lambda _cancel: None):
        yield stop


def event(type_: str) -> Event:
    return Event(seq=1, at="", monotonic=0.0, type=type_, data={}, previous="")


def test_a_wish_in_the_inbox_is_a_wish(tmp_path: Path) -> None:
    told: list[Cancel] = []
    stop = Stop()
    leave_cancel(tmp_path, AFTER)
    with stop.listening(tmp_path, told.append):
        assert not stop.requested, "what lay there before was for somebody else"
        leave_cancel(tmp_path, NOW)
        wait_for(lambda: stop.requested)
    assert (stop.signal, stop.by, stop.reason, told) == ("cancel", "ben", "wrong plan", [NOW])


def test_the_inbox_is_not_looked_at_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Path] = []
    monkeypatch.setattr(stop_module, "take_cancel", looks.append)
    monkeypatch.setattr(stop_module, "LOOK_SECONDS", 3600)
    stop = Stop()
    with stop.listening(tmp_path, lambda _cancel: None):
        looks.clear()
        assert [stop.requested for _ in range(100)] == [False] * 100
    assert len(looks) == 1


def test_a_wish_for_after_the_step_shows_when_no_step_runs(tmp_path: Path, stop: Stop) -> None:
    hear, other = stop.follow(), stop.follow()
    hear(event("step.intent"))
    other(event("step.intent"))
    leave_cancel(tmp_path, AFTER)
    seen = [stop.requested]
    hear(event("step.finished"))
    seen.append(stop.requested)  # a step of another journal still runs
    other(event("step.settled"))
    assert [*seen, stop.requested] == [False, False, True]


def test_a_wish_for_now_overtakes_one_for_later(tmp_path: Path, stop: Stop) -> None:
    stop.follow()(event("step.intent"))
    leave_cancel(tmp_path, AFTER)
    seen = stop.requested
    leave_cancel(tmp_path, NOW)
    assert (seen, stop.requested, stop.reason) == (False, True, "wrong plan")


def test_while_one_thread_looks_the_others_have_seen_nothing(tmp_path: Path, stop: Stop) -> None:
    leave_cancel(tmp_path, NOW)
    with stop._looking:
        seen = stop.requested
    assert (seen, stop.requested) == (False, True)
