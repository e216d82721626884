"""What tries to get through the gate of a deployment, and does not."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.records.times import stamp
from tests.loop.conftest import ATTEST, Repository
from tests.loop.forging import forge, forge_permit, statement_of

NOW = datetime.now(UTC)
TODAY, YESTERDAY = f"{NOW:%Y-%m-%d}", f"{NOW - timedelta(days=1):%Y-%m-%d}"
DIGEST, OTHER = "a" * 64, "b" * 64


def ago(**units: float) -> str:
    return stamp(NOW - timedelta(**units))


# A permit counts once


def test_a_copy_of_a_used_permit_is_the_same_permit(issued: Repository, tmp_path: Path) -> None:
    issued.capture()
    issued.claim()
    beside, elsewhere = issued.permit.with_name("production-copy.dsse.json"), tmp_path / "copy.dsse.json"
    shutil.copy(issued.permit, elsewhere)
    shutil.copy(issued.permit, beside)
    assert "already-used" in issued.claim(ends=1)
    for copy in (beside, elsewhere):
        assert "already-used: The permit has been used: by linus" in issued.verify("--permit", str(copy), ends=1)
        issued.gov("permit", "claim", str(issued.plan), "-e", "production", "--permit", str(copy), ends=1)


def test_another_spelling_of_a_used_envelope_is_the_same_permit(issued: Repository) -> None:
    issued.capture()
    issued.claim()
    envelope = json.loads(issued.permit.read_text())
    issued.permit.write_text(json.dumps({**envelope, "more": "nothing"}))
    assert "already-used" in issued.claim(ends=1)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"by": "x"', "[" * 5000])
def test_a_damaged_claim_is_a_use(issued: Repository, content: str) -> None:
    issued.capture()
    issued.claim()
    next(issued.folder.glob("permits/claims/*.json")).write_text(content)
    assert "by somebody (the claim cannot be read)" in issued.claim(ends=1)


def test_a_claim_that_leads_nowhere_is_a_use(issued: Repository) -> None:
    issued.capture()
    issued.claim()
    claim = next(issued.folder.glob("permits/claims/*.json"))
    claim.unlink()
    claim.symlink_to("nowhere")
    assert "already-used" in issued.verify(ends=1)
    assert "already-used" in issued.claim(ends=1)


def test_a_use_that_cannot_be_written_down_is_not_given(issued: Repository) -> None:
    issued.capture()
    (issued.folder / "permits" / "claims").write_text("in the way")
    assert "cannot be written down, so it is not given" in issued.claim(ends=1)


def test_after_its_use_another_permit_is_issued_and_counts(issued: Repository) -> None:
    issued.capture()
    issued.claim()
    issued.issue()
    issued.claim()
    assert len(list(issued.folder.glob("permits/claims/*.json"))) == 2


# Time


def test_an_expired_key_cannot_date_a_permit_back(issued: Repository) -> None:
    issued.trust("role: permit-issuer", f"role: permit-issuer\n    not_after: {YESTERDAY}")
    forge_permit(issued, issued=ago(days=1), not_before=ago(days=1), expires=ago(days=-1))
    assert "signature: The permit does not count: the key 'issuer' was not valid" in issued.verify(ends=1)


def test_a_key_that_was_not_valid_yet_does_not_count(issued: Repository) -> None:
    issued.trust("role: permit-issuer", f"role: permit-issuer\n    not_before: {TODAY}")
    issued.verify()
    forge_permit(issued, issued=ago(days=1), not_before=ago(days=1))
    assert "signature:" in issued.verify(ends=1)


def test_no_permit_lives_longer_than_its_level_allows(issued: Repository) -> None:
    forge_permit(issued, expires=ago(days=-365))
    assert "lifetime: The permit is to live" in issued.verify(ends=1)


def test_no_permit_comes_from_the_future(issued: Repository) -> None:
    forge_permit(issued, issued=ago(hours=-3), expires=ago(hours=-4))
    assert "not-yet-valid" in issued.verify(ends=1)


def test_a_time_that_is_no_time_is_unreadable(issued: Repository) -> None:
    forge_permit(issued, issued="2026-02-31T00:00:00Z")
    assert "unreadable: The permit cannot be read: '2026-02-31T00:00:00Z' is no time." in issued.verify(ends=1)


def test_a_permit_is_as_short_as_it_was_asked_to_be(issued: Repository) -> None:
    issued.permit.unlink()
    said = json.loads(issued.issue("--hours", "1", "--json"))
    assert timedelta(minutes=58) < datetime.fromisoformat(said["expires"]) - datetime.now(UTC) < timedelta(hours=1)


# Approvals


def test_a_permit_is_not_believed_about_its_approvals(tried_out: Repository) -> None:
    approval = next(tried_out.folder.glob("approvals/*"))
    approval.unlink()
    said = tried_out.verify(ends=1)
    assert "approvals: The approval of Ada" in said
    assert "is not beside the plan any more" in said
    assert "approvals of 0 people; level 2 asks for 1" in said


def test_an_approval_without_a_trusted_signature_does_not_count(tried_out: Repository) -> None:
    approval = next(tried_out.folder.glob("approvals/*"))
    forge(tried_out, approval, statement_of(approval), key="")
    said = tried_out.verify(ends=1)
    assert "does not count: No trusted approver's key signed it." in said


def test_an_approval_signed_for_somebody_else_does_not_count(tried_out: Repository) -> None:
    approval = next(tried_out.folder.glob("approvals/*"))
    forge(tried_out, approval, statement_of(approval), key="linus")
    assert "It speaks for Ada and is signed by Linus." in tried_out.verify(ends=1)


def test_approvals_that_were_taken_out_of_a_permit_are_missed(issued: Repository) -> None:
    forge_permit(issued, approvals=())
    said = issued.verify(ends=1)
    assert "approvals of 0 people; level 3 asks for 2" in said
    assert said.count("Nobody attests") == 3


def test_an_approver_whose_key_was_withdrawn_does_not_count(issued: Repository) -> None:
    issued.trust("id: grace", f"id: grace\n    not_after: {YESTERDAY}")
    assert "The key 'grace' was not valid when Grace approved." in issued.verify(ends=1)


def test_a_yes_lasts_thirty_days(repository: Repository) -> None:
    repository.edit("level: 3", "level: 2")
    repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes", "--scenario", "full")
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem")
    approval = next(repository.folder.glob("approvals/*"))
    statement = statement_of(approval)
    for at, why in ((ago(days=31), "a yes lasts 30 days"), (ago(hours=-1), "approves it in the future")):
        statement["predicate"]["at"] = at
        forge(repository, approval, statement, key="ada")
        said = repository.gov("permit", "issue", str(repository.plan), "-e", "production", ends=1)
        assert "0 of 1 approvals" in said
        assert why in said
    statement["predicate"]["at"] = ago(days=29.9)
    forge(repository, approval, statement, key="ada")
    said = repository.gov("permit", "issue", str(repository.plan), "-e", "production", "--json")
    expires = datetime.fromisoformat(json.loads(said)["expires"])
    assert expires < NOW + timedelta(hours=3), "a permit does not outlive its approvals"


def test_an_expired_key_approves_nothing(repository: Repository) -> None:
    repository.trust("id: ada", f"id: ada\n    not_after: {YESTERDAY}")
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", ends=2)
    assert "The key 'ada' is not valid today" in said


# What a record says


def test_subjects_are_what_the_predicate_speaks_of(issued: Repository) -> None:
    statement = statement_of(issued.permit)
    statement["subject"][0]["digest"]["sha256"] = OTHER
    forge(issued, issued.permit, statement)
    assert "predicate: The permit cannot be read: The statement's subjects" in issued.verify(ends=1)


def test_another_payload_type_is_no_statement(issued: Repository) -> None:
    forge(issued, issued.permit, statement_of(issued.permit), type_="text/plain")
    assert "payload-type: The permit cannot be read: The payload's type is 'text/plain'" in issued.verify(ends=1)


def test_another_statement_is_no_permit(issued: Repository) -> None:
    forge(issued, issued.permit, statement_of(next(issued.folder.glob("approvals/*"))))
    assert "predicate: The permit cannot be read: The statement is of another type" in issued.verify(ends=1)


def test_a_predicate_fits_its_schema(issued: Repository) -> None:
    statement = statement_of(issued.permit)
    statement["predicate"]["uses"] = 100
    forge(issued, issued.permit, statement)
    assert "schema: The permit cannot be read: It does not fit the schema permit-v1 at 'uses'" in issued.verify(ends=1)


@pytest.mark.parametrize("key", ["ada", "runner"])
def test_nothing_is_parsed_before_its_signature_verifies(tried_out: Repository, key: str) -> None:
    forge(tried_out, tried_out.permit, b"{not even JSON", key=key)
    assert "signature: The permit does not count: its signature is not of a trusted" in tried_out.verify(ends=1)


# Evidence


def test_evidence_of_another_plan_is_noticed(issued: Repository) -> None:
    for file in issued.folder.glob("evidence/*.dsse.json"):
        statement = statement_of(file)
        statement["predicate"]["operation"] = "op-8"
        forge(issued, file, statement, key="runner")
    present = [statement_of(file) for file in issued.folder.glob("evidence/*.dsse.json")]
    assert present
    rebind(issued)
    assert "evidence-other-plan: The rehearsal in" in issued.verify(ends=1)


@pytest.mark.parametrize(("hours", "message"), [(73, "that is too long ago"), (-1, "has not happened yet")])
def test_the_age_of_evidence_is_its_own_and_not_what_the_permit_says(
    issued: Repository, hours: int, message: str
) -> None:
    for file in issued.folder.glob("evidence/*.dsse.json"):
        statement = statement_of(file)
        statement["predicate"]["finished"] = ago(hours=hours)
        forge(issued, file, statement, key="runner")
    rebind(issued)
    said = issued.verify(ends=1)
    assert "evidence-stale" in said
    assert message in said


def test_a_permit_stands_on_a_rehearsal(issued: Repository) -> None:
    forge_permit(issued, evidence=())
    assert "evidence-missing: The permit stands on no rehearsal." in issued.verify(ends=1)


def rebind(repository: Repository) -> None:
    """Issue the permit for the evidence that lies there now, as somebody with the issuer's key could."""
    from dataclasses import replace

    from rollback_gov.records.permit import open_permit
    from rollback_gov.records.statement import read

    identities = sorted(read(file).sha256 for file in repository.folder.glob("evidence/*.dsse.json"))
    permit = open_permit(read(repository.permit))
    bound = zip(permit.evidence, identities, strict=True)
    forge_permit(repository, evidence=tuple(replace(item, sha256=sha256) for item, sha256 in bound))


