"""Nobody approves their own plan: what hides an author, and what is done where nobody knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.loop.conftest import ATTEST, Repository

ADA = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")


def ready(repository: Repository) -> Repository:
    """Rehearsed, and approved by Ada and Grace."""
    repository.rehearse()
    repository.approve()
    return repository


def commit(repository: Repository, message: str, *who: str) -> None:
    repository.git(*who, "commit", "--quiet", "--all", "--allow-empty", "--message", message)


def assert_ada_is_an_author(repository: Repository, what: str = "wrote") -> None:
    """Ada cannot approve; and what she signs where nobody can know does not count."""
    approve = ("permit", "approve", str(repository.plan), "--key", "keys/ada.pem")
    assert f"Ada {what} the plan" in repository.gov(*approve, ends=1)
    git, hidden = repository.root / ".git", repository.root / "hidden"
    git.rename(hidden)
    repository.gov(*approve)
    hidden.rename(git)
    said = repository.issue(ends=1)
    assert "0 of 2 approvals" in said
    assert f"Ada {what} the plan; somebody else approves it." in said


# Who is an author


def test_a_co_author_is_an_author(repository: Repository) -> None:
    repository.plan.write_text(repository.plan.read_text() + "# more\n")
    commit(repository, "Add more\n\nCo-Authored-By: A. Lovelace <Ada@Example.org>\n")
    assert_ada_is_an_author(repository)


def test_who_commits_for_somebody_else_is_an_author(repository: Repository) -> None:
    repository.plan.write_text(repository.plan.read_text() + "# more\n")
    repository.git(*ADA, "commit", "--quiet", "--all", "--author", "Nobody <nobody@example.org>", "--message", "More")
    assert_ada_is_an_author(repository, "committed")


def test_a_login_in_an_address_is_an_author(repository: Repository) -> None:
    """Whoever hides the own address commits under one of GitHub's; so does its web page."""
    repository.trust("person: Ada", "person: Ada\n    github: ada-l")
    repository.plan.write_text(repository.plan.read_text() + "# more\n")
    hidden = ("-c", "user.name=A. Lovelace", "-c", "user.email=77+Ada-L@users.noreply.github.com")
    commit(repository, "More", *hidden)
    assert_ada_is_an_author(repository)


def test_who_wrote_a_script_is_an_author(repository: Repository) -> None:
    script = repository.folder / "scripts" / "back.sh"
    script.write_text(script.read_text() + "# more\n")
    repository.git(*ADA, "commit", "--quiet", "--all", "--message", "More")
    assert_ada_is_an_author(repository)


def test_a_new_name_hides_no_author(repository: Repository) -> None:
    (repository.folder / "draft.yaml").write_text(repository.plan.read_text() + "# Ada's own\n")
    repository.git("rm", "--quiet", "--cached", "rollback/op-9/plan.yaml")
    repository.git("add", "rollback/op-9/draft.yaml")
    repository.git(*ADA, "commit", "--quiet", "--message", "Draft")
    repository.plan.unlink()
    repository.git("mv", "rollback/op-9/draft.yaml", "rollback/op-9/plan.yaml")
    commit(repository, "Rename")
    assert_ada_is_an_author(repository)


def test_what_a_link_leads_to_has_authors_too(repository: Repository) -> None:
    script = repository.folder / "scripts" / "back.sh"
    real = repository.root / "shared.sh"
    real.write_text(script.read_text())
    real.chmod(0o755)
    repository.git("add", "shared.sh")
    repository.git(*ADA, "commit", "--quiet", "--message", "Share")
    script.unlink()
    script.symlink_to("../../../shared.sh")
    commit(repository, "Link")
    assert_ada_is_an_author(repository)


def test_the_plans_owner_is_an_author(repository: Repository) -> None:
    repository.edit("owner: team", "owner: ada")
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", ends=1)
    assert "Ada wrote the plan" in said


def test_an_address_that_two_keys_share_makes_them_one_person(repository: Repository) -> None:
    more = ("--out", "keys/lin2.pem", "--id", "lin2", "--role", "approver", "--person", "L. Torvalds")
    repository.gov("keys", "generate", *more, "--email", "linus@example.org", "--add-to-trust")
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/lin2.pem", ends=1)
    assert "L. Torvalds wrote the plan" in said
    ready(repository)
    repository.trust("- grace@example.org", "- ADA@example.org")
    assert "1 of 2 approvals" in repository.issue(ends=1)


def test_a_permit_needs_people_and_not_keys(issued: Repository) -> None:
    issued.trust("- grace@example.org", "- ada@example.org")
    assert "approvals of 1 people; level 3 asks for 2" in issued.verify(ends=1)


