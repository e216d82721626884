"""What changed between two versions of a plan, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.records.change import explain_change
from tests.records.documents import PLAN, SCRIPT, digests_of, load, plan_document

CASES: dict[str, tuple[Callable[[dict[str, Any]], Any], tuple[str, ...]]] = {
    "nothing": (lambda plan: None, ()),
    "a title": (
        lambda plan: plan["metadata"].update(title="Other"),
        ("wording (titles, descriptions, owner, contacts or messages)",),
    ),
    "a command": (lambda plan: plan["phases"][1]["steps"][0].update(run="true"), ("phase database",)),
    "a new phase": (
        lambda plan: plan["phases"].append({"id": "restart", "steps": [{"id": "go", "run": "true"}]}),
        ("phase restart (new)",),
    ),
    "a phase that is gone": (lambda plan: plan["phases"].pop(), ("phase database (gone)",)),
    "the order": (lambda plan: plan["phases"].reverse(), ("order of the phases, or scenarios",)),
    "a scenario": (lambda plan: plan["scenarios"][0].update(sla="4m"), ("order of the phases, or scenarios",)),
    "the forward fix": (
        lambda plan: plan["point_of_no_return"]["forward_fix"][0]["steps"][0].update(run="true"),
        ("forward-fix phase compensate",),
    ),
    "how the point of no return is detected": (
        lambda plan: plan["point_of_no_return"]["passed_when"].update(run="true"),
        ("point of no return",),
    ),
    "the recovery": (
        lambda plan: plan["recovery"][0]["steps"][0].update(run="true"),
        ("recovery phase breakers",),
    ),
    "a trigger": (lambda plan: plan["triggers"][0].update(above="6%"), ("trigger section",)),
    "a capture": (lambda plan: plan["capture"].update(budget="2m"), ("baseline and capture section",)),
    "a check": (lambda plan: plan["verification"]["checks"][0].update(run="true"), ("verification section",)),
    "the rehearsal": (lambda plan: plan["rehearsal"].update(lead_time="1h"), ("rehearsal section",)),
    "a parameter": (
        lambda plan: plan["parameters"]["NAMESPACE"].update(default="till"),
        ("settings (level, change, parameters, tools, uses, SLA, timeouts, windows, troubleshooting or regions)",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_named(name: str, tmp_path: Path) -> None:
    change, words = CASES[name]
    document = plan_document()
    change(document)
    assert explain_change(digests_of(load(PLAN, tmp_path)), digests_of(load(document, tmp_path))) == words


def test_several_changes_are_all_named(tmp_path: Path) -> None:
    document = plan_document()
    document["phases"][0]["steps"][0]["run"] = "true"
    document["triggers"][0]["above"] = "6%"
    old = digests_of(load(PLAN, tmp_path))
    new = digests_of(load(document, tmp_path, script=SCRIPT + "#"))
    assert explain_change(old, new) == ("phase drain", "trigger section", "file scripts/verify.sh")


def test_files_that_come_and_go_are_named(tmp_path: Path) -> None:
    today = digests_of(load(PLAN, tmp_path))
    other = replace(today, executable="0" * 64, files={"b.sh": "1" * 64})
    assert explain_change(today, other) == ("file b.sh (new)", "file scripts/verify.sh (gone)")
    assert explain_change(other, today) == ("file scripts/verify.sh (new)", "file b.sh (gone)")
