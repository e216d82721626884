"""What a rehearsal adds to a run: the versions that it saw, and how its rollback was set off."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.fact import Fact, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import Data, Log


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalFact:
    """All of it is unknown in a run that is no rehearsal."""

    version_before: Fact[str]
    version_deployed: Fact[str]
    version_restored: Fact[str]
    deployed_in: Fact[Seconds]
    injected: Fact[str]
    triggered: Fact[str]
    triggered_after: Fact[Seconds]
    participants: tuple[str, ...]
    acknowledged: tuple[str, ...]


def rehearsal(log: Log) -> RehearsalFact:
    """Read what the rehearsal wrote around the run."""
    deployed, injected = log.last("rehearsal.deployed"), log.last("rehearsal.injected")
    triggered, people = log.last("rehearsal.triggered"), log.last("rehearsal.participants")
    unknown = NotMeasured("the journal does not say" if log.started.get("mode") == "rehearse" else "no rehearsal")
    return RehearsalFact(
        version_before=_version(log, "before", unknown),
        version_deployed=_version(log, "deployed", unknown),
        version_restored=_version(log, "restored", unknown),
        deployed_in=_seconds(deployed, "rehearsal.deployed") if deployed else unknown,
        injected=Measured(injected["trigger"] or "a failure", "journal, rehearsal.injected") if injected else unknown,
        triggered=Measured(triggered["how"], "journal, rehearsal.triggered") if triggered else unknown,
        triggered_after=_seconds(triggered, "rehearsal.triggered") if triggered.get("trigger") else unknown,
        participants=tuple(people.get("participants", ())),
        acknowledged=tuple(people.get("acknowledged", ())),
    )


def _version(log: Log, moment: str, unknown: NotMeasured) -> Fact[str]:
    seen = [data["version"] for data in log.data("rehearsal.version") if data["moment"] == moment]
    return Measured(seen[-1], "the live version") if seen and seen[-1] else unknown


def _seconds(data: Data, type_: str) -> Fact[Seconds]:
    return Measured(Seconds(data["seconds"]), f"journal, {type_}")