def test_an_approver_is_a_person(issued: Repository) -> None:
    issued.trust("    person: Grace\n", "")
    for command in ("issue", "verify"):
        said = issued.gov("permit", command, str(issued.plan), "-e", "production", ends=2)
        assert "trust.yaml does not say whose key 'grace' is; an approver is a person." in said
        assert "Add `person: NAME`" in said


def test_two_keys_with_one_id_are_refused(issued: Repository) -> None:
    issued.trust("id: grace", "id: ada")
    assert "trust.yaml has two keys with the id 'ada'." in issued.verify(ends=2)


# Where nobody knows


def approve_with_warning(repository: Repository, message: str) -> None:
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", *ATTEST)
    assert f"WARNING: from level 3 on no permit can be issued as it is. {message}" in said


def test_a_clone_that_is_cut_off_hides_authors(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.edit("title: Version two", "title: Version 2")
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(shallow))
    shutil.move(repository.root / ".git", tmp_path / "whole")
    shutil.move(shallow / ".git", repository.root / ".git")
    repository.git("remote", "remove", "origin")
    ready(repository)
    said = repository.issue(ends=1)
    assert "The history of this clone is cut off" in said
    assert "`fetch-depth: 0` of actions/checkout" in said
    approve_with_warning(repository, "The history of this clone is cut off")
    shutil.rmtree(repository.root / ".git")
    shutil.move(tmp_path / "whole", repository.root / ".git")
    repository.issue()


@pytest.mark.parametrize("file", ["plan.yaml", "scripts/back.sh"])
def test_what_is_not_committed_has_no_known_author(repository: Repository, file: str) -> None:
    path = repository.folder / file
    path.write_text(path.read_text() + "# not committed\n")
    ready(repository)
    said = repository.issue(ends=1)
    assert f"Nobody knows who wrote what is not committed: {path.name}. Commit it first." in said
    commit(repository, "Commit it")
    repository.issue()


@pytest.mark.parametrize("ignored", [False, True])
def test_what_git_does_not_know_has_no_known_author(repository: Repository, ignored: bool) -> None:
    (repository.root / ".gitignore").write_text("*.sh\n" if ignored else "")
    repository.git("rm", "--quiet", "--cached", "rollback/op-9/scripts/back.sh")
    commit(repository, "Forget it")
    ready(repository)
    assert "who wrote what is not committed: back.sh" in repository.issue(ends=1)


def test_outside_of_a_repository_only_level_2_gets_a_permit(repository: Repository) -> None:
    shutil.rmtree(repository.root / ".git")
    ready(repository)
    said = repository.issue(ends=1)
    assert "Nobody knows who wrote the plan, because git cannot tell: git log: fatal: not a git repository" in said
    assert "The plan has to be committed" in said
    plan = repository.plan.read_text()
    repository.plan.write_text(plan.replace("level: 3", "level: 2"))
    approve_with_warning(repository, "Nobody knows who wrote the plan")
    repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes", "--scenario", "full")
    repository.issue()
    repository.verify()


def test_before_the_first_commit_nobody_is_known(repository: Repository) -> None:
    shutil.rmtree(repository.root / ".git")
    repository.git("init", "--quiet")
    assert "git cannot tell: git log: fatal:" in repository.issue(ends=1)


def test_without_git_nobody_is_known(issued: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    said = issued.issue(ends=1)
    assert "git cannot tell: git cannot be run: No such file or directory. Install git." in said


def test_a_git_that_hangs_is_not_waited_for(
    issued: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    monkeypatch.setattr("rollback_gov.commands.authors._SECONDS", 0.2)
    monkeypatch.setattr("rollback_gov.commands.audit_checkpoint.HEAD_SECONDS", 0.2)
    monkeypatch.setattr("rollback_gov.commands.permit._LOG_SECONDS", 0.2)
    assert "took longer than 0.2 s." in issued.issue(ends=1)


def test_variables_lead_git_to_no_other_repository(
    issued: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    issued.git("init", "--quiet", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    said = issued.gov("permit", "approve", str(issued.plan), "--key", "keys/linus.pem", ends=1)
    assert "Linus wrote the plan" in said


def test_a_name_of_a_file_is_no_pattern(repository: Repository) -> None:
    odd = repository.folder / "scripts" / ":(exclude)*.sh"
    odd.write_text("#!/bin/sh\n")
    repository.edit("uses: [scripts/back.sh]", 'uses: [scripts/back.sh, "scripts/:(exclude)*.sh"]')
    ready(repository)
    assert "not committed: :(exclude)*.sh" in repository.issue(ends=1)
    repository.git("--literal-pathspecs", "add", "rollback/op-9/scripts/:(exclude)*.sh")
    repository.git(*ADA, "commit", "--quiet", "--message", "Odd")
    assert "Ada wrote the plan" in repository.issue(ends=1)
