"""DSSE envelopes (protocol v1.0.2) with Ed25519: what is signed is the payload's bytes and its type, nothing parsed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from rollback_gov.records.errors import DuplicateKeyError, RecordError, TooLargeError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_BYTES = 4_194_304
MAX_SIGNATURES = 16
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Signature(NamedTuple):
    """One signature. ``keyid`` is a hint and proves nothing."""

    keyid: str
    value: bytes


class Envelope(NamedTuple):
    """A payload with its signatures. Its identity is the sha256 of the payload's bytes, never of the file."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def sha256(self) -> str:
        """The record's identity, in hexadecimal."""
        return sha256(self.payload).hexdigest()


def pae(payload_type: str, payload: bytes) -> bytes:
    """Give the pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, keys: Iterable[tuple[str, Ed25519PrivateKey]]) -> Envelope:
    """Sign a payload with each key (id and private key). Without keys it is unsigned; every reader sees that."""
    message = pae(PAYLOAD_TYPE, payload)
    return Envelope(PAYLOAD_TYPE, payload, tuple(Signature(keyid, key.sign(message)) for keyid, key in keys))


def verified_by(envelope: Envelope, public_keys: Iterable[bytes]) -> frozenset[bytes]:
    """Give the public keys (32 bytes each) of which a signature verifies. Key ids are not looked at."""
    candidates = set(public_keys)
    if not candidates or not envelope.signatures:
        return frozenset()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    message, good = pae(envelope.payload_type, envelope.payload), set()
    for raw in candidates:
        key = Ed25519PublicKey.from_public_bytes(raw)
        for signature in envelope.signatures:
            try:
                key.verify(signature.value, message)
            except InvalidSignature:
                continue
            good.add(raw)
    return frozenset(good)


def encode(envelope: Envelope) -> bytes:
    """Write an envelope as one line of JSON."""
    document = {
        "payloadType": envelope.payload_type,
        "payload": base64.b64encode(envelope.payload).decode(),
        "signatures": [
            {"keyid": signature.keyid, "sig": base64.b64encode(signature.value).decode()}
            for signature in envelope.signatures
        ],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def decode(raw: bytes) -> Envelope:
    """Read an envelope; both base64 alphabets are accepted. Raises RecordError with a reason."""
    if len(raw) > MAX_BYTES:
        raise TooLargeError(f"The record is larger than {MAX_BYTES // 1_048_576} MiB.")
    document = strict_json(raw)
    try:
        payload_type, payload, signatures = document["payloadType"], document["payload"], document["signatures"]
        if len(signatures) > MAX_SIGNATURES:
            raise RecordError(f"The record has more than {MAX_SIGNATURES} signatures.")
        decoded = tuple(Signature(str(item.get("keyid", "")), _base64(item["sig"])) for item in signatures)
        return Envelope(_text(payload_type), _base64(payload), decoded)
    except (KeyError, TypeError, AttributeError) as error:
        raise RecordError("The file is not a DSSE envelope.") from error


def strict_json(raw: bytes) -> Any:
    """Read JSON as everybody reads it: no key twice, no NaN, no half of a character. Raises RecordError."""
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
        if _SURROGATE.search(raw):
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RecordError("The record is not JSON.") from error
    return document


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise DuplicateKeyError("A key stands twice in the record.")
    return document


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _base64(value: object) -> bytes:
    try:
        return base64.b64decode(_text(value).translate(str.maketrans("-_", "+/")), validate=True)
    except ValueError as error:
        raise RecordError("The record holds text that is not base64.") from error
