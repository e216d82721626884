"""YAML 1.2 core documents, with positions, from hostile text.

libyaml's event stream is turned into values without recursion, so depth, size and aliases are limited before anything
is built. PyYAML's own constructor is not used: it is YAML 1.1 (``NO`` is False, ``1:30`` is 90), keeps the last of
two equal keys in silence, and libyaml's composer crashes the process on deep nesting.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rollback_gov.model.finding import Place
from rollback_gov.model.record import Record
from rollback_gov.plans.core_schema import InexactNumber, resolve_plain
from rollback_gov.plans.problem import DocumentError, shorten
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import Node, SourceMap
from rollback_gov.plans.yaml_errors import MAX_DEPTH, TOO_DEEP, bad_character, check_line_breaks, syntax_error

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_BLOCKS = ("|", ">")
_NONE: Any = MappingProxyType({})
"""What a scalar has of keys and children: there are a thousand of them in a plan."""


def read_yaml(source: Source) -> tuple[Any, SourceMap]:
    """Read one document. Raises DocumentError RG002 (syntax) or RG003 (a construct that is refused)."""
    check_line_breaks(source)
    builder = _Builder(source)
    try:
        for event in _events(source.text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise syntax_error(source, error) from error
    except yaml.reader.ReaderError as error:
        raise bad_character(source, error) from error
    except ValueError as error:  # text that is not Unicode, such as half of a surrogate pair
        raise DocumentError("RG002", f"The file is not valid YAML: {error}.", Place(source.name)) from error
    if builder.root is None:
        raise DocumentError("RG001", "The file holds no document.", Place(source.name))
    return builder.root.value, SourceMap(source.name, builder.root)


def _events(text: str) -> Iterator[Any]:
    """Give the parser's events; the same as ``yaml.parse``, which asks twice for each."""
    parser = _LOADER(text)
    try:
        yield from iter(parser.get_event, None)
    finally:
        parser.dispose()


class _Anchor(Record, kw_only=False):
    """A finished value that aliases may repeat: how many values it holds, and how deeply they are nested."""

    node: Node
    size: int
    height: int


class _Collection:
    """A mapping or list that is still open. ``first`` is the number of values before it."""

    __slots__ = ("anchor", "first", "height", "key", "mapping", "node")

    def __init__(self, node: Node, first: int, *, mapping: bool, anchor: str | None) -> None:
        self.node = node
        self.first = first
        self.mapping = mapping
        self.anchor = anchor
        self.height = 1
        self.key: Node | None = None


