"""JSON pointers into foreign documents."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.sources.pointer import parse_json, resolve

DOCUMENT = parse_json('{"data": [{"value": 0.1}], "a/b": {"m~n": 5}, "": 3, "on": true, "none": null}')


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/data/0/value", "0.1"), ("/a~1b/m~0n", "5"), ("/", "3"), ("/on", True), ("/none", None)],
)
def test_a_pointer_leads_to_a_value_and_numbers_stay_text(pointer: str, value: Any) -> None:
    assert resolve(DOCUMENT, pointer) == value


def test_the_empty_pointer_is_the_whole_document() -> None:
    assert resolve(DOCUMENT, "") is DOCUMENT


@pytest.mark.parametrize("pointer", ["/data/1", "/data/00", "/data/-", "/data/x", "/nothing", "/data/0/value/deeper"])
def test_a_pointer_that_leads_nowhere_says_so(pointer: str) -> None:
    with pytest.raises(LookupError, match=f"nothing at {pointer}"):
        resolve(DOCUMENT, pointer)


def test_a_pointer_begins_with_a_slash() -> None:
    with pytest.raises(LookupError, match="does not begin with '/'"):
        resolve(DOCUMENT, "data")


def test_json_that_is_nested_too_deeply_is_refused_like_any_other_nonsense() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json("[" * 100_000)
