from __future__ import annotations

import pytest

from rollback_gov.plans.markdown.blocks import Block, TooManyBlocks, read_blocks

DOCUMENT = """\
Title
=====
A paragraph
of two lines.

| Signal | Threshold |
|---|---|
| errors | > 1% |

1. one
   - inside
     ```bash
     a
       b
     ```
2. two

> quoted

    indented

<div>
html
</div>

***
```text
never closed"""


def outline(blocks: list[Block]) -> list[tuple[str, int, int, str]]:
    return [(block.kind, block.line + 1, block.end, block.text) for top in blocks for block in top.walk()]


def test_every_block_has_its_lines() -> None:
    assert outline(read_blocks(DOCUMENT.split("\n"))) == [
        ("heading", 1, 2, "Title"),
        ("paragraph", 3, 4, "A paragraph\nof two lines."),
        ("table", 6, 8, ""),
        ("row", 6, 6, ""),
        ("cell", 6, 6, "Signal"),
        ("cell", 6, 6, "Threshold"),
        ("row", 8, 8, ""),
        ("cell", 8, 8, "errors"),
        ("cell", 8, 8, "> 1%"),
        ("list", 10, 17, ""),
        ("item", 10, 15, ""),
        ("paragraph", 10, 10, "one"),
        ("list", 11, 15, ""),
        ("item", 11, 15, ""),
        ("paragraph", 11, 11, "inside"),
        ("fence", 12, 15, "a\n  b\n"),
        ("item", 16, 17, ""),
        ("paragraph", 16, 16, "two"),
        ("quote", 18, 18, ""),
        ("paragraph", 18, 18, "quoted"),
        ("code", 20, 20, "indented\n"),
        ("html", 22, 24, "<div>\nhtml\n</div>\n"),
        ("rule", 26, 26, ""),
        ("fence", 27, 28, "never closed"),
    ]


def test_levels_languages_and_ends() -> None:
    blocks = [block for top in read_blocks(DOCUMENT.split("\n")) for block in top.walk()]
    assert [block.level for block in blocks if block.kind in ("heading", "list")] == [1, 1, 0]
    assert [(block.language, block.closed) for block in blocks if block.kind == "fence"] == [
        ("bash", True),
        ("text", False),
    ]


def test_a_document_inside_of_a_document_counts_its_lines_from_there() -> None:
    lines = ["# Outside", "```markdown", "## Inside", "```bash", "a", "```", "text", "```", "# After"]
    heading, fence, after = read_blocks(lines)
    assert (heading.text, fence.language, after.line) == ("Outside", "markdown", 8)
    inside = read_blocks(fence.text.removesuffix("\n").split("\n"), first=fence.line + 1)
    assert [(block.kind, block.line) for block in inside] == [("heading", 2), ("fence", 3), ("paragraph", 6)]


@pytest.mark.parametrize("line", ["a", "- a", "- - - - - a", "> > > > a", "**a** `b` [c]"])
def test_a_reader_says_how_much_it_takes(line: str) -> None:
    assert read_blocks([line] * 20)
    with pytest.raises(TooManyBlocks):
        read_blocks([line] * 400, most=100)


def test_lines_to_which_a_table_adds_cells_count_for_more() -> None:
    head, text = ["|a|b|c|d|", "|-|-|-|-|"], ["x"] * 40
    assert read_blocks([*head, "", *text], most=80)
    assert read_blocks([*head, *["|x|x|x|x|"] * 15], most=80)
    with pytest.raises(TooManyBlocks):
        read_blocks([*head, *text], most=80)


def test_what_stands_in_blocks_of_code_weighs_nothing() -> None:
    assert len(read_blocks(["```", *["- a"] * 500, "```"], most=10)) == 1
