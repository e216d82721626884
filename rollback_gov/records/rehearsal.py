"""From the journal of a rehearsal to its evidence, and what it takes for a rehearsal to prove something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from rollback_gov.model.event import Event
from rollback_gov.model.evidence import CheckRecord, Digests, Evidence, StepRecord, TriggerProof
from rollback_gov.records.errors import RecordError

_KINDS: Mapping[str, Literal["staging-test", "production-like-test"]] = {
    "staging": "staging-test",
    "production-like": "production-like-test",
}
_AS_STARTED = (
    *("operation", "environment", "environment_class", "level", "parameters", "scenario", "run"),
    *("git_commit", "tool_version"),
)
"""What evidence takes over from ``run.started`` as it stands there."""


def evidence_from_journal(events: Sequence[Event], journal_sha256: str) -> Evidence:
    """Fold a rehearsal's journal. Raises RecordError for a run that was no rehearsal or has not ended.

    The result is ``passed`` only if something was deployed and the very version from before was restored (or the
    forward fix ran), at least one step did something, and the verification passed; ``problems`` says what is missing.
    """
    journal = _Journal(events)
    started, finished = journal.one("run.started"), journal.one("run.finished")
    if started["mode"] != "rehearse" or started["environment_class"] not in _KINDS:
        raise RecordError("Only a rehearsal outside production is evidence.")
    shortcomings = tuple(_shortcomings(journal, finished))
    people = journal.last("rehearsal.participants")
    triggered = journal.last("rehearsal.triggered")
    return Evidence(
        kind=_KINDS[started["environment_class"]],
        result="failed" if shortcomings else "passed",
        **{name: started[name] for name in _AS_STARTED},
        digests=Digests(**started["digests"]),
        varying=tuple(started["varying"]),
        version_before=journal.version("before"),
        version_deployed=journal.version("deployed"),
        version_restored=journal.version("restored"),
        triggered="automatic" if triggered.get("how") == "automatic" else "manual",
        trigger=str(triggered.get("trigger", "")),
        forward_fix=bool(finished["forward_fix"]),
        order=tuple(dict.fromkeys(data["phase"] for data in journal.all("phase.started"))),
        phase_seconds={data["phase"]: float(data["seconds"]) for data in journal.all("phase.finished")},
        steps=tuple(map(_step, journal.all("step.finished"))),
        checks=tuple(map(_check, journal.all("check.finished"))),
        started=started["decided_at"],
        finished=next(event.at for event in events if event.type == "run.finished"),
        seconds=float(finished["seconds"]),
        sla_seconds=float(started["sla_seconds"]),
        participants=tuple(people.get("participants", ())),
        acknowledged=tuple(people.get("acknowledged", ())),
        problems=(*shortcomings, *finished["problems"]),
        region=started.get("region", ""),
        runner=f"{started['started_by']}@{started['host']}",
        journal_sha256=journal_sha256,
        trigger_proof=_proof(journal.last("rehearsal.proved")),
    )


def _step(data: Mapping[str, Any]) -> StepRecord:
    return StepRecord(step=data["step"], result=data["result"], seconds=float(data["seconds"]), exit=data["exit"])


def _check(data: Mapping[str, Any]) -> CheckRecord:
    return CheckRecord(check=data["check"], result=data["result"], expected=data["expected"], observed=data["observed"])


def _proof(data: Mapping[str, Any]) -> TriggerProof | None:
    if not data:
        return None
    return TriggerProof(
        triggers=data["triggers"],
        proved=tuple(data["proved"]),
        sha256=data["sha256"],
        problems=tuple(data["problems"]),
    )


class _Journal:
    """The data of events by type."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    def all(self, type_: str) -> Iterator[Mapping[str, Any]]:
        return (event.data for event in self._events if event.type == type_)

    def last(self, type_: str) -> Mapping[str, Any]:
        return next((event.data for event in reversed(self._events) if event.type == type_), {})

    def one(self, type_: str) -> Mapping[str, Any]:
        data = self.last(type_)
        if not data:
            raise RecordError(f"The journal has no '{type_}': the rehearsal has not ended.")
        return data

    def version(self, moment: str) -> str:
        versions = (data["version"] for data in self.all("rehearsal.version") if data["moment"] == moment)
        return str(next(versions, ""))


def _shortcomings(journal: _Journal, finished: Mapping[str, Any]) -> Iterator[str]:
    """Say what keeps the rehearsal from proving that the rollback works."""
    if finished["result"] != "passed":
        yield f"the rehearsal {finished['result']}: {finished['detail']}".rstrip(": ")
    before, deployed, restored = (journal.version(moment) for moment in ("before", "deployed", "restored"))
    if not (before and deployed and restored):
        yield "the live version was not known before, after the deployment and after the rollback"
    elif deployed == before:
        yield f"nothing was deployed: version {before} ran before and after"
    elif restored == deployed or (restored != before and not finished["forward_fix"]):
        yield f"the rollback restored version {restored}, not {before}"
    steps = [data for data in journal.all("step.finished") if data["step"].startswith(("phases/", "forward_fix/"))]
    if not any(data["result"] == "passed" for data in steps):
        yield "no step of the procedure did anything"
