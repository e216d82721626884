"""The proof of a plan's triggers, and what the rehearsals beside it have recorded of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rollback_gov.commands.triggers_look import with_triggers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.evidence import StoredEvidence
from rollback_gov.plans.load import LoadedPlan, load_plan
from rollback_gov.triggers.proof.plan import PlanProof, prove_plan

SAME, OTHER, OLDER, NONE = "the same", "another proof of these triggers", "of other triggers", "no proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one rehearsal has recorded: its file, how it is signed, and how its proof stands to the one of now."""

    file: str
    finished: str
    signature: str
    says: str


def prove_file(path: Path) -> tuple[LoadedPlan, PlanProof]:
    """Prove the triggers of a plan. Raises Refused for what is no plan, UsageError for one without triggers."""
    loaded = load_plan(path)
    return loaded, prove_plan(with_triggers(loaded.require()))


def recorded(loaded: LoadedPlan, proof: PlanProof) -> tuple[Recorded, ...]:
    """Hold the proof of now against those of the rehearsals beside the plan, the newest first."""
    from rollback_gov.records.digests import digests
    from rollback_gov.records.evidence import load_evidence

    today = digests(loaded.require(), loaded.files).sections["triggers"]
    stored = load_evidence(loaded.folder, Workspace.around(loaded.path).trust)
    return tuple(
        Recorded(
            file=one.file,
            finished=one.evidence.finished,
            signature=one.signature,
            says=_says(one, today, proof.sha256),
        )
        for one in reversed(stored)
    )


def _says(stored: StoredEvidence, today: str, sha256: str) -> str:
    kept = stored.evidence.trigger_proof
    if kept is None:
        return NONE
    if kept.triggers != today:
        return OLDER
    return SAME if kept.sha256 == sha256 else OTHER
