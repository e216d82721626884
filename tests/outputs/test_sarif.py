"""Findings for code scanning."""

from __future__ import annotations

import gzip
import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from rollback_gov.model.finding import Place, Severity
from rollback_gov.outputs.formats import sarif
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import CheckedFile
from rollback_gov.policy.registry import rules
from tests.outputs.results import FILE, TEXT, WAIVED, Result, finding, plan, rendered, result

render = partial(rendered, "sarif")
SCHEMA = json.loads((Path(__file__).parent / "vendor" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
RESULTS = {
    "nothing": result(searched=("**/plan.yaml",)),
    "passed": result(plan(), remarks=("Everything is checked.",)),
    "several": result(plan(finding(), finding(severity=Severity.WARNING)), plan(finding(severity=Severity.NOTICE))),
    "settings": result(plan(), settings=(CheckedFile(file="waivers.yaml", findings=(finding(code="ACME001"),)),)),
    "no text": result(plan(finding(place=Place("rollback/\udcff/plan.yaml", 3)))),
    "hostile": result(plan(finding(message="\ud800 \x00 ##[error] [a](b)", place=Place("ä b%.yaml", 3)))),
}


def _run(found: Result) -> Any:
    (run,) = json.loads(render(found))["runs"]
    return run


@pytest.mark.parametrize("found", RESULTS.values(), ids=RESULTS)
def test_it_keeps_the_official_schema(found: Result) -> None:
    Draft4Validator(SCHEMA).validate(json.loads(render(found)))


def test_the_schema_would_notice() -> None:
    document = json.loads(render(RESULTS["several"]))
    document["runs"][0]["results"][0]["level"] = "fatal"

    assert not Draft4Validator(SCHEMA).is_valid(document)


def test_a_result() -> None:
    (found,) = _run(result(plan(finding())))["results"]

    assert found.pop("partialFingerprints")["primaryLocationLineHash"].endswith(":1")
    assert found == {
        "ruleId": "RG103",
        "level": "error",
        "message": {"text": "The budgets add up to 17m, 2m more than the SLA of 15m. Shorten phases."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": FILE},
                    "region": {"startLine": 3, "startColumn": 6, "endColumn": 9},
                }
            }
        ],
    }


def test_all_rules_are_there_whatever_was_found() -> None:
    assert [rule["id"] for rule in _run(result(plan()))["tool"]["driver"]["rules"]] == list(rules())
    assert _run(RESULTS["settings"])["tool"]["driver"]["rules"][-1] == {"id": "ACME001"}


def test_what_is_waived_opens_no_alert() -> None:
    assert _run(result(plan(finding(waived=WAIVED))))["results"] == []


def test_a_finding_is_recognised_when_lines_come_before_it() -> None:
    moved = plan(finding(place=Place(FILE, 5, 6, 9)), text=f"# new\n# lines\n{TEXT}")

    assert _marks(result(moved)) == _marks(result(plan(finding())))


def test_two_findings_of_one_line_are_two() -> None:
    one, two = _marks(result(plan(finding(), finding(message="Another."))))

    assert (one[:16], one[16:], two[16:]) == (two[:16], ":1", ":2")


def _marks(found: Result) -> list[str]:
    return [each["partialFingerprints"]["primaryLocationLineHash"] for each in _run(found)["results"]]


def test_names_are_addresses_and_texts_no_links() -> None:
    (found,) = _run(RESULTS["hostile"])["results"]

    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%C3%A4%20b%25.yaml"
    assert found["message"]["text"] == "\\u{d800} \\u{0} # #[error] [a] (b) Shorten phases."


def test_more_results_than_github_takes_are_left_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    run = _run(result(plan(finding(), finding()), plan(finding(), finding()), remarks=("Some were not looked at.",)))

    assert len(run["results"]) == 2
    assert [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]] == [
        "Some were not looked at.",
        "2 results are left out: GitHub takes 2, and ten megabytes gzipped.",
    ]


def test_each_job_has_a_category_of_its_own() -> None:
    """GitHub closes the alerts of a category that an upload does not have any more."""
    assert _run(RESULTS["passed"])["automationDetails"] == {"id": "rollback-gov/"}
    text = sarif.Writer(Manner(category="shop/a b")).end(RESULTS["nothing"].summary)
    assert json.loads(text)["runs"][0]["automationDetails"] == {"id": "shop/a b/"}


def test_a_file_that_github_would_refuse_for_its_size_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings may quote what nobody can compress."""
    monkeypatch.setattr(sarif, "MOST_BYTES", 500_000)
    chance = random.Random(7)
    findings = [finding(message=chance.randbytes(20_000).hex()) for _ in range(60)]
    text = render(result(plan(*findings)))

    assert 300_000 < len(gzip.compress(text.encode())) < 600_000
    run = json.loads(text)["runs"][0]
    left_out = 60 - len(run["results"])
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith(f"{left_out} results are left out")
