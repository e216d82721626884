"""The gate of a deployment takes the single use: at the remote where there is one."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.records.audit.entry import Head
from tests.loop.conftest import Repository


@pytest.fixture
def shared(issued: Repository, tmp_path: Path) -> Repository:
    """A repository with a remote ``origin``, and a permit that was issued for it."""
    issued.git("init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    issued.git("remote", "add", "origin", f"file://{tmp_path}/remote.git")
    issued.permit.unlink()
    issued.issue()
    issued.capture()
    return issued


def test_two_machines_and_one_permit(shared: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    shutil.copytree(shared.root, other, symlinks=True)
    assert "is claimed for the deployment" in shared.claim()
    monkeypatch.chdir(other)
    elsewhere = Repository(other, shared.output)
    elsewhere.verify()
    assert "already-used: The permit has been used: by linus" in elsewhere.claim(ends=1)
    assert "already-used" in shared.verify(ends=1), "who claimed it knows it offline too"
    assert "already-used" in shared.claim(ends=1)


def test_a_remote_by_another_name_counts_too(
    shared: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.permit.unlink()
    shared.git("remote", "rename", "origin", "upstream")
    shared.issue()
    other = tmp_path / "other" / shared.root.name
    shutil.copytree(shared.root, other, symlinks=True)
    shared.claim()
    monkeypatch.chdir(other)
    assert "already-used: The permit has been used: by linus" in Repository(other, shared.output).claim(ends=1)


def test_nobody_guesses_at_which_remote_a_use_is_taken(shared: Repository, tmp_path: Path) -> None:
    shared.permit.unlink()
    shared.git("remote", "rename", "origin", "upstream")
    shared.git("remote", "add", "fork", "https://example.org/fork")
    shared.issue()
    said = shared.claim(ends=1)
    assert "this repository has the remotes fork, upstream, and none of them is called origin." in said
    shared.gov("permit", "claim", str(shared.plan), "-e", "production", "--local")


def test_without_the_network_there_is_no_deployment(shared: Repository, tmp_path: Path) -> None:
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    said = shared.claim(ends=1)
    assert "The permit's use could not be taken at origin, so it is not given: git push: fatal:" in said
    assert "A gate of a deployment fails closed." in said
    told = json.loads(shared.gov("permit", "claim", str(shared.plan), "-e", "production", "--json", ends=1))
    assert (told["allowed"], [reason["code"] for reason in told["reasons"]]) == (False, ["use-not-taken"])
    (tmp_path / "gone.git").rename(tmp_path / "remote.git")
    shared.claim()
    said = shared.gov("audit", "sync", ends=2)
    assert "Where origin never had it, begin it there: git push origin refs/heads/rollback-gov-audit" in said
    shared.git("push", "origin", "refs/heads/rollback-gov-audit")
    shared.gov("audit", "sync")
    log = json.loads(shared.gov("audit", "export", "--operation", "op-9", "--format", "json"))
    assert [(entry["event"], entry["data"].get("reasons")) for entry in log[-3:]] == [
        ("permit.denied", ["use-not-taken"]),
        ("permit.denied", ["use-not-taken"]),
        ("permit.claimed", None),
    ], "a denial is a decision"


def test_a_deployment_from_one_machine_may_do_without_the_remote(shared: Repository, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "remote.git")
    claim = ("permit", "claim", str(shared.plan), "-e", "production", "--local")
    shared.gov(*claim)
    assert "already-used" in shared.gov(*claim, ends=1)


def test_what_cannot_be_written_here_was_still_taken_there(shared: Repository, tmp_path: Path) -> None:
    (shared.folder / "permits" / "claims").write_text("in the way")
    assert json.loads(shared.gov("permit", "claim", str(shared.plan), "-e", "production", "--json"))["allowed"]
    assert "already-used" in shared.claim(ends=1)


def test_a_use_whose_claim_was_removed_was_taken_all_the_same(issued: Repository) -> None:
    """Whoever has files removes and brings back what they like; the audit log has it still."""
    issued.capture()
    issued.gov("audit", "sync")
    issued.claim()
    (claim,) = issued.folder.glob("permits/claims/*.json")
    claim.unlink()
    assert "already-used: The permit has been used: by linus at" in issued.verify(ends=1), "it waits to be sent"
    issued.gov("audit", "sync")
    assert "says the audit log" in issued.claim(ends=1)
    said = issued.gov("execute", str(issued.plan), "-e", "production", "--yes", "--reason", "errors")
    assert "permit: valid" in said, "that it was used is as it should be where it is rolled back"


def test_before_there_is_a_log_what_waits_for_it_counts(issued: Repository) -> None:
    issued.capture()
    issued.claim()
    next(issued.folder.glob("permits/claims/*.json")).unlink()
    issued.git("update-ref", "-d", "refs/heads/rollback-gov-audit")
    assert not Trail(root=issued.root, environ=os.environ).is_there
    assert "already-used" in issued.verify(ends=1)


def test_a_plain_clone_has_the_log_as_the_branch_of_its_remote(shared: Repository) -> None:
    shared.git("push", "--quiet", "origin", "HEAD", "refs/heads/rollback-gov-audit")
    shared.gov("permit", "claim", str(shared.plan), "-e", "production", "--local")
    shared.gov("audit", "sync")
    next(shared.folder.glob("permits/claims/*.json")).unlink()
    shared.git("update-ref", "-d", "refs/heads/rollback-gov-audit")
    shared.git("fetch", "--quiet", "origin")
    assert "already-used" in shared.verify(ends=1)
    shared.git("pack-refs", "--all")
    assert "already-used" in shared.verify(ends=1)
    seen = Trail(root=shared.root, environ=os.environ)
    assert seen.seen() == seen.log(offline=True).head() == seen.log().head() != Head()
