"""Rehearsal evidence on disk: statements beside the plan."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.model.document import to_document
from rollback_gov.model.evidence import CheckRecord, Digests, Evidence, StepRecord, StoredEvidence
from rollback_gov.model.trust import Trust
from rollback_gov.records.errors import RecordError, Unreadable
from rollback_gov.records.keys import public_bytes
from rollback_gov.records.statement import REHEARSAL, SUFFIX, make, predicate, read, write
from rollback_gov.records.trust import signers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.records.dsse import Envelope

FOLDER = "evidence"
ROLE = "rehearsal-runner"
_NUMBERS = ("seconds", "sla_seconds")


def write_evidence(folder: Path, evidence: Evidence, key: Ed25519PrivateKey | None) -> Path:
    """Write evidence beside a plan and give the file. Without a key it is unsigned, which every reader sees."""
    keys = ((_keyid(key), key),) if key is not None else ()
    body = to_document(asdict(evidence))
    subjects = {"plan": evidence.digests.plan, "executable": evidence.digests.executable}
    stamp = "".join(character for character in evidence.finished if character.isalnum())[:15]
    parts = [stamp, evidence.environment, *([evidence.scenario] if evidence.scenario else [])]
    return write(folder / FOLDER / ("-".join(parts) + SUFFIX), make(REHEARSAL, body, subjects, keys))


def _keyid(key: Ed25519PrivateKey) -> str:
    from hashlib import sha256

    return sha256(public_bytes(key)).hexdigest()[:16]


def load_evidence(folder: Path, trust: Trust) -> tuple[StoredEvidence, ...]:
    """Read the evidence beside a plan, oldest first. Files that cannot be read are left to ``unreadable_evidence``."""
    loaded = (_stored(path, trust) for path in _files(folder))
    found = [stored for stored in loaded if isinstance(stored, StoredEvidence)]
    return tuple(sorted(found, key=lambda stored: (stored.evidence.finished, stored.file)))


def unreadable_evidence(folder: Path, trust: Trust) -> tuple[Unreadable, ...]:
    """Give the files that lie where evidence lies and do not count, with the reasons."""
    return tuple(stored for path in _files(folder) if isinstance(stored := _stored(path, trust), Unreadable))


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob(f"*{SUFFIX}"))


def _stored(path: Path, trust: Trust) -> StoredEvidence | Unreadable:
    try:
        envelope = read(path)
        evidence = _evidence(predicate(envelope, REHEARSAL))
        signer = _signer(envelope, trust, evidence)
    except RecordError as error:
        return Unreadable(str(path), str(error))
    return StoredEvidence(
        evidence=evidence,
        payload_sha256=envelope.sha256,
        file=str(path),
        signature="trusted" if signer else "untrusted" if envelope.signatures else "unsigned",
        signer=signer,
    )


def _signer(envelope: Envelope, trust: Trust, evidence: Evidence) -> str:
    """Name the trusted key that signed when the rehearsal ended; empty when none did."""
    try:
        finished = datetime.fromisoformat(evidence.finished).astimezone(UTC)
    except ValueError as error:
        raise RecordError(f"The evidence says that it ended at '{evidence.finished[:40]}'.") from error
    return next((signer.key.id for signer in signers(envelope, trust, ROLE, finished)), "")


def _evidence(document: Any) -> Evidence:
    """Build the record from its predicate. Raises RecordError for a predicate that does not fit the schema."""
    problem = next(iter(_validator().iter_errors(document)), None)
    if problem is not None:
        where = "/".join(str(part) for part in problem.instance_path)
        raise RecordError(f"The evidence does not fit its schema at '{where}': {problem.message[:200]}.")
    return Evidence(
        **{
            **document,
            "digests": Digests(**document["digests"]),
            "steps": tuple(StepRecord(**{**step, "seconds": float(step["seconds"])}) for step in document["steps"]),
            "checks": tuple(CheckRecord(**check) for check in document["checks"]),
            "phase_seconds": {path: float(seconds) for path, seconds in document["phase_seconds"].items()},
            **{name: float(document[name]) for name in _NUMBERS},
            **{
                name: tuple(document[name]) for name in ("varying", "order", "participants", "acknowledged", "problems")
            },
        }
    )


@lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema_rs

    from rollback_gov.plans.schema import load_schema

    return jsonschema_rs.Draft7Validator(load_schema("evidence-v1"))
