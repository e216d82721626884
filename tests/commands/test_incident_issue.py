"""What a run's issue says beside its report: how it stands, and where permit, plan, run and report are."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.incident_issue import issue_text, place_of
from rollback_gov.reports.fact import Derived, NotMeasured
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.permission import Permission
from tests.commands.test_settings import committed
from tests.reports import journals

JOB = {"GITHUB_SERVER_URL": "https://github.test", "GITHUB_REPOSITORY": "team/service", "GITHUB_RUN_ID": "77"}


def facts(plan: Path, commit: str, **changes: Any) -> Incident:
    found = incident(journals.failed().events)
    identity = replace(found.identity, plan_file=str(plan), git_commit=commit)
    return replace(found, identity=identity, **changes)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan in a repository whose remote is on a GitHub, with a record beside it."""
    path = tmp_path / "rollback" / "op 7" / "plan.yaml"
    (path.parent / "permits").mkdir(parents=True)
    path.write_text("x: 1\n")
    committed(tmp_path)
    subprocess.run(["git", "remote", "add", "origin", "git@github.test:team/service.git"], cwd=tmp_path, check=True)
    return path


def head(folder: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def body(found: Incident, environ: dict[str, str] | None = None, **more: str) -> str:
    given = {**os.environ, **(environ or {})}
    return issue_text(found, "the report", place_of(found, given), **more).body


def test_the_plan_is_linked_as_the_commit_has_it(plan: Path) -> None:
    commit = head(plan.parent)
    link = f"[`rollback/op 7/plan.yaml` at `{commit[:12]}`](https://github.test/team/service/blob/{commit}/rollback/op%207/plan.yaml)"
    assert link in body(facts(plan, commit))
    assert link in body(facts(plan, commit), JOB)


@pytest.mark.parametrize("commit", ["", "4" * 40, "HEAD^{/x}"])
def test_a_plan_that_the_commit_does_not_have_is_only_named(plan: Path, commit: str) -> None:
    assert "| Plan | `plan.yaml` |" in body(facts(plan, commit))


def test_outside_of_github_nothing_is_linked(plan: Path) -> None:
    subprocess.run(["git", "remote", "set-url", "origin", "/srv/git/x"], cwd=plan.parent, check=True)
    said = body(facts(plan, head(plan.parent)))
    assert "](" not in said
    assert f"| Plan | `rollback/op 7/plan.yaml` at `{head(plan.parent)[:12]}` |" in said


def test_the_run_and_its_artefacts_are_linked_in_a_job(plan: Path) -> None:
    page = "https://github.test/team/service/actions/runs/77"
    said = body(facts(plan, ""), JOB)
    assert f"({page})" in said
    assert f"in the [artefacts of the run]({page}#artifacts)" in said
    assert "incident_report.md` |" in body(facts(plan, ""))


def test_how_it_stands_is_the_outcome_unless_it_goes_on(plan: Path) -> None:
    assert "| Stands | failed |" in body(facts(plan, ""))
    assert "| Stands | goes on |" in body(facts(plan, ""), stands="goes on")


@pytest.mark.parametrize(("asked", "said"), [(True, "| Permit | none |"), (False, "")])
def test_no_permit_is_said_only_where_one_was_asked_for(plan: Path, asked: bool, said: str) -> None:
    allowed = Derived(False, "x") if asked else NotMeasured("x")
    nothing = Permission(allowed=allowed, reasons=(), permit="", point_of_no_return=NotMeasured("x"), point_detail="")
    text = body(facts(plan, "", permission=nothing))
    assert said in text
    assert ("Permit" in text) == asked


def test_labels_say_severity_and_breach(plan: Path) -> None:
    found = facts(plan, "")
    place = place_of(found, {})
    calm = replace(found, breaches=(), sla=replace(found.sla, met=NotMeasured("x")), severity=NotMeasured("x"))
    assert issue_text(calm, "", place).labels == ()
    late = replace(calm, sla=replace(found.sla, met=Derived(False, "x")), severity=Derived("critical", "x"))
    assert issue_text(late, "", place).labels == ("severity: critical", "sla: breached")
    odd = replace(calm, severity=Derived("closes #1", "x"))
    assert issue_text(odd, "", place).labels == ()
