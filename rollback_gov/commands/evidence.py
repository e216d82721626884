"""Looking at the rehearsals of a plan: which count, what is missing, what has changed since, and who has seen them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.judge import Demands, subject_of
from rollback_gov.commands.signing import valid_entry
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.evidence import Evidence, StoredEvidence
from rollback_gov.model.record import Record
from rollback_gov.plans.files import EVIDENCE
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.policy.coverage import coverage
from rollback_gov.policy.evidence import Flaw
from rollback_gov.policy.gaps import Gap
from rollback_gov.policy.rehearsed import VERIFICATION, Rehearsed
from rollback_gov.policy.subject import Subject
from rollback_gov.records.acknowledgement import ROLE, Acknowledgement, write_acknowledgement
from rollback_gov.records.change import explain_change
from rollback_gov.records.difference import Edit, differences
from rollback_gov.records.digests import digests
from rollback_gov.records.errors import Unreadable
from rollback_gov.records.evidence import load_evidence, unreadable_evidence
from rollback_gov.records.snapshot import kept_plan
from rollback_gov.records.text import record_line
from rollback_gov.records.times import moment, stamp
from rollback_gov.records.trust import Keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class EvidenceQuery(Record):
    """Which plan's rehearsals, judged at which level (0: its own) and for which environment. ``now`` is UTC."""

    loaded: LoadedPlan
    workspace: Workspace
    now: datetime
    level: int = 0
    environment: str = ""


class Standing(Record):
    """One rehearsal: until when it is fresh, and why it does not count, where it does not."""

    stored: StoredEvidence
    fresh_until: str
    flaws: tuple[Flaw, ...]


class Overview(Record):
    """All rehearsals of a plan, the newest first, and what those that count leave open."""

    level: int
    rehearsals: tuple[Standing, ...]
    unreadable: tuple[Unreadable, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_enough(self) -> bool:
        """Whether the plan is rehearsed as its level asks."""
        return bool(self.rehearsals) and not self.gaps


class Since(Record):
    """What changed since one rehearsal. ``edits`` are None where the plan of then was not kept."""

    stored: StoredEvidence
    edits: tuple[Edit, ...] | None
    parts: tuple[str, ...]
    """Phases, sections and files that changed, told from the digests alone."""
    again: tuple[str, ...]
    """What is to be rehearsed again; empty: nothing."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files under ``uses`` that changed; the plan's text does not show them."""
        return tuple(part for part in self.parts if part.startswith("file "))


def overview(query: EvidenceQuery) -> Overview:
    """Judge every rehearsal. Raises Refused for a plan that cannot be read."""
    subject = _subject(query)
    folder, trust = query.loaded.folder, query.workspace.trust
    if subject.digests is None:
        return Overview(level=subject.requirements.level, rehearsals=(), unreadable=(), gaps=())
    view = coverage(subject)
    life = timedelta(seconds=subject.requirements.evidence_max_age.seconds)
    rehearsals = tuple(
        Standing(
            stored=entry.stored, fresh_until=stamp(moment(entry.evidence.finished) + life), flaws=tuple(entry.flaws)
        )
        for entry in view.entries
    )
    unreadable = unreadable_evidence(folder, trust)
    return Overview(
        level=subject.requirements.level, rehearsals=rehearsals, unreadable=unreadable, gaps=tuple(view.gaps)
    )


def since(query: EvidenceQuery, file: Path | None) -> Since:
    """Say what changed since a rehearsal, by default the newest of the whole plan. Raises UsageError without any."""
    stored = chosen(query, file)
    subject = _subject(query)
    plan, then = query.loaded.require(), stored.evidence.digests
    today = digests(plan, query.loaded.files)
    old = kept_plan(query.loaded.folder, then.plan)
    return Since(
        stored=stored,
        edits=differences(old, plan) if old is not None else None,
        parts=explain_change(then, today),
        again=_again(Rehearsed(subject, today, (stored.evidence,)), stored.evidence),
    )


def chosen(query: EvidenceQuery, file: Path | None) -> StoredEvidence:
    """Give the rehearsal in a file, or the newest of the whole plan. Raises Refused or UsageError where it is none."""
    if file is not None:
        return _find(query, file)
    found = load_evidence(query.loaded.folder, query.workspace.trust)
    whole = [stored for stored in found if not (stored.evidence.scenario or stored.evidence.forward_fix)]
    if not found:
        raise UsageError(
            f"There is no rehearsal in {query.loaded.folder / EVIDENCE}.", hint="Run `rollback-gov rehearse`."
        )
    return (whole or found)[-1]


def acknowledge(query: EvidenceQuery, file: Path | None, key: Ed25519PrivateKey, remark: str) -> tuple[Path, str]:
    """Say with one's own key that one has seen a rehearsal; gives the file and whose key it is.

    Raises Refused for a rehearsal that cannot be read, UsageError for a key that is no stakeholder's.
    """
    stored = chosen(query, file)
    entry = valid_entry(Keyring(query.workspace.trust), key, ROLE, query.now)
    seen = Acknowledgement(
        rehearsal=stored.payload_sha256,
        operation=stored.evidence.operation,
        person=record_line(entry.person),
        remark=record_line(remark),
        at=stamp(query.now),
    )
    return write_acknowledgement(query.loaded.folder, seen, (entry.id, key)), entry.person


def _subject(query: EvidenceQuery) -> Subject:
    plan = query.loaded.require()
    demands = Demands(
        policy=query.workspace.policy,
        trust=lambda: query.workspace.trust,
        now=query.now,
        level=query.level,
        environment=query.environment,
    )
    return subject_of(query.loaded, plan, demands)


def _find(query: EvidenceQuery, file: Path) -> StoredEvidence:
    """Give the rehearsal in a file that lies beside the plan. Raises Refused with the reason why it is none."""
    for stored in load_evidence(query.loaded.folder, query.workspace.trust):
        if Path(stored.file).resolve() == file.resolve():
            return stored
    for item in unreadable_evidence(query.loaded.folder, query.workspace.trust):
        if Path(item.file).resolve() == file.resolve():
            raise Refused(f"{file} cannot be read: {item.reason}")
    raise UsageError(f"{file} is no rehearsal beside {query.loaded.path}.")


def _again(view: Rehearsed, evidence: Evidence) -> tuple[str, ...]:
    """Name what is no longer covered. A change of what every phase stands on voids all of them; so does level 4."""
    changed = [item for item in view.items if item in (*evidence.order, VERIFICATION) and not view.same(evidence, item)]
    new = [item for item in view.items if item != VERIFICATION and item not in evidence.order]
    ran = [item for item in evidence.order if item in view.phases]
    if not evidence.scenario and not (changed or new) and ran != list(view.phases):
        return ("the whole plan, in today's order",)
    if view.changed_context(evidence) or (view.subject.requirements.level >= 4 and not view.is_current(evidence)):
        return ("everything",)
    return tuple(item.replace("phases/", "phase ").replace("recovery/", "recovery phase ") for item in (*changed, *new))
