"""How many have to sign a permit, and who counts as one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rollback_gov.records.dsse import encode
from rollback_gov.records.keys import load_private_key
from rollback_gov.records.permit import open_permit, sign_permit
from rollback_gov.records.statement import read
from tests.loop.conftest import Repository
from tests.loop.forging import forge, statement_of

YESTERDAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"


def add_issuer(repository: Repository, name: str = "second", *more: str) -> None:
    generate = ("keys", "generate", "--out", f"keys/{name}.pem", "--id", name, "--role", "permit-issuer", *more)
    repository.gov(*generate, "--add-to-trust")


def sign(repository: Repository, key: str = "second", *more: str, ends: int = 0) -> str:
    arguments = ("permit", "sign", str(repository.plan), "-e", "production", "--key", f"keys/{key}.pem", *more)
    return repository.gov(*arguments, ends=ends)


@pytest.fixture
def two(issued: Repository) -> Repository:
    """A repository that asks for two signatures, with a permit that has one of them."""
    issued.permit.unlink()
    add_issuer(issued)
    issued.trust("keys:", "thresholds: {permit-issuer: 2}\nkeys:")
    assert "It does not count before one more person has signed it" in issued.issue()
    return issued


def test_two_people_sign_one_permit(two: Repository) -> None:
    assert "threshold: 1 of 2 permit-issuers have signed the permit: issuer." in two.verify(ends=1)
    identity = read(two.permit).sha256
    assert "Signed by second" in sign(two)
    two.verify()
    assert read(two.permit).sha256 == identity


def test_level_4_asks_for_two(issued: Repository) -> None:
    (issued.root / ".rollback-gov" / "policy.yaml").write_text("floors: {environments: {production: 4}}\n")
    assert "threshold: 1 of 2 permit-issuers have signed" in issued.verify(ends=1)


@pytest.mark.parametrize("ids", [("issuer", "issuer"), ("issuer", "second"), ("a", "b"), ("", "")])
def test_one_key_under_two_ids_is_one(two: Repository, ids: tuple[str, str]) -> None:
    permit, key = open_permit(read(two.permit)), load_private_key(two.root / "keys" / "issuer.pem")
    assert key is not None
    two.permit.write_bytes(encode(sign_permit(permit, tuple((name, key) for name in ids))))
    assert "threshold: 1 of 2" in two.verify(ends=1)


def test_one_person_with_two_keys_is_one(two: Repository) -> None:
    two.trust("role: permit-issuer", "role: permit-issuer\n    person: Alan")
    two.trust("id: second", "id: second\n    person: alan")
    assert "has signed" in sign(two, ends=2)
    two.trust("person: alan", "person: Barbara")
    sign(two)
    two.trust("person: Barbara", "person: ALAN")
    assert "threshold: 1 of 2" in two.verify(ends=1)


def test_the_same_key_signs_once(two: Repository) -> None:
    assert "'issuer' has signed" in sign(two, "issuer", ends=2)


def test_a_key_that_has_expired_does_not_help(two: Repository) -> None:
    sign(two)
    two.trust("id: second", f"id: second\n    not_after: {YESTERDAY}")
    assert "threshold: 1 of 2" in two.verify(ends=1)
    assert "is not valid today" in sign(two, ends=2)


def test_who_signs_second_looks_at_everything_again(two: Repository) -> None:
    two.edit('echo 0 > "$SERVICE/errors"', 'echo  0 > "$SERVICE/errors"')
    assert "waits for a signature" in sign(two, ends=2)
    said = sign(two, "second", "--permit", str(two.permit), ends=1)
    assert "RG402" in said
    assert "0 of 2 approvals" in said
    assert "It would not be valid: The plan has changed" in said
    said = sign(two, "second", "--permit", str(two.permit), "--json", ends=1)
    assert {"RG402", "approvals", "plan-changed"} <= {reason["code"] for reason in json.loads(said)["reasons"]}
    assert len(read(two.permit).signatures) == 1


def test_a_forged_permit_is_not_signed_over(two: Repository) -> None:
    forge(two, two.permit, statement_of(two.permit), key="runner")
    assert "its signature is not of a trusted permit-issuer" in sign(two, "second", "--permit", str(two.permit), ends=1)


def test_what_is_not_there_is_not_signed(two: Repository) -> None:
    assert "Cannot sign" in sign(two, "second", "--permit", "nowhere/x.dsse.json", ends=2)
    assert "Cannot read the record" in sign(two, "second", "--permit", "x.dsse.json", ends=2)
    sign(two)
    assert "No permit to production beside the plan waits for a signature." in sign(two, ends=2)


def test_sign_says_what_is_still_missing(two: Repository) -> None:
    two.trust("thresholds: {permit-issuer: 2}", "thresholds: {permit-issuer: 3}")
    assert "It does not count yet. 2 of 3" in sign(two)
    add_issuer(two, "third")
    assert json.loads(sign(two, "third", "--json"))["allowed"] is True


def test_a_threshold_holds_at_level_2_too(tried_out: Repository) -> None:
    tried_out.verify()
    tried_out.trust("keys:", "thresholds: {permit-issuer: 1}\nkeys:")
    assert "signature: The permit does not count: it is not signed." in tried_out.verify(ends=1)


def test_issue_says_in_json_why_not(repository: Repository) -> None:
    said = json.loads(repository.issue("--json", ends=1))
    assert said["allowed"] is False
    assert {reason["code"] for reason in said["reasons"]} == {"RG401", "approvals"}


def test_a_changed_signature_is_none(two: Repository) -> None:
    sign(two)
    envelope = read(two.permit)
    first, second = envelope.signatures
    flipped = second._replace(value=bytes([second.value[0] ^ 1, *second.value[1:]]))
    two.permit.write_bytes(encode(envelope._replace(signatures=(first, flipped))))
    assert "threshold: 1 of 2" in two.verify(ends=1)
    assert replace(open_permit(envelope)) == open_permit(envelope)
