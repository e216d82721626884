"""Rehearsal evidence on disk: statements beside the plan."""

from __future__ import annotations

from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.model.document import to_document
from rollback_gov.model.evidence import CheckRecord, Digests, Evidence, StepRecord, StoredEvidence, TriggerProof
from rollback_gov.model.trust import Trust
from rollback_gov.plans.files import EVIDENCE
from rollback_gov.records.errors import RecordError, Unreadable
from rollback_gov.records.keys import public_bytes
from rollback_gov.records.places import ACKNOWLEDGEMENTS
from rollback_gov.records.statement import REHEARSAL, make, predicate, read, records, write
from rollback_gov.records.text import record_line
from rollback_gov.records.times import file_stamp, moment
from rollback_gov.records.trust import Keyring, is_valid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROLE = "rehearsal-runner"
_NUMBERS = ("seconds", "sla_seconds")
_LISTS = ("varying", "order", "participants", "acknowledged", "problems")
_LINES = (
    "version_before",
    "version_deployed",
    "version_restored",
    "runner",
    "participants",
    "acknowledged",
    "problems",
)


def write_evidence(folder: Path, evidence: Evidence, key: Ed25519PrivateKey | None) -> Path:
    """Write evidence beside a plan and give the file. Without a key it is unsigned, which every reader sees.

    What programs and people said is put on one line each.
    """
    keys = ((_keyid(key), key),) if key is not None else ()
    body = to_document(asdict(evidence))
    body |= {name: _on_lines(body[name]) for name in _LINES}
    proof = body.pop("trigger_proof")
    if proof is not None:
        body["trigger_proof"] = {**proof, "problems": _on_lines(proof["problems"])}
    parts = [file_stamp(evidence.finished), evidence.environment, *([evidence.scenario] if evidence.scenario else [])]
    return write(folder / EVIDENCE, "-".join(parts), make(REHEARSAL, body, keys))


def _on_lines(value: Any) -> Any:
    if isinstance(value, list):
        return [_on_lines(entry) for entry in value]
    return record_line(value)


def _keyid(key: Ed25519PrivateKey) -> str:
    return sha256(public_bytes(key)).hexdigest()[:16]


def load_evidence(folder: Path, trust: Trust) -> tuple[StoredEvidence, ...]:
    """Read the evidence beside a plan, oldest first, with the acknowledgements that were signed later.

    Files that cannot be read are left to ``unreadable_evidence``.
    """
    found = [stored for stored in _all(folder, trust) if isinstance(stored, StoredEvidence)]
    if (folder / ACKNOWLEDGEMENTS).is_dir():
        found = _acknowledged(folder, found, Keyring(trust))
    return tuple(sorted(found, key=lambda stored: (stored.evidence.finished, stored.file)))


def unreadable_evidence(folder: Path, trust: Trust) -> tuple[Unreadable, ...]:
    """Give the files that lie where evidence lies and do not count, with the reasons."""
    return tuple(stored for stored in _all(folder, trust) if isinstance(stored, Unreadable))


def _all(folder: Path, trust: Trust) -> list[StoredEvidence | Unreadable]:
    keyring = Keyring(trust)
    return [_stored(path, keyring) for path in records(folder / EVIDENCE)]


def _stored(path: Path, keyring: Keyring) -> StoredEvidence | Unreadable:
    """Read one record. Unsigned and foreign ones are read too, to be named: level 2 takes them, 3 and 4 do not."""
    try:
        envelope = read(path)
        signers = keyring.signers(envelope, ROLE)
        evidence = _evidence(predicate(envelope, REHEARSAL))
        finished = moment(evidence.finished)
    except RecordError as error:
        return Unreadable(str(path), str(error))
    signer = next((key.id for key in signers if is_valid(key, finished)), "")
    return StoredEvidence(
        evidence=evidence,
        payload_sha256=envelope.sha256,
        file=str(path),
        signature="trusted" if signer else "untrusted" if envelope.signatures else "unsigned",
        signer=signer,
    )


def _acknowledged(folder: Path, found: list[StoredEvidence], keyring: Keyring) -> list[StoredEvidence]:
    """Add who acknowledged a rehearsal after it: by a record of their own, beside what the runner wrote down."""
    from rollback_gov.records.acknowledgement import acknowledgements

    seen = acknowledgements(folder, keyring)
    return [
        replace(
            stored,
            evidence=replace(
                stored.evidence,
                acknowledged=(*stored.evidence.acknowledged, *seen.get(stored.payload_sha256, ())),
            ),
        )
        for stored in found
    ]


def _evidence(document: Any) -> Evidence:
    """Build the record from a predicate that fits its schema."""
    return Evidence(
        **{
            **document,
            "digests": Digests(**document["digests"]),
            "steps": tuple(StepRecord(**{**step, "seconds": float(step["seconds"])}) for step in document["steps"]),
            "checks": tuple(CheckRecord(**check) for check in document["checks"]),
            "phase_seconds": {path: float(seconds) for path, seconds in document["phase_seconds"].items()},
            **{name: float(document[name]) for name in _NUMBERS},
            **{name: tuple(document[name]) for name in _LISTS},
            "trigger_proof": _proof(document.get("trigger_proof")),
        }
    )


def _proof(document: Any) -> TriggerProof | None:
    if document is None:
        return None
    lists = {name: tuple(document[name]) for name in ("proved", "problems")}
    return TriggerProof(**{**document, **lists})
