"""The rehearsal report: one piece of evidence for people, and what it does not show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rollback_gov.model.evidence import Evidence, StoredEvidence
from rollback_gov.reports.fact import Derived, Fact, NotMeasured, Seconds
from rollback_gov.reports.templates import Rendered, render

TEMPLATE = "rehearsal_report.md.j2"


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that a rehearsal can show, whether this one did, and why not."""

    what: str
    is_shown: bool
    how: str


def rehearsal_markdown(
    evidence: Evidence, stored: StoredEvidence | None = None, folder: Path | None = None
) -> Rendered:
    """Render the report of a rehearsal: out of its signed record (``stored``), or out of its journal alone."""
    values = {
        "e": evidence,
        "stored": stored,
        "duration": Seconds(evidence.seconds),
        "sla": Seconds(evidence.sla_seconds) if evidence.sla_seconds else NotMeasured("there is none"),
        "met": _met(evidence),
        "phases": [(path, Seconds(evidence.phase_seconds[path])) for path in _in_order(evidence)],
        "steps": [(step, Seconds(step.seconds)) for step in evidence.steps],
        "shown": shown_by(evidence),
    }
    return render(TEMPLATE, values, folder)


def _in_order(evidence: Evidence) -> list[str]:
    """Give the phases as they ran: a record has its keys in the order of the alphabet."""
    steps = [step.step for step in evidence.steps]

    def began(path: str) -> int:
        return next((number for number, step in enumerate(steps) if step.startswith(f"{path}/")), len(steps))

    return sorted(evidence.phase_seconds, key=began)


def _met(evidence: Evidence) -> Fact[bool]:
    if not evidence.sla_seconds:
        return NotMeasured("there is no SLA")
    kept = evidence.result == "passed" and evidence.seconds <= evidence.sla_seconds
    return Derived(kept, "duration against the SLA")


def shown_by(evidence: Evidence) -> tuple[Shown, ...]:
    """Hold the rehearsal against what is to be tested before a permit (the checklist of rollback tests)."""
    passed = evidence.result == "passed"
    elsewhere = f"it ran in {evidence.environment_class}"
    checks = len(evidence.checks)
    proof = evidence.trigger_proof
    proved = len(proof.proved) if proof else 0
    met = _met(evidence)
    return (
        Shown("Rollback tested in staging", passed and evidence.kind == "staging-test", elsewhere),
        Shown(
            "Rollback tested in a production-like environment",
            passed and evidence.kind == "production-like-test",
            elsewhere,
        ),
        Shown("Automatic trigger tested", passed and evidence.triggered == "automatic", _set_off(evidence)),
        Shown("Manual rollback tested", passed and evidence.triggered == "manual", _set_off(evidence)),
        Shown(
            "Partial scenario tested",
            passed and bool(evidence.scenario),
            f"scenario {evidence.scenario}" if evidence.scenario else "the whole plan ran",
        ),
        Shown(
            "Rollback time measured, within the SLA",
            not isinstance(met, NotMeasured) and met.value,
            str(Seconds(evidence.seconds)),
        ),
        Shown(
            "Verification tested",
            bool(checks) and all(check.result == "passed" for check in evidence.checks),
            f"{sum(1 for check in evidence.checks if check.result == 'passed')} of {checks} checks passed",
        ),
        Shown("Every trigger proved to fire", bool(proof and not proof.problems), f"{proved} proved"),
        Shown("Seen by stakeholders", bool(evidence.acknowledged), ", ".join(evidence.acknowledged) or "by nobody yet"),
    )


def _set_off(evidence: Evidence) -> str:
    return f"by {evidence.trigger}" if evidence.triggered == "automatic" and evidence.trigger else "by a person"
