"""An organisation's own rules, in CEL."""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
from typing import Any

import pytest

from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Severity
from rollback_gov.model.policy import CustomRule, Policy
from rollback_gov.model.waiver import Waiver
from rollback_gov.policy.cel import as_cel
from rollback_gov.policy.check import Report, check
from rollback_gov.policy.custom import BrokenExpression, check_custom_rules, custom_rules
from rollback_gov.policy.subject import Subject
from tests.growth import seconds, takes_no_square
from tests.policy.subjects import SMALL, subject
from tests.policy.test_organisation import organisation


def _rule(**changes: Any) -> CustomRule:
    values = {"code": "ACME001", "require": "true", "message": "It is not so."}
    return CustomRule(**(values | changes))


def _report(rule: CustomRule, text: str = SMALL, **changes: Any) -> Report:
    return check(subject(text, policy=Policy(rules=(rule,)), **changes))


def _messages(rule: CustomRule, text: str = SMALL) -> list[str]:
    return [finding.message for finding in _report(rule, text).findings if finding.code == rule.code]


@pytest.mark.parametrize(
    ("require", "holds"),
    [
        ("plan.metadata.level >= 2", True),
        ("plan.metadata.level >= 3", False),
        ("plan.phases.all(p, size(p.steps) <= 10)", True),
        ("plan.phases.exists(p, p.id == 'drain')", False),
        ("plan.phases.all(p, duration(p.budget) <= duration('3m'))", True),
        ("plan.phases.all(p, duration(p.budget) < duration('3m'))", False),
        ("plan.metadata.owner.matches('^[a-z]+$')", True),
        ("has(plan.point_of_no_return.none)", True),
        ("has(plan.sla)", False),
        ("size(plan.triggers) == 0 && size(plan.scenarios) == 0", True),
        ("plan.verification.checks.all(c, has(c.run))", True),
    ],
)
def test_expressions_over_a_plan(require: str, holds: bool) -> None:
    assert (_messages(_rule(require=require)) == []) is holds


def test_when_says_which_plans_are_asked() -> None:
    assert _messages(_rule(when="plan.metadata.level >= 3", require="false")) == []
    assert _messages(_rule(when="plan.metadata.level < 3", require="false")) == ["It is not so."]


def test_a_finding_stands_where_the_rule_says() -> None:
    (finding,) = [
        found
        for found in _report(_rule(require="false", at="phases.0.budget", hint="Do it.", severity="warning")).findings
        if found.code == "ACME001"
    ]

    assert (finding.place.line, finding.hint, finding.severity) == (7, "Do it.", Severity.WARNING)


def test_an_error_of_its_own_stands_between_the_levels() -> None:
    report = _report(_rule(require="false"))

    assert "ACME001" in report.between
    assert report.achieved == 0


def test_it_can_be_waived_unless_it_says_no() -> None:
    waiver = Waiver(
        rule="ACME001",
        operation="op-7",
        reason="x",
        owner="a",
        approved_by="b",
        created="2025-12-01",
        expires="2025-12-31",
    )

    assert "ACME001" not in _report(_rule(require="false"), waivers=(waiver,)).between
    assert "ACME001" in _report(_rule(require="false", waivable=False), waivers=(waiver,)).between


@pytest.mark.parametrize(
    ("require", "why"),
    [
        ("plan.metadata.nope == 1", "`require`: NOT_FOUND: Key not found in map"),
        ("plan.metadata.title", "gives Payments 3.2, which is not true or false."),
        ("plan.metadata.level + 'x' == 'y'", "`require`"),
    ],
)
def test_what_cannot_be_evaluated_is_no_pass(require: str, why: str) -> None:
    (message,) = _messages(_rule(require=require))

    assert message.startswith("ACME001 could not be evaluated: ")
    assert why in message


def test_an_expression_that_would_never_end_is_given_up() -> None:
    """Of 320 steps it would look at 33 million triples."""
    every_triple = "plan.phases.all(p, p.steps.all(a, p.steps.all(b, p.steps.all(c, a.id + b.id + c.id != ''))))"

    def told(steps: int) -> str:
        entries = ", ".join(f"{{id: s{number}, run: ./x.sh, timeout: 1s}}" for number in range(steps))
        text = SMALL.replace("\n      - {id: undo, run: ./undo.sh, timeout: 2m}", f" [{entries}]")
        return "".join(_messages(_rule(require=every_triple), text))

    assert "Iteration budget exceeded" in told(320)
    takes_no_square(lambda steps: seconds(lambda: told(steps)), 320)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"require": "plan.metadata.level >="}, "`require` of ACME001 is no CEL expression: 1:23: Syntax error"),
        ({"when": "plna.metadata"}, "`when` of ACME001 is no CEL expression: 1:5: undeclared reference to 'plna"),
        ({"require": "'yes'"}, "`require` of ACME001 must be true or false, and it gives a STRING."),
        ({"require": "size(1)"}, "found no matching overload"),
    ],
)
def test_a_broken_expression_is_an_error_of_the_policy_with_its_place(changes: dict[str, str], why: str) -> None:
    entry = {"code": "ACME001", "require": "true", "message": "No."} | changes
    text = f"rules:\n  - {json.dumps(entry)}\n"

    with pytest.raises(UsageError) as caught:
        check_custom_rules(organisation(text))

    assert str(caught.value).startswith("a.yaml:2:5: ")
    assert why in str(caught.value)


def test_good_rules_are_compiled_in_silence() -> None:
    check_custom_rules(organisation("rules: [{code: ACME001, require: 'true', message: No.}]"))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "cel_expr_python":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)

    with pytest.raises(BrokenExpression) as caught:
        custom_rules((_rule(require="1 == 1"),))

    assert "rollback-gov[cel]" in caught.value.hint


def test_the_library_is_imported_only_when_there_are_such_rules() -> None:
    program = "import sys; from tests.policy.subjects import subject; from rollback_gov.policy.check import check\n"
    program += "check(subject()); print('cel_expr_python' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_plan_as_expressions_see_it() -> None:
    about: Subject = subject()

    assert about.document["metadata"] == as_cel(about.plan)["metadata"]
    assert about.document["metadata"]["operation"] == "op-7"
    assert about.document["phases"][0]["budget"] == "180000ms"
