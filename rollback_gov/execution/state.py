"""How a run stands: a fold over its journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.execution.question import APPROVED
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record

GOOD = frozenset({"passed", "not_needed", "skipped", "by_hand"})
"""Results with which the next step may begin."""


class StepState(Record, kw_only=False, frozen=False):
    """A step so far. ``result`` is empty while it runs (or while nobody knows)."""

    attempt: int = 0
    result: str = ""
    detail: str = ""
    deadline: str = ""
    settled: str = ""
    """What was decided about an attempt whose end is unknown: ``done``, ``run_again`` or ``abort``."""
    unknown: bool = False
    failures: int = 0
    """Attempts that came to a bad end. One that never began is no failure, and uses up no retry."""

    @property
    def is_open(self) -> bool:
        """An attempt began and its end was never written, or it was cut off."""
        return self.attempt > 0 and self.result in ("", "interrupted") and not self.settled


class PhaseState(Record, kw_only=False, frozen=False):
    """A phase so far: which alternatives were begun, in order, and how it ended."""

    tried: list[str] = field(default_factory=list)
    result: str = ""
    seq: int = 0
    """Number of the line with which it began."""


class RunState(Record, kw_only=False, frozen=False):
    """A whole run so far."""

    started: Mapping[str, Any] = field(default_factory=dict)
    executable: str = ""
    """Digest of what runs: what the run began with, or what a person agreed to when it went on."""
    steps: dict[str, StepState] = field(default_factory=dict)
    phases: dict[str, PhaseState] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    captured: set[str] = field(default_factory=set)
    baseline: dict[str, str] = field(default_factory=dict)
    point_of_no_return: str = ""
    point_of_no_return_is_detected: bool = False
    """A machine has looked, and may look again; a person is not asked twice."""
    point_of_no_return_is_old: bool = False
    """Another phase or another process has begun since it was detected that it is not passed."""
    verified: bool = False
    verified_seconds: float = 0.0
    gate_seconds: float = 0.0
    taken_over: bool = False
    """Somebody took over after the rollback had failed."""
    breached: set[str] = field(default_factory=set)
    escalated: set[tuple[str, int]] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    """Roles of contacts whose time had come."""
    overridden: set[str] = field(default_factory=set)
    """Refusals that a named person decided to go on in spite of."""
    ticked: set[tuple[str, str]] = field(default_factory=set)
    """Items of checklists that were gone through, with their moment."""
    given_up: set[str] = field(default_factory=set)
    """Phases whose troubleshooting is over."""
    last_resort: str = ""
    """``taken`` or ``declined`` once somebody, or nobody, has decided."""
    result: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def past_point_of_no_return(self) -> bool:
        """Going back is impossible; the forward fix stands in for the guarded phases."""
        return self.point_of_no_return == "yes"

    @property
    def aborted(self) -> str:
        """The step at which a person gave up, or empty."""
        return next((path for path, step in self.steps.items() if step.settled == "abort"), "")

    def step(self, path: str) -> StepState:
        """Give the state of a step, an untouched one where nothing was written yet."""
        return self.steps.get(path) or StepState()

    def phase(self, path: str) -> PhaseState:
        """Give the state of a phase, an untouched one where nothing was written yet."""
        return self.phases.get(path) or PhaseState()

    def take(self, event: Event) -> None:
        """Apply one event. Types that say nothing about the state are passed over."""
        apply = _APPLY.get(event.type)
        if apply is not None:
            apply(self, event.data, event)


def fold(events: Iterable[Event]) -> RunState:
    """Give the state after these events."""
    state = RunState()
    for event in events:
        state.take(event)
    return state


def _started(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.started = data
    state.executable = data.get("digests", {}).get("executable", "")


def _resumed(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.executable = data.get("executable") or state.executable
    _time_goes_by(state)


def _time_goes_by(state: RunState) -> None:
    """What was seen of the point of no return may not be so any more."""
    state.point_of_no_return_is_old = state.point_of_no_return == "no" and state.point_of_no_return_is_detected


def _intent(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    failures = state.step(data["step"]).failures
    state.steps[data["step"]] = StepState(attempt=data["attempt"], deadline=data["deadline"], failures=failures)


def _finished(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    step = state.steps.setdefault(data["step"], StepState(attempt=data["attempt"]))
    step.result, step.detail, step.settled = data["result"], data["detail"], ""
    step.failures += data["result"] in ("failed", "timeout")
    if data["result"] not in GOOD:
        state.problems.append(f"{data['step']}: {data['result']}" + (f" ({data['detail']})" if data["detail"] else ""))


def _unknown(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.steps.setdefault(data["step"], StepState(attempt=data["attempt"])).unknown = True


def _settled(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    step = state.steps.setdefault(data["step"], StepState(attempt=data["attempt"]))
    step.settled = data["outcome"]
    if data["outcome"] == "done":
        step.result = "by_hand" if data["how"] == "person" else "passed"
    elif data["outcome"] == "abort":
        step.result = "failed"


def _phase_started(state: RunState, data: Mapping[str, Any], event: Event) -> None:
    phase = state.phases.setdefault(data["phase"], PhaseState(seq=event.seq))
    phase.tried.append(data["alternative"])
    _time_goes_by(state)


def _phase_finished(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.phases.setdefault(data["phase"], PhaseState()).result = data["result"]


def _check(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.checks[data["check"]] = data["result"]
    if data["result"] != "passed":
        state.problems.append(
            f"check {data['check']}: {data['result']} (expected {data['expected']}, saw {data['observed']})"
        )


def _point_of_no_return(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.point_of_no_return, state.point_of_no_return_is_old = data["passed"], False
    state.point_of_no_return_is_detected = not data.get("by")


def _verified(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.verified, state.verified_seconds = True, data["seconds"]


def _gate(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.gate_seconds += data["seconds"]
    state.taken_over |= data["step"] == TAKE_OVER and data["decision"] == APPROVED


def _escalated(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    if data.get("contact"):
        state.called.add(data["contact"])
    else:
        state.escalated.add((data["on"], data["level"]))


def _last_resort(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    """What was verified before it says nothing about what comes after it."""
    state.last_resort = "taken" if data["taken"] else "declined"
    if data["taken"]:
        state.checks.clear()
        state.phases.pop("verification", None)


def _run_finished(state: RunState, data: Mapping[str, Any], _: Event) -> None:
    state.result = data["result"]


_APPLY = {
    "run.started": _started,
    "run.resumed": _resumed,
    "step.intent": _intent,
    "step.finished": _finished,
    "step.unknown": _unknown,
    "step.settled": _settled,
    "phase.started": _phase_started,
    "phase.finished": _phase_finished,
    "check.finished": _check,
    "point_of_no_return.checked": _point_of_no_return,
    "capture.finished": lambda state, data, _: state.captured.add(data["id"]),
    "baseline.checked": lambda state, data, _: state.baseline.__setitem__(data["id"], data["result"]),
    "sla.breached": lambda state, data, _: state.breached.add(data["scope"]),
    "escalated": _escalated,
    "override": lambda state, data, _: state.overridden.add(data["check"]),
    "checklist": lambda state, data, _: state.ticked.add((data["moment"], data["item"])),
    "help.closed": lambda state, data, _: state.given_up.add(data["phase"]),
    "last_resort.decided": _last_resort,
    "gate.decided": _gate,
    "run.verified": _verified,
    "run.finished": _run_finished,
}
