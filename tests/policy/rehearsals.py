"""Rehearsals that passed, made from a plan, so that a test only says what is different about its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rollback_gov.model.evidence import Digests, Evidence, StepRecord, StoredEvidence, TriggerProof
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.records.digests import digests

NOW = "2025-12-09T12:00:00Z"
"""The moment at which all examples are judged."""


def rehearsals(loaded: LoadedPlan, entries: Sequence[Mapping[str, Any]]) -> tuple[StoredEvidence, ...]:
    """Make one record an entry: a passed rehearsal of exactly this plan, changed by the keys of the entry.

    Keys are those of ``Evidence``; ``signature`` says how it is signed, and ``digests`` is merged into today's.
    """
    plan = loaded.require()
    return tuple(
        StoredEvidence(
            evidence=rehearsal(plan, digests(plan, loaded.files), entry),
            payload_sha256=f"{number:064x}",
            file=f"evidence/{number}.dsse.json",
            signature=entry.get("signature", "trusted"),
        )
        for number, entry in enumerate(entries)
    )


def rehearsal(plan: Plan, today: Digests, entry: Mapping[str, Any]) -> Evidence:
    """Make one rehearsal that ended two hours before ``NOW``."""
    order = entry.get("order") or _order(plan, entry.get("scenario", ""), fix=entry.get("forward_fix", False))
    passed = Evidence(
        kind="staging-test",
        result="passed",
        operation=plan.metadata.operation,
        environment="staging",
        environment_class="staging",
        level=plan.metadata.level,
        digests=today,
        parameters={},
        varying=(),
        version_before="v3.1.8",
        version_deployed="v3.2.0",
        version_restored="v3.1.8",
        triggered="manual",
        trigger="",
        scenario="",
        forward_fix=False,
        order=tuple(order),
        phase_seconds=dict.fromkeys(order, 20.0),
        steps=_steps(plan, order, entry.get("scenario", "")),
        checks=(),
        started="2025-12-09T09:58:00.000Z",
        finished="2025-12-09T10:00:00.000Z",
        seconds=120.0,
        sla_seconds=900.0,
        participants=("engineering", "sre"),
        acknowledged=("support",),
        problems=(),
        region="",
        run="run-1",
        runner="ci",
        git_commit="0" * 40,
        tool_version="1.0",
        journal_sha256="0" * 64,
        trigger_proof=_proof(plan, today),
    )
    return replace(passed, **_changes(entry, today))


def _proof(plan: Plan, today: Digests) -> TriggerProof | None:
    names = tuple(trigger.id for trigger in plan.triggers)
    return TriggerProof(triggers=today.sections["triggers"], proved=names, sha256="0" * 64) if names else None


def _changes(entry: Mapping[str, Any], today: Digests) -> dict[str, Any]:
    given = {key: value for key, value in entry.items() if key not in ("signature", "order", "skipped")}
    for key in ("participants", "acknowledged", "problems"):
        if key in given:
            given[key] = tuple(given[key])
    if "digests" in given:
        parts = ("sections", "phases", "files")
        merged: Any = {part: {**getattr(today, part), **given["digests"].get(part, {})} for part in parts}
        given["digests"] = replace(today, **merged)
    if given.get("trigger_proof"):
        proof = {"triggers": today.sections["triggers"], "proved": (), "sha256": "0" * 64} | given["trigger_proof"]
        given["trigger_proof"] = TriggerProof(**{**proof, "problems": tuple(proof.get("problems", ()))})
    if "steps" in given:
        given["steps"] = tuple(StepRecord(**step) for step in given["steps"])
    return given


def _order(plan: Plan, scenario: str, *, fix: bool) -> list[str]:
    chosen = plan.scenario(scenario)
    wanted = {selection.id for selection in chosen.phases} if chosen else None
    phases = [f"phases/{phase.id}" for phase in plan.phases if wanted is None or phase.id in wanted]
    if fix:
        phases = [path for path in phases if path.removeprefix("phases/") not in plan.guarded]
        phases += [f"forward_fix/{phase.id}" for phase in plan.forward_fix]
    return [*phases, *(f"recovery/{phase.id}" for phase in plan.recovery)]


def _steps(plan: Plan, order: Sequence[str], scenario: str) -> tuple[StepRecord, ...]:
    chosen = plan.scenario(scenario)
    selected = {selection.id: selection.steps for selection in chosen.phases} if chosen else {}
    sections = {"phases": plan.phases, "forward_fix": plan.forward_fix, "recovery": plan.recovery}
    records = []
    for path in order:
        section, _, name = path.partition("/")
        for phase in sections[section]:
            if phase.id == name:
                way = phase.ways[0]
                stem = f"{path}/{way.id}" if way.id else path
                wanted = selected.get(name) or [step.id for step in way.steps]
                records += [
                    StepRecord(step=f"{stem}/{step.id}", result="passed", seconds=1.0, exit=0)
                    for step in way.steps
                    if step.id in wanted
                ]
    return tuple(records)
