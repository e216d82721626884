"""The whole life of a plan that is a document: rehearsed, permitted, claimed, rolled back, reported, audited."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rollback_gov.plans.load import load_plan
from rollback_gov.records.digests import digests
from tests.loop.conftest import Repository
from tests.loop.test_loop import change


def digests_of(path: Path) -> object:
    loaded = load_plan(path)
    return digests(loaded.require(), loaded.files)


@pytest.fixture
def document(repository: Repository) -> Repository:
    """The repository of the loop, whose plan is Markdown from now on, with a remote for claims."""
    yaml = repository.plan
    repository.gov("render", str(yaml), "-o", str(yaml.with_suffix(".md")))
    assert digests_of(yaml.with_suffix(".md")) == digests_of(yaml)
    repository.form = "md"
    yaml.unlink()
    remote = repository.root.parent / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True, capture_output=True)
    repository.git("remote", "add", "origin", str(remote))
    repository.git("add", "--all", "rollback", ".rollback-gov")
    repository.git("commit", "--quiet", "--message", "The plan is a document")
    return repository


def test_the_whole_life_of_a_document(document: Repository) -> None:
    plan = str(document.plan)
    found = document.gov("validate", "--changed-since", "HEAD~1", "--policy-from", "HEAD")
    assert f"{plan.removeprefix(str(document.root) + '/')}:" in found, "findings are at the document's lines"
    assert "RG401" in found
    document.rehearse()
    assert "That is enough for level 3" in document.gov("evidence", "list", plan)
    assert "Nothing has to be rehearsed again." in document.gov("evidence", "diff", plan)
    assert "approvals by people who did not write the plan" in document.gov(
        "permit", "request", plan, "-e", "production", ends=1
    )
    document.approve()
    document.issue()
    document.verify()

    service = change(document)
    document.claim()
    assert "used" in document.gov("permit", "list", plan)
    assert "already-used" in document.verify(ends=1)
    dry = document.gov("execute", plan, "-e", "production", "--reason", "errors", "--dry-run")
    assert "scripts/back.sh" in dry
    assert (service / "version").read_text() == "2\n"
    said = document.gov("execute", plan, "-e", "production", "--reason", "errors", "--yes")
    assert "permit: valid" in said
    assert (service / "version").read_text() == "1\n"

    (incident,) = Path("incidents").glob("*-execute")
    document.gov("report", "all", incident.name)
    assert "The service" in (incident / "incident_report.md").read_text()
    assert (incident / "post_mortem.md").is_file()
    assert document.gov("audit", "verify").startswith("whole")
    assert "no findings" in document.gov("validate", plan)


def test_a_line_of_a_document_is_a_change_like_one_of_yaml(document: Repository) -> None:
    """What is said counts: other words for people leave evidence and permit as they are, another step does not."""
    document.rehearse()
    document.approve()
    document.issue()
    document.edit("## Rollback Procedure\n", "## Rollback Procedure\n\nCall somebody before you begin.\n")
    document.verify()
    document.edit('echo 0 > "$SERVICE/errors"', 'echo 00 > "$SERVICE/errors"')
    refused = document.verify(ends=1)
    assert "plan-changed" in refused
    assert "phase quiet: step errors" in document.gov("evidence", "diff", str(document.plan), ends=1)
