"""Digests, rehearsal evidence and approvals as plain records. Signing and storing is the work of ``records``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rollback_gov.model.record import Record


class Digests(Record):
    """What a plan is (``plan``) and what of it runs (``executable``), sha256 in hexadecimal.

    ``sections`` has one digest a section (procedure, triggers, capture, point_of_no_return, verification, rehearsal),
    ``phases`` one a phase (keys as ``phases/drain``, ``forward_fix/compensate``), ``files`` one a file under ``uses``.
    """

    plan: str
    executable: str
    sections: Mapping[str, str]
    phases: Mapping[str, str]
    files: Mapping[str, str]


class StepRecord(Record):
    """What became of one step: its path (``drain/weight``), result, seconds, and exit code where there was one."""

    step: str
    result: str
    seconds: float
    exit: int | None = None


class CheckRecord(Record):
    """One verification check: what was expected and what was seen, as text."""

    check: str
    result: str
    expected: str
    observed: str


class TriggerProof(Record):
    """What was shown of the triggers of the plan that was rehearsed: that each can fire, and can stay quiet.

    ``triggers`` is the digest of that section of the plan, ``sha256`` that of the whole proof (`triggers prove` prints
    it). ``problems`` says what is not proved.
    """

    triggers: str
    proved: tuple[str, ...]
    sha256: str
    problems: tuple[str, ...] = ()


class Evidence(Record):
    """One rehearsal: one run of a plan outside production, and what it proved. Times are UTC (ISO 8601)."""

    kind: Literal["staging-test", "production-like-test", "production-run"]
    result: Literal["passed", "failed"]
    operation: str
    environment: str
    environment_class: str
    level: int
    digests: Digests
    parameters: Mapping[str, str]
    varying: tuple[str, ...]
    """Parameters whose values may differ between environments."""
    version_before: str
    version_deployed: str
    version_restored: str
    triggered: Literal["manual", "automatic"]
    trigger: str
    scenario: str
    """Empty for a full run."""
    forward_fix: bool
    order: tuple[str, ...]
    """Paths of the phases in the order in which they ran, such as ``phases/drain``."""
    phase_seconds: Mapping[str, float]
    steps: tuple[StepRecord, ...]
    checks: tuple[CheckRecord, ...]
    started: str
    finished: str
    seconds: float
    sla_seconds: float
    participants: tuple[str, ...]
    acknowledged: tuple[str, ...]
    problems: tuple[str, ...]
    region: str
    run: str
    runner: str
    git_commit: str
    tool_version: str
    journal_sha256: str
    trigger_proof: TriggerProof | None = None
    """None where the plan has no triggers, and in records that are older than this field."""


class StoredEvidence(Record):
    """Evidence as it lies in the repository. ``payload_sha256`` is its identity; ``signer`` is the trusted key's id."""

    evidence: Evidence
    payload_sha256: str
    file: str
    signature: Literal["trusted", "untrusted", "unsigned"]
    signer: str = ""


ATTESTATIONS = ("manual-rollback-tested", "stakeholders-trained", "reviewed-by-sre")


class Approval(Record):
    """One person's signed yes to exactly one plan, with what the person attests beside it."""

    operation: str
    plan: str
    executable: str
    person: str
    attestations: tuple[str, ...]
    at: str
    payload_sha256: str = ""
    key: str = ""
