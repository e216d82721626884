from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.dashboard_plans import plan_states, waivers_of
from rollback_gov.commands.plan_records import read_plans
from rollback_gov.commands.workspace import Workspace
from rollback_gov.plans.load import load_plan
from rollback_gov.records.evidence import write_evidence
from rollback_gov.reports.dashboard.readiness import PlanState
from tests.policy.rehearsals import NOW, rehearsals
from tests.policy.subjects import SMALL

TODAY = datetime.fromisoformat(NOW)
WAIVERS = """\
waivers:
  - {rule: RG204, operation: op-7, reason: r, owner: ann, approved_by: ben, created: 2026-06-01, expires: 2026-06-20}
  - {rule: RG204, operation: op-7, reason: r, owner: ann, approved_by: ben, created: 2026-06-01, expires: 2026-06-01}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / ".rollback-gov").mkdir()
    return Workspace(tmp_path)


def write_plan(workspace: Workspace, operation: str, text: str = SMALL) -> Path:
    path = workspace.root / "rollback" / operation / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace("op-7", operation), encoding="utf-8")
    return path


def rehearse(plan: Path, **entry: object) -> None:
    write_evidence(plan.parent, rehearsals(load_plan(plan), [entry])[0].evidence, None)


def states(workspace: Workspace, now: datetime) -> tuple[PlanState, ...]:
    return plan_states(read_plans(workspace, now), workspace)


def state(workspace: Workspace, now: datetime = TODAY) -> PlanState:
    (found,) = states(workspace, now)
    return found


def test_a_plan_that_was_never_rehearsed(workspace: Workspace) -> None:
    write_plan(workspace, "op-7")
    found = state(workspace)
    assert (found.file, found.operation, found.state) == ("rollback/op-7/plan.yaml", "op-7", "never rehearsed")
    assert (found.latest, found.missing) == ("", ())


def test_one_that_was_says_when_how_long_it_took_and_until_when_it_counts(workspace: Workspace) -> None:
    rehearse(write_plan(workspace, "op-7"))
    found = state(workspace)
    assert found.state == "rehearsed"
    assert found.latest < found.fresh_until
    assert found.seconds > 0
    assert found.limit > found.seconds


def test_one_that_is_too_old_says_so(workspace: Workspace) -> None:
    rehearse(write_plan(workspace, "op-7"))
    found = state(workspace, TODAY + timedelta(days=400))
    assert found.state == "too old"
    assert "old, and level 2 takes at most" in found.missing[0]


def test_one_that_proves_not_enough_says_what_is_missing(workspace: Workspace) -> None:
    rehearse(write_plan(workspace, "op-7"), result="failed", problems=["it burnt"])
    found = state(workspace)
    assert found.state == "not enough"
    assert "failed: it burnt" in found.missing[0]


def test_at_level_one_nobody_asks_for_a_rehearsal(workspace: Workspace) -> None:
    write_plan(workspace, "op-7", SMALL.replace("level: 2", "level: 1"))
    assert state(workspace).state == "not asked for"


def test_a_plan_that_cannot_be_read_is_one_of_them(workspace: Workspace) -> None:
    write_plan(workspace, "op-7", "metadata: [")
    found = state(workspace)
    assert (found.state, found.operation) == ("unreadable", "")
    assert found.missing[0]


def test_evidence_that_cannot_be_read_is_named(workspace: Workspace) -> None:
    plan = write_plan(workspace, "op-7")
    rehearse(plan)
    (plan.parent / "evidence" / "torn.dsse.json").write_text("{")
    assert any(said.startswith("torn.dsse.json cannot be read: ") for said in state(workspace).missing)


def test_waivers_as_they_stand_on_that_day(workspace: Workspace) -> None:
    today = datetime(2026, 6, 15, tzinfo=UTC)
    (workspace.root / ".rollback-gov" / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")
    write_plan(workspace, "op-7")
    soon, over = waivers_of(workspace, states(workspace, today), today)
    assert (soon.counts, soon.expires, soon.message) == (True, "2026-06-20", "it expires on 2026-06-20.")
    assert (over.counts, over.message) == (False, "it expired on 2026-06-01.")
    (workspace.root / "rollback" / "op-7" / "plan.yaml").write_text(SMALL.replace("level: 2", "level: 4"))
    strict = next(waivers_of(workspace, states(workspace, today), today))
    assert strict.message == "it is to live for 19 days, and its plan's level allows 14."
    write_plan(workspace, "op-8")
    (workspace.root / "rollback" / "op-7" / "plan.yaml").write_text(SMALL)
    early = datetime(2026, 6, 3, tzinfo=UTC)
    assert next(waivers_of(workspace, states(workspace, early), early)).message == ""
