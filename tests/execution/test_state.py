"""How a run stands, from its journal alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rollback_gov.execution.state import RunState, fold
from rollback_gov.model.event import Event


def events(*entries: tuple[str, Mapping[str, Any]]) -> list[Event]:
    return [
        Event(seq=n, at=f"2026-01-31T12:00:{n:02d}.000Z", monotonic=n, type=type_, data=data, previous="")
        for n, (type_, data) in enumerate(entries, 1)
    ]


STEP = {"step": "phases/one/a", "attempt": 1}


def test_nothing_yet() -> None:
    state = fold([])
    assert state == RunState()
    assert not state.step("phases/one/a").is_open
    assert state.phase("phases/one").tried == []
    assert state.aborted == ""


@pytest.mark.parametrize(
    ("entries", "result", "is_open"),
    [
        ([("step.intent", {**STEP, "deadline": ""})], "", True),
        ([("step.intent", {**STEP, "deadline": ""}), ("step.unknown", STEP)], "", True),
        ([("step.finished", {**STEP, "result": "passed", "detail": ""})], "passed", False),
        ([("step.finished", {**STEP, "result": "interrupted", "detail": ""})], "interrupted", True),
        ([("step.settled", {**STEP, "how": "verify", "outcome": "done"})], "passed", False),
        ([("step.settled", {**STEP, "how": "person", "outcome": "done"})], "by_hand", False),
        ([("step.settled", {**STEP, "how": "person", "outcome": "abort"})], "failed", False),
        ([("step.settled", {**STEP, "how": "idempotent", "outcome": "run_again"})], "", False),
    ],
)
def test_a_step(entries: list[tuple[str, Mapping[str, Any]]], result: str, is_open: bool) -> None:
    state = fold(events(*entries))
    assert (state.step(STEP["step"]).result, state.step(STEP["step"]).is_open) == (result, is_open)  # type: ignore[arg-type]


def test_an_abort_names_its_step() -> None:
    assert fold(events(("step.settled", {**STEP, "how": "person", "outcome": "abort"}))).aborted == "phases/one/a"


def test_problems_are_what_went_wrong_in_order() -> None:
    state = fold(
        events(
            ("step.finished", {**STEP, "result": "failed", "detail": "exit code 1"}),
            ("step.finished", {**STEP, "attempt": 2, "result": "timeout", "detail": ""}),
            ("step.finished", {**STEP, "attempt": 3, "result": "passed", "detail": ""}),
            ("check.finished", {"check": "up", "result": "unknown", "expected": "2xx", "observed": "no answer"}),
            ("check.finished", {"check": "fast", "result": "passed", "expected": "", "observed": ""}),
        )
    )
    assert state.problems == [
        "phases/one/a: failed (exit code 1)",
        "phases/one/a: timeout",
        "check up: unknown (expected 2xx, saw no answer)",
    ]


def test_the_rest_of_a_run() -> None:
    state = fold(
        events(
            ("run.started", {"run": "r"}),
            ("point_of_no_return.checked", {"passed": "yes"}),
            ("baseline.checked", {"id": "dump", "result": "intact"}),
            ("capture.finished", {"id": "logs"}),
            ("override", {"check": "baseline"}),
            ("phase.started", {"phase": "phases/one", "alternative": "a"}),
            ("phase.started", {"phase": "phases/one", "alternative": "b"}),
            ("gate.decided", {"step": "phases/one/gate", "decision": "approved", "seconds": 1.5}),
            ("gate.decided", {"step": "override/baseline", "decision": "approved", "seconds": 2.5}),
            ("phase.finished", {"phase": "phases/one", "result": "passed"}),
            ("sla.breached", {"scope": "total"}),
            ("escalated", {"on": "running", "level": 1}),
            ("run.verified", {"seconds": 60.5}),
            ("run.finished", {"result": "passed"}),
            ("something.new", {"a later version": "writes more"}),
        )
    )
    assert state.started == {"run": "r"}
    assert state.past_point_of_no_return
    assert state.baseline == {"dump": "intact"}
    assert state.captured == {"logs"}
    assert state.overridden == {"baseline"}
    phase = state.phase("phases/one")
    assert (phase.tried, phase.result, phase.seq) == (["a", "b"], "passed", 6)
    assert state.gate_seconds == 4
    assert state.breached == {"total"}
    assert state.escalated == {("running", 1)}
    assert (state.verified, state.verified_seconds, state.result) == (True, 60.5, "passed")


def test_a_verification_after_the_last_resort_began_after_it() -> None:
    verification = ("phase.started", {"phase": "verification", "alternative": ""})
    taken = ("last_resort.decided", {"taken": True, "by": "ann", "reason": "the disk is gone"})
    state = fold(events(("run.started", {"run": "r"}), verification, taken, verification))
    assert state.phase("verification").seq == 4
