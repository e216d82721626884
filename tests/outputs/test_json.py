"""Findings for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rollback_gov import __version__
from rollback_gov.model.finding import Severity
from rollback_gov.outputs.result import CheckedFile
from rollback_gov.resources import resource
from tests.outputs.results import FILE, WAIVED, Result, finding, plan, rendered, result

render = partial(rendered, "json")

SCHEMA = json.loads(resource("schemas", "findings-v1.schema.json").read_text(encoding="utf-8"))
RESULTS = {
    "findings": result(plan(finding(), finding(severity=Severity.WARNING, path=("phases", 0), step="phases/a/b"))),
    "passed": result(plan()),
    "unusable": result(plan(finding(code="RG001", operation=""), operation="", required=0, achieved=0)),
    "waived": result(plan(finding(waived=WAIVED), finding(waived=replace(WAIVED, debt=True)))),
    "settings": result(plan(), settings=(CheckedFile(file="waivers.yaml", findings=(finding(code="RG503"),)),)),
    "nothing": result(searched=("**/plan.yaml",)),
}


def _document(found: Result) -> Any:
    return json.loads(render(found))


@pytest.mark.parametrize("found", RESULTS.values(), ids=RESULTS)
def test_it_keeps_its_schema(found: Result) -> None:
    Draft7Validator.check_schema(SCHEMA)
    Draft7Validator(SCHEMA).validate(_document(found))


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("findings", 1, "findings"),
        ("passed", 0, "passed"),
        ("unusable", 1, "findings"),
        ("nothing", 3, "nothing_to_check"),
    ],
)
def test_the_exit_code_in_words(name: str, code: int, word: str) -> None:
    document = _document(RESULTS[name])

    assert (document["exit_code"], document["result"]) == (code, word)


def test_the_whole_document() -> None:
    assert _document(result(plan(finding(step="phases/undo/undo")))) == {
        "version": 1,
        "tool": {"name": "rollback-gov", "version": __version__},
        "result": "findings",
        "exit_code": 1,
        "summary": {
            "plans": 1,
            "errors": 1,
            "warnings": 0,
            "notices": 0,
            "waived": 0,
            "debt": 0,
            "oldest_debt_days": 0,
        },
        "searched": [],
        "remarks": [],
        "settings": [],
        "plans": [
            {
                "file": FILE,
                "operation": "op-7",
                "usable": True,
                "required_level": 3,
                "achieved_level": 2,
                "between": ["RG103"],
                "findings": [
                    {
                        "code": "RG103",
                        "severity": "error",
                        "fails": True,
                        "message": "The budgets add up to 17m, 2m more than the SLA of 15m.",
                        "hint": "Shorten phases.",
                        "file": FILE,
                        "line": 3,
                        "column": 6,
                        "end_column": 9,
                        "path": ["sla"],
                        "step": "phases/undo/undo",
                        "waived": None,
                    }
                ],
            }
        ],
    }


def test_what_fails_depends_on_what_was_asked() -> None:
    warning = finding(severity=Severity.WARNING)

    lenient, strict = _document(result(plan(warning))), _document(result(plan(warning), fail_on=Severity.WARNING))

    assert lenient["plans"][0]["findings"][0]["fails"] is False
    assert strict["plans"][0]["findings"][0]["fails"] is True


def test_any_character_can_be_written_anywhere() -> None:
    assert render(result(plan(finding(message="Odd \ud800 and ü.")))).isascii()


def test_a_waived_finding_does_not_fail_and_says_who_accepted_it() -> None:
    document = _document(RESULTS["waived"])

    assert document["result"] == "passed"
    assert [each["fails"] for each in document["plans"][0]["findings"]] == [False, False]
    assert document["plans"][0]["findings"][0]["waived"]["approved_by"] == "Ada"
    assert document["summary"] | {"plans": 1} == {
        "plans": 1,
        "errors": 0,
        "warnings": 0,
        "notices": 0,
        "waived": 2,
        "debt": 1,
        "oldest_debt_days": 30,
    }


def test_no_text_of_a_plan_is_a_command_to_a_ci_runner() -> None:
    text = render(result(plan(finding(message="##[error]x", hint="\n::error::y"))))

    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
