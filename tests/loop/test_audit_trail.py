"""Where the head of the audit log is kept: in what nobody who may write the repository can change unseen."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.loop.conftest import Repository


def synced(repository: Repository) -> str:
    """Send what waits, and give the head."""
    repository.gov("audit", "sync")
    head: str = json.loads(repository.gov("audit", "sync", "--json"))["head"]
    return head


def rolled_back(repository: Repository) -> tuple[dict[str, str], str, dict[str, str]]:
    """Roll back, and give what the journal began with, the report, and the record's word about the log."""
    repository.capture()
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "it is broken", "--yes")
    (folder,) = (repository.root / "incidents").glob("*-execute")
    lines = map(json.loads, (folder / "journal.jsonl").read_text().splitlines())
    started: dict[str, str] = next(line["data"] for line in lines if line["type"] == "run.started")
    record = json.loads((folder / "incident.json").read_text())
    return started, (folder / "incident_report.md").read_text(), record["audit"]


def test_every_decision_on_the_way_to_a_deployment_is_an_entry(issued: Repository) -> None:
    issued.permit.unlink()
    next(issued.folder.glob("approvals/*grace*")).unlink()
    issued.issue(ends=1)
    issued.verify(ends=1)
    issued.gov("permit", "approve", str(issued.plan), "--key", "keys/grace.pem")
    issued.issue()
    issued.verify()
    issued.capture()
    issued.claim()
    issued.claim(ends=1)
    issued.gov("audit", "sync")
    log = json.loads(issued.gov("audit", "export", "--operation", "op-9", "--format", "json"))
    last = [(entry["event"], entry["data"].get("reasons")) for entry in log[-7:]]
    assert last == [
        ("permit.refused", ["approvals"]),
        ("permit.denied", ["missing"]),
        ("approval.given", None),
        ("permit.issued", None),
        ("permit.allowed", None),
        ("permit.claimed", None),
        ("permit.denied", ["already-used"]),
    ]
    permit = log[-1]["data"]["permit"]
    assert [entry["data"]["permit"] for entry in log[-4:]] == [permit] * 4


def test_a_run_keeps_the_head_that_it_saw_in_its_journal_and_its_report(issued: Repository) -> None:
    head = synced(issued)
    started, report, record = rolled_back(issued)
    assert started["audit"] == head
    assert f"| Audit log when it began | `{head}` |" in report
    assert record == {"value": head, "provenance": "measured", "source": "journal, run.started"}
    assert "held by the head that was given" in issued.gov("audit", "verify", "--against", started["audit"])


def test_a_run_does_not_ask_a_remote_for_the_head(issued: Repository, tmp_path: Path) -> None:
    head = synced(issued)
    issued.git("remote", "add", "origin", str(tmp_path / "nowhere"))
    assert rolled_back(issued)[0]["audit"] == head


def test_a_run_without_a_log_says_so(repository: Repository) -> None:
    started, report, _ = rolled_back(repository)
    assert started["audit"] == ""
    assert "| Audit log when it began | NOT MEASURED (no audit log was here when the run began) |" in report


def test_a_log_that_was_written_anew_is_found_by_an_old_report(issued: Repository) -> None:
    synced(issued)
    head = rolled_back(issued)[0]["audit"]
    subprocess.run(["git", "update-ref", "-d", "refs/heads/rollback-gov-audit"], cwd=issued.root, check=True)
    synced(issued)
    said = issued.gov("audit", "verify", "--against", head, ends=1)
    assert "saw" in said
    assert "the head that was given" in said


def test_the_summary_of_a_job_on_github_says_where_the_log_ends(
    issued: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("## Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    head = re.search(r"head is (\d+:[0-9a-f]{64})\.", issued.gov("audit", "sync"))
    assert head
    before, _, line = summary.read_text().splitlines()
    assert before == "## Before"
    assert re.fullmatch(rf"Audit log of rollback-gov at 2\d\d\d-.+Z, with \d+ new: `{head[1]}`", line)


def test_a_summary_that_cannot_be_written_is_said_and_stops_nothing(
    issued: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    said = issued.gov("audit", "sync")
    assert "WARNING: The job summary lacks the log's head: Is a directory." in said
    assert "entries sent" in said
