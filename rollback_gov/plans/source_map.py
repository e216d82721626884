"""From a path in a document (keys and indexes) to file, line and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rollback_gov.model.finding import Place
from rollback_gov.model.record import Record


class Node:
    """A value with its position. Lines and columns count from 0 here, as the parser gives them.

    ``end_column`` is exclusive, and -1 where the value spans lines. ``block`` says that it is a block scalar (``|`` or
    ``>``), whose text starts on the next line.
    """

    __slots__ = ("block", "children", "column", "end_column", "keys", "line", "value")

    def __init__(
        self,
        value: Any,
        line: int,
        column: int,
        end_column: int = -1,
        keys: dict[str, Node] | None = None,
        children: dict[str | int, Node] | None = None,
        block: bool = False,
    ) -> None:
        self.value = value
        self.line = line
        self.column = column
        self.end_column = end_column
        self.keys = {} if keys is None else keys
        self.children = {} if children is None else children
        self.block = block

    def copy(self) -> Node:
        """Give a mapping of the same content, to which keys may be added."""
        keys, children = dict(self.keys), dict(self.children)
        return Node(dict(self.value), self.line, self.column, self.end_column, keys, children, self.block)


def parse_path(text: str) -> tuple[str | int, ...]:
    """Read ``phases.0.budget``: keys and list positions with dots between."""
    parts = filter(None, text.split("."))
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)


class SourceMap(Record, kw_only=False):
    """The positions of one document. A path that leads nowhere gives the place of its longest known part.

    Where a plan may write one value in place of a list of one, index 0 is that value.
    """

    file: str
    root: Node

    def place(self, path: Sequence[str | int], *, at_key: bool = False) -> Place:
        """Locate the value at ``path``, or the key that leads to it."""
        node = self.root
        for depth, segment in enumerate(path):
            if _is_list_of_one(node, segment):
                continue
            if segment not in node.children:
                break
            last = depth == len(path) - 1
            node = node.keys[str(segment)] if at_key and last and segment in node.keys else node.children[segment]
        return Place(self.file, node.line + 1, node.column + 1, node.end_column + 1 if node.end_column >= 0 else 0)

    def node(self, path: Sequence[str | int]) -> Node | None:
        """Give the node at exactly that path, or None."""
        node: Node | None = self.root
        for segment in path:
            if node and not _is_list_of_one(node, segment):
                node = node.children.get(segment)
        return node


def _is_list_of_one(node: Node, segment: str | int) -> bool:
    return segment == 0 and isinstance(segment, int) and not isinstance(node.value, list)
