"""What was kept for the investigation, and what of the baseline was still there."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.fact import Derived, Fact, Measured, Seconds
from rollback_gov.reports.log import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One capture: ``kept``, ``failed`` or ``timeout``; the file lies in the incident folder."""

    id: str
    result: str
    file: str
    sha256: str
    seconds: Fact[Seconds]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """One entry of the baseline: ``intact``, ``missing`` or ``damaged``."""

    id: str
    result: str
    file: str
    sha256: str


def captures(log: Log) -> tuple[Captured, ...]:
    """Give the captures in the order of the journal."""
    return tuple(
        Captured(
            id=data["id"],
            result=data["result"],
            file=data["file"],
            sha256=data["sha256"],
            seconds=Measured(Seconds(data["seconds"]), "journal, capture.finished"),
            detail=data["detail"],
        )
        for data in log.data("capture.finished")
    )


def completeness(log: Log) -> Fact[str]:
    """Say how many of the captures were kept."""
    captured = captures(log)
    if not captured:
        return log.missing("nothing was captured")
    kept = sum(1 for item in captured if item.result == "kept")
    return Derived(f"{kept} of {len(captured)}", "captures in the journal")


def baseline(log: Log) -> tuple[BaselineEntry, ...]:
    """Give the baseline as it was found; an entry that was checked again counts as it was found last."""
    latest = {data["id"]: data for data in log.data("baseline.checked")}
    return tuple(
        BaselineEntry(id=name, result=data["result"], file=data["file"], sha256=data["sha256"])
        for name, data in latest.items()
    )
