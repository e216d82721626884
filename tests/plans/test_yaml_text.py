"""YAML that we write is read as it was, by our reader and by others."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.plans.yaml_text import WIDTH, yaml_text
from tests.thoroughness import examples

from .documents import DOCUMENTS
from .markdown.texts import TEXTS

WORDS = st.one_of(
    TEXTS,
    st.text(max_size=12),
    st.sampled_from(["yes", "No", "on", "=", "<<", "~", "1_000", "0x1F", "2025-12-09", "1:30"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), WORDS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_plan_is_the_same_again(name: str) -> None:
    assert read_yaml(Source("x", yaml_text(DOCUMENTS[name])))[0] == DOCUMENTS[name]


@settings(max_examples=examples(90), deadline=None)
@given(st.dictionaries(WORDS, VALUES, min_size=1, max_size=4))
def test_whatever_it_is_it_is_the_same_again(value: dict[str, Any]) -> None:
    text = yaml_text(value)
    assert read_yaml(Source("x", text))[0] == value
    assert all(line.replace("\t", "").isprintable() for line in text.split("\n"))


@settings(max_examples=examples(45), deadline=None)
@given(st.dictionaries(WORDS, VALUES, min_size=1, max_size=3))
def test_readers_of_both_versions_agree(value: dict[str, Any]) -> None:
    text = yaml_text(value)
    assert yaml.safe_load(text) == value
    assert YAML(typ="safe", pure=True).load(text) == value


def test_it_is_written_for_people() -> None:
    document = {
        "run": "a\n  b\n",
        "without": "a\nb",
        "expect": {"status": 200, "ok": True, "none": None, "share": 0.5},
        "list": [{"id": "a"}, ["x" * 60, "y" * 60], {"long": "z" * WIDTH, "script": "one\ntwo\n"}],
        "pattern": r"\d+'",
        "hidden": "a\u202eb\U000e0001\x1b",
        "empty": [],
    }
    assert yaml_text(document) == (
        "run: |\n  a\n    b\nwithout: |-\n  a\n  b\n"
        "expect: {status: 200, ok: true, none: null, share: 0.5}\n"
        f"list:\n  - {{id: a}}\n  - - {'x' * 60}\n    - {'y' * 60}\n"
        f"  - long: {'z' * WIDTH}\n    script: |\n      one\n      two\n"
        "pattern: '\\d+'''\n"
        'hidden: "a\\u202eb\\U000e0001\\x1b"\n'
        "empty: []\n"
    )


def test_nothing_is_nothing() -> None:
    assert yaml_text({}) == ""