# Which permit


def test_a_permit_for_production_eu_is_none_for_production(issued: Repository) -> None:
    environments = issued.root / ".rollback-gov" / "environments.yaml"
    environments.write_text(environments.read_text() + "  production-eu: {class: production}\n")
    more = ("-e", "production-eu", "--key", "keys/issuer.pem")
    issued.gov("permit", "issue", str(issued.plan), *more)
    issued.verify()
    issued.gov("permit", "verify", str(issued.plan), "-e", "production-eu")
    for path in issued.folder.glob("permits/production-2*"):
        path.unlink()
    assert "missing: There is no permit for production beside the plan." in issued.verify(ends=1)


def test_one_permit_that_allows_is_enough(issued: Repository) -> None:
    issued.issue()
    older, newer = sorted(issued.folder.glob("permits/*.dsse.json"), key=lambda path: path.stat().st_mtime_ns)
    newer.write_text("{}")
    os.utime(older, (0, 0))
    assert older.name in issued.verify()


def test_the_newest_says_why_none_allows(issued: Repository) -> None:
    forge_permit(issued, issued=ago(hours=2), expires=ago(hours=1), nonce="0" * 32)
    issued.permit.rename(issued.permit.with_name("zzz.dsse.json"))
    issued.issue()
    issued.edit("budget: 1m", "budget: 2m")
    said = issued.verify(ends=1)
    assert "plan-changed" in said
    assert "expired" not in said


