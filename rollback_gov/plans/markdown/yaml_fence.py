"""YAML inside of a document: its front matter and its ``yaml`` blocks, with places in the document."""

from __future__ import annotations

from rollback_gov.model.finding import Place
from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import Node
from rollback_gov.plans.yaml_reader import read_yaml

_MARK = "---"


def front_matter(page: Page) -> tuple[Node | None, int]:
    """Give the mapping between the first two lines of three dashes, if there is one, and the number of lines it takes.

    Raises DocumentError.
    """
    lines = page.source.lines
    if lines[0].rstrip() != _MARK:
        return None, 0
    end = next((number for number in range(1, len(lines)) if lines[number].rstrip() in (_MARK, "...")), None)
    if end is None:
        page.refuse(Said(_MARK, 0, 0), "The front matter is never closed.", "End it with a line of three dashes.")
    text = "".join(f"{line}\n" for line in lines[1:end])
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines[1:end]):
        return None, end + 1
    return _mapping(page, text, Said(_MARK, 1, 0)), end + 1


def yaml_mapping(page: Page, fence: Block) -> Node | None:
    """Give the mapping that a block of YAML holds; None for an empty one. Raises DocumentError."""
    if not fence.text.strip():
        return None
    return _mapping(page, fence.text, Said("", fence.line + 1, page.indent(fence)))


def read_value(page: Page, fence: Block) -> Node:
    """Give whatever a block of YAML or JSON holds. Raises DocumentError."""
    return _read(page, fence.text, Said("", fence.line + 1, page.indent(fence)))


def size(node: Node) -> int:
    """Count the values below a node, those that an alias repeats each time."""
    sizes: dict[int, int] = {}

    def count(each: Node) -> int:
        known = sizes.get(id(each))
        if known is None:
            known = sizes[id(each)] = 1 + sum(count(child) for child in each.children.values())
        return known

    return count(node)


def check_size(page: Page, size: int) -> None:
    """Refuse a document whose blocks of YAML hold more values together than one of YAML alone may."""
    most = page.source.size.values
    if size > most:
        page.refuse(
            Said("", 0, 0),
            f"The document has more than {most} values once its aliases are expanded.",
            code="RG003",
        )


def _mapping(page: Page, text: str, at: Said) -> Node:
    node = _read(page, text, at)
    if not isinstance(node.value, dict):
        page.refuse(
            Said("", node.line, node.column),
            "This block of YAML holds no keys.",
            "Write `key: value`, or ```text where it is only shown.",
        )
    return node


def _read(page: Page, text: str, at: Said) -> Node:
    name = page.source.name
    try:
        root = read_yaml(Source(name, text))[1].root
    except DocumentError:
        _explain(name, text, at)
        raise
    _move(root, at.line, at.column, set())
    return root


def _explain(name: str, text: str, at: Said) -> None:
    """Read once more with as many lines before it as the document has: messages name lines too."""
    try:
        read_yaml(Source(name, "\n" * at.line + text))
    except DocumentError as error:
        place = error.place
        if place.line > at.line:
            end = place.end_column + at.column if place.end_column else 0
            place = Place(name, place.line, place.column + at.column, end)
        else:
            place = Place(name, at.line + 1, at.column + 1)
        raise DocumentError(error.code, str(error), place, hint=error.hint) from error


def _move(node: Node, lines: int, columns: int, moved: set[int]) -> None:
    if id(node) in moved:
        return
    moved.add(id(node))
    node.line += lines
    node.column += columns
    if node.end_column >= 0:
        node.end_column += columns
    for key in node.keys.values():
        _move(key, lines, columns, moved)
    for child in node.children.values():
        _move(child, lines, columns, moved)
