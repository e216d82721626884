"""A deployment at GitHub from the claim to its end, through the command line: a real repository, a GitHub that
remembers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.github.hub.deployments import Deployment
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble
from tests.loop.conftest import Repository


@pytest.fixture
def hub(issued: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("rollback_gov.github.patience.BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    with serving(Hub()) as hub:
        job = {"GITHUB_REPOSITORY": "team/service", "GITHUB_SERVER_URL": "https://github.test", "GITHUB_RUN_ID": "77"}
        for name, value in {**hub.environ, **job}.items():
            monkeypatch.setenv(name, value)
        hub.repository().shas = {head(issued)}
        issued.capture()
        yield hub


def head(repository: Repository) -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=repository.root, check=True, capture_output=True, text=True).stdout.strip()


def claim(repository: Repository, *more: str, ends: int = 0) -> str:
    return repository.gov("permit", "claim", str(repository.plan), "-e", "production", "--local", *more, ends=ends)


def ended(repository: Repository, result: str, *more: str, ends: int = 0) -> str:
    return repository.gov("deployment", result, str(repository.plan), "-e", "production", *more, ends=ends)


def only(hub: Hub) -> Deployment:
    (one,) = hub.repository().deployments.values()
    return one


def test_a_claim_begins_it_and_the_next_step_ends_it(issued: Repository, hub: Hub) -> None:
    said = json.loads(claim(issued, "--deployment", "--json"))
    assert (said["allowed"], said["deployment"]) == (True, 1)
    one = only(hub)
    assert (one.ref, one.environment, one.states) == (head(issued), "production", ["in_progress"])
    payload = one.payload["rollback-gov"]
    assert payload == {"operation": "op-9", "identity": said["permit_sha256"], "services": ["file"]}
    assert one.sent["description"] == f"op-9, permitted by {said['permit_sha256'][:12]}"
    assert "Deployment 1 to production: success." in ended(issued, "success", "--url", "https://shop.test/")
    (begun, done) = one.statuses
    assert begun.log_url == done.log_url == "https://github.test/team/service/actions/runs/77"
    assert (done.state, done.environment_url) == ("success", "https://shop.test/")


def test_it_ends_in_the_words_of_a_job(issued: Repository, hub: Hub) -> None:
    claim(issued, "--deployment")
    for result in ("success", "failure", "cancelled", "skipped", "skipped"):
        assert json.loads(ended(issued, result, "--json")) == {"deployment": 1, "problem": "", "exit": "passed"}
    assert only(hub).states == ["in_progress", "success", "failure", "error", "inactive"]


def test_nothing_is_shown_unless_it_was_asked_for_and_allowed(issued: Repository, hub: Hub) -> None:
    assert "deployment" not in json.loads(claim(issued, "--json"))
    claim(issued, "--deployment", ends=1)
    assert hub.requests == []
    assert "GitHub has no deployment of op-9 to production. Begin it" in ended(issued, "success", ends=1)


def test_what_github_does_not_take_is_one_notice_and_the_claim_stands(
    issued: Repository, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for status in (401, 403, 404, 422, 502):
        hub.troubles = [Trouble(status, "no", times=99)]
        said = claim(issued, "--deployment")
        assert said.count("NOTICE: GitHub does not show the deployment. ") == 1
        assert f"status {status}: no" in said
        assert "is claimed for the deployment." in said
        shutil.rmtree(issued.folder / "permits" / "claims")
        shutil.rmtree(issued.root / ".git" / "rollback-gov" / "audit")  # the log would know of the use
    assert json.loads(ended(issued, "failure", "--json", ends=1))["exit"] == "findings"
    hub.troubles = []
    assert hub.repository().deployments == {}
    monkeypatch.setattr("rollback_gov.commands.deployment.begin", lambda *_: 1 // 0)
    assert "NOTICE: GitHub does not show the deployment (ZeroDivisionError)." in claim(issued, "--deployment")


def test_without_a_token_it_is_said_what_is_needed(
    issued: Repository, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "Give the job `permissions: {deployments: write}`" in claim(issued, "--deployment")
    assert "GITHUB_TOKEN is not set" in ended(issued, "success", ends=1)
    assert "does not begin with https://" in ended(issued, "success", "--url", "javascript:1", ends=2)


def test_the_issue_of_a_rollback_links_the_permit_and_the_plan(issued: Repository, hub: Hub) -> None:
    issued.git("remote", "add", "origin", "https://github.test/team/service.git")
    issued.permit.unlink()
    issued.issue()
    issued.git("add", "--all")
    issued.git("commit", "--quiet", "--message", "Permit")
    where = ("-e", "production", "--reason", "x", "--yes", "--to-github", "team/service")
    issued.gov("execute", str(issued.plan), *where)
    body = hub.repository().issues[1].body
    blob = f"https://github.test/team/service/blob/{head(issued)}/rollback/op-9"
    assert f"]({blob}/plan.yaml)" in body
    assert f"]({blob}/permits/{issued.permit.name})" in body
