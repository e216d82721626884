"""Edits of a document at their exact place in its text: not one other character changes.

What comes out may be wrong (a value that this style of writing cannot hold); whoever asks reads it again.
"""

from __future__ import annotations

from typing import Any

from rollback_gov.commands.yaml_file import dump
from rollback_gov.model.finding import Fix
from rollback_gov.plans.scalars import map_scalar
from rollback_gov.plans.source import LINE_END, Source
from rollback_gov.plans.source_map import Node, SourceMap


def in_place(source: Source, source_map: SourceMap, edit: Fix) -> str | None:
    """Give the edited text; None where this edit has no place of its own, such as one that takes a section out."""
    page = _Page(source)
    if edit.span is not None:
        return _piece(page, source_map.node(edit.path), edit)
    if edit.add:
        return _added(page, source_map, edit)
    parent, last = source_map.node(edit.path[:-1]), edit.path[-1]
    if parent is None or edit.remove:
        return None
    node = parent.keys.get(str(last)) if edit.key else parent.children.get(last)
    if node is None:
        return None if edit.key or isinstance(edit.value, list | dict) else _new_key(page, source_map, edit)
    if not _is_short(node) or isinstance(edit.value, list | dict):
        return None
    return page.replaced((node.line, node.column), (node.line, node.end_column), edit.key or _written(edit.value))


class _Page:
    """A text by lines and columns, which count from 0."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self._starts = [0, *(found.end() for found in LINE_END.finditer(source.text))]

    def replaced(self, start: tuple[int, int], end: tuple[int, int], text: str) -> str:
        """Give the whole text with another one in the place of a piece."""
        return self.text[: self._offset(start)] + text + self.text[self._offset(end) :]

    def starts(self, node: Node, mark: str) -> bool:
        """Tell whether a value is written from that mark on."""
        return self.source.lines[node.line].startswith(mark, node.column)

    def line_added(self, after: int, line: str) -> str:
        """Give the whole text with one more line behind that one."""
        end = "\r\n" if "\r\n" in self.text else "\n"
        if after + 1 < len(self._starts):
            at = self._starts[after + 1]
            return f"{self.text[:at]}{line}{end}{self.text[at:]}"
        return f"{self.text}{end}{line}{end}"

    def _offset(self, place: tuple[int, int]) -> int:
        return self._starts[place[0]] + place[1]


def _piece(page: _Page, node: Node | None, edit: Fix) -> str | None:
    """Change a piece of a text, whatever the style in which it is written."""
    places = map_scalar(page.source.lines, node) if node is not None else None
    if not places or edit.span is None:
        return None
    start, end = (places.at(offset) for offset in edit.span)
    return page.replaced(start, end, edit.value) if start <= end else None


def _added(page: _Page, source_map: SourceMap, edit: Fix) -> str | None:
    """Put entries behind the last one of a list, or make the list at the end of the document."""
    node = source_map.node(edit.path)
    entries = [_written(value) for value in edit.value]
    if node is None:
        line = f"{edit.path[0]}: [{', '.join(entries)}]"
        return _at_the_end(page, source_map.root, line) if len(edit.path) == 1 else None
    last = node.children.get(len(node.children) - 1)
    if last is None or not _is_short(last):
        return None
    before = page.source.lines[last.line][: last.column]
    if before.strip() == "-":
        text = page.text
        for number, entry in enumerate(entries):
            text = _Page(Source(page.source.name, text)).line_added(last.line + number, f"{before}{entry}")
        return text
    place = (last.line, last.end_column)
    return page.replaced(place, place, "".join(f", {entry}" for entry in entries))


def _at_the_end(page: _Page, root: Node, line: str) -> str | None:
    if root.column or not root.keys or page.starts(root, "{"):
        return None
    ends = page.text[-1:] in ("\n", "\r")
    return page.line_added(len(page.source.lines) - (2 if ends else 1), line)


def _new_key(page: _Page, source_map: SourceMap, edit: Fix) -> str | None:
    """Put a key at the end of the document, or behind the last one of its mapping whose value stands on one line."""
    written = f"{edit.path[-1]}: {_written(edit.value)}"
    if len(edit.path) == 1 and not page.starts(source_map.root, "{"):
        return _at_the_end(page, source_map.root, written)
    parent = source_map.node(edit.path[:-1])
    key = next((key for key in reversed(parent.keys) if _is_short(parent.children[key])), None) if parent else None
    if parent is None or key is None:
        return None
    node = parent.children[key]
    if page.starts(parent, "{"):
        place = (node.line, node.end_column)
        return page.replaced(place, place, f", {written}")
    return page.line_added(node.line, f"{' ' * parent.keys[key].column}{written}")


def _is_short(node: Node) -> bool:
    """Whether it is a value on one line."""
    return not node.block and node.end_column >= 0


def _written(value: Any) -> str:
    return dump({"value": value}).removeprefix("value: ").removesuffix("\n")