def test_the_same_repository_by_ssh_and_by_https(issued: Repository) -> None:
    issued.git("remote", "add", "origin", "git@GitHub.com:acme/shop.git")
    said = issued.verify(ends=1)
    assert "wrong-repository: The permit is for the repository 'repository', not 'github.com/acme/shop'." in said
    issued.issue()
    issued.git("remote", "set-url", "origin", "https://token:secret@github.com/acme/shop")
    issued.verify()


# What is deployed


def test_a_permit_is_for_the_artefacts_that_it_names(issued: Repository) -> None:
    issued.permit.unlink()
    issued.issue("--artefact", f"api={DIGEST}", "--artefact", f"web=sha256:{OTHER}")
    both = ("--artefact", f"api={DIGEST}", "--artefact", f"web={OTHER}")
    issued.verify(*both)
    assert "artefact: The permit is for other artefacts: api, web." in issued.verify(ends=1)
    said = issued.verify("--artefact", f"api={OTHER}", "--artefact", f"web={OTHER}", ends=1)
    assert "artefact: The permit is for other artefacts: api." in said
    issued.capture()
    assert "artefact" in issued.claim(ends=1)
    issued.gov("permit", "claim", str(issued.plan), "-e", "production", *both)


def test_a_permit_without_artefacts_is_for_none(issued: Repository) -> None:
    assert "artefact" in issued.verify("--artefact", f"api={DIGEST}", ends=1)


