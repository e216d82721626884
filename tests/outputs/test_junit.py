"""Findings as test results."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from rollback_gov.model.finding import Severity
from rollback_gov.outputs.result import CheckedFile
from tests.outputs.results import FILE, WAIVED, Result, finding, plan, rendered, result

render = partial(rendered, "junit")
SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "vendor" / "junit.xsd"))
WARNING = finding(code="RG104", severity=Severity.WARNING)
RESULTS = {
    "nothing": result(searched=("**/plan.yaml",)),
    "passed": result(plan()),
    "several": result(plan(finding(), WARNING, finding(waived=WAIVED)), plan(name="b  c.yaml")),
    "unusable": result(plan(finding(code="RG002"), required=0, achieved=0)),
    "settings": result(settings=(CheckedFile(file="waivers.yaml", findings=(finding(code="RG503"),)),)),
    "hostile": result(plan(finding(message='<x a="&">]]> \x00 \ud800 \ufffe --> \u202e'), name="a<&>'\"--.yaml")),
}


@pytest.mark.parametrize("found", RESULTS.values(), ids=RESULTS)
def test_it_keeps_the_schema_of_ant(found: Result) -> None:
    SCHEMA.validate(render(found))


def test_a_plan_is_a_suite_and_a_finding_a_test() -> None:
    suite, other = ElementTree.fromstring(render(RESULTS["several"]))

    assert suite.attrib == {
        "name": FILE,
        "package": "rollback-gov",
        "id": "0",
        "hostname": "localhost",
        "time": "0",
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "timestamp": "2025-12-01T09:30:00",
    }
    cases = [(case.get("name"), [child.tag for child in case]) for case in suite.iter("testcase")]
    assert cases == [("checked", []), ("RG103 line 3", ["failure"]), ("RG103 line 3", ["skipped"])]
    assert other.get("id") == "1"


def test_what_does_not_fail_stands_in_the_output() -> None:
    suite = ElementTree.fromstring(render(result(plan(WARNING))))[0]

    assert [case.get("name") for case in suite.iter("testcase")] == ["checked"]
    assert (suite.findtext("system-out") or "").splitlines() == [
        f"{FILE}:3:6: RG104 The budgets add up to 17m, 2m more than the SLA of 15m.",
        "required level 3, achieved level 2 (RG104 stands between)",
    ]


def test_what_fails_depends_on_what_was_asked() -> None:
    suite = ElementTree.fromstring(render(result(plan(WARNING), fail_on=Severity.WARNING)))[0]

    assert suite.get("failures") == "1"
