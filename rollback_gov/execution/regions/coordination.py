"""How a rollback of several regions stands: a fold over its coordination journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Strategy

Standing = Literal["", "running", "waits", "open", "passed", "failed", "aborted", "left_out"]
"""Of one region. Empty: not begun. ``waits``: for a person, in its place. ``open``: begun by a process that is gone."""

GATE = "regions/before-"
"""A gate between regions is named after the region that it holds back."""


@dataclass(slots=True)
class Coordination:
    """All regions so far. ``sla`` is that of each region, in seconds."""

    strategy: Strategy = field(default_factory=Strategy)
    sla: dict[str, float] = field(default_factory=dict)
    regions: dict[str, Standing] = field(default_factory=dict)
    """In the order of their rollback."""
    details: dict[str, str] = field(default_factory=dict)
    """Why a region stands as it does, where there is something to say."""
    decided_at: dict[str, str] = field(default_factory=dict)
    """When the clock of a region began, in UTC."""
    seconds: dict[str, float] = field(default_factory=dict)
    sla_met: dict[str, bool] = field(default_factory=dict)
    gates: dict[str, str] = field(default_factory=dict)
    """Path -> decision."""
    gate_seconds: float = 0.0
    result: str = ""

    def those(self, *standings: Standing) -> tuple[str, ...]:
        """Name the regions that stand so, in order."""
        return tuple(region for region, standing in self.regions.items() if standing in standings)

    def take(self, event: Event) -> None:
        """Apply one event. Types that say nothing about regions are passed over."""
        apply = _APPLY.get(event.type)
        if apply is not None:
            apply(self, event.data)


def coordination(events: Iterable[Event]) -> Coordination:
    """Give the state after these events."""
    state = Coordination()
    for event in events:
        state.take(event)
    return state


def is_regional(events: Iterable[Event]) -> bool:
    """Tell the coordination journal of several regions from the journal of one run."""
    return any(event.type == "run.started" and event.data.get("regions") for event in events)


def gate_before(region: str) -> str:
    """Give the path of the gate that holds a region back."""
    return f"{GATE}{region}"


def _started(state: Coordination, data: Mapping[str, Any]) -> None:
    said = dict(data["strategy"])
    if "gate_deadline" in said:
        said["gate_deadline"] = Duration.parse(said["gate_deadline"])
    state.strategy = Strategy(**said)
    state.sla = {entry["region"]: float(entry["sla_seconds"]) for entry in data["regions"]}
    state.regions = dict.fromkeys(state.sla, "")


def _resumed(state: Coordination, _: Mapping[str, Any]) -> None:
    for region in state.those("running", "waits"):
        state.regions[region] = "open"


def _region_started(state: Coordination, data: Mapping[str, Any]) -> None:
    state.regions[data["region"]] = "running"
    state.decided_at.setdefault(data["region"], data["decided_at"])


def _region_finished(state: Coordination, data: Mapping[str, Any]) -> None:
    region = data["region"]
    state.regions[region] = data["result"]
    state.details[region] = data["detail"]
    state.seconds[region], state.sla_met[region] = data["seconds"], data["sla_met"]


def _region_waits(state: Coordination, data: Mapping[str, Any]) -> None:
    state.regions[data["region"]] = "waits"
    state.details[data["region"]] = data["detail"]


def _not_started(state: Coordination, data: Mapping[str, Any]) -> None:
    state.regions[data["region"]] = "left_out"
    state.details[data["region"]] = data["detail"]


def _gate(state: Coordination, data: Mapping[str, Any]) -> None:
    went_on = data["decision"] == "deadline" and data["reason"] == "proceed"
    state.gates[data["step"]] = "approved" if went_on else data["decision"]
    state.gate_seconds += data["seconds"]


def _finished(state: Coordination, data: Mapping[str, Any]) -> None:
    state.result = data["result"]


_APPLY = {
    "run.started": _started,
    "run.resumed": _resumed,
    "region.started": _region_started,
    "region.finished": _region_finished,
    "region.waits": _region_waits,
    "region.not_started": _not_started,
    "gate.decided": _gate,
    "run.finished": _finished,
}
