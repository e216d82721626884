"""Edits of a plan: exactly what was asked for, comments and layout included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.commands import plan_edit
from rollback_gov.commands.plan_edit import edited, parse_value, read_plan, shown
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.finding import Fix
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import parse_path
from rollback_gov.plans.yaml_reader import read_yaml
from tests.conftest import ROOT

PLAN = """\
# How we go back
metadata: {operation: op-7, level: 2} # raise it
phases:
- id: undo      # first
  budgett: "3m" # three
  steps:
  - {id: a, run: ./a.sh}
  - id: b
    run: |
      ./b.sh   # not a comment of YAML
notes: >-
  Some
  lines
"""


def _edit(*edits: Fix, text: str = PLAN) -> str:
    return edited(Source("plan.yaml", text), edits).text


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (Fix(path=("metadata", "level"), value=3), "level: 2}", "level: 3}"),
        (Fix(path=("phases", 0, "budgett"), key="budget"), "budgett:", "budget:"),
        (Fix(path=("phases", 0, "budgett"), value="5m"), '"3m"', "5m"),
        (Fix(path=("metadata", "operation"), value="a: b # c"), "op-7", "'a: b # c'"),
        (Fix(path=("metadata", "operation"), value="2"), "op-7", "'2'"),
        (Fix(path=("phases", 0, "steps", 0, "id"), key="name"), "{id: a", "{name: a"),
        (Fix(path=("phases", 0, "steps", 0), remove=True), "  - {id: a, run: ./a.sh}\n", ""),
        (Fix(path=("notes",), remove=True), "notes: >-\n  Some\n  lines\n", ""),
        (Fix(path=("notes",), value="short"), "  Some\n  lines\n", "  short\n"),
    ],
)
def test_nothing_else_changes(edit: Fix, old: str, new: str) -> None:
    assert PLAN.count(old) == 1

    assert _edit(edit) == PLAN.replace(old, new)


def test_what_is_not_there_yet_is_added() -> None:
    assert _edit(Fix(path=("sla",), value="10m")) == f"{PLAN}sla: 10m\n"


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        ("{a: 1}", Fix(path=("b",), value=2), "{a: 1, b: 2}"),
        ("a:\n  b: [1]\n", Fix(path=("a", "c"), value=2), "a:\n  b:\n    - 1\n  c: 2\n"),
        ("a: [x, |\n]", Fix(path=("a",), value=("y",), add=True), ""),
        ("a: []\n", Fix(path=("a",), value=("y",), add=True), "a: [y]\n"),
        ("a: x\n", Fix(path=("a",), value=("y",), add=True), "a:\n  - x\n  - y\n"),
        ("a: 1\nb:", Fix(path=("c",), value=2), "a: 1\nb:\nc: 2\n"),
    ],
)
def test_where_there_is_no_place_of_its_own_the_rest_still_means_the_same(text: str, edit: Fix, expected: str) -> None:
    try:
        after = _edit(edit, text=text)
    except UsageError:
        assert not expected
        return

    assert read_yaml(Source("p", after))[0] == read_yaml(Source("p", expected))[0]


def test_line_ends_stay() -> None:
    text = "a: 1 # one\r\nb:\r\n  - x\r\n"

    assert _edit(Fix(path=("a",), value=2), text=text) == text.replace("1", "2", 1)
    assert _edit(Fix(path=("c",), value=3), text=text) == f"{text}c: 3\r\n"


@pytest.mark.parametrize("path", ["a.b", "phases.7", "phases.x", "metadata.level.x", "phases.0.steps.9.id", ""])
def test_a_place_that_is_not_there(path: str) -> None:
    with pytest.raises(UsageError, match=f"There is no '{path}' in the plan"):
        _edit(Fix(path=parse_path(path), value=1))


def test_a_key_that_is_there_already_is_not_overwritten() -> None:
    with pytest.raises(UsageError, match="there is a 'run' already"):
        _edit(Fix(path=("phases", 0, "steps", 0, "id"), key="run"))


def test_what_an_alias_repeats_stays_what_it_was() -> None:
    text = _edit(Fix(path=("a",), value=2), text="a: &x 1\nb: *x\n")

    assert read_yaml(Source("plan.yaml", text))[0] == {"a": 2, "b": 1}


def test_anchors_stay_where_they_are() -> None:
    text = "a:\n  - &one {x: 1}\n  - &two\n    y: &three |\n      t\n  - *two\nb: 1\n"

    assert _edit(Fix(path=("b",), remove=True), text=text) == text.removesuffix("b: 1\n")


def test_a_piece_of_a_text_changes_wherever_it_is_repeated_and_nowhere_else() -> None:
    text = "a: &x |\n  one two\nb: *x\nc: &y\n  d: &z one two\ne: [*y, {d: *z, f: one two}]\n"

    assert _edit(Fix(path=("b",), value="1", span=(0, 3)), text=text) == text.replace("one", "1", 1)
    assert _edit(Fix(path=("e", 1, "d"), value="1", span=(0, 3)), text=text) == text.replace("&z one", "&z 1")


def test_a_piece_that_has_no_place_is_refused() -> None:
    with pytest.raises(Refused):
        _edit(Fix(path=("a",), value="\n", span=(0, 1)), text="a: one two\n")


def test_a_document_that_cannot_be_read_is_mended_by_hand() -> None:
    with pytest.raises(UsageError) as caught:
        _edit(Fix(path=("a",), value=2), text="a: [")

    assert caught.value.hint == "Mend that by hand first."


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read the file"):
        read_plan(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("true", True), ("NO", "NO"), ("10m", "10m"), ("'3'", "3"), ("[a, 1]", ["a", 1]), ("{a: 1}", {"a": 1})],
)
def test_a_value_is_read_as_a_plan_has_it(text: str, value: Any) -> None:
    assert parse_value(text) == value


def test_no_value() -> None:
    with pytest.raises(UsageError, match=r"'\[1' is no value"):
        parse_value("[1")


def test_an_edit_in_words() -> None:
    assert shown(Fix(path=("a", 0, "b"), key="c")) == "Renaming a.0.b to c"
    assert shown(Fix(path=("a",), remove=True)) == "Removing a"


@given(st.one_of(st.text(max_size=30), st.integers(), st.booleans(), st.lists(st.integers(), max_size=3)))
def test_any_value_can_be_set_or_is_refused(value: Any) -> None:
    try:
        text = _edit(Fix(path=("metadata", "level"), value=value))
    except Refused:
        return

    assert read_yaml(Source("plan.yaml", text))[0]["metadata"]["level"] == value


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "plans-example").glob("*/plan.yaml")))
def test_a_real_plan_keeps_every_other_line(name: str) -> None:
    source = read_plan(ROOT / "plans-example" / name / "plan.yaml")

    after = edited(source, [Fix(path=("metadata", "level"), value=1)]).text

    pairs = zip(source.text.splitlines(), after.splitlines(), strict=True)
    assert sum(one != other for one, other in pairs) == 1


def test_what_ruamel_cannot_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise ValueError(text)

    monkeypatch.setattr(plan_edit, "load", fail)

    with pytest.raises(Refused, match="cannot be done without changing something else"):
        _edit(Fix(path=("notes",), remove=True))


def test_a_digit_that_is_no_number_is_a_key() -> None:
    assert parse_path("phases.0.²") == ("phases", 0, "²")
