"""What stands in a code span is what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rollback_gov.model.code_span import code_span


@given(st.text(alphabet="`\\*a<|", min_size=1, max_size=12))
def test_it_is_shown_as_it_is(text: str) -> None:
    (block,) = (token for token in MarkdownIt().parse(f"so {code_span(text)} it is") if token.type == "inline")
    assert [(token.type, token.content) for token in block.children or ()] == [
        ("text", "so "),
        ("code_inline", text),
        ("text", " it is"),
    ]
