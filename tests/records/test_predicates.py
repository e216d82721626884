"""The page that predicate URIs name says what the schemas and the code say."""

from __future__ import annotations

import json
import re

import pytest

from rollback_gov.plans.schema import fast_validator, load_schema
from rollback_gov.records.exclusion import Rejection
from rollback_gov.records.statement import SCHEMAS
from rollback_gov.records.verdict import Code
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "predicates.md").read_text(encoding="utf-8")


def section(uri: str) -> str:
    """Give the section to which a predicate's URI leads."""
    page, _, anchor = uri.partition("#")
    assert page.endswith("/docs/predicates.md")
    return PAGE.split(f"\n## {anchor}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("uri", SCHEMAS)
def test_every_field_is_described_and_no_other(uri: str) -> None:
    rows = [line.split("|")[1] for line in section(uri).splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(
        load_schema(SCHEMAS[uri])["properties"]
    )


@pytest.mark.parametrize("uri", SCHEMAS)
def test_the_example_fits_the_schema(uri: str) -> None:
    example = section(uri).split("```json\n")[1].split("```")[0]
    document = json.loads(re.sub(r'"([0-9a-f]{2})…"', lambda match: f'"{match[1] * 32}"', example))
    fast_validator(SCHEMAS[uri]).validate(document)


@pytest.mark.parametrize(("heading", "codes"), [("permit", Code), ("approval", Rejection)])
def test_every_reason_is_explained(heading: str, codes: type[Code] | type[Rejection]) -> None:
    rows = re.split(rf"## Why an? {heading}", PAGE)[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\|[^|]*\|", rows, re.MULTILINE)))) == set(codes)
