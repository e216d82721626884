"""Findings at the level that is required, and the level that is achieved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import load_plan
from rollback_gov.policy import check as checking
from rollback_gov.policy.check import RuleCrashed, check
from rollback_gov.policy.levels import LEVELS, requirements
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Page, Rule, rule
from rollback_gov.policy.subject import Subject
from tests.policy.examples import FOLDER, Example, examples
from tests.policy.rehearsals import rehearsals
from tests.policy.subjects import SMALL, loaded, subject

LEVEL_4 = FOLDER / "RG140" / "good" / "two.yaml"
PAGE = Page(what="It crashes.", why="To see what follows.", bad="a: 1", good="a: 2")


def test_a_plan_that_keeps_its_level() -> None:
    report = check(subject())

    assert (report.required, report.achieved, report.between) == (2, 2, ())
    assert not [finding for finding in report.findings if finding.severity is Severity.ERROR]


def test_what_stands_between_the_achieved_and_the_required_level() -> None:
    report = check(subject(level=3))

    assert (report.required, report.achieved) == (3, 2)
    assert report.between == ("RG102", "RG112", "RG113", "RG121", "RG150", "RG151", "RG152", "RG154")
    assert {finding.code for finding in report.findings if finding.severity is Severity.ERROR} == set(report.between)


def test_a_plan_may_achieve_more_than_is_required() -> None:
    document = load_plan(LEVEL_4)
    plan = document.require()
    modest = replace(plan, metadata=replace(plan.metadata, level=2))

    report = check(subject(loaded=document, plan=modest))

    assert (report.required, report.achieved) == (2, 4)


def test_a_plan_that_meets_no_level() -> None:
    report = check(subject(SMALL.replace("./undo.sh", "./undo.sh TODO")))

    assert (report.required, report.achieved, report.between) == (2, 0, ("RG010",))


def test_the_same_rule_weighs_more_at_a_higher_level() -> None:
    text = SMALL.replace("point_of_no_return: {none: the service keeps no state}\n", "")
    weights = {
        level: [finding.severity for finding in check(subject(text, level=level)).findings if finding.code == "RG130"]
        for level in LEVELS
    }

    assert weights == {1: [], 2: [Severity.WARNING], 3: [Severity.ERROR], 4: [Severity.ERROR]}


def test_findings_are_sorted_by_place() -> None:
    places = [finding.place for finding in check(subject(level=4)).findings]

    assert places == sorted(places)


def test_a_finding_knows_its_operation_and_step() -> None:
    finding = next(f for f in check(subject(SMALL.replace("2m", "9m"))).findings if f.code == "RG105")

    assert (finding.operation, finding.step) == ("op-7", "phases/undo/undo")
    assert str(finding.place) == "plan.yaml:9:45"
    assert finding.path == ("phases", 0, "steps", 0, "timeout")


def test_a_lack_of_evidence_is_a_warning_in_validate() -> None:
    assert _weight_of_rg401(subject()) is Severity.WARNING


def test_a_lack_of_evidence_is_an_error_for_a_permit() -> None:
    report = check(subject(purpose="permit"))

    assert _weight_of_rg401(subject(purpose="permit")) is Severity.ERROR
    assert (report.achieved, report.between) == (1, ("RG401",))


def test_a_lack_of_evidence_is_an_error_where_the_policy_says_so() -> None:
    assert _weight_of_rg401(subject(policy=Policy(evidence="error"))) is Severity.ERROR


def _weight_of_rg401(about: Subject) -> Severity:
    return next(finding.severity for finding in check(about).findings if finding.code == "RG401")


def test_a_rule_that_crashes_is_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("RG999", "It crashes", page=PAGE)
    def crashing(about: Subject) -> Iterator[Finding]:
        yield about.finding(("metadata", str(1 // len(about.plan.tools))), "Never.")

    _only(monkeypatch, crashing)

    with pytest.raises(RuleCrashed, match=r"Rule RG999 crashed on plan\.yaml \(ZeroDivisionError"):
        check(subject())


def test_a_rule_that_crashes_above_the_required_level_is_not_hidden_either(monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("RG999", "It crashes", page=PAGE, from_level=4)
    def crashing(about: Subject) -> Iterator[Finding]:
        raise KeyError("gone")

    _only(monkeypatch, crashing)

    with pytest.raises(RuleCrashed, match="RG999"):
        check(subject())


def _only(monkeypatch: pytest.MonkeyPatch, *some: Rule) -> None:
    monkeypatch.setattr(checking, "all_rules", lambda _: {each.code: each for each in some})


def test_evidence_without_todays_digests_cannot_be_judged() -> None:
    document = loaded()

    with pytest.raises(RuleCrashed, match="digests"):
        check(subject(evidence=rehearsals(document, [{}]), digests=None))


PLANS = [example for kind in ("bad", "good") for example in examples(kind) if load_plan(example.path).plan]


@pytest.mark.parametrize("example", PLANS, ids=lambda example: example.name)
def test_a_rule_that_is_not_per_level_finds_the_same_at_every_level(example: Example) -> None:
    document = load_plan(example.path)
    about = subject(loaded=document, plan=document.require())
    for each in rules().values():
        if each.judge and not each.per_level:
            found = [list(each.judge(replace(about, requirements=requirements(level, Policy())))) for level in LEVELS]
            assert found == [found[0]] * len(LEVELS), each.code


@pytest.mark.parametrize("example", PLANS, ids=lambda example: example.name)
def test_each_level_includes_the_one_below(example: Example) -> None:
    document = load_plan(example.path)
    plan = document.require()
    errors = [
        {
            finding.code
            for finding in check(subject(loaded=document, plan=plan, level=level)).findings
            if finding.severity is Severity.ERROR
        }
        for level in LEVELS
    ]

    for below, above in pairwise(errors):
        assert below <= above
