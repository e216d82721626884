"""A hundred findings on scripts that nobody here wrote, each judged by hand.

``right``: what the finding says is true of that script, if it were a step of a plan.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.policy.check import check
from tests.policy.real_scripts import read_if_script
from tests.policy.runbooks import plan_of
from tests.policy.subjects import subject

JUDGED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "judged.json").read_text(encoding="utf-8"))
HERE = {name: text for name in {entry["script"] for entry in JUDGED} if (text := read_if_script(Path(name)))}


def test_a_hundred_findings_were_judged() -> None:
    assert len(JUDGED) >= 100
    assert all(entry["right"] or entry["because"] for entry in JUDGED)


def test_errors_are_right() -> None:
    errors = [entry["right"] for entry in JUDGED if entry["weight"] == "error"]

    assert sum(errors) >= 0.95 * len(errors) > 0


def test_most_warnings_are_right() -> None:
    warnings = [entry["right"] for entry in JUDGED if entry["weight"] == "warning"]

    assert sum(warnings) >= 0.9 * len(warnings)


@pytest.mark.parametrize("name", sorted(HERE))
def test_the_rules_still_say_so(name: str) -> None:
    """A script that has changed since is passed over line by line; to stop a false alarm is no loss."""
    lines = Counter(line.strip()[:110] for line in HERE[name].split("\n"))
    found = {(code, line) for code, _, line in _found(HERE[name])}
    missing = [
        entry
        for entry in JUDGED
        if entry["right"]
        and entry["script"] == name
        and lines[entry["line"]] == 1
        and (entry["rule"], entry["line"]) not in found
    ]

    assert not missing


@pytest.mark.parametrize("name", sorted(HERE))
def test_no_error_that_nobody_has_judged(name: str) -> None:
    known = {(entry["rule"], entry["line"]) for entry in JUDGED if entry["script"] == name}
    lines = Counter(line.strip()[:110] for line in HERE[name].split("\n"))
    errors = {(code, line) for code, weight, line in _found(HERE[name]) if weight == "error"}

    if all(lines[line] for _, line in known):
        assert errors <= known


def _found(text: str) -> list[tuple[str, str, str]]:
    """Give code, weight and line of what the rules about commands find."""
    loaded = plan_of([text])
    findings = check(subject(loaded=loaded, plan=loaded.require())).findings
    lines = loaded.source.lines
    return [
        (finding.code, finding.severity.value, lines[finding.place.line - 1].strip()[:110])
        for finding in findings
        if finding.code.startswith(("RG2", "RG010"))
    ]
