"""A lane a region: how each region of a run stands, from the streams of the run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rollback_gov.execution.regions.coordination import Coordination, coordination
from rollback_gov.execution.state import fold
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record

_WORDS = {"": "not begun", "open": "running", "left_out": "not started"}


class Lane(Record):
    """One region. ``run`` is the id under which its own run is found; ``seconds`` is None while it has not ended."""

    region: str
    run: str
    state: str
    """``not begun``, ``running``, ``waits`` (for a person), ``passed``, ``failed``, ``aborted`` or ``not started``."""
    detail: str
    decided_at: str
    seconds: float | None
    sla_seconds: float
    sla_met: bool | None
    phase: str
    """The path of the phase in which it is; empty where it is in none."""
    open: tuple[str, ...]
    gates: tuple[str, ...]
    """Paths of gates that wait for an answer."""

    @property
    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def lanes(events: Sequence[Event], streams: Mapping[str, Sequence[Event]]) -> tuple[Lane, ...]:
    """Give the lanes in the order of the regions; ``streams`` has the journal of each region that has begun."""
    state = coordination(events)
    run = next((str(event.data["run"]) for event in events if event.type == "run.started"), "")
    return tuple(_lane(run, region, state, streams.get(region, ())) for region in state.regions)


def _lane(run: str, region: str, state: Coordination, stream: Sequence[Event]) -> Lane:
    standing, within = state.regions[region], fold(stream)
    return Lane(
        region=region,
        run=f"{run}.{region}",
        state=_WORDS.get(standing, standing),
        detail=state.details.get(region, ""),
        decided_at=state.decided_at.get(region, ""),
        seconds=state.seconds.get(region),
        sla_seconds=state.sla[region],
        sla_met=state.sla_met.get(region),
        phase=next((path for path, phase in within.phases.items() if not phase.result), ""),
        open=tuple(path for path, step in within.steps.items() if step.is_open),
        gates=tuple(waiting(stream)),
    )


def waiting(events: Iterable[Event]) -> dict[str, Event]:
    """Give what each gate and manual step of a stream that waits for a person wrote last, by its path."""
    questions: dict[str, Event] = {}
    for event in events:
        if event.type in ("gate.waiting", "manual.waiting"):
            questions[event.data["step"]] = event
        elif event.type in ("gate.decided", "step.finished"):
            questions.pop(event.data["step"], None)
    return questions
