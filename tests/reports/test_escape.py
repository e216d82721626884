from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rollback_gov.model.steady import LONGEST, one_line
from rollback_gov.reports.escape import Markup, cell, code, text_of

GAP = "\N{ZERO WIDTH SPACE}"
NASTY = st.text(alphabet=st.sampled_from("ab1 \n\t|`*_~[](){}<>!#@\\-+=.&;:/\"'é漢%\x1b\u202e"), max_size=40)


def parse(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def shown(tokens: list[Token]) -> str:
    """The text that a reader sees."""
    inline = [child for token in tokens if token.type == "inline" for child in token.children or []]
    assert {child.type for child in inline} <= {"text", "text_special", "code_inline"}, inline
    return "".join(child.content for child in inline).replace(GAP, "")


@given(NASTY)
def test_any_text_in_a_cell_is_shown_as_it_is_and_changes_nothing_around_it(text: str) -> None:
    tokens = parse(f"| a | b |\n|---|---|\n| {cell(text)} | {code(text)} |\n| next | row |\n")
    kinds = [token.type for token in tokens]
    assert kinds.count("tr_open") == 3
    assert kinds.count("td_open") == 4
    bodies = [token for token in tokens if token.type == "inline"][2:]
    assert [shown([body]) for body in bodies[:2]] == [one_line(text), one_line(text)]


@given(NASTY)
def test_what_a_cell_says_can_be_read_back(text: str) -> None:
    assert text_of(cell(text)) == one_line(text)


@given(NASTY)
def test_any_text_in_a_list_and_in_a_heading_stays_there(text: str) -> None:
    tokens = parse(f"# Report: {cell(text)}\n\n- {cell(text)}\n- {code(text)}\n")
    kinds = [token.type for token in tokens if token.type.endswith("_open")]
    assert [kind for kind in kinds if kind != "paragraph_open"] == [
        "heading_open",
        "bullet_list_open",
        "list_item_open",
        "list_item_open",
    ]
    heading, *items = [token for token in tokens if token.type == "inline"]
    assert shown([heading]) == f"Report: {one_line(text)}".strip()
    assert [shown([item]) for item in items] == [one_line(text)] * len(items)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("a | b", r"a \| b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<!-- end -->", "&lt;!-- end --&gt;"),
        ("ask @oncall about #12", "ask @&#8203;oncall about #&#8203;12"),
        ("closes GH-12 and gh-7, not HIGH-5", "closes GH-&#8203;12 and gh-&#8203;7, not HIGH-5"),
        ("`rm -rf`", r"\`rm -rf\`"),
        ("[click](http://x)", r"\[click\](http://x)"),
        ("# no heading", r"\# no heading"),
        ("no heading #", r"no heading \#"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("---", r"\---"),
        ("-5 degrees, 1.5 %", "-5 degrees, 1.5 %"),
        ("{{ 7 * 7 }}", r"{{ 7 \* 7 }}"),
        ("red \x1b[31m alert", "red \N{REPLACEMENT CHARACTER}\\[31m alert"),
        ("left \u202eright", "left \N{REPLACEMENT CHARACTER}right"),
        ("broken \ud800", "broken \N{REPLACEMENT CHARACTER}"),
        ("", ""),
    ],
)
def test_markup_becomes_text(text: str, written: str) -> None:
    assert cell(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("phases/drain/weight", "`phases/drain/weight`"),
        ("a `b` c", "``a `b` c``"),
        ("`", "`` ` ``"),
        ("a | b", r"a \| b"),
        ("@oncall", "`@oncall`"),
        ("", ""),
    ],
)
def test_names_become_code(text: str, written: str) -> None:
    assert code(text) == written


def test_what_is_markdown_already_stays_as_it_is() -> None:
    assert cell(Markup("**bold**")) == code(Markup("**bold**")) == "**bold**"


def test_a_long_text_is_cut() -> None:
    assert len(one_line("x" * 10_000)) == LONGEST
    assert one_line("x" * 10_000).endswith("…")
    assert one_line("x" * LONGEST) == "x" * LONGEST
