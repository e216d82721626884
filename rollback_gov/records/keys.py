"""Ed25519 keys: making them, and reading them from files and environment variables."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VARIABLE = "ROLLBACK_GOV_KEY"
_RAW_BYTES = 32
_SSH_PREFIX = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
"""What stands before the 32 bytes in an OpenSSH public key (RFC 8709): the lengths and the name of the kind."""


def generate(path: Path) -> str:
    """Write a new private key (PKCS 8 PEM, readable by its owner alone) and give its public key in base64.

    Raises UsageError when the file exists already or cannot be written: a key is never overwritten.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already; a key is never overwritten.", hint="Choose another name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.") from error
    with os.fdopen(file, "wb") as out:
        out.write(pem)
    return public_text(key)


def load_private_key(path: Path | None, environ: Mapping[str, str] | None = None) -> Ed25519PrivateKey | None:
    """Read a private key from a file, else from the variable ROLLBACK_GOV_KEY; None where there is neither.

    PKCS 8 PEM and OpenSSH's format are read. Raises UsageError for anything that is not an Ed25519 private key.
    """
    if path is not None:
        try:
            return _private(path.read_bytes(), str(path))
        except OSError as error:
            raise UsageError(f"Cannot read the key {path}: {error.strerror}.") from error
    text = (environ or {}).get(VARIABLE, "")
    return _private(text.encode(), f"the variable {VARIABLE}") if text else None


def _private(raw: bytes, where: str) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    ssh = b"BEGIN OPENSSH PRIVATE KEY" in raw
    load = serialization.load_ssh_private_key if ssh else serialization.load_pem_private_key
    try:
        key = load(raw, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(
            f"{where} holds no private key that can be read (PEM or OpenSSH, without a passphrase).",
            hint="Make one with `rollback-gov keys generate`.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            f"{where} holds a key that is not Ed25519.", hint="Make one with `rollback-gov keys generate`."
        )
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Give the 32 bytes of a private key's public half."""
    from cryptography.hazmat.primitives import serialization

    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def public_text(key: Ed25519PrivateKey) -> str:
    """Give the public half as ``trust.yaml`` writes it."""
    return base64.b64encode(public_bytes(key)).decode()


def read_public_key(text: str) -> bytes:
    """Read a public key: base64 of its 32 bytes, or an ``ssh-ed25519`` line. Raises UsageError."""
    words = text.split()
    try:
        if len(words) >= 2 and words[0] == "ssh-ed25519":
            raw = _after(_SSH_PREFIX, base64.b64decode(words[1], validate=True))
        else:
            raw = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raw = b""
    if len(raw) != _RAW_BYTES:
        shown = text if len(text) <= 30 else text[:27] + "..."
        raise UsageError(
            f"'{shown}' is not an Ed25519 public key.", hint="Write base64 of its 32 bytes, or its ssh-ed25519 line."
        )
    return raw


def _after(prefix: bytes, raw: bytes) -> bytes:
    return raw.removeprefix(prefix) if raw.startswith(prefix) else b""
