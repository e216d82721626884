"""Who approves: not who wrote, committed or asks for it, and no machine; reviews count beside signed approvals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollback_gov.commands.permit import PermitRequest, verify
from rollback_gov.commands.permit_issue import issue
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import Refused
from rollback_gov.plans.load import load_plan
from rollback_gov.records.exclusion import Rejection
from rollback_gov.records.keys import load_private_key
from rollback_gov.records.reviews import CountedReview, RejectedReview, Reviewed
from tests.loop.conftest import ATTEST, Repository
from tests.loop.forging import forge, forge_permit, statement_of


def codes(repository: Repository) -> set[str]:
    said = json.loads(repository.issue("--json", ends=1))
    return {reason["code"] for reason in said["reasons"]}


@pytest.fixture
def approved(repository: Repository) -> Repository:
    repository.rehearse()
    repository.approve()
    return repository


def test_who_asks_for_the_permit_does_not_approve_it(approved: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    approved.trust("person: Grace", "person: Grace\n    github: grace-h")
    monkeypatch.setenv("GITHUB_ACTOR", "Grace-H")
    assert "approval-starter" in codes(approved)
    monkeypatch.delenv("GITHUB_ACTOR")
    monkeypatch.setenv("GITHUB_TRIGGERING_ACTOR", "grace-h")
    assert "Grace asks for this permit; somebody else approves it." in approved.issue(ends=1)
    monkeypatch.delenv("GITHUB_TRIGGERING_ACTOR")
    approved.trust("role: permit-issuer", "role: permit-issuer\n    person: grace")
    assert "approval-starter" in codes(approved), "whose key signs the permit asks for it"


def test_a_committer_does_not_approve(approved: Repository) -> None:
    approved.plan.write_text(approved.plan.read_text() + "# more\n")
    grace = ("-c", "user.name=Grace", "-c", "user.email=grace@example.org")
    approved.git(*grace, "commit", "--quiet", "--all", "--author", "Nobody <n@example.org>", "--message", "More")
    assert "approval-committer" in codes(approved)


def test_a_bot_does_not_approve(approved: Repository) -> None:
    approved.trust("grace@example.org", "1+renovate[bot]@users.noreply.github.com")
    assert "approval-bot" in codes(approved)
    approved.trust("1+renovate[bot]@users.noreply.github.com", "grace@example.org")
    approved.issue()
    approved.trust("grace@example.org", "1+renovate[bot]@users.noreply.github.com")
    assert "Grace is a bot; people approve." in approved.verify(ends=1)


def test_an_approval_before_the_last_change_is_stale(approved: Repository) -> None:
    approved.edit("title: Version two", "title: The second version")
    assert codes(approved) == {"approvals", "approval-stale"}


@pytest.mark.parametrize(("change", "code"), [("forged", "approval-untrusted"), ("damaged", "approval-unreadable")])
def test_what_is_no_approval_is_named(approved: Repository, change: str, code: str) -> None:
    path = next(approved.folder.glob("approvals/*grace*"))
    if change == "forged":
        forge(approved, path, statement_of(path), key="issuer")
    else:
        path.write_text("{}")
    assert code in codes(approved)


# Reviews, as a forge will bring them


def counted(login: str) -> CountedReview:
    return CountedReview(login=login, id=7, role="sre", commit="a" * 40, at="2025-12-09T10:00:00Z", pull_request=17)


def request(repository: Repository, *reviews: CountedReview, environ: Mapping[str, str] | None = None) -> PermitRequest:
    rejected = RejectedReview(login="bob", code=Rejection.PERMISSION, reason="bob may read here.")
    return PermitRequest(
        loaded=load_plan(repository.plan),
        workspace=Workspace.around(repository.plan),
        environment="production",
        now=datetime.now(UTC),
        environ=environ or {},
        given={},
        artefacts={},
        reviews=Reviewed(valid=reviews, rejected=(rejected,)),
    )


@pytest.fixture
def half(repository: Repository) -> Repository:
    """One signed approval where two are needed."""
    repository.rehearse()
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", *ATTEST)
    return repository


def test_a_review_counts_beside_a_signed_approval(half: Repository) -> None:
    key = load_private_key(Path("keys/issuer.pem"))
    with pytest.raises(Refused) as refused:
        issue(request(half), key)
    assert "The review of bob does not count: bob may read here." in refused.value.reasons
    issued = issue(request(half, counted("grace-h")), key)
    assert [review.login for review in issued.permit.reviews] == ["grace-h"]
    half.verify()
    assert json.loads(half.gov("permit", "show", str(issued.file)))["reviews"][0]["pull_request"] == 17


def test_a_login_and_a_key_of_one_person_are_one(half: Repository) -> None:
    key = load_private_key(Path("keys/issuer.pem"))
    half.trust("person: Ada", "person: Ada\n    github: ada-l")
    with pytest.raises(Refused) as refused:
        issue(request(half, counted("ADA-L")), key)
    assert "1 of 2 approvals" in refused.value.reasons[0]


def test_nobody_vouches_for_a_review_in_an_unsigned_permit(tried_out: Repository) -> None:
    tried_out.verify()
    for approval in tried_out.folder.glob("approvals/*"):
        approval.unlink()
    bound = open_reviews(tried_out)
    forge_permit(tried_out, key="", approvals=(), reviews=bound)
    said = tried_out.verify(ends=1)
    assert "approvals of 0 people; level 2 asks for 1" in said
    assert "Reviews count in a permit that a trusted permit-issuer has signed: issue it with --key." in said
    forge_permit(tried_out, key="issuer", approvals=(), reviews=bound)
    assert verify(request(tried_out)).allowed


def open_reviews(repository: Repository) -> tuple[object, ...]:
    from dataclasses import asdict

    from rollback_gov.records.permit import BoundReview

    return (BoundReview(**asdict(counted("grace-h"))),)