class _Builder:
    """A stack of open collections; one event at a time."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.lines
        self.root: Node | None = None
        self.open: list[_Collection] = []
        self.anchors: dict[str, _Anchor] = {}
        self.unfinished: set[str] = set()
        self.nodes = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        """Apply one parser event."""
        kind = type(event)
        if kind is ScalarEvent:
            self._attach(self._scalar(event), event, 0)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._end(event)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            self._start(event, mapping=kind is MappingStartEvent)
        elif kind is AliasEvent:
            self._alias(event)
        elif kind is DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                self.refuse_event(event, "The file holds more than one YAML document.", "Keep one document a file.")

    def refuse(self, line: int, column: int, message: str, hint: str = "") -> NoReturn:
        """Raise RG003 at a place that counts from 0, as the parser's marks do."""
        raise DocumentError("RG003", message, Place(self.source.name, line + 1, column + 1), hint=hint)

    def refuse_event(self, event: Any, message: str, hint: str = "") -> NoReturn:
        """Raise RG003 where the event starts."""
        self.refuse(event.start_mark.line, event.start_mark.column, message, hint)

    def _scalar(self, event: Any) -> Node:
        """Make a node of a scalar. A key is the text that was written: ``2:`` and ``true:`` are text."""
        self._count(event, 1)
        if event.tag is not None:
            self._check_tag(event, "str")
        start, end = event.start_mark, event.end_mark
        line = start.line
        parent = self.open[-1] if self.open else None
        is_key = parent is not None and parent.mapping and parent.key is None
        value = event.value if is_key else self._value(event)
        column = end.column if end.line == line else -1
        node = Node(value, line, start.column, column, _NONE, _NONE, event.style in _BLOCKS)
        if event.anchor:
            self._check_name(event)
            self.anchors[event.anchor] = _Anchor(node, 1, 0)
        return node

    def _value(self, event: Any) -> Any:
        if event.tag is not None or not event.implicit[0]:
            return event.value
        try:
            return resolve_plain(event.value)
        except InexactNumber as error:
            self.refuse_event(event, str(error), error.hint)

    def _check_name(self, event: Any) -> None:
        """For libyaml a name of an anchor ends before ``:``; in YAML 1.2 it goes on to the next space."""
        line, name = self.lines[event.start_mark.line], event.anchor
        end = line.find(name, event.start_mark.column + 1) + len(name)
        if line[end : end + 1] in tuple("?:%@`"):
            self.refuse(event.start_mark.line, end, f"There is no space after the name '{shorten(name)}'.", "Add one.")

    def _check_tag(self, event: Any, natural: str) -> None:
        """Allow no tag but the one that says what the value is anyway (``!!str``, ``!!map``, ``!!seq``)."""
        if event.tag not in (None, "!", _TAG + natural):
            shown = shorten(event.tag.replace(_TAG, "!!"))
            self.refuse_event(event, f"The YAML tag '{shown}' is not allowed here.", "Write plain values without tags.")

    def _start(self, event: Any, *, mapping: bool) -> None:
        if event.tag is not None:
            self._check_tag(event, "map" if mapping else "seq")
        self._check_depth(event, 1)
        if event.anchor:
            self._check_name(event)
            self.unfinished.add(event.anchor)
        mark = event.start_mark
        node = Node({} if mapping else [], mark.line, mark.column, -1, {}, {})
        self._count(event, 1)
        self.open.append(_Collection(node, self.nodes, mapping=mapping, anchor=event.anchor))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        if done.anchor:
            self.unfinished.discard(done.anchor)
            self.anchors[done.anchor] = _Anchor(done.node, self.nodes - done.first + 1, done.height)
        self._attach(done.node, event, done.height)

    def _alias(self, event: Any) -> None:
        self._check_name(event)
        name = shorten(event.anchor)
        if event.anchor in self.unfinished:
            self.refuse_event(event, f"The alias '*{name}' contains itself.")
        if event.anchor not in self.anchors:
            self.refuse_event(event, f"The alias '*{name}' has no anchor '&{name}' before it.")
        anchor = self.anchors[event.anchor]
        self._check_depth(event, anchor.height)
        self._count(event, anchor.size)
        self._attach(anchor.node, event, anchor.height)

    def _check_depth(self, event: Any, more: int) -> None:
        if len(self.open) + more > MAX_DEPTH:
            self.refuse_event(event, TOO_DEEP)

    def _count(self, event: Any, size: int) -> None:
        self.nodes += size
        most = self.source.size.values
        if self.nodes > most:
            self.refuse_event(event, f"The document has more than {most} values once its aliases are expanded.")

    def _attach(self, node: Node, event: Any, height: int) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if parent.height <= height:
            parent.height = height + 1
        whole, key = parent.node, parent.key
        if not parent.mapping:
            whole.children[len(whole.value)] = node
            whole.value.append(node.value)
        elif key is None:
            parent.key = self._key(node, parent, event)
        else:
            name = key.value
            whole.keys[name], whole.children[name], whole.value[name] = key, node, node.value
            parent.key = None

    def _key(self, node: Node, parent: _Collection, event: Any) -> Node:
        """Check a mapping's key. In ``{?a: 1}`` libyaml sees the key ``a``, and YAML 1.2 the key ``?a``."""
        if not node.value and isinstance(event, ScalarEvent) and event.implicit[0]:
            self.refuse(
                node.line, node.column, "A key is missing before the ':'.", "Write the key, or '' for an empty one."
            )
        if self.lines[node.line][node.column - 1 : node.column] == "?":
            self.refuse(node.line, node.column - 1, "A '?' stands right before a key.", "Put quotes around the key.")
        if not isinstance(node.value, str):
            self.refuse(node.line, node.column, "A key must be text.")
        if node.value in parent.node.keys:
            first = parent.node.keys[node.value].line + 1
            message = f"The key '{shorten(node.value)}' stands twice; the first is on line {first}."
            self.refuse(event.start_mark.line, event.start_mark.column, message, "Keep one of them.")
        return node
