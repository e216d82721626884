"""Keys: made for one owner, read from a file or a variable, in the formats that people have."""

from __future__ import annotations

import base64
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rollback_gov.model.errors import UsageError
from rollback_gov.records.keys import VARIABLE, generate, load_private_key, public_bytes, public_text, read_public_key
from tests.conftest import need


def test_a_new_key_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ada.pem"
    public = generate(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_private_key(path)
    assert key is not None
    assert public == public_text(key)
    assert read_public_key(public) == public_bytes(key)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    generate(tmp_path / "a.pem")
    before = (tmp_path / "a.pem").read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        generate(tmp_path / "a.pem")
    assert (tmp_path / "a.pem").read_bytes() == before


def test_where_no_key_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Cannot write"):
        generate(tmp_path / "file" / "a.pem")


def test_a_file_goes_before_the_variable_and_nothing_is_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pem", tmp_path / "b.pem"
    public = [generate(path) for path in (first, second)]
    environ = {VARIABLE: second.read_text()}
    for path, wanted in ((first, public[0]), (None, public[1])):
        key = load_private_key(path, environ)
        assert key is not None
        assert public_text(key) == wanted
    assert load_private_key(None, {}) is None
    assert load_private_key(None) is None


def test_a_key_of_openssh(tmp_path: Path) -> None:
    need("ssh-keygen")
    path = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", path], check=True)
    key = load_private_key(path)
    assert key is not None
    assert read_public_key(path.with_suffix(".pub").read_text()) == public_bytes(key)


@pytest.mark.parametrize("kind", ["rsa", "ed25519 -N secret"])
def test_a_key_of_openssh_that_cannot_sign_is_said(tmp_path: Path, kind: str) -> None:
    need("ssh-keygen")
    path = tmp_path / "id"
    words = kind.split() if "-N" in kind else [kind, "-N", ""]
    subprocess.run(["ssh-keygen", "-q", "-t", *words, "-f", path], check=True)
    with pytest.raises(UsageError) as wrong:
        load_private_key(path)
    assert "not Ed25519" in str(wrong.value) or "no private key that can be read" in str(wrong.value)
    assert "rollback-gov keys generate" in wrong.value.hint


def pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey, *, secret: bool = False) -> bytes:
    lock = serialization.BestAvailableEncryption(b"secret") if secret else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "no private key that can be read"),
        (b"\xff\x00", "no private key that can be read"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "no private key that can be read"),
        (pem(Ed25519PrivateKey.generate(), secret=True), "without a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not Ed25519"),
    ],
)
def test_what_is_no_key_is_said(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(raw)
    with pytest.raises(UsageError, match=message):
        load_private_key(path)


def test_the_variable_is_named_and_its_content_is_not() -> None:
    with pytest.raises(UsageError) as wrong:
        load_private_key(None, {VARIABLE: "hunter2"})
    assert f"the variable {VARIABLE}" in str(wrong.value)
    assert "hunter2" not in str(wrong.value)


def test_a_key_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read the key"):
        load_private_key(tmp_path / "nothing")


def ssh_blob(kind: bytes, raw: bytes) -> str:
    return base64.b64encode(len(kind).to_bytes(4, "big") + kind + len(raw).to_bytes(4, "big") + raw).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "☃",
        base64.b64encode(bytes(33)).decode(),
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        f"ssh-rsa {ssh_blob(b'ssh-rsa', bytes(32))}",
        f"ssh-ed25519 {ssh_blob(b'ssh-rsa', bytes(64))}",
        f"ssh-ed25519 {base64.b64encode(bytes(40)).decode()} ada@example.org",
    ],
)
def test_what_is_no_public_key_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="is not an Ed25519 public key"):
        read_public_key(text)


def test_the_line_of_openssh_may_have_a_comment() -> None:
    assert read_public_key(f"ssh-ed25519 {ssh_blob(b'ssh-ed25519', bytes(range(32)))} ada") == bytes(range(32))
