"""From a decision to the first step: nothing is imported, nothing is started, and the disk is waited for seldom."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.records.audit.entry import Entry
from tests.sources.web import serve

WATCHES = Path(__file__).with_name("watching_closely.py")
"""A watch that prints, as JSON, what happened between the decision and the first intent."""
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Orders 2.0, owner: orders, level: 2}
point_of_no_return: {none: stateless}
watch: {every: 50ms, mode: auto}
triggers: [{id: errors, query: {source: http, endpoint: api, path: /errors}, above: 1%}]
phases: [{id: undo, steps: [{id: undo, run: "true"}]}]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Path]:
    with serve() as web:
        web.text("/errors", "0.05")
        path = tmp_path / "rollback" / "op-7" / "plan.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(PLAN)
        settings = tmp_path / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir()
        settings.write_text(f"environments: {{staging: {{class: staging, endpoints: {{api: '{web.url}'}}}}}}\n")
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        trail = Trail(root=tmp_path, environ={})
        entry = Entry(at="2026-01-01T00:00:00Z", by="ana", event="run.ended", operation="op-6", data={}, id="0" * 16)
        trail.spool.add(entry)
        trail.send()
        yield path


def test_what_stands_between_a_decision_and_the_first_step(plan: Path) -> None:
    words = [sys.executable, str(WATCHES), "watch", str(plan), "--environment", "staging", "--for", "20s"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stderr.splitlines()[-1])
    assert seen["imported"] == []
    assert seen["asked"] == [], "this boot has a name that stays"
    assert seen["started"] == [], "git was asked while the watch had nothing to do"
    # The line of the decision, the journal's folder, and five lines of the journal up to the intent.
    assert seen["synced"] <= 7
    (journal,) = plan.parents[2].glob("incidents/op-7-*/journal.jsonl")
    first = json.loads(journal.read_text().splitlines()[0])
    assert first["data"]["audit"].startswith("1:"), "the audit log's head is known all the same"
