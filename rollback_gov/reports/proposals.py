"""What a run itself shows: what went well, and what somebody could do about what did not. People decide about both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rollback_gov.reports.fact import NotMeasured, wording
from rollback_gov.reports.incident import Incident


@dataclass(frozen=True, slots=True)
class Proposal:
    """An action that nobody has accepted yet, and what in the run speaks for it."""

    action: str
    because: str


def went_well(facts: Incident) -> tuple[str, ...]:
    """Say what the record shows to have gone well, each with its measure."""
    return tuple(_well(facts))


def _well(facts: Incident) -> Iterator[str]:
    if facts.trigger_type == "automatic":
        delay = facts.trigger.delay
        took = "" if isinstance(delay, NotMeasured) else f", {wording(delay)} after the first breach"
        yield f"a trigger noticed it{took}"
    if not isinstance(facts.sla.met, NotMeasured) and facts.sla.met.value:
        yield f"verified within the SLA: {wording(facts.sla.duration)} of {wording(facts.sla.limit)}"
    if facts.standing.outcome == "passed" and not facts.interventions:
        yield "nobody had to help by hand"
    kept = sum(1 for item in facts.captures if item.result == "kept")
    if facts.captures and kept == len(facts.captures):
        yield f"all captures were kept ({kept} of {kept})"
    sent = sum(1 for item in facts.messages if item.delivered)
    if facts.messages and sent == len(facts.messages):
        yield f"all messages were delivered ({sent} of {sent})"
    for region in facts.regions:
        if region.outcome == "passed":
            yield f"region {region.region} was rolled back in {wording(region.duration)}"


def proposals(facts: Incident) -> tuple[Proposal, ...]:
    """Propose what follows from what did not go as planned, in the order of its weight, each once."""
    found = (*_of_failures(facts), *_of_time(facts), *_of_evidence(facts), *_of_people(facts))
    return tuple(dict.fromkeys(Proposal(*each) for each in found))


def _of_failures(facts: Incident) -> Iterator[tuple[str, str]]:
    for region in facts.regions:
        if region.outcome not in ("passed", "not begun"):
            yield (
                f"Bring region {region.region} into a known state",
                f"region {region.region} is {region.outcome}: {region.detail}",
            )
    for item in facts.failures:
        if item.result == "unknown":
            yield f"Let check {item.step} measure what it is to measure", f"{item.step}: {item.error}"
        else:
            yield f"Find out why {item.step} failed, and rehearse it again", f"{item.step}: {item.result}, {item.error}"
    for entry in facts.baseline:
        if entry.result != "intact":
            yield f"Keep the baseline '{entry.id}' where it stays whole", f"baseline '{entry.id}' was {entry.result}"
    for window in facts.after:
        if window.verdict in ("alarmed", "not measured"):
            yield (
                f"Look into the window '{window.name}' after the rollback",
                f"the window '{window.name}' was {window.verdict}",
            )


def _of_time(facts: Incident) -> Iterator[tuple[str, str]]:
    for breach in facts.breaches:
        took = f"{breach.seconds} against {breach.limit}"
        if breach.scope == "total":
            yield "Make the rollback fit its SLA, or agree on another one", f"the run took {took}"
        else:
            yield f"Correct the budget of {breach.scope}, or make it faster", f"{breach.scope} took {took}"
    if facts.interruptions:
        yield (
            "Run the rollback where its process survives",
            f"the run went through {facts.standing.processes} processes",
        )
    for rung in facts.uncalled:
        yield (
            f"See that level {rung.level} of the escalation is called",
            f"level {rung.level} was not called: {rung.why}",
        )


def _of_evidence(facts: Incident) -> Iterator[tuple[str, str]]:
    for item in facts.captures:
        if item.result != "kept":
            yield f"Make the capture '{item.id}' fit its time", f"capture '{item.id}': {item.result}, {item.detail}"
    for message in facts.messages:
        if not message.delivered:
            why = f"'{message.event}' did not reach {message.channel}: {message.detail}"
            yield f"Repair the channel '{message.channel}'", why
    for text in facts.warnings:
        yield "See to a warning of the run", text


def _of_people(facts: Incident) -> Iterator[tuple[str, str]]:
    if facts.trigger_type == "manual" and facts.identity.mode == "execute":
        yield "Write a trigger that would have noticed it", "no trigger fired; people noticed"
    for item in facts.overrides:
        yield f"Review that '{item.check}' was overridden", f"'{item.check}' was overridden: {item.reason}"
    for left in facts.skipped:
        yield "Take out of the plan what is left out, or mend it", f"left out: {left.what}"
    if facts.identity.mode == "execute" and facts.permission.reasons:
        why = f"there was no valid permit: {facts.permission.reasons[0]}"
        yield "Get a permit before the next deployment", why
