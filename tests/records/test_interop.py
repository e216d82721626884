"""Envelopes agree with the outside world: the DSSE protocol's text, OpenSSL and securesystemslib."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey

from rollback_gov.records.dsse import PAYLOAD_TYPE, decode, encode, pae, sign, verified_by
from rollback_gov.records.keys import public_bytes

PAYLOAD = b'{"_type": "https://in-toto.io/Statement/v1", "text": "h\xc3\xa9llo\\n"}'
KEYID = "issuer"
"""securesystemslib looks a signature up by it; for us it is a hint."""


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def foreign_key(key: Ed25519PrivateKey) -> SSlibKey:
    return SSlibKey(KEYID, "ed25519", "ed25519", {"public": public_bytes(key).hex()})


def test_the_encoding_is_that_of_the_protocol() -> None:
    """The example of protocol.md in github.com/secure-systems-lab/dsse."""
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_count_bytes_and_not_characters() -> None:
    assert pae("é", "ü".encode()) == "DSSEv1 2 é 2 ü".encode()


def test_openssl_verifies_our_signature(key: Ed25519PrivateKey, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "openssl is needed to see that our signatures are ordinary Ed25519"
    envelope = sign(PAYLOAD, [(KEYID, key)])
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(key.public_key().public_bytes(*form))
    (tmp_path / "signature").write_bytes(envelope.signatures[0].value)

    def verify(message: bytes) -> int:
        (tmp_path / "message").write_bytes(message)
        command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
        files = ["-in", "message", "-sigfile", "signature"]
        return subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, check=False).returncode

    assert verify(pae(PAYLOAD_TYPE, PAYLOAD)) == 0
    assert verify(pae(PAYLOAD_TYPE, PAYLOAD + b" ")) != 0


def test_securesystemslib_verifies_what_we_sign(key: Ed25519PrivateKey) -> None:
    envelope = ForeignEnvelope.from_dict(json.loads(encode(sign(PAYLOAD, [(KEYID, key)]))))
    assert envelope.payload == PAYLOAD
    assert set(envelope.verify([foreign_key(key)], 1)) == {KEYID}
    with pytest.raises(VerificationError):
        envelope.verify([foreign_key(Ed25519PrivateKey.generate())], 1)


def test_we_verify_what_securesystemslib_signs(key: Ed25519PrivateKey) -> None:
    foreign = ForeignEnvelope(PAYLOAD, PAYLOAD_TYPE, {})
    foreign.sign(CryptoSigner(key, foreign_key(key)))
    envelope = decode(json.dumps(foreign.to_dict()).encode())
    stranger = public_bytes(Ed25519PrivateKey.generate())
    assert envelope.payload == PAYLOAD
    assert verified_by(envelope, [public_bytes(key), stranger]) == {public_bytes(key)}
