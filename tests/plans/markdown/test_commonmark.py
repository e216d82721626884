"""The quick way from line to line finds what the library finds by asking every rule at every line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rollback_gov.plans.markdown.commonmark import parser
from tests.conftest import ROOT
from tests.thoroughness import examples

from .texts import PIECES

LIBRARY = MarkdownIt("commonmark").enable("table")
LIBRARY.core.ruler.disable(["inline", "text_join"])
OURS = parser()
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "tests/plans").rglob("*.md"))]
LINES = (
    "text",
    "| a | b |",
    "|---|---|",
    "--- | ---",
    "- | -",
    "1 | 2",
    "===",
    "---",
    "- - -",
    "***",
    "- item",
    "-",
    "10. item",
    "1)",
    "> quoted",
    ">",
    ">> > deep",
    "> - in a quote",
    "> | a |",
    "> |---|",
    "# heading #",
    "#",
    "```bash",
    "~~~",
    "[a]: b",
    "[a]: b 'title",
    "[a]",
    "<div>",
    "</div>",
    "<!-- open",
    "closed -->",
    "<b> inline",
    "    code",
    "\tcode",
    "",
    "  ",
)
INDENTS = ("", "", "", " ", "  ", "   ", "    ", "     ", "\t", " \t", "> ", "- ", "1. ", ">\t")
LINE = st.tuples(st.sampled_from(INDENTS), st.sampled_from(INDENTS), st.sampled_from(LINES)).map("".join)


def outline(found: MarkdownIt, text: str) -> list[tuple[object, ...]]:
    return [
        (each.type, each.tag, each.nesting, each.level, each.map, each.content, each.info) for each in found.parse(text)
    ]


def same(text: str) -> None:
    assert outline(OURS, text) == outline(LIBRARY, text)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_documents(path: Path) -> None:
    same(path.read_text(encoding="utf-8"))


@settings(max_examples=examples(600), deadline=None)
@given(st.lists(LINE, max_size=14).map("\n".join))
def test_any_lines(text: str) -> None:
    same(text)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_pieces(text: str) -> None:
    same(text)


@pytest.mark.parametrize("mark", ["- ", "> ", "1. ", "> - "])
def test_what_is_nested_too_deeply_is_passed_over_as_there(mark: str) -> None:
    same(mark * 30 + "text\n\nbehind")


@pytest.mark.parametrize("text", ["> 1. <!-- open\n   >   ", "- > 1. <!-- open\n  >   "])
def test_a_text_on_which_the_library_stumbles_is_read(text: str) -> None:
    assert [each.content for each in OURS.parse(text) if each.type == "html_block"] == ["<!-- open\n"]
