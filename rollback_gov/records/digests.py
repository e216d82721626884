"""What a plan is, and what of it runs, each as a digest; with one a section and one a phase.

The canonical form is frozen (``tests/records/vectors``): defaults are left out, so that a later version that adds a
default voids no rehearsal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256

from rollback_gov.model.document import counts, key_of
from rollback_gov.model.evidence import Digests
from rollback_gov.model.plan import Plan
from rollback_gov.model.step import Phase
from rollback_gov.records.canonical import (
    Canonical,
    canonical,
    canonical_array,
    canonical_object,
    digest_parts,
    digested,
)

VERSION = 1
"""Of the canonical form. Another number makes all digests different."""
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "procedure": ("phases", "scenarios"),
    "triggers": ("triggers", "decision", "watch", "safety_checks"),
    "capture": ("baseline", "capture"),
}
"""Sections of several fields; the others are one field each."""
_FIELDS = ("point_of_no_return", "verification", "rehearsal", "recovery")


def digests(plan: Plan, files: Mapping[str, str]) -> Digests:
    """Digest the plan object that will be run; ``files`` has the sha256 of every file under ``uses`` by its name.

    Nothing is read again: what was loaded is what is hashed.
    """
    phases = _phases(plan)
    parts = _parts(plan, phases)
    runs = {key_of(item.name): parts[item.name] for item in fields(plan) if counts(item, plan, prose=False)}
    sections = {name: canonical_object({key: parts[key] for key in keys}) for name, keys in _SECTIONS.items()}
    sections |= {name: parts[name] for name in _FIELDS}
    return Digests(
        plan=sha256(plan_text(plan)).hexdigest(),
        executable=_digest(executable=canonical_object(runs), files=canonical(dict(files))),
        sections={name: _digest(section=part) for name, part in sections.items()},
        phases={path: _digest(phase=part) for path, part in phases.items()},
        files=dict(sorted(files.items())),
    )


def plan_text(plan: Plan) -> bytes:
    """Give the bytes whose sha256 is the plan digest."""
    return digested({"version": canonical(VERSION), "plan": canonical(plan)})


def _digest(**parts: Canonical) -> str:
    return digest_parts({"version": canonical(VERSION), **parts})


def _phases(plan: Plan) -> dict[str, Canonical]:
    sections: Mapping[str, tuple[Phase, ...]] = {
        "phases": plan.phases,
        "forward_fix": plan.forward_fix,
        "recovery": plan.recovery,
    }
    return {
        f"{section}/{phase.id}": canonical(phase, prose=False) for section, some in sections.items() for phase in some
    }


def _parts(plan: Plan, phases: Mapping[str, Canonical]) -> dict[str, Canonical]:
    """Give every field of the plan in its canonical form, those with phases made of what is known of them."""
    known = {
        name: canonical_array([phases[f"{name}/{phase.id}"] for phase in getattr(plan, name)])
        for name in ("phases", "recovery")
    }
    return known | {
        item.name: canonical(getattr(plan, item.name), prose=False) for item in fields(plan) if item.name not in known
    }
