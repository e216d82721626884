"""Whose signature counts, until when, and which keys are one person's."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rollback_gov.model.errors import UsageError
from rollback_gov.model.trust import Trust, TrustedKey
from rollback_gov.records.dsse import sign
from rollback_gov.records.keys import public_bytes, public_text
from rollback_gov.records.trust import Keyring, is_valid

KEYS = {name: Ed25519PrivateKey.generate() for name in "abcd"}


def key(name: str, person: str = "", *emails: str, role: Any = "approver", **more: Any) -> TrustedKey:
    return TrustedKey(
        id=name, public_key=public_text(KEYS[name]), role=role, person=person or f"Person {name}", emails=emails, **more
    )


@pytest.mark.parametrize(
    ("limits", "day", "valid"),
    [
        ({}, "2025-12-09", True),
        ({"not_before": "2025-12-09"}, "2025-12-09", True),
        ({"not_before": "2025-12-10"}, "2025-12-09", False),
        ({"not_after": "2025-12-09"}, "2025-12-09", True),
        ({"not_after": "2025-12-08"}, "2025-12-09", False),
        ({"not_before": "2025-12-01", "not_after": "2025-12-31"}, "2025-12-09", True),
    ],
)
def test_the_days_of_a_key_are_inclusive(limits: dict[str, str], day: str, valid: bool) -> None:
    at = datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=UTC)
    assert is_valid(key("a", **limits), at) is valid


def test_a_key_signs_in_its_role_only() -> None:
    keyring = Keyring(Trust(keys=(key("a"), key("b", role="permit-issuer"))))
    envelope = sign(b"x", [(name, KEYS[name]) for name in "abc"])
    assert [signer.id for signer in keyring.signers(envelope, "approver")] == ["a"]
    assert [signer.id for signer in keyring.signers(envelope, "permit-issuer")] == ["b"]
    assert keyring.signers(envelope, "auditor") == ()


def test_an_entry_is_found_by_its_bytes() -> None:
    entry = key("a")
    keyring = Keyring(Trust(keys=(entry,)))
    assert keyring.entry(public_bytes(KEYS["a"])) is entry
    assert keyring.entry(public_bytes(KEYS["b"])) is None


@pytest.mark.parametrize(
    ("keys", "people"),
    [
        ((key("a", "Ada"), key("b", "Grace")), 2),
        ((key("a", "Ada"), key("b", " aDA ")), 1),
        ((key("a", "Ada", "x@y.z"), key("b", "Grace", " X@Y.Z")), 1),
        ((key("a", "Ada", "1@x"), key("b", "Grace", "2@x"), key("c", "Edsger", "1@x", "2@x")), 1),
        ((key("a", "Ada", "1@x"), key("b", "Ada", "2@x"), key("c", "A. L.", "2@x"), key("d", "Grace", "3@x")), 2),
        ((key("a", "Ada", "ci@x"), key("b", "", "ci@x", role="permit-issuer")), 1),
    ],
)
def test_who_shares_a_name_or_an_address_is_one_person(keys: tuple[TrustedKey, ...], people: int) -> None:
    keyring = Keyring(Trust(keys=keys))
    assert keyring.count_people(entry.id for entry in keys) == people
    assert keyring.count_people(["a", "a"]) == 1
    assert keyring.count_people(["nobody"]) == 0


def test_a_person_has_all_names_of_all_keys() -> None:
    keyring = Keyring(Trust(keys=(key("a", "Ada", "1@x"), key("b", "A. L.", "1@x", "2@X"), key("c", "Grace"))))
    assert keyring.person(key("a", "Ada", "1@x")) == {"ada", "a. l.", "1@x", "2@x"}


def test_signers_are_people_or_machines() -> None:
    machines = [key(name, role="permit-issuer", person=" ") for name in "ab"]
    people = [key("c", "Ada", role="permit-issuer"), key("d", "ADA", role="permit-issuer")]
    keyring = Keyring(Trust(keys=(*machines, *people), thresholds={"permit-issuer": 2}))
    assert keyring.count_signers([*machines, *people, *people]) == 3
    assert (keyring.threshold("permit-issuer"), keyring.threshold("auditor")) == (2, 0)


def test_a_machine_is_nobody() -> None:
    machine = TrustedKey(id="ci", public_key=public_text(KEYS["a"]), role="permit-issuer")
    assert Keyring(Trust(keys=(machine,))).person(machine) == frozenset()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ((key("a"), TrustedKey(id="b", public_key=public_text(KEYS["a"]), role="auditor")), "one key under two ids"),
        ((key("a"), TrustedKey(id="a", public_key=public_text(KEYS["b"]), role="auditor")), "two keys with the id 'a'"),
        ((TrustedKey(id="a", public_key=public_text(KEYS["a"]), role="approver"),), "whose key 'a' is"),
        ((TrustedKey(id="a", public_key=public_text(KEYS["a"]), role="approver", person=" "),), "whose key 'a' is"),
        ((key("a", not_after="2025-02-30"),), "not_after of the key 'a' is '2025-02-30', which is no day"),
        ((key("a", not_before="2025-13-01"),), "which is no day"),
        ((key("a", not_before="2025-12-02", not_after="2025-12-01"),), "ends on 2025-12-01, before it begins"),
        ((TrustedKey(id="a", public_key=base64.b64encode(b"short").decode(), role="auditor"),), "not an Ed25519"),
    ],
)
def test_a_trust_that_contradicts_itself_is_refused(keys: tuple[TrustedKey, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Keyring(Trust(keys=keys))
