"""From a journal to how the run looks to whoever looks on: a fold, event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from rollback_gov.execution.itinerary import VERIFICATION
from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.execution.progress import PhaseProgress, Progress, StepProgress, Waiting
from rollback_gov.execution.question import APPROVED, YES_OR_NO
from rollback_gov.model.event import Event

Data = Mapping[str, Any]


def progress_of(events: Iterable[Event]) -> Progress:
    """Fold a journal, or what there is of it."""
    progress, last = Progress(), ""
    for event in events:
        progress = _applied(progress, event)
        last = event.at
    return replace(progress, last_at=last)


def take(progress: Progress, event: Event) -> Progress:
    """Apply one event more. Types that say nothing to people are passed over."""
    return replace(_applied(progress, event), last_at=event.at)


def _applied(progress: Progress, event: Event) -> Progress:
    apply = _APPLY.get(event.type)
    return progress if apply is None else apply(progress, event.data, event)


def _started(_progress: Progress, data: Data, _: Event) -> Progress:
    listed = [
        PhaseProgress(path=item["path"], title=item["title"], budget=item["budget_seconds"])
        for item in data.get("phases", ())
    ]
    regions = [
        PhaseProgress(path=f"regions/{item['region']}", title=f"Region {item['region']}", budget=item["sla_seconds"])
        for item in data.get("regions", ())
    ]
    verification = PhaseProgress(path=VERIFICATION, title="Verification", budget=data.get("verification_seconds", 0.0))
    names = ("run", "operation", "title", "environment", "region", "mode", "started_by", "decided_at")
    return replace(
        Progress(),
        **{name: data.get(name, "") for name in names},
        executable=data.get("digests", {}).get("executable", ""),
        distributed=bool(data.get("distributed")),
        sla=data.get("sla_seconds", 0.0),
        phases={phase.path: phase for phase in regions or (*listed, verification)},
    )


def _phase_started(progress: Progress, data: Data, event: Event) -> Progress:
    path = data["phase"]
    known = progress.phases.get(path) or PhaseProgress(path=path, title=data["title"])
    phase = replace(
        known,
        tried=(*known.tried, data["alternative"]),
        began=known.began or event.at,
        budget=data["budget_seconds"],
        result="",
    )
    return replace(progress, phases=_in_order(progress.phases, phase))


def _in_order(phases: Mapping[str, PhaseProgress], phase: PhaseProgress) -> dict[str, PhaseProgress]:
    """A phase that nobody announced (a forward fix) stands before those that are still to come."""
    if phase.path in phases:
        return {**phases, phase.path: phase}
    begun = {path: other for path, other in phases.items() if other.began}
    return {**begun, phase.path: phase, **phases}


def _phase_finished(progress: Progress, data: Data, _: Event) -> Progress:
    path = data["phase"]
    known = progress.phases.get(path) or PhaseProgress(path=path, title=path)
    ended = replace(known, result=data["result"], seconds=data["seconds"])
    return replace(progress, phases={**progress.phases, path: ended})


def _intent(progress: Progress, data: Data, event: Event) -> Progress:
    step = StepProgress(
        path=data["step"],
        title=data["title"],
        action=data["action"],
        attempt=data["attempt"],
        began=event.at,
        timeout=data["timeout_seconds"],
    )
    return replace(progress, steps={**progress.steps, step.path: step})


def _step(progress: Progress, path: str, **changes: Any) -> Progress:
    known = progress.steps.get(path) or StepProgress(path=path, title=path.rpartition("/")[2])
    waiting = tuple(other for other in progress.waiting if other.step != path)
    return replace(progress, steps={**progress.steps, path: replace(known, **changes)}, waiting=waiting)


def _finished(progress: Progress, data: Data, _: Event) -> Progress:
    ended = {"result": data["result"], "detail": data["detail"], "seconds": data["seconds"], "is_unknown": False}
    return _answered(_step(progress, data["step"], **ended), data["step"])


def _settled(progress: Progress, data: Data, _: Event) -> Progress:
    by_hand = "by_hand" if data["how"] == "person" else "passed"
    results = {"done": by_hand, "abort": "failed", "run_again": "unknown"}
    return _step(progress, data["step"], result=results.get(data["outcome"], "unknown"), is_unknown=False)


def _resumed(progress: Progress, data: Data, _event: Event) -> Progress:
    """What the process before asked is asked again, if it still has to be."""
    executable = data.get("executable") or progress.executable
    return replace(progress, interrupted="", cancelled="", waiting=(), executable=executable)


def _waiting(progress: Progress, data: Data, event: Event) -> Progress:
    others = tuple(other for other in progress.waiting if other.step != data["step"])
    question = Waiting(
        step=data["step"],
        ask=data["ask"],
        since=event.at,
        deadline=data.get("deadline", ""),
        subject=data.get("subject", ""),
        by_hand=event.type == "manual.waiting",
        choices=tuple(data.get("choices", YES_OR_NO)),
        several=data.get("several", False),
        role=data.get("role", ""),
    )
    return replace(progress, waiting=(*others, question))


def _bad_checks(progress: Progress, data: Mapping[str, Any]) -> Mapping[str, str]:
    """A check counts as it was evaluated last."""
    others = {name: words for name, words in progress.bad_checks.items() if name != data["check"]}
    if data["result"] == "passed":
        return others
    from rollback_gov.execution.check_words import check_in_words

    return {**others, data["check"]: check_in_words(data)}


def _answered(progress: Progress, step: str) -> Progress:
    return replace(progress, waiting=tuple(other for other in progress.waiting if other.step != step))


def _decided(progress: Progress, data: Data, _: Event) -> Progress:
    """Whoever takes over after a failure is the last one to be called."""
    over = data["step"] == TAKE_OVER and data["decision"] == APPROVED
    return _answered(replace(progress, uncalled={}) if over else progress, data["step"])


def _ladder(progress: Progress, data: Data, _: Event) -> Progress:
    rungs = data["rungs"]
    words = {rung["level"]: f"level {rung['level']}" + (f" ({rung['name']})" if rung["name"] else "") for rung in rungs}
    return replace(progress, uncalled=words)


def _escalated(progress: Progress, data: Data, _: Event) -> Progress:
    taken = data["level"] if data["on"] == "failed" and not data.get("contact") else None
    uncalled = {level: words for level, words in progress.uncalled.items() if level != taken}
    return replace(progress, escalation=max(progress.escalation, data["level"]), uncalled=uncalled)


def _run_finished(progress: Progress, data: Data, _: Event) -> Progress:
    return replace(
        progress, result=data["result"], detail=data["detail"], seconds=data["seconds"], waiting=(), interrupted=""
    )


def _cancelled(progress: Progress, data: Data, _: Event) -> Progress:
    return replace(progress, cancelled=f"{data['by']}: {data['reason']}")


def _region_started(progress: Progress, data: Data, event: Event) -> Progress:
    return _region(progress, data, began=event.at, budget=data["sla_seconds"], result="")


def _region(progress: Progress, data: Data, **changes: Any) -> Progress:
    """A region of a run of several stands where a phase stands in a run of one; its own run has its own journal."""
    path = f"regions/{data['region']}"
    known = progress.phases.get(path) or PhaseProgress(path=path, title=f"Region {data['region']}")
    region = replace(known, **{**changes, "began": known.began or changes.get("began", "")})
    return replace(progress, phases={**progress.phases, path: region})


_APPLY: Mapping[str, Callable[[Progress, Data, Event], Progress]] = {
    "run.started": _started,
    "phase.started": _phase_started,
    "phase.finished": _phase_finished,
    "step.intent": _intent,
    "step.finished": _finished,
    "step.unknown": lambda progress, data, _: _step(progress, data["step"], is_unknown=True),
    "step.settled": _settled,
    "gate.waiting": _waiting,
    "manual.waiting": _waiting,
    "gate.decided": _decided,
    "override": lambda progress, data, _: _answered(progress, f"override/{data['check']}"),
    "check.finished": lambda progress, data, _: replace(
        progress,
        checks={**progress.checks, data["check"]: data["result"]},
        bad_checks=_bad_checks(progress, data),
    ),
    "sla.breached": lambda progress, data, _: replace(progress, breached=(*progress.breached, data["scope"])),
    "escalated": _escalated,
    "ladder.open": _ladder,
    "region.started": _region_started,
    "region.finished": lambda progress, data, _: _region(
        progress, data, result=data["result"], seconds=data["seconds"]
    ),
    "region.not_started": lambda progress, data, _: _region(progress, data, result="not started"),
    "cancel.requested": _cancelled,
    "run.interrupted": lambda progress, data, _: replace(progress, interrupted=data["signal"]),
    "run.resumed": _resumed,
    "run.verified": lambda progress, data, _: replace(progress, verified=data["seconds"]),
    "run.finished": _run_finished,
}