@pytest.mark.parametrize("value", ["api=abc", f"api={DIGEST.upper()}", f"api=md5:{DIGEST}", "api", "=" + DIGEST])
def test_an_artefact_has_a_name_and_a_sha256(issued: Repository, value: str) -> None:
    issued.verify("--artefact", value, ends=2)


# Issuing


def test_a_permit_binds_what_counts_and_nothing_else(repository: Repository) -> None:
    repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes")
    unsigned = set(repository.folder.glob("evidence/*.dsse.json"))
    repository.rehearse()
    repository.approve()
    repository.issue()
    bound = {item["sha256"] for item in statement_of(repository.permit)["predicate"]["evidence"]}
    assert len(bound) == 4
    from rollback_gov.records.statement import read

    assert bound & {read(path).sha256 for path in unsigned} == set()


def test_newer_rehearsals_take_the_place_of_older_ones(issued: Repository) -> None:
    issued.permit.unlink()
    issued.rehearse("staging")
    issued.issue()
    bound = [item["sha256"] for item in statement_of(issued.permit)["predicate"]["evidence"]]
    assert len(bound) == 4
    assert len(list(issued.folder.glob("evidence/*.dsse.json"))) == 6


def test_what_would_not_verify_is_not_issued(issued: Repository) -> None:
    issued.permit.unlink()
    issued.trust("role: permit-issuer", f"role: permit-issuer\n    not_after: {YESTERDAY}")
    assert "It would not be valid: The permit does not count: the key 'issuer'" in issued.issue(ends=1)
    assert not list(issued.folder.glob("permits/*"))


def test_a_level_asks_for_a_signature(issued: Repository) -> None:
    said = issued.gov("permit", "issue", str(issued.plan), "-e", "production", ends=1)
    assert "Level 3 asks for a signed permit. Use --key FILE." in said


