"""A record of the plan under construction: every value with its place, and none of them said twice."""

from __future__ import annotations

from typing import Any

from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.problem import shorten
from rollback_gov.plans.source_map import Node


def mapping(at: Said) -> Node:
    """Give a mapping without keys that begins at a piece of text."""
    return Node({}, at.line, at.column, at.end, {}, {})


def sequence(at: Said, entries: list[Node] | None = None) -> Node:
    """Give a list that begins at a piece of text."""
    node = Node([], at.line, at.column, -1, {}, {})
    for entry in entries or ():
        append(node, entry)
    return node


def append(node: Node, entry: Node) -> None:
    """Add an entry to a list."""
    node.children[len(node.value)] = entry
    node.value.append(entry.value)


def like(node: Node, value: object) -> Node:
    """Give another value at the place of a node."""
    return Node(value, node.line, node.column, node.end_column)


class Draft:
    """A mapping that is filled from several places.

    What a block of YAML, a label or a script says stands; a second one is refused. What is only derived, such as the
    id from a name, gives way.
    """

    def __init__(self, page: Page, at: Said, node: Node | None = None) -> None:
        self.page = page
        self.node = node if node is not None else mapping(at)
        self._derived: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.node.children and key not in self._derived

    def get(self, key: str) -> Any:
        """Give the plain value of a key, or None."""
        return self.node.value.get(key)

    def put(self, key: str, value: Node, *, at: Node | None = None) -> None:
        """Set a key; ``at`` is where the key itself stands. Raises DocumentError where it was said before."""
        if key in self:
            first = (self.node.keys.get(key) or self.node.children[key]).line + 1
            place = at or value
            end = max(place.end_column - place.column, 0)
            self.page.refuse(
                Said(" " * end, place.line, place.column),
                f"'{shorten(key)}' is said twice; the first is on line {first}.",
                "Keep one of them.",
                code="RG003",
            )
        self._set(key, value, at or value)
        self._derived.discard(key)

    def derive(self, key: str, value: Node) -> None:
        """Set a key that nothing has said."""
        if key not in self.node.children:
            self._set(key, value, value)
            self._derived.add(key)

    def merge(self, more: Node) -> None:
        """Set every key of a mapping."""
        for key, value in more.children.items():
            self.put(str(key), value, at=more.keys.get(str(key)))

    def record(self, key: str, at: Said) -> Draft:
        """Give the record at a key, made where it is missing. What was there before is added to."""
        known = self.node.children.get(key)
        if known is None:
            known = mapping(at)
            self._set(key, known, known)
        elif not isinstance(known.value, dict):
            self.put(key, mapping(at))
        else:  # an alias may show the same mapping elsewhere, which stays as it is
            known = known.copy()
            self._set(key, known, self.node.keys[key])
        return Draft(self.page, at, known)

    def _set(self, key: str, value: Node, at: Node) -> None:
        self.node.keys[key], self.node.children[key] = at, value
        self.node.value[key] = value.value
