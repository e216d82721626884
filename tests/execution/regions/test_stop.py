from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.execution import stop as stop_module
from rollback_gov.execution.inbox import Cancel, leave_cancel
from rollback_gov.execution.regions.stop import RegionStop
from rollback_gov.execution.stop import Stop
from rollback_gov.model.event import Event


def test_a_region_stops_with_the_run_and_alone() -> None:
    whole = Stop()
    asia, europe = RegionStop(whole), RegionStop(whole)
    asia.signal = "timeout"
    assert (asia.requested, europe.requested, whole.requested) == (True, False, False)
    asia.signal = ""
    assert not asia.requested
    whole.signal = "SIGTERM"
    assert (asia.signal, europe.signal) == ("SIGTERM", "SIGTERM")


def event(type_: str) -> Event:
    return Event(seq=1, at="", monotonic=0.0, type=type_, data={}, previous="")


def test_each_region_ends_after_its_own_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_module, "LOOK_SECONDS", 0.0)
    whole = Stop()
    asia, europe = RegionStop(whole), RegionStop(whole)
    hear_asia, hear_europe = asia.follow(), europe.follow()
    with whole.listening(tmp_path, lambda _cancel: None):
        hear_asia(event("step.intent"))
        hear_europe(event("step.intent"))
        leave_cancel(tmp_path, Cancel(by="ben", reason="enough", after_step=True))
        assert (asia.requested, europe.requested, whole.requested) == (False, False, False)
        hear_asia(event("step.finished"))
        assert (asia.requested, europe.requested, whole.requested) == (True, False, False)
        assert asia.wish == {"signal": "cancel", "by": "ben", "reason": "enough"}
        hear_europe(event("step.finished"))
        assert (europe.requested, whole.requested) == (True, True)


def test_a_step_that_began_meanwhile_is_not_cut_off_until_somebody_wants_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_module, "LOOK_SECONDS", 0.0)
    whole = Stop()
    asia = RegionStop(whole)
    with whole.listening(tmp_path, lambda _cancel: None):
        leave_cancel(tmp_path, Cancel(by="ben", reason="enough", after_step=True))
        assert whole.requested
        asia.follow()(event("step.intent"))
        assert [asia.requested] == [False]
        leave_cancel(tmp_path, Cancel(by="ann", reason="now", after_step=False))
        assert asia.requested
        assert asia.wish == {"signal": "cancel", "by": "ann", "reason": "now"}


def test_a_wish_goes_to_another_machine_and_is_heard_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_module, "LOOK_SECONDS", 0.0)
    here, there = Stop(), RegionStop(Stop())
    hear = there.follow()
    hear(event("step.intent"))
    with here.listening(tmp_path, lambda _cancel: None):
        assert here.passed_on == ""
        leave_cancel(tmp_path, Cancel(by="ben", reason="enough", after_step=True))
        assert (here.requested, here.passed_on) == (True, "cancel after the step")
        there.take(here.passed_on)
        assert [there.requested] == [False]
        leave_cancel(tmp_path, Cancel(by="ben", reason="now", after_step=False))
        there.take(here.passed_on)
    assert (there.requested, there.wish["signal"]) == (True, "cancel")


def test_a_gentle_wish_from_elsewhere_is_heard_after_the_step() -> None:
    there = RegionStop(Stop())
    hear = there.follow()
    hear(event("step.intent"))
    there.take("cancel after the step")
    hear(event("step.finished"))
    assert (there.requested, there.wish) == (True, {"signal": "cancel", "by": "", "reason": ""})
