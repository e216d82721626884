"""From a path in a document (keys and indexes) to file, line and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rollback_gov.model.finding import Place
from rollback_gov.model.record import Record


@dataclass(slots=True)
class Node:
    """A value with its position. Lines and columns count from 0 here, as the parser gives them."""

    value: Any
    line: int
    column: int
    end_column: int = -1
    """Exclusive; -1 where the value spans lines."""
    keys: dict[str, Node] = field(default_factory=dict)
    children: dict[str | int, Node] = field(default_factory=dict)
    block: bool = False
    """A block scalar (``|`` or ``>``): its text starts on the next line."""


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
