"""A plan's digests at commits of real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rollback_gov.commands.plan_at import PlanHistory
from rollback_gov.git import Git
from rollback_gov.model.errors import UsageError
from rollback_gov.model.evidence import Digests
from rollback_gov.plans.load import load_plan
from rollback_gov.records.digests import digests

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 1}
uses: [back.sh, ../shared/link.sh]
phases: [{id: undo, steps: [{id: undo, run: ./back.sh}]}]
"""
NAME = "rollback/op-7/plan.yaml"


class Repository:
    """A repository with a plan that uses a script, and a link to one that all plans share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write(NAME, PLAN)
        self.write("rollback/op-7/back.sh", "echo back\n")
        self.write("lib/real.sh", "echo shared\n")
        (root / "rollback/shared").mkdir()
        (root / "rollback/shared/link.sh").symlink_to("../../lib/real.sh")
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@x", *words]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def today(self) -> Digests:
        loaded = load_plan(self.root / NAME)
        return digests(loaded.require(), loaded.files)

    def at(self, commit: str) -> Digests | None:
        return history(self.root).digests_at(commit)


def history(root: Path) -> PlanHistory:
    return PlanHistory(Git(root, os.environ), root / NAME)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "here")


def test_they_are_those_of_the_files_as_they_were(repository: Repository) -> None:
    first = repository.commit()
    then = repository.today()
    assert set(then.files) == {"back.sh", "../shared/link.sh"}
    for name, text in (("rollback/op-7/back.sh", "echo 2\n"), ("lib/real.sh", "echo 3\n"), (NAME, PLAN + "sla: 5m\n")):
        repository.write(name, text)
        later = repository.commit()
        assert repository.at(later) == repository.today()
        assert repository.at(later) != then
    assert repository.at(first) == then


def test_what_is_not_committed_changes_nothing(repository: Repository) -> None:
    commit, then = repository.commit(), repository.today()
    repository.write("rollback/op-7/back.sh", "echo 666\n")
    assert repository.at(commit) == then != repository.today()


def test_an_attribute_of_the_commit_changes_nothing(repository: Repository) -> None:
    """``git archive`` would put the commit into the file."""
    repository.write(".gitattributes", "*.sh export-subst\n")
    repository.write("rollback/op-7/back.sh", "echo $Format:%H$\n")
    assert repository.at(repository.commit()) == repository.today()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (NAME, "kind: [\n"),
        (NAME, "kind: RollbackPlan\n"),
        (NAME, ""),
        ("rollback/op-7/back.sh", None),
        (NAME, None),
        ("lib/real.sh", None),
        (NAME, PLAN.replace("back.sh, ", '"a\\nb", ')),
        (NAME, PLAN.replace("back.sh, ", "../../../../etc/passwd, ")),
        (NAME, PLAN.replace("back.sh, ", "., ")),
    ],
    ids=["no YAML", "no plan", "empty", "no script", "not there", "dangling", "two lines", "outside", "a folder"],
)
def test_a_plan_that_could_not_be_used_has_none(repository: Repository, name: str, text: str | None) -> None:
    if text is None:
        (repository.root / name).unlink()
    else:
        repository.write(name, text)
    assert repository.at(repository.commit()) is None


@pytest.mark.parametrize("commit", ["", "HEAD", "main", "a" * 40, "--help", "a" * 39, "HEAD\n"])
def test_what_is_no_commit_has_none(repository: Repository, commit: str) -> None:
    repository.commit()
    assert repository.at(commit) is None


def test_settings_further_down_change_no_name(repository: Repository) -> None:
    repository.write("rollback/.rollback-gov/policy.yaml", "{}\n")
    commit = repository.commit()
    assert history(repository.root).name(repository.root / NAME) == NAME
    below = PlanHistory(Git(repository.root / "rollback/op-7", os.environ), repository.root / NAME)
    assert below.digests_at(commit) == repository.at(commit) is not None


def test_a_folder_without_git_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lies in no repository of git's"):
        history(tmp_path)


def test_a_tree_is_no_commit(repository: Repository) -> None:
    repository.commit()
    assert repository.at(repository.git("rev-parse", "HEAD^{tree}")) is None


def test_a_commit_that_no_branch_has_any_more_is_fetched(repository: Repository, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    repository.git("remote", "add", "origin", f"file://{remote}")
    reviewed, then = repository.commit(), repository.today()
    repository.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
    repository.write("rollback/op-7/back.sh", "echo again\n")
    repository.git("commit", "--quiet", "--all", "--amend", "--message", "y")
    repository.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/change")
    subprocess.run(
        ["git", "clone", "--quiet", "--branch=change", f"file://{remote}", str(tmp_path / "new")], check=True
    )
    assert "missing" in objects(tmp_path / "new", reviewed)
    assert history(tmp_path / "new").digests_at(reviewed) == then
    assert not (tmp_path / "new" / ".git" / "shallow").exists()


def objects(folder: Path, name: str) -> str:
    command = ["git", "-C", str(folder), "cat-file", "--batch-check"]
    return subprocess.run(command, input=name, check=True, capture_output=True, text=True).stdout
