"""Findings that were written are read back as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Severity
from rollback_gov.outputs.findings import read_findings
from rollback_gov.outputs.result import CheckedFile
from tests.outputs.results import WAIVED, finding, plan, rendered, result

FOUND = result(
    plan(name="b.yaml"),
    plan(finding(severity=Severity.WARNING), name="c.yaml"),
    plan(finding(), finding(waived=WAIVED)),
    settings=(CheckedFile(file="waivers.yaml", findings=(finding(code="RG503"),)),),
    remarks=("Everything is checked.",),
    searched=("rollback/*",),
)


def document() -> Any:
    return json.loads(rendered("json", FOUND))


def test_what_is_read_is_what_was_written() -> None:
    read = read_findings(document())
    for one, other in zip(read.plans, FOUND.plans, strict=True):
        same = tuple(replace(each, operation="", fix=None) for each in other.findings)  # its plan has the operation
        assert one == replace(other, findings=same, lines={})
    assert read.summary.exit_code == FOUND.summary.exit_code
    assert replace(read.summary, settings=()) == replace(FOUND.summary, settings=())
    assert [file.file for file in read.summary.settings] == ["waivers.yaml"]


def test_those_that_fail_come_first() -> None:
    read = read_findings(document())
    assert [plan.file for plan in read.heaviest_first] == ["rollback/op-7/plan.yaml", "c.yaml", "b.yaml"]
    assert read.failing == {"rollback/op-7/plan.yaml"}
    assert read.files[0].file == "waivers.yaml"


@pytest.mark.parametrize(
    ("change", "where"), [({"version": 2}, "version"), ({"plans": [{}]}, "plans/0"), ({"more": 1}, "more")]
)
def test_what_is_none_is_refused(change: dict[str, Any], where: str) -> None:
    with pytest.raises(UsageError, match=where) as refused:
        read_findings({**document(), **change})
    assert "validate --output json=" in refused.value.hint


@pytest.mark.parametrize("other", [None, [], "x", 1])
def test_another_document_is_none(other: Any) -> None:
    with pytest.raises(UsageError, match="These are no findings"):
        read_findings(other)
