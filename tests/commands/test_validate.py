"""What ``validate`` does, without the command line around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rollback_gov.commands.judge import Demands, judge
from rollback_gov.commands.render import render
from rollback_gov.commands.validate import Scope, validate
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.policy import Floors, LevelSettings, Policy
from rollback_gov.model.trust import Trust
from rollback_gov.outputs.result import CheckedPlan, Summary
from rollback_gov.plans.load import load_plan
from rollback_gov.records.evidence import write_evidence
from tests.policy.rehearsals import NOW, rehearsals
from tests.policy.subjects import SMALL


def _demands(**changes: Any) -> Demands:
    values: dict[str, Any] = {
        "policy": Policy(),
        "trust": lambda: Trust(keys=()),
        "now": datetime.fromisoformat(NOW),
    }
    return Demands(**(values | changes))


class Validated(NamedTuple):
    """What was given on, plan by plan, and the sum."""

    plans: list[CheckedPlan]
    summary: Summary

    def findings(self) -> list[Finding]:
        """All findings of plans."""
        return [finding for plan in self.plans for finding in plan.findings]


def _validate(root: Path, *paths: Path, fail_on: Severity = Severity.ERROR, **changes: Any) -> Validated:
    plans: list[CheckedPlan] = []
    demands = _demands(**changes)
    scope = Scope(root=root, working_directory=root, paths=paths)
    summary = validate(scope, demands, plans.append, fail_on=fail_on)
    return Validated(plans, summary)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "rollback" / "op-7" / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_a_plan_that_is_found(tmp_path: Path, plan: Path) -> None:
    result = _validate(tmp_path)

    checked = result.plans[0]
    assert result.summary.exit_code is ExitCode.PASSED
    assert (checked.file, checked.operation) == ("rollback/op-7/plan.yaml", "op-7")
    assert (checked.required, checked.achieved, checked.between) == (2, 2, ())
    assert {finding.severity for finding in checked.findings} == {Severity.WARNING}


def test_warnings_fail_if_asked(tmp_path: Path, plan: Path) -> None:
    assert _validate(tmp_path, fail_on=Severity.WARNING).summary.exit_code is ExitCode.FINDINGS


def test_nothing_to_check_says_where_it_looked(tmp_path: Path) -> None:
    result = _validate(tmp_path)

    assert result.summary.exit_code is ExitCode.NOTHING_TO_CHECK
    assert "rollback/**/plan.{yaml,yml,md}" in result.summary.searched


def test_a_runbook_is_no_finding_and_a_sentence_says_what_it_is(tmp_path: Path, plan: Path) -> None:
    (tmp_path / "ROLLBACK.md").write_text("# How we roll back\n\n1. Call Ana\n", encoding="utf-8")

    result = _validate(tmp_path)

    assert [checked.file for checked in result.plans] == ["rollback/op-7/plan.yaml"]
    assert result.summary.exit_code is ExitCode.PASSED
    assert result.summary.remarks == (
        "Not checked, because a runbook is no plan: ROLLBACK.md. `rollback-gov import` drafts a plan from it; "
        "docs/markdown.md shows the form.",
    )


def test_a_runbook_that_is_named_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "ROLLBACK.md"
    path.write_text("# How we roll back\n", encoding="utf-8")

    result = _validate(tmp_path, path)

    assert [finding.code for finding in result.plans[0].findings] == ["RG001"]


def test_a_plan_in_markdown_is_found_and_judged_like_any(tmp_path: Path, plan: Path) -> None:
    text = render(load_plan(plan))
    plan.unlink()
    plan.with_name("plan.md").write_text(text, encoding="utf-8")

    checked = _validate(tmp_path).plans[0]

    assert (checked.file, checked.operation, checked.achieved) == ("rollback/op-7/plan.md", "op-7", 2)


def test_the_policy_says_where_plans_are(tmp_path: Path, plan: Path) -> None:
    elsewhere = tmp_path / "plans" / "mail.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(SMALL, encoding="utf-8")

    result = _validate(tmp_path, policy=Policy(discovery=("plans/*.yaml",)))

    assert [checked.file for checked in result.plans] == ["plans/mail.yaml"]
    assert result.summary.searched == ("plans/*.yaml",)


def test_named_paths_are_not_searched_for(tmp_path: Path, plan: Path) -> None:
    result = _validate(tmp_path, plan.parent)

    assert [checked.file for checked in result.plans] == ["rollback/op-7/plan.yaml"]
    assert result.summary.searched == ()


def test_a_plan_from_elsewhere_keeps_its_name(tmp_path: Path, plan: Path) -> None:
    plans: list[CheckedPlan] = []
    scope = Scope(root=tmp_path, working_directory=tmp_path / "somewhere", paths=(plan,))
    validate(scope, _demands(), plans.append)

    assert plans[0].file == plan.as_posix()


def test_a_document_that_is_no_plan_is_a_finding(tmp_path: Path, plan: Path) -> None:
    plan.write_text("kind: [", encoding="utf-8")

    checked = _validate(tmp_path).plans[0]

    assert [finding.code for finding in checked.findings] == ["RG002"]
    assert not checked.usable


def test_one_broken_plan_does_not_hide_the_others(tmp_path: Path, plan: Path) -> None:
    (plan.parent.parent / "plan.yaml").write_text("", encoding="utf-8")

    result = _validate(tmp_path)

    assert [checked.usable for checked in result.plans] == [True, False]
    assert result.summary.exit_code is ExitCode.FINDINGS


@pytest.mark.parametrize(
    ("changes", "required"),
    [
        ({}, 2),
        ({"level": 3}, 3),
        ({"level": 1}, 2),
        ({"policy": Policy(floors=Floors(environments={"production": 4})), "environment": "production"}, 4),
        ({"policy": Policy(floors=Floors(environments={"production": 4}))}, 2),
    ],
)
def test_the_highest_demand_is_the_required_level(
    tmp_path: Path, plan: Path, changes: dict[str, Any], required: int
) -> None:
    assert _validate(tmp_path, **changes).plans[0].required == required


def test_a_floor_is_a_finding_of_its_own(tmp_path: Path, plan: Path) -> None:
    plan.write_text(SMALL + "change: {services: [payments]}\n", encoding="utf-8")

    checked = _validate(tmp_path, policy=Policy(floors=Floors(services={"payments": 3}))).plans[0]

    assert (checked.required, checked.achieved) == (3, 2)
    assert "RG502" in checked.between


def test_a_value_that_is_looser_than_the_level_s_own_counts_for_nothing(tmp_path: Path, plan: Path) -> None:
    loose = Policy(levels={"4": LevelSettings(sla=Duration.parse("1h"))})

    plan.write_text(SMALL + "sla: 30m\n", encoding="utf-8")

    assert "RG100" in _validate(tmp_path, policy=loose, level=4).plans[0].between


def test_a_plan_without_evidence_asks_nobody_for_keys(tmp_path: Path, plan: Path) -> None:
    def refuse() -> Trust:
        raise AssertionError("nobody needs the keys")

    assert "RG401" in {finding.code for finding in _validate(tmp_path, trust=refuse).findings()}


def test_the_evidence_beside_a_plan_counts(tmp_path: Path, plan: Path) -> None:
    _rehearse(plan)

    codes = {finding.code for finding in _validate(tmp_path).findings()}

    assert "RG401" not in codes
    assert "RG413" in codes  # it is not signed, which level 2 accepts and says


def test_evidence_of_another_version_of_the_plan_does_not(tmp_path: Path, plan: Path) -> None:
    _rehearse(plan)
    plan.write_text(SMALL.replace("./undo.sh", "./undo.sh --fast"), encoding="utf-8")

    messages = {finding.code: finding.message for finding in _validate(tmp_path).findings()}

    assert messages["RG402"] == "Phase 'undo' changed since the rehearsal of 2025-12-09."


def test_a_new_title_voids_no_rehearsal(tmp_path: Path, plan: Path) -> None:
    _rehearse(plan)
    plan.write_text(SMALL.replace("Payments 3.2", "Payments 3.2, again"), encoding="utf-8")

    assert "RG402" not in {finding.code for finding in _validate(tmp_path).findings()}


def test_a_damaged_record_is_told(tmp_path: Path, plan: Path) -> None:
    folder = plan.parent / "evidence"
    folder.mkdir()
    (folder / "20251209-staging.dsse.json").write_text("{", encoding="utf-8")

    messages = {finding.code: finding.message for finding in _validate(tmp_path).findings()}

    assert messages["RG419"].startswith("The record '20251209-staging.dsse.json' cannot be read")
    assert "RG401" in messages


def _rehearse(plan: Path) -> None:
    loaded = load_plan(plan)
    write_evidence(plan.parent, rehearsals(loaded, [{}])[0].evidence, None)


def test_a_permit_is_judged_by_the_same_function(plan: Path) -> None:
    loaded = load_plan(plan)

    report = judge(loaded, loaded.require(), _demands(purpose="permit"))

    assert (report.achieved, report.between) == (1, ("RG401",))


def test_the_targets_parameters_are_compared_with_those_of_the_rehearsal(plan: Path) -> None:
    plan.write_text(SMALL + "parameters: {REPLICAS: {default: '10'}}\n", encoding="utf-8")
    loaded = load_plan(plan)
    evidence = replace(rehearsals(loaded, [{}])[0].evidence, parameters={"REPLICAS": "2"})
    write_evidence(plan.parent, evidence, None)
    demands = _demands(purpose="permit", environment="production", parameters={"REPLICAS": "10"})

    report = judge(loaded, loaded.require(), demands)

    assert "RG414" in report.between
