"""The proof of a whole plan, as a value and as plain data with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from rollback_gov.model.plan import Plan
from rollback_gov.records.canonical import canonical_json
from rollback_gov.triggers.proof.bands import BandProof, prove_bands
from rollback_gov.triggers.proof.prove import Played, TriggerProof, prove


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProof:
    """What was shown of all triggers and all rows of the decision."""

    triggers: tuple[TriggerProof, ...]
    bands: tuple[BandProof, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not proved, one sentence each."""
        return (
            *(f"{one.trigger}: {one.problem}" for one in self.triggers if one.problem),
            *(f"row {one.band} ({one.action}): {one.problem}" for one in self.bands if one.problem),
        )

    @property
    def proved(self) -> tuple[str, ...]:
        """The triggers that were shown to fire and to stay quiet, by id."""
        return tuple(one.trigger for one in self.triggers if not one.problem)

    @property
    def sha256(self) -> str:
        """Digest of the proof: the same plan gives the same one, whenever and wherever it is made."""
        return sha256(canonical_json(proof_document(self))).hexdigest()


def prove_plan(plan: Plan) -> PlanProof:
    """Prove every trigger and every row of a plan's decision. Runs nothing, reads nothing."""
    return PlanProof(
        triggers=tuple(prove(trigger, plan.watch.every) for trigger in plan.triggers),
        bands=tuple(prove_bands(plan.decision, [trigger.id for trigger in plan.triggers])),
    )


def proof_document(proof: PlanProof) -> dict[str, Any]:
    """Give a proof as plain data."""
    return {
        "triggers": [
            {"trigger": one.trigger, "problem": one.problem, "played": [_played(play) for play in one.played]}
            for one in proof.triggers
        ],
        "bands": [
            {"band": one.band, "action": one.action, "problem": one.problem, "triggers": list(one.triggers)}
            for one in proof.bands
        ],
    }


def _played(play: Played) -> dict[str, Any]:
    return {
        "kind": play.kind,
        "series": play.series,
        "reason": play.reason,
        "readings": play.readings,
        "fired_after": str(play.fired_after) if play.fired_after is not None else "",
    }
