"""What stands below a title: labels, blocks of YAML with the other keys, a script, and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.draft import Draft, sequence
from rollback_gov.plans.markdown.labels import Field, Labelled, check_spelling, label_of, labelled, put_label, texts
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.unread import SHOWN, refuse_unread
from rollback_gov.plans.markdown.yaml_fence import yaml_mapping
from rollback_gov.plans.problem import shorten
from rollback_gov.plans.source_map import Node

SHELL = frozenset({"bash", "sh", "shell"})
YAML = frozenset({"yaml", "yml"})
_PAIR = 2
_SPEAK = "Write ```bash where it is run, ```yaml where it holds keys of the plan, ```text where it is only shown."


def read_body(
    page: Page,
    blocks: Sequence[Block],
    draft: Draft,
    labels: Mapping[str, Field],
    *,
    script: str | None = "",
    listed: bool = False,
) -> list[Block | Labelled]:
    """Fill a record from blocks: its labels, its YAML, and its script under the key ``script``.

    Where no script is expected (empty) one is refused, because nothing would run it; None takes it for an example.
    ``listed`` says that labels may be entries of a list; elsewhere ``- **Call Ana**: now`` is an entry of its own.
    Gives what it could not read: lists, and text without a label or with one that is for people. Raises DocumentError.
    """
    rest: list[Block | Labelled] = []
    waiting: Field | None = None
    for block in blocks:
        if block.kind == "list" and waiting is not None:
            _texts(page, draft, waiting, block)
        elif block.kind == "list" and listed and _is_labelled(page, block, labels):
            _entries(page, block, draft, labels, rest)
        elif block.kind == "table" and listed:
            _rows(page, block, draft, labels, rest)
        elif block.kind == "paragraph":
            waiting = _paragraph(page, block, draft, labels, rest)
            continue
        elif block.kind in ("fence", "code"):
            _code(page, block, draft, script)
        elif block.kind not in ("html", "rule"):
            rest.append(block)
        waiting = None
    return rest


def script_of(page: Page, block: Block) -> Node:
    """Give a script. One of a single line has no line end, a longer one ends with its last line's."""
    text = block.text if block.text.count("\n") > 1 else block.text.removesuffix("\n")
    start = page.start(block)
    return Node(text, start.line, start.column, block=True)


def _paragraph(
    page: Page, block: Block, draft: Draft, labels: Mapping[str, Field], rest: list[Block | Labelled]
) -> Field | None:
    """Read labels; give the last one where it waits for a list."""
    for entry in labelled(page, block, labels):
        field = labels.get(entry.name)
        if field is None:
            check_spelling(page, entry, labels)
            rest.append(entry)
        elif field.kind in ("texts", "names") and not entry.value:
            return field
        elif field.kind in ("texts", "names"):
            page.refuse(entry.label, f"'{shorten(entry.label.text)}' needs a list.", "Write a list below it.")
        else:
            put_label(page, draft, field, entry)
    return None


def _texts(page: Page, draft: Draft, field: Field, block: Block) -> None:
    """Take a list under a label. Names are without the remarks in brackets behind them."""
    node = sequence(page.start(block))
    texts(page, node, block, remarks=field.kind == "texts")
    draft.put(field.key, node)


def _is_labelled(page: Page, block: Block, labels: Mapping[str, Field]) -> bool:
    """Tell whether each entry of a list is a label with a value, or one of them is a label that is read."""
    heads = [item.children[0] for item in block.children if item.children]
    lines = [page.lines_of(head)[0] for head in heads if head.kind == "paragraph"]
    found = [split for line in lines if (split := label_of(line, labels))]
    return bool(heads) and (len(found) == len(heads) or any(Labelled(label, ()).name in labels for label, _ in found))


def _rows(page: Page, block: Block, draft: Draft, labels: Mapping[str, Field], rest: list[Block | Labelled]) -> None:
    """Read a table whose rows are a label and its value; its head may be one too."""
    for row in block.children:
        if len(row.children) != _PAIR:
            refuse_unread(page, [block])
        label, value = (page.lines_of(cell)[0] for cell in row.children)
        marked = label_of(Said(f"{label.text.rstrip(' :')}:", label.line, label.column), labels)
        entry = Labelled(marked[0] if marked else label, (value,) if value.text else ())
        field = labels.get(entry.name)
        if field is None:
            check_spelling(page, entry, labels)
            rest.append(entry)
        elif field.kind in ("texts", "names"):
            page.refuse(entry.label, f"'{shorten(entry.label.text)}' needs a list.", "Write a list below it.")
        else:
            put_label(page, draft, field, entry)


def _entries(page: Page, block: Block, draft: Draft, labels: Mapping[str, Field], rest: list[Block | Labelled]) -> None:
    for item in block.children:
        rest += read_body(page, item.children, draft, labels, script=None)


def _code(page: Page, block: Block, draft: Draft, script: str | None) -> None:
    if block.kind == "fence" and block.language in YAML:
        node = yaml_mapping(page, block)
        if node is not None:
            draft.merge(node)
    elif script is None or (block.kind == "fence" and block.language in SHOWN):
        return
    elif block.kind == "code":
        page.refuse(page.start(block), "This block has no fence, and so nothing says whether it is run.", _SPEAK)
    elif block.language not in SHELL:
        named = f"Nothing runs a block of '{shorten(block.language)}'." if block.info else "This block has no language."
        page.refuse(page.start(block), named, _SPEAK)
    elif not script:
        page.refuse(
            page.start(block),
            "This script belongs to no entry, and nothing would run it.",
            "Put it below an entry of a list, indented like the entry's text; write ```text where it is only shown.",
        )
    else:
        draft.put(script, script_of(page, block))


def plain_texts(page: Page, blocks: Sequence[Block]) -> Node | None:
    """Give the entries of the first list among blocks as texts, or None where there is none."""
    lists = [block for block in blocks if block.kind == "list"]
    if not lists:
        return None
    node = sequence(page.start(lists[0]))
    for block in lists:
        texts(page, node, block)
    return node
