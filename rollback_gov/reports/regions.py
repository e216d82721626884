"""The regions of a run: how each ended, its time against its own SLA, and where its own report is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollback_gov.reports.fact import Derived, Entered, Fact, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import NOT_ENDED, Data, Log

REPORT = "incident_report.md"

Outcome = Literal["passed", "failed", "aborted", "waits", "not started", "not ended", "not begun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFact:
    """One region. ``report`` is the path of its own report, beside that of the run; empty where it never began."""

    region: str
    outcome: Outcome
    detail: str
    decided: Fact[str]
    duration: Fact[Seconds]
    limit: Fact[Seconds]
    met: Fact[bool]
    report: str


def regions(log: Log) -> tuple[RegionFact, ...]:
    """Give the regions in the order of their rollback; none for a run of one."""
    return tuple(_region(log, entry) for entry in log.started.get("regions", ()))


def _region(log: Log, entry: Data) -> RegionFact:
    name, limit = entry["region"], entry["sla_seconds"]
    started, waits = _of(log, "region.started", name), _of(log, "region.waits", name)
    finished, left_out = _of(log, "region.finished", name), _of(log, "region.not_started", name)
    begun: Outcome = "waits" if waits else "not ended" if started else "not begun"
    ended: Outcome = finished["result"] if finished else "not started" if left_out else begun
    return RegionFact(
        region=name,
        outcome=ended,
        detail=(finished or left_out or waits).get("detail", ""),
        decided=_decided(started),
        duration=_duration(started, finished),
        limit=Entered(Seconds(limit), "plan or level") if limit else NotMeasured("there is none"),
        met=Derived(finished["sla_met"], "duration against the limit") if finished else NotMeasured(NOT_ENDED),
        report=f"{started['journal']}/{REPORT}" if started else "",
    )


def _of(log: Log, type_: str, region: str) -> Data:
    """The last event of a type about a region; what it waited for is forgotten when it goes on."""
    found = [event for event in log.all("region.started", type_) if event.data["region"] == region]
    wanted = [event for event in found if event.type == type_]
    if type_ == "region.waits" and found and found[-1].type != type_:
        return {}
    return wanted[-1].data if wanted else {}


def _decided(started: Data) -> Fact[str]:
    return Measured(started["decided_at"], "journal, region.started") if started else NotMeasured("it never began")


def _duration(started: Data, finished: Data) -> Fact[Seconds]:
    if finished:
        return Measured(Seconds(finished["seconds"]), "from when it could begin until it ended")
    return NotMeasured(NOT_ENDED if started else "it never began")
