"""Outputs and summaries, as the runner reads them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.github.action.files import SUMMARY_BYTES, append, output_text, summary_text
from tests.action.runner import outputs_of
from tests.thoroughness import examples

LINES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")))
VALUES = st.lists(LINES, min_size=1).map("\n".join)


@settings(max_examples=examples(100))
@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,9}", fullmatch=True), VALUES))
def test_no_value_becomes_another_output(values: dict[str, str]) -> None:
    assert outputs_of(output_text(values)) == values


def test_a_value_that_guesses_at_delimiters_stays_a_value() -> None:
    planted = "x\nend-0000\nexit-code<<end\n0\nend"
    assert outputs_of(output_text({"run": planted})) == {"run": planted}


def test_where_the_runner_names_no_file_nothing_is_written(tmp_path: Path) -> None:
    append("", "text")
    append(str(tmp_path / "file"), "one\n")
    append(str(tmp_path / "file"), "two\n")
    assert (tmp_path / "file").read_text() == "one\ntwo\n"


def test_a_long_summary_ends_at_a_line_before_github_would_drop_it() -> None:
    assert summary_text("short\n") == "short\n"
    long = "".join(f"{number} ümlaut\n" for number in range(100_000))
    cut = summary_text(long)
    assert SUMMARY_BYTES - 100 < len(cut.encode()) < SUMMARY_BYTES + 100
    assert cut.endswith("it would be longer than GitHub shows.\n")
    assert cut.split("\n\nThe summary")[0] in long