def test_a_key_from_elsewhere_signs_nothing(issued: Repository) -> None:
    issued.gov("keys", "generate", "--out", "keys/x.pem", "--id", "x", "--role", "permit-issuer")
    said = issued.gov("permit", "issue", str(issued.plan), "-e", "production", "--key", "keys/x.pem", ends=1)
    assert "The key is not in .rollback-gov/trust.yaml." in said


def test_attestations_may_come_from_several_people(repository: Repository) -> None:
    repository.rehearse()
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", *ATTEST[:4])
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/grace.pem", *ATTEST[4:])
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem")
    repository.issue()
    repository.verify()


def test_what_cannot_be_attested_is_named(repository: Repository) -> None:
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", "--attest", "x", ends=2)
    assert "'x' cannot be attested; possible: manual-rollback-tested" in said


def test_where_no_record_can_be_written_it_is_said(repository: Repository) -> None:
    (repository.folder / "approvals").write_text("in the way")
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", ends=2)
    assert "Cannot write the record into" in said


def test_older_rehearsals_are_kept_where_they_cover_more(issued: Repository) -> None:
    issued.permit.unlink()
    original = issued.plan.read_text()
    issued.edit("budget: 30s\n    steps: [{id: errors", "budget: 40s\n    steps: [{id: errors")
    issued.rehearse("staging")
    issued.plan.write_text(original)
    issued.git("commit", "--quiet", "--all", "--message", "Back again")
    for path in issued.folder.glob("evidence/*-blue*"):
        statement = statement_of(path)
        statement["predicate"]["order"] = ["phases/service"]
        forge(issued, path, statement, key="runner")
    issued.issue()
    assert len(statement_of(issued.permit)["predicate"]["evidence"]) == 6


def test_a_level_that_was_raised_needs_another_permit(tried_out: Repository) -> None:
    tried_out.gov("permit", "issue", str(tried_out.plan), "-e", "production", "--key", "keys/issuer.pem")
    policy = tried_out.root / ".rollback-gov" / "policy.yaml"
    policy.write_text("floors: {environments: {production: 3}}\n")
    said = tried_out.verify(ends=1)
    assert "level-below-floor: The permit was issued at level 2; level 3 is required now." in said
    assert "evidence-untrusted" in said


def test_each_region_has_its_baseline_and_its_values(repository: Repository) -> None:
    regions = "regions: {order: [eu, us], parameters: {eu: {SERVICE: staging-service}, us: {SERVICE: blue-service}}}\n"
    repository.edit("level: 3", "level: 2")
    repository.edit("sla: 5m\n", f"sla: 5m\n{regions}")
    rehearse = ("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes", "--scenario", "full")
    for region in ("eu", "us"):
        repository.gov(*rehearse, "--region", region)
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem")
    repository.issue()
    permit = statement_of(repository.permit)["predicate"]
    assert permit["parameters"] == {"SPEED": "quick"}, "the values of the regions are in the plan"
    said = repository.claim(ends=1)
    assert "The baseline 'data' of production, region eu, is missing. Run `rollback-gov capture" in said
    for region in ("eu", "us"):
        assert f"--region {region}" in said
        repository.gov("capture", str(repository.plan), "-e", "production", "--region", region)
    repository.verify("--param", "SERVICE=elsewhere", ends=1)
    repository.claim()
    execute = ("execute", str(repository.plan), "-e", "production", "--region", "us", "--reason", "errors", "--yes")
    assert "permit: valid" in repository.gov(*execute)


def test_a_rollback_knows_the_permit_under_which_the_change_went_out(issued: Repository) -> None:
    issued.permit.unlink()
    issued.issue("--artefact", f"api={DIGEST}")
    issued.capture()
    issued.gov("permit", "claim", str(issued.plan), "-e", "production", "--artefact", f"api={DIGEST}")
    execute = ("execute", str(issued.plan), "-e", "production", "--reason", "errors", "--yes")
    assert "permit: valid" in issued.gov(*execute)
