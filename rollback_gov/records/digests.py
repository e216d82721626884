"""What a plan is, and what of it runs, each as a digest; with one a section and one a phase.

The canonical form is frozen (``tests/records/vectors``): defaults are left out, so that a later version that adds a
default voids no rehearsal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rollback_gov.model.evidence import Digests
from rollback_gov.model.plan import Plan
from rollback_gov.model.step import Phase
from rollback_gov.records.canonical import canonical_document, digest_of

VERSION = 1
"""Of the canonical form. Another number makes all digests different."""


def digests(plan: Plan, files: Mapping[str, str]) -> Digests:
    """Digest the plan object that will be run; ``files`` has the sha256 of every file under ``uses`` by its name.

    Nothing is read again: what was loaded is what is hashed.
    """
    executable = {"version": VERSION, "executable": canonical_document(plan, prose=False), "files": dict(files)}
    return Digests(
        plan=digest_of({"version": VERSION, "plan": canonical_document(plan)}),
        executable=digest_of(executable),
        sections={name: _digest("section", part) for name, part in _sections(plan).items()},
        phases={path: _digest("phase", phase) for path, phase in _phases(plan)},
        files=dict(sorted(files.items())),
    )


def _digest(kind: str, part: Any) -> str:
    return digest_of({"version": VERSION, kind: canonical_document(part, prose=False)})


def _sections(plan: Plan) -> dict[str, Any]:
    return {
        "procedure": {"phases": plan.phases, "scenarios": plan.scenarios},
        "triggers": {
            "triggers": plan.triggers,
            "decision": plan.decision,
            "watch": plan.watch,
            "safety_checks": plan.safety_checks,
        },
        "capture": {"baseline": plan.baseline, "capture": plan.capture},
        "point_of_no_return": plan.point_of_no_return,
        "verification": plan.verification,
        "rehearsal": plan.rehearsal,
        "recovery": plan.recovery,
    }


def _phases(plan: Plan) -> Iterable[tuple[str, Phase]]:
    for section, phases in (("phases", plan.phases), ("forward_fix", plan.forward_fix), ("recovery", plan.recovery)):
        yield from ((f"{section}/{phase.id}", phase) for phase in phases)
