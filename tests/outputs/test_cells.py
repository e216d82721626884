"""Rows of CSV come back as they were, and none of their cells is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.outputs.cells import row

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_a_text(text: str) -> None:
    (cells,) = csv.reader(io.StringIO(row([text, 1]), newline=""))
    assert cells == [f"'{text}", "1"]


def test_a_number_stays_one() -> None:
    assert row([-1, 2, "a b", 'say "so"', "two\nlines"]) == '-1,2,a b,"say ""so""","two\nlines"\r\n'


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_nothing_breaks_out_of_its_cell(cells: list[str]) -> None:
    (found,) = csv.reader(io.StringIO(row(cells), newline=""))
    assert [cell.removeprefix("'") for cell in found] == [cell.removeprefix("'") for cell in cells]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in found)
