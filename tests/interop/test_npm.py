"""Our envelopes in @sigstore/verify, and our canonical JSON beside npm's canonicalize."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.records.acknowledgement import Acknowledgement, write_acknowledgement
from rollback_gov.records.canonical import SAFE_INTEGER, canonical_json
from tests.conftest import need
from tests.records.documents import PLAN
from tests.servers import missing
from tests.thoroughness import examples

HERE = Path(__file__).parent
Ask = Callable[[Any], str]


@contextmanager
def node(script: str) -> Iterator[Ask]:
    """Run a script of this folder; gives a function that sends it a line and reads one."""
    need("node")
    if not (HERE / "node_modules").is_dir():
        missing("@sigstore/verify", "npm --prefix tests/interop ci --ignore-scripts")
    process = subprocess.Popen(
        ["node", HERE / script], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdin is not None
    assert process.stdout is not None
    into, out = process.stdin, process.stdout

    def ask(question: Any) -> str:
        into.write(json.dumps(question) + "\n")
        into.flush()
        return out.readline().rstrip("\n")

    with process:
        yield ask
        into.close()


@pytest.fixture(scope="module")
def sigstore() -> Iterator[Ask]:
    with node("envelope.mjs") as ask:
        yield ask


@pytest.fixture(scope="module")
def canonicalize() -> Iterator[Ask]:
    with node("canonical.mjs") as ask:
        yield ask


def pem(key: Ed25519PrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form).decode()


@pytest.fixture
def record(tmp_path: Path) -> tuple[dict[str, Any], Ed25519PrivateKey]:
    """A signed record as it lies on disk, and the key."""
    key = Ed25519PrivateKey.generate()
    seen = Acknowledgement(
        rehearsal="a" * 64, operation="op-7", person="Ada", remark="schön ☃", at="2025-12-09T10:00:00Z"
    )
    path = write_acknowledgement(tmp_path, seen, ("issuer", key))
    return json.loads(path.read_text()), key


def test_sigstore_verifies_our_record(sigstore: Ask, record: tuple[dict[str, Any], Ed25519PrivateKey]) -> None:
    envelope, key = record
    assert sigstore({"envelope": envelope, "key": pem(key)}) == "verified"


def test_sigstore_refuses_another_key_and_another_payload(
    sigstore: Ask, record: tuple[dict[str, Any], Ed25519PrivateKey]
) -> None:
    envelope, key = record
    assert "signature verification failed" in sigstore({"envelope": envelope, "key": pem(Ed25519PrivateKey.generate())})
    bent = {**envelope, "payload": envelope["payload"][:40] + "AAAA" + envelope["payload"][44:]}
    assert "signature verification failed" in sigstore({"envelope": bent, "key": pem(key)})


numbers = st.integers(-SAFE_INTEGER, SAFE_INTEGER) | st.floats(allow_nan=False, allow_infinity=False)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=examples(500))
@given(document=documents)
def test_both_write_the_same_canonical_json(canonicalize: Ask, document: Any) -> None:
    assert json.loads(canonicalize(document)) == canonical_json(document).decode()


@pytest.mark.parametrize(
    "document",
    [
        PLAN,
        {"\U0001f600": 1, "\ufb33": 2, "\u20ac": 3, "\r": 4, "1": 5, "\x80": 6},
        [1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, -0.0, 333333333.33333329],
        '\u2028\u2029\x7f\x1f"\\/',
    ],
)
def test_both_agree_on_what_is_hard(canonicalize: Ask, document: Any) -> None:
    assert json.loads(canonicalize(document)) == canonical_json(document).decode()
