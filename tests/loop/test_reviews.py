"""Approvals out of reviews on GitHub, through the command line: a real repository, and a GitHub that remembers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.github.hub.commits import Commit
from tests.github.hub.pulls import Pull, pull
from tests.github.hub.reviews import review
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble
from tests.github.hub.users import user
from tests.github.hub.workflow_runs import WorkflowRun
from tests.loop.conftest import Repository

PLAN, SCRIPT = "rollback/op-9/plan.yaml", "rollback/op-9/scripts/back.sh"


@dataclass
class Reviewed:
    """A repository whose plan came with pull request 1, by linus-t; one signed approval, one more is needed."""

    repository: Repository
    hub: Hub
    pull: Pull

    @property
    def head(self) -> str:
        command = ["git", "rev-parse", "HEAD"]
        return subprocess.run(command, cwd=self.repository.root, check=True, capture_output=True, text=True).stdout[:40]

    def may(self, **permissions: str) -> None:
        for login in permissions:
            user(self.hub, login)
        self.hub.repository().permissions |= permissions

    def review(self, login: str, state: str = "APPROVED", commit: str | None = "") -> None:
        review(self.pull, login, state, self.head if commit == "" else commit)

    def issue(self, *more: str, ends: int = 0) -> str:
        return self.repository.issue("--reviews", "1", *more, ends=ends)

    def codes(self, *more: str) -> set[str]:
        """Why there is no permit."""
        said = json.loads(self.repository.issue("--json", "--reviews", "1", *more, ends=1))
        return {reason["code"] for reason in said["reasons"]}


@pytest.fixture
def reviewed(issued: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reviewed]:
    repository = issued
    repository.permit.unlink()
    next(repository.folder.glob("approvals/*grace*")).unlink()
    with serving(Hub()) as hub:
        for name, value in {**hub.environ, "GITHUB_REPOSITORY": "team/service"}.items():
            monkeypatch.setenv(name, value)
        user(hub, "linus-t", email="linus@example.org")
        one = Reviewed(repository, hub, pull(hub.repository(), "linus-t", files=[PLAN, SCRIPT]))
        one.pull.commits.append(Commit(one.head, "linus-t"))
        yield one


def test_a_review_counts_and_the_permit_names_it(reviewed: Reviewed) -> None:
    reviewed.may(grace="maintain")
    reviewed.review("grace")
    reviewed.issue()
    permit = json.loads(reviewed.repository.gov("permit", "show", str(reviewed.repository.permit)))
    assert permit["reviews"] == [
        {
            "login": "grace",
            "id": reviewed.hub.users["grace"].id,
            "role": "maintain",
            "commit": reviewed.head,
            "at": "2026-01-31T12:01:00Z",
            "pull_request": 1,
            "workflow_run": 0,
        }
    ]
    reviewed.hub.troubles = [Trouble(500, times=99)]
    reviewed.repository.verify()
    reviewed.repository.gov("audit", "sync")
    log = json.loads(reviewed.repository.gov("audit", "export", "--format", "json"))
    assert [entry["data"]["approved_by"] for entry in log if entry["event"] == "permit.issued"][-1] == ["Ada", "grace"]


def test_request_says_who_has_approved_in_either_way(reviewed: Reviewed) -> None:
    request = ("permit", "request", str(reviewed.repository.plan), "-e", "production", "--reviews", "1")
    assert "1 of 2 approvals" in reviewed.repository.gov(*request, ends=1)
    reviewed.may(grace="write")
    reviewed.review("grace")
    assert "Approved by: Ada, grace;" in reviewed.repository.gov(*request)


def test_the_job_of_a_push_finds_its_pull_request(
    reviewed: Reviewed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed.may(grace="write")
    reviewed.review("grace")
    reviewed.pull.merged_as = reviewed.head
    (tmp_path / "event.json").write_text("{}")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    monkeypatch.setenv("GITHUB_SHA", reviewed.head)
    reviewed.repository.issue("--reviews", "event")


@pytest.mark.parametrize(
    ("login", "permission", "state", "code"),
    [
        ("grace", "read", "APPROVED", "approval-permission"),
        ("grace", "triage", "APPROVED", "approval-permission"),
        ("grace", "write", "CHANGES_REQUESTED", "approval-withdrawn"),
        ("grace", "write", "DISMISSED", "approval-withdrawn"),
        ("renovate[bot]", "write", "APPROVED", "approval-bot"),
        ("linus-t", "admin", "APPROVED", "approval-author"),
        ("stan", "write", "APPROVED", "approval-starter"),
        ("carl", "write", "APPROVED", "approval-committer"),
    ],
)
def test_who_does_not_count(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch, login: str, permission: str, state: str, code: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", "stan")
    reviewed.pull.commits.append(Commit("c" * 40, "linus-t", "carl"))
    reviewed.may(**{login: permission})
    reviewed.review(login, state)
    assert reviewed.codes() == {"approvals", code}


def test_a_push_that_leaves_the_plan_as_it_was_takes_nothing_away(reviewed: Reviewed) -> None:
    reviewed.may(grace="write")
    reviewed.review("grace")
    (reviewed.repository.root / "README").write_text("more\n")
    reviewed.repository.git("add", "README")
    reviewed.repository.git("commit", "--quiet", "--message", "More")
    reviewed.issue()


@pytest.mark.parametrize("commit", [None, "e" * 40])
def test_a_review_of_a_commit_that_nobody_has_counts_for_nothing(reviewed: Reviewed, commit: str | None) -> None:
    reviewed.may(grace="write")
    reviewed.review("grace", commit=commit)
    assert reviewed.codes() == {"approvals", "approval-stale"}


def test_a_review_before_the_last_change_of_a_script_is_stale(reviewed: Reviewed) -> None:
    reviewed.may(grace="write")
    reviewed.review("grace")
    script = reviewed.repository.folder / "scripts" / "back.sh"
    reviewed.repository.edit("echo 1", "echo 1 # and more", script)
    assert "approval-stale" in reviewed.codes()


def test_an_author_is_known_by_every_name_that_trust_gives_them(reviewed: Reviewed) -> None:
    """The plan was committed under an address; trust.yaml says whose login that is."""
    reviewed.repository.trust("person: Linus\n", "person: Linus\n    github: the-penguin\n")
    reviewed.pull.author = "somebody"
    reviewed.pull.commits.clear()
    reviewed.pull.commits.append(Commit(reviewed.head, "somebody"))
    reviewed.may(**{"the-penguin": "write"})
    reviewed.review("the-penguin")
    assert reviewed.codes() == {"approvals", "approval-author"}


def test_one_person_who_signs_and_reviews_is_one(reviewed: Reviewed) -> None:
    reviewed.repository.trust("person: Ada\n", "person: Ada\n    github: ada-l\n")
    reviewed.may(**{"ada-l": "write"})
    reviewed.review("ada-l")
    assert reviewed.codes() == {"approvals"}


def test_a_pull_request_that_is_not_about_the_plan_is_none_of_its_approval(reviewed: Reviewed) -> None:
    reviewed.may(grace="write")
    reviewed.review("grace")
    reviewed.pull.files = ["README", "rollback/op-9/notes.md"]
    said = reviewed.issue(ends=2)
    assert "Pull request 1 changes neither the plan nor a file that it uses" in said
    reviewed.pull.files = [SCRIPT]
    reviewed.issue()


def test_a_clone_of_another_repository_is_refused(reviewed: Reviewed) -> None:
    reviewed.repository.git("remote", "add", "origin", "https://github.com/team/other.git")
    assert "this is a clone of 'team/other'" in reviewed.issue(ends=2)
    assert reviewed.hub.requests == []


def test_who_signs_second_asks_again(reviewed: Reviewed) -> None:
    reviewed.repository.trust("keys:", "thresholds: {permit-issuer: 2}\nkeys:")
    key = ("--out", "keys/second.pem", "--id", "second", "--role", "permit-issuer", "--add-to-trust")
    reviewed.repository.gov("keys", "generate", *key)
    reviewed.may(grace="write")
    reviewed.review("grace")
    reviewed.issue()
    sign = ("permit", "sign", str(reviewed.repository.plan), "-e", "production", "--key", "keys/second.pem")
    assert "1 of 2 approvals" in reviewed.repository.gov(*sign, ends=1)
    reviewed.review("grace", "CHANGES_REQUESTED")
    assert "grace asks for changes" in reviewed.repository.gov(*sign, "--reviews", "1", ends=1)
    reviewed.review("grace")
    reviewed.repository.gov(*sign, "--reviews", "1")
    reviewed.repository.verify()


def test_what_is_no_number_is_wrong_usage(repository: Repository) -> None:
    for word in ("0", "-1", "one", "1.5", "12345678901"):
        said = repository.issue(f"--reviews={word}", ends=2)
        assert f"'{word}' is neither the number of a pull request nor 'event'." in said


def test_without_a_token_nothing_is_asked(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    said = reviewed.issue(ends=2)
    assert "GITHUB_TOKEN is not set." in said
    assert "permissions: {contents: read, pull-requests: read}" in said


def test_who_let_the_workflow_run_go_on_counts_too(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = reviewed.repository
    reviewed.may(grace="maintain")
    said: list[tuple[str, str, tuple[str, ...]]] = [("grace", "approved", ("rollback-permits",))]
    user(reviewed.hub, "starter")
    reviewed.hub.repository().workflow_runs[77] = WorkflowRun(77, reviewed.head, said=said)
    asked = ("--approved-for", "rollback-permits")
    assert "GITHUB_RUN_ID is not set" in repository.issue(*asked, ends=2)
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    repository.issue("--approved-for", "production", ends=1)
    reviewed.may(starter="write")
    reviewed.hub.repository().workflow_runs[77].said = [("starter", "approved", ("rollback-permits",))]
    assert "starter asks for this permit" in repository.issue(*asked, ends=1)
    reviewed.hub.repository().workflow_runs[77].said = said
    reviewed.hub.repository().history = {PLAN: [Commit("1" * 40, "grace")]}
    assert "grace wrote the plan" in repository.issue(*asked, ends=1)
    reviewed.hub.repository().history = {PLAN: [Commit("1" * 40, "linus-t")]}
    repository.issue(*asked)
    (review,) = json.loads(repository.gov("permit", "show", str(repository.permit)))["reviews"]
    assert (review["login"], review["role"], review["commit"]) == ("grace", "maintain", reviewed.head)
    assert (review["pull_request"], review["workflow_run"]) == (0, 77)
    repository.verify()
