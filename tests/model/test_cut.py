"""A text that is too long is cut at the end of a line, in bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.cut import cut_at_line

END = "\n(cut)\n"


@given(st.text(alphabet="ä\n🙂a", min_size=10, max_size=80), st.integers(min_value=-40, max_value=3))
def test_it_has_no_more_than_that_and_whole_lines(text: str, more: int) -> None:
    most = max(len(END), len(text.encode()) + more)
    cut = cut_at_line(text, most, END)
    if len(text.encode()) <= most:
        assert cut == text
        return
    assert len(cut.encode()) <= most
    kept = cut.removesuffix(END)
    assert cut == kept + END
    assert not kept or text.startswith(f"{kept}\n")
