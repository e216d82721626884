"""Envelopes: what is signed, who signed it, and what is no envelope."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.records.dsse import (
    MAX_SIGNATURES,
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    decode,
    encode,
    sign,
    strict_json,
    verified_by,
)
from rollback_gov.records.errors import RecordError
from rollback_gov.records.keys import public_bytes

ADA, GRACE = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PAYLOAD = b'{"a": "\xfb\xff\xfe"}'


def test_each_key_counts_once_whatever_its_signatures_are_called() -> None:
    twice = sign(PAYLOAD, [("a", ADA), ("b", ADA), ("", GRACE)])
    assert verified_by(twice, [public_bytes(ADA)] * 3) == {public_bytes(ADA)}
    assert verified_by(twice, map(public_bytes, (ADA, GRACE))) == {public_bytes(ADA), public_bytes(GRACE)}


@pytest.mark.parametrize(
    "changed",
    [
        lambda whole: Envelope(whole.payload_type, whole.payload + b" ", whole.signatures),
        lambda whole: Envelope("text/plain", whole.payload, whole.signatures),
        lambda whole: Envelope(whole.payload_type, whole.payload, (Signature("a", b""),)),
        lambda whole: Envelope(whole.payload_type, whole.payload, (Signature("a", bytes(64)),)),
        lambda whole: Envelope(whole.payload_type, whole.payload, ()),
    ],
)
def test_a_signature_is_of_exactly_these_bytes_and_this_type(changed: object) -> None:
    assert callable(changed)
    assert verified_by(changed(sign(PAYLOAD, [("a", ADA)])), [public_bytes(ADA)]) == frozenset()


def test_both_base64_alphabets_are_read() -> None:
    document = json.loads(encode(sign(PAYLOAD, [("a", ADA)])))
    document["payload"] = base64.urlsafe_b64encode(PAYLOAD).decode()
    document["signatures"][0]["sig"] = document["signatures"][0]["sig"].translate(str.maketrans("+/", "-_"))
    envelope = decode(json.dumps(document).encode())
    assert envelope.payload == PAYLOAD
    assert verified_by(envelope, [public_bytes(ADA)])


def test_the_identity_is_that_of_the_payload() -> None:
    signed, unsigned = sign(PAYLOAD, [("a", ADA)]), sign(PAYLOAD, [])
    assert signed.sha256 == unsigned.sha256
    assert decode(encode(signed)) == signed
    assert decode(json.dumps(json.loads(encode(signed))).encode()).sha256 == signed.sha256


def test_as_many_signatures_as_anybody_needs() -> None:
    many = Envelope(PAYLOAD_TYPE, PAYLOAD, (Signature("a", bytes(64)),) * MAX_SIGNATURES)
    assert decode(encode(many)) == many


def test_a_whole_character_may_be_written_in_two_halves() -> None:
    assert strict_json(b'"\\ud83d\\ude00"') == "😀"
    assert strict_json(b'"\\\\ud83d"') == "\\ud83d"


@pytest.mark.parametrize("raw", [b"Infinity", b"-Infinity", b"NaN", b'"\\ud83d"', b'{"a": {"b": 1, "b": 2}}', b"\xff"])
def test_what_not_everybody_reads_alike_is_refused(raw: bytes) -> None:
    with pytest.raises(RecordError):
        strict_json(raw)


@given(st.binary() | st.text().map(str.encode))
def test_anything_else_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(RecordError):
        decode(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    payload_type=json_values,
    payload=json_values,
    signatures=json_values | st.lists(st.fixed_dictionaries({"sig": json_values})),
)
def test_no_envelope_makes_the_reader_fail(payload_type: object, payload: object, signatures: object) -> None:
    document = {"payloadType": payload_type, "payload": payload, "signatures": signatures}
    try:
        envelope = decode(json.dumps(document).encode())
    except RecordError:
        return
    assert verified_by(envelope, [public_bytes(ADA)]) == frozenset()
