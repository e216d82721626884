"""Formats are found by being there."""

from __future__ import annotations

import pytest

from rollback_gov.outputs.registry import format_names
from tests.outputs.results import Result, finding, plan, rendered, result


def test_the_formats() -> None:
    assert format_names() == ("github", "json", "junit", "markdown", "sarif", "text")


@pytest.mark.parametrize("name", format_names())
@pytest.mark.parametrize("found", [result(), result(plan()), result(plan(finding()), plan(finding()))])
def test_every_format_writes_every_result(name: str, found: Result) -> None:
    text = rendered(name, found)

    assert text.endswith("\n")
    assert text == rendered(name, found)
