"""Whatever stands in a file: the loader or the rules have something to say, and nothing crashes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.policy.check import check
from rollback_gov.policy.levels import LEVELS
from tests.policy.examples import FOLDER
from tests.policy.subjects import subject
from tests.thoroughness import examples

DOCUMENTS = [
    read_yaml(Source(path.name, path.read_text(encoding="utf-8")))[0]
    for path in (
        FOLDER / "RG140" / "good" / "two.yaml",
        FOLDER / "RG161" / "good" / "verified.yaml",
        FOLDER / "RG181" / "good" / "known-at-run-time.yaml",
        FOLDER / "RG415" / "good" / "both-ways.yaml",
        FOLDER / "RG107" / "good" / "some-steps.yaml",
        FOLDER / "RG010" / "bad" / "in-header.yaml",
    )
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.text(max_size=20),
    st.sampled_from(
        ["0s", "2m", "999999d", "1%", "-5", "0.1", "undo", "verification", "(", "2025-02-30", "<SHA>", "\x1b[31m"]
    ),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    _validate(text)


@given(VALUES)
def test_any_document(document: Any) -> None:
    _validate(json.dumps(document))


@settings(max_examples=examples(400))
@given(data=st.data(), document=st.sampled_from(DOCUMENTS), times=st.integers(1, 4))
def test_any_change_of_a_plan(data: st.DataObject, document: Any, times: int) -> None:
    """Replace, remove and graft parts of real plans: most results are still plans, odd ones."""
    changed = copy.deepcopy(document)
    for _ in range(times):
        path = data.draw(st.sampled_from(sorted(_paths(changed), key=str)))
        grafts = [
            _at(other, other_path) for other in DOCUMENTS for other_path in _paths(other) if other_path[-1] == path[-1]
        ]
        _change(
            changed, path, data.draw(st.sampled_from(grafts) | SCALARS if grafts else SCALARS), data.draw(st.booleans())
        )
    _validate(json.dumps(changed))


def _validate(text: str) -> None:
    loaded = load_text(Path("plan.yaml"), Source("plan.yaml", text))
    if loaded.plan is None:
        assert loaded.findings
        return
    for level in LEVELS:
        report = check(subject(loaded=loaded, plan=loaded.plan, level=level, policy=Policy()))
        lines = len(loaded.source.lines)
        assert all(1 <= finding.place.line <= lines for finding in report.findings)
        assert (report.achieved >= level) == (not report.between)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    return [found for key, inner in entries for found in [(*path, key), *_paths(inner, (*path, key))]]


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return copy.deepcopy(value)


def _change(document: Any, path: tuple[str | int, ...], value: Any, remove: bool) -> None:
    parent = _at_place(document, path[:-1])
    if remove:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value


def _at_place(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def test_the_grafts_are_made_of_real_plans() -> None:
    assert all(load_text(Path("p"), Source("p", json.dumps(document))).plan for document in DOCUMENTS)
