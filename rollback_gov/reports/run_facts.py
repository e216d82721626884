"""The facts of a run that views over many runs need, from its journal or, quicker, out of its ``incident.json``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from rollback_gov.model.record import Record, field_names
from rollback_gov.reports.execution import Execution
from rollback_gov.reports.fact import Derived, Entered, Fact, Known, Measured, NotMeasured, Seconds
from rollback_gov.reports.failure import Failure
from rollback_gov.reports.identity import Identity
from rollback_gov.reports.impact import Impact
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.kept import Captured
from rollback_gov.reports.log import NOT_ENDED
from rollback_gov.reports.pace import Sla, Times
from rollback_gov.reports.people import Override
from rollback_gov.reports.permission import Permission
from rollback_gov.reports.phases import PhaseFact
from rollback_gov.reports.regions import RegionFact
from rollback_gov.reports.standing import Standing
from rollback_gov.reports.told import Breach
from rollback_gov.reports.trigger import TriggerFact

T = TypeVar("T")
_KNOWN: Mapping[str, type[Known[Any]]] = {"measured": Measured, "derived": Derived, "entered": Entered}


class RunFacts(Record):
    """Some of the fields of ``Incident``, under their names and with their meaning."""

    identity: Identity
    standing: Standing
    trigger_type: Literal["automatic", "manual"]
    trigger: TriggerFact
    times: Times
    sla: Sla
    permission: Permission
    execution: Execution
    impact: Impact
    regions: tuple[RegionFact, ...]
    phases: tuple[PhaseFact, ...]
    failures: tuple[Failure, ...]
    captures: tuple[Captured, ...]
    overrides: tuple[Override, ...]
    breaches: tuple[Breach, ...]

    @property
    def is_rollback(self) -> bool:
        """It undid a change in production: no rehearsal, and no run elsewhere. Old journals do not name the class."""
        return self.identity.mode == "execute" and self.identity.environment_class in ("production", "")

    @property
    def sla_met(self) -> Fact[bool]:
        """Verified within the SLA; of several regions, each within its own."""
        if not self.regions:
            return self.sla.met
        judged = [fact.value for fact in (region.met for region in self.regions) if not isinstance(fact, NotMeasured)]
        if self.standing.outcome == "not ended":
            return NotMeasured(NOT_ENDED)
        passed = self.standing.outcome == "passed" and len(judged) == len(self.regions)
        return Derived(passed and all(judged), "the regions, each against its own limit")


class AcceptedAction(Record):
    """An open action that people accepted in a document of a run; an ``owner`` or ``due`` that nobody named is empty.

    ``due`` is a date of the calendar, YEAR-MONTH-DAY.
    """

    run: str
    text: str
    owner: str
    due: str
    file: Path


class StoredRun(Record):
    """A run as its folder holds it. ``regions`` are those that began, where it has several; each is a run of its own.

    A run that never started (a rehearsal whose deployment failed) is none.
    """

    folder: Path
    facts: RunFacts
    regions: tuple[StoredRun, ...] = ()


_LISTS: Mapping[str, type[Any]] = {
    "regions": RegionFact,
    "phases": PhaseFact,
    "failures": Failure,
    "captures": Captured,
    "overrides": Override,
    "breaches": Breach,
}
_PARTS: Mapping[str, type[Any]] = {
    "trigger": TriggerFact,
    "times": Times,
    "sla": Sla,
    "permission": Permission,
    "execution": Execution,
    "impact": Impact,
}


def facts_of(whole: Incident) -> RunFacts:
    """Take the facts out of a run that was folded from its journal."""
    return RunFacts(**{name: getattr(whole, name) for name in field_names(RunFacts)})


def facts_in(record: Mapping[str, Any]) -> RunFacts:
    """Take the facts out of ``incident.json``, which fits its schema (``incident-v1``)."""
    parts: dict[str, Any] = {name: _read(kind, record[name]) for name, kind in _PARTS.items()}
    for name, kind in _LISTS.items():
        parts[name] = tuple(_read(kind, entry) for entry in record[name])
    identity, standing = _read(Identity, record), _read(Standing, record)
    return RunFacts(identity=identity, standing=standing, trigger_type=record["trigger_type"], **parts)


def _read(kind: Callable[..., T], document: Mapping[str, Any]) -> T:
    return kind(**{name: read(document[name]) for name, read in _readers(kind)})


@cache
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Give how each field of a record is read, by the type that it was written with."""
    return tuple((item.name, _reader(str(item.type))) for item in fields(kind))


def _reader(written: str) -> Callable[[Any], Any]:
    if written in ("Seconds", "Fact[Seconds]"):
        return _seconds if written == "Seconds" else lambda document: _fact(document, _seconds)
    if written.startswith("Fact["):
        return _fact
    return tuple if written.startswith("tuple[") else _same


def _same(value: Any) -> Any:
    return value


def _seconds(number: float) -> Seconds:
    return Seconds(number=number)


def _fact(document: Mapping[str, Any], read: Callable[[Any], Any] = _same) -> Fact[Any]:
    kind = _KNOWN.get(document["provenance"])
    return kind(value=read(document["value"]), source=document["source"]) if kind else _unknown(document["source"])


@lru_cache(1000)
def _unknown(why: str) -> NotMeasured:
    """Most facts of most runs are unknown for the same few reasons."""
    return NotMeasured(why)
