"""The conductor with regions that a test makes up: what it writes, and what it does when a lane does not end well."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.answers import RunResult
from rollback_gov.execution.clock import SystemClock, stamp
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.regions.conductor import Conductor
from rollback_gov.execution.store import JournalError
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.conftest import Stage

BODY = "phases: [{id: a, steps: [{id: b, run: 'true'}]}]"


class Concert:
    """A stage, a coordination journal, and one function a region."""

    def __init__(self, stage: Stage, order: str = "ab", **strategy: Any) -> None:
        self.stage = stage
        self.context = stage.context
        self.journal = Journal(stage.incident, SystemClock())
        words = {"max_parallel": 1, "gate_between": "none", "max_failures": 0} | strategy
        self.decided_at = stamp(SystemClock().now())
        regions = [{"region": region, "sla_seconds": 60} for region in order]
        began = {"run": "run-1", "decided_at": self.decided_at, "boot": self.context.clock.boot}
        self.journal.append("run.started", {**began, "regions": regions, "strategy": words})
        self.calls: list[tuple[str, str]] = []
        self.ways: dict[str, Callable[[], RunResult]] = {}

    def roll_back(self, region: str, decided_at: str) -> RunResult:
        self.calls.append((region, decided_at))
        return self.ways.get(region, passed)()

    def run(self) -> RunResult:
        conductor = Conductor(
            self.context, self.journal, self.roll_back, executable="e", decided_at=self.decided_at, resume="resume it"
        )
        try:
            return conductor.run()
        finally:
            self.journal.close()

    def of(self, type_: str) -> list[Any]:
        return [event.data for event in self.journal.events if event.type == type_]


def passed() -> RunResult:
    return RunResult(result="passed", seconds=1.0, sla_seconds=60, detail="")


def refuse() -> RunResult:
    raise Refused("Nobody knows.", reasons=("It may have run.",), hint="Look.")


def break_down() -> RunResult:
    raise ZeroDivisionError("by zero")


Make = Callable[..., Stage]


def test_every_region_passes(stage: Make) -> None:
    concert = Concert(stage(BODY))
    result = concert.run()
    assert (result.result, result.detail, result.sla_seconds) == ("passed", "", 0)
    assert [region for region, _ in concert.calls] == ["a", "b"]
    assert concert.of("run.finished")[0]["sla_met"] is True


def test_a_region_that_waits_holds_the_others_and_says_for_what(stage: Make) -> None:
    concert = Concert(stage(BODY))
    concert.ways["a"] = refuse
    with pytest.raises(Refused, match="waits for a person in a") as caught:
        concert.run()
    assert caught.value.reasons == ("a: Nobody knows. It may have run. Look.",)
    assert caught.value.hint == "Then go on with: resume it"
    assert concert.of("run.finished") == []


def test_a_lane_that_breaks_down_takes_nobody_with_it(stage: Make) -> None:
    concert = Concert(stage(BODY), max_parallel=2)
    concert.ways["a"] = break_down
    with pytest.raises(Refused) as caught:
        concert.run()
    assert caught.value.reasons == ("a: internal error: ZeroDivisionError: by zero",)
    assert [data["region"] for data in concert.of("region.finished")] == ["b"]


def test_a_gate_is_asked_when_a_batch_has_ended(stage: Make) -> None:
    concert = Concert(stage(BODY), gate_between="approval")
    answer = Answer(step="regions/before-b", decision="approved", by="ben", reason="", executable="e")
    leave(concert.stage.incident, answer, number=1)
    assert concert.run().result == "passed"
    (decided,) = concert.of("gate.decided")
    assert (decided["by"], decided["executable"]) == ("ben", "e")
    assert concert.of("gate.waiting")[0]["ask"] == "a passed. Go on with b?"


@pytest.mark.parametrize(
    ("silence", "result", "called"), [("deny", "failed", 0), ("proceed", "passed", 0), ("escalate", "failed", 1)]
)
def test_a_gate_waits_as_long_as_the_plan_says(stage: Make, silence: str, result: str, called: int) -> None:
    concert = Concert(stage(BODY), gate_between="approval", gate_deadline="50ms", gate_on_deadline=silence)
    assert concert.run().result == result
    (decided,) = concert.of("gate.decided")
    assert (decided["decision"], decided["reason"]) == ("deadline", silence)
    assert [event for event, _ in concert.stage.sent].count("escalated") == called


def test_nothing_begins_any_more_when_somebody_wants_an_end(stage: Make) -> None:
    concert = Concert(stage(BODY))

    def stop() -> RunResult:
        time.sleep(0.3)  # longer than the conductor looks for an end
        concert.context.stop.signal = "SIGTERM"
        return passed()

    concert.ways["a"] = stop
    with pytest.raises(Interrupted, match="was interrupted by SIGTERM") as caught:
        concert.run()
    assert caught.value.hint == "Go on with: resume it"
    assert [region for region, _ in concert.calls] == ["a"]


def test_a_coordination_that_cannot_be_written_sees_through_what_runs(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    concert = Concert(stage(BODY), max_parallel=2)
    ended = []

    def slowly() -> RunResult:
        time.sleep(0.3)
        ended.append("b")
        return passed()

    concert.ways["b"] = slowly
    real = concert.journal.append

    def full(type_: str, data: Any = None) -> Any:
        if type_ == "region.finished":
            raise JournalError("No space left.")
        return real(type_, data)

    monkeypatch.setattr(concert.journal, "append", full)
    with pytest.raises(JournalError, match="No space left"):
        concert.run()
    assert ended == ["b"]


def test_a_run_that_has_ended_ends_again_without_a_word(stage: Make, tmp_path: Path) -> None:
    concert = Concert(stage(BODY))
    concert.run()
    again = Journal(concert.stage.incident, SystemClock())
    count = len(again.events)
    conductor = Conductor(
        concert.context, again, concert.roll_back, executable="e", decided_at=concert.decided_at, resume=""
    )
    assert conductor.run().result == "passed"
    assert len(again.events) == count
    again.close()
