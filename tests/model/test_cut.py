"""A text that is too long is cut at the end of a line, in bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.cut import cut_at_line, fitted

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


@given(st.text(alphabet="ä🙂a\ud800", max_size=80), st.integers(min_value=3, max_value=90))
def test_what_fits_stays_and_what_is_cut_begins_as_it_did(text: str, most: int) -> None:
    cut = fitted(text, most)
    if len(text.encode("utf-8", "replace")) <= most:
        assert cut == text
        return
    assert most - 3 <= len(cut.encode()) <= most
    assert cut.endswith("…")
    assert text.replace("\ud800", "?").startswith(cut[:-1])
