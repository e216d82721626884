"""What is a heading in a runbook: headings, titles in HTML, and paragraphs that are nothing but bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rollback_gov.plans.markdown.blocks import Block

BOLD = 7
"""The level of a heading that is a bold paragraph: below every other."""
_BOLD = re.compile(r"(?:\*\*|__)(?P<title>[^*_\n]{1,200}(?:[*_][^*_\n]{1,200}){0,3})(?:\*\*|__)\s{0,3}:?\s{0,3}")
_HTML = re.compile(
    r"\s{0,3}(?:<details[^>]{0,200}>\s{0,9})?<(?:h(?P<level>[1-6])|summary)[^>]{0,200}>"
    r"(?P<title>(?:[^<]|</?(?:b|strong|i|em|code)>){1,300})</(?:h[1-6]|summary)>",
    re.I,
)
_TAG = re.compile(r"<[^>]{1,20}>")


def with_headings(blocks: Sequence[Block]) -> Iterator[Block]:
    """Give the blocks of a document with everything that serves as a heading as one."""
    for block in blocks:
        if block.kind == "paragraph":
            yield from _paragraph(block)
        elif block.kind == "html" and (found := _HTML.match(block.text)):
            level = int(found["level"] or BOLD)
            title = _TAG.sub("", found["title"]).strip()
            yield Block(
                "heading", block.line + block.text.count("\n", 0, found.end()), block.end, text=title, level=level
            )
        else:
            yield block


def _paragraph(block: Block) -> Iterator[Block]:
    """Give a paragraph; where its last line is bold alone, that is the heading of what follows."""
    lines = block.text.split("\n")
    found = _BOLD.fullmatch(lines[-1])
    if found is None:
        yield block
        return
    if len(lines) > 1:
        yield Block("paragraph", block.line, block.end - 1, text="\n".join(lines[:-1]))
    title = found["title"].strip().rstrip(":").strip()
    yield Block("heading", block.end - 1, block.end, text=title, level=BOLD)
