"""What somebody with a key, or with none, can write beside a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.dsse import PAYLOAD_TYPE, Envelope, Signature, encode, pae
from rollback_gov.records.keys import load_private_key
from rollback_gov.records.permit import Permit, open_permit, sign_permit
from rollback_gov.records.statement import read
from tests.loop.conftest import Repository


def forge_permit(repository: Repository, key: str = "issuer", **changes: Any) -> Path:
    """Replace the only permit by one that says something else; without a key it is unsigned."""
    path = repository.permit
    permit: Permit = replace(open_permit(read(path)), **changes)
    private = load_private_key(repository.root / "keys" / f"{key}.pem") if key else None
    path.write_bytes(encode(sign_permit(permit, ((key, private),) if private else ())))
    return path


def statement_of(path: Path) -> dict[str, Any]:
    """Give what a record says."""
    statement: dict[str, Any] = json.loads(read(path).payload)
    return statement


def forge(repository: Repository, path: Path, payload: Any, key: str = "issuer", type_: str = PAYLOAD_TYPE) -> None:
    """Write any payload (bytes, or what becomes canonical JSON) into a file, signed with a key or unsigned."""
    raw = payload if isinstance(payload, bytes) else canonical_json(payload)
    private = load_private_key(repository.root / "keys" / f"{key}.pem") if key else None
    signatures = (Signature(key, private.sign(pae(type_, raw))),) if private else ()
    path.write_bytes(encode(Envelope(type_, raw, signatures)))
