"""Formats are found by being there."""

from __future__ import annotations

import pytest

from rollback_gov.outputs.registry import format_names, renderer
from rollback_gov.outputs.result import ValidationResult
from tests.outputs.results import finding, plan, result


def test_the_formats() -> None:
    assert {"github", "json", "text"} <= set(format_names())


@pytest.mark.parametrize("name", format_names())
@pytest.mark.parametrize("found", [result(), result(plan()), result(plan(finding()), plan(finding()))])
def test_every_format_writes_every_result(name: str, found: ValidationResult) -> None:
    text = renderer(name)(found)

    assert text.endswith("\n")
    assert text == renderer(name)(found)
