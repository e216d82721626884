"""Our text within that of people: theirs stays, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.github.framed import framed, replaced, within

MARKER = "<!-- rollback-gov x: 1 -->"
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40).filter(
    lambda text: "<!--" not in text
)


@given(LINES, LINES, LINES, LINES)
def test_only_ours_is_replaced(above: str, ours: str, below: str, new: str) -> None:
    body = f"{above}\n{framed(MARKER, ours)}{below}"
    assert within(body, MARKER) == ours
    then = replaced(body, MARKER, new)
    assert then == f"{above}\n{framed(MARKER, new)}{below}"
    assert within(then, MARKER) == new
    assert replaced(body.replace("\n", "\r\n"), MARKER, new) == then


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a text of people",
        MARKER,
        framed("<!-- rollback-gov x: 2 -->", "of another"),
        framed(MARKER, "x").replace("<!-- rollback-gov: what", "<!-- what"),
        framed(MARKER, "x").replace(MARKER, f"> {MARKER}"),
    ],
)
def test_without_marker_or_end_nothing_is_ours(body: str) -> None:
    assert within(body, MARKER) is None
    assert replaced(body, MARKER, "new") == body


def test_what_stands_in_our_text_is_no_pattern() -> None:
    assert within(replaced(framed(MARKER, "x"), MARKER, r"\1 \g<0> $1"), MARKER) == r"\1 \g<0> $1"
