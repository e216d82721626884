"""Text of a record is printable, on one line, and commands nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.records.errors import RecordError
from rollback_gov.records.text import one_line
from rollback_gov.records.verdict import Code, reason


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ü ☃ 'text'", "plain, ü ☃ 'text'"),
        ("a\r\n\tb", "a   b"),
        ("\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}"),
        ("right\u202eleft", "right\\u{202e}left"),
        ("\ud800", "\\u{d800}"),
        ("::error::no", "error::no"),
        ("a ::error::no ##[error]no", "a ::error::no # #[error]no"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.text(st.characters(codec=None)))
def test_it_is_always_one_printable_line_without_commands(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert "##[" not in shown
    assert not shown.lstrip().startswith("::")


def test_it_has_an_end() -> None:
    assert len(one_line("x" * 10_000)) == 2_000


def test_errors_and_reasons_are_such_lines() -> None:
    assert str(RecordError("a\nb")) == "a b"
    assert reason(Code.MISSING, "a\nb", "c\nd").message == "a b"
    assert reason(Code.MISSING, "a\nb", "c\nd").hint == "c d"
