"""Which rehearsals count, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rollback_gov.model.duration import Duration
from rollback_gov.model.evidence import Evidence, StoredEvidence
from rollback_gov.policy.subject import Subject

SKEW = timedelta(minutes=2)
"""By how much two clocks may differ."""
_NO_EFFECT = frozenset({"skipped", "not_needed"})
Group = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why one rehearsal does not count: the rule's code, a sentence and what to do."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One rehearsal with its flaws. It counts when it has none."""

    stored: StoredEvidence
    flaws: tuple[Flaw, ...]

    @property
    def evidence(self) -> Evidence:
        """The rehearsal itself."""
        return self.stored.evidence

    @property
    def group(self) -> Group:
        """What it rehearsed; the newest of a group replaces those before."""
        evidence = self.evidence
        return evidence.kind, evidence.scenario, evidence.region, evidence.forward_fix


def judged(subject: Subject) -> tuple[Judged, ...]:
    """Judge all rehearsals at the subject's level, the newest first."""
    entries = [Judged(stored=stored, flaws=tuple(_flaws(subject, stored))) for stored in subject.evidence]
    return tuple(sorted(entries, key=lambda entry: (entry.evidence.finished, entry.stored.file), reverse=True))


def newest(entries: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """Keep the newest of each group."""
    groups: dict[Group, Judged] = {}
    for entry in entries:
        groups.setdefault(entry.group, entry)
    return tuple(groups.values())


def named(evidence: Evidence) -> str:
    """Name a rehearsal for people."""
    what = f"The rehearsal of scenario '{evidence.scenario}'" if evidence.scenario else "The rehearsal"
    if evidence.forward_fix:
        what = "The rehearsal of the forward fix"
    return f"{what} in {evidence.environment} on {evidence.finished[:10]}"


def moment(text: str) -> datetime | None:
    """Read a time of a record; None for what is not one. A time without a zone is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _flaws(subject: Subject, stored: StoredEvidence) -> Iterator[Flaw]:
    evidence = stored.evidence
    yield from _identity(subject, evidence)
    yield from _age(subject, evidence)
    yield from _outcome(subject, evidence)
    yield from _signature(subject, stored)
    yield from _parameters(subject, evidence)


def _identity(subject: Subject, evidence: Evidence) -> Iterator[Flaw]:
    operation = subject.plan.metadata.operation
    if evidence.operation != operation:
        message = f"{named(evidence)} is one of operation {evidence.operation}, not of {operation}."
        yield Flaw("RG418", message, "Rehearse this operation.")


def _age(subject: Subject, evidence: Evidence) -> Iterator[Flaw]:
    finished, limit = moment(evidence.finished), subject.requirements.evidence_max_age
    if finished is None:
        yield Flaw("RG403", f"'{evidence.finished}' is no time, so nobody knows how old this is.", "Rehearse again.")
    elif finished > subject.now + SKEW:
        message = f"{named(evidence)} has not happened yet: it ends at {evidence.finished}."
        yield Flaw("RG416", message, "Correct the clock of the machine that rehearses, and rehearse again.")
    elif (age := subject.now - finished) > timedelta(milliseconds=limit.milliseconds):
        shown = Duration(int(age.total_seconds()) // 60 * 60_000)
        message = f"{named(evidence)} is {shown} old, and level {subject.requirements.level} takes at most {limit}."
        yield Flaw("RG403", message, "Rehearse again.")


def _outcome(subject: Subject, evidence: Evidence) -> Iterator[Flaw]:
    if evidence.result != "passed":
        why = f": {evidence.problems[0]}" if evidence.problems else ""
        yield Flaw("RG404", f"{named(evidence)} failed{why}.", "Mend what failed, and rehearse again.")
    scenario = subject.plan.scenario(evidence.scenario)
    sla = (scenario.sla if scenario else None) or subject.sla
    if evidence.seconds > sla.seconds:
        took = Duration.of_seconds(round(evidence.seconds))
        message = f"{named(evidence)} took {took}, longer than the SLA of {sla}."
        yield Flaw("RG405", message, "Make the rollback faster, and rehearse again.")
    yield from (
        Flaw("RG412", f"{named(evidence)} proves nothing: {why}.", "See `change.live_version` and `rehearsal.deploy`.")
        for why in _proves_nothing(subject, evidence)
    )


def _proves_nothing(subject: Subject, evidence: Evidence) -> Iterator[str]:
    if all(step.result in _NO_EFFECT for step in evidence.steps):
        yield "no step of it did anything"
    if evidence.kind == "production-run":
        return
    before, deployed, restored = evidence.version_before, evidence.version_deployed, evidence.version_restored
    if not (before and deployed and restored):
        if subject.requirements.level >= 3:
            yield "it does not say which versions ran"
    elif deployed == before:
        yield f"nothing was deployed, version {before} ran before and after"
    elif restored != before and not evidence.forward_fix and not evidence.scenario:
        yield f"version {before} ran before the change and {restored} after the rollback"


def _signature(subject: Subject, stored: StoredEvidence) -> Iterator[Flaw]:
    if stored.signature != "trusted" and subject.requirements.level >= 3:
        level = subject.requirements.level
        message = f"{named(stored.evidence)} is {said(stored)}, and level {level} takes trusted signatures only."
        yield Flaw("RG413", message, "Rehearse with a key that trust.yaml gives the role rehearsal-runner.")


def said(stored: StoredEvidence) -> str:
    """Say how a record is signed."""
    return "not signed" if stored.signature == "unsigned" else "signed by a key that is not trusted for it"


def _parameters(subject: Subject, evidence: Evidence) -> Iterator[Flaw]:
    for name, parameter in (subject.plan.parameters or {}).items():
        if subject.parameters is None or parameter.secret or parameter.varies:
            continue
        there, here = (values.get(name, parameter.default) for values in (evidence.parameters, subject.parameters))
        if there != here:
            target = subject.environment or "the target environment"
            message = f"{named(evidence)} ran with {name}={_shown(there)}, and in {target} it is {_shown(here)}."
            hint = "Rehearse with the same value, or say `varies: environment` if it may differ."
            yield Flaw("RG414", message, hint)


def _shown(value: str | None) -> str:
    return "nothing" if value is None else f"'{value}'"
