"""Which run this is, of which plan: what its journal says at the beginning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.fact import Derived, Fact, Measured, NotMeasured, entered
from rollback_gov.reports.log import Data, Log

_SEVERITIES = {4: "critical", 3: "high", 2: "medium", 1: "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which run of which operation this is. ``executable`` is the digest of what ran."""

    run: str
    operation: str
    title: str
    owner: str
    level: int
    environment: str
    environment_class: str
    region: str
    mode: str
    scenario: str
    services: tuple[str, ...]
    plan_file: str
    executable: str
    git_commit: str
    audit: Fact[str]
    """The audit log's head when the run began, ``SIZE:DIGEST``: it may never go back behind it."""
    tool_version: str
    started_by: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What the plan says of one component: what was deployed, and what a rollback returns to."""

    name: str
    deployed: Fact[str]
    restored: Fact[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A role and how to reach it."""

    role: str
    reach: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A part of the plan that a person left out."""

    what: str
    reason: str


def identity(log: Log) -> Identity:
    """Say which run it is. What an earlier version did not write is empty."""
    started = log.started
    names = (
        "run operation title owner environment environment_class region mode scenario plan_file git_commit tool_version"
    )
    texts = {name: started.get(name, "") for name in (*names.split(), "started_by", "host")}
    return Identity(
        level=started["level"],
        services=tuple(started.get("services", ())),
        executable=started.get("digests", {}).get("executable", ""),
        audit=_audit(started.get("audit", "")),
        **texts,
    )


def _audit(head: str) -> Fact[str]:
    return Measured(head, "journal, run.started") if head else NotMeasured("no audit log was here when the run began")


def severity(log: Log) -> Fact[str]:
    """Derive how bad an incident is from how strictly its change was judged."""
    level: int = log.started["level"]
    word = _SEVERITIES.get(level)
    return Derived(word, f"certification level {level}") if word else NotMeasured(f"there is no level {level}")


def versions(log: Log) -> tuple[Version, ...]:
    """Give what was deployed and what a rollback returns to, by component."""
    started = log.started
    back: Mapping[str, str] = started.get("from_versions", {})
    there: Mapping[str, str] = started.get("to_versions", {})
    names = dict.fromkeys((*there, *back))
    return tuple(
        Version(name=name, deployed=entered(there.get(name, ""), "plan"), restored=entered(back.get(name, ""), "plan"))
        for name in names
    )


def reason(log: Log) -> RollbackReason:
    """Give the reason word for word."""
    said: Data = log.started.get("reason", {})
    return RollbackReason(**{item.name: said.get(item.name, "") for item in fields(RollbackReason)})


def skipped(log: Log) -> tuple[Skipped, ...]:
    """Give what a person left out, and why."""
    started = log.started
    steps_left = [Skipped(what=path, reason=reason) for path, reason in started.get("skipped", {}).items()]
    start_at = started.get("from", "")
    before = [Skipped(what=f"everything before the phase '{start_at}'", reason="")] if start_at else []
    return (*before, *steps_left)


def contacts(log: Log) -> tuple[Contact, ...]:
    """Give the roles that the plan names."""
    return tuple(Contact(role=entry["role"], reach=entry["reach"]) for entry in log.started.get("contacts", ()))
