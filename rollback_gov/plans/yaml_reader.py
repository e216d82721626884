"""YAML 1.2 core documents, with positions, from hostile text.

libyaml's event stream is turned into values without recursion, so depth, size and aliases are limited before anything
is built. PyYAML's own constructor is not used: it is YAML 1.1 (``NO`` is False, ``1:30`` is 90), keeps the last of
two equal keys in silence, and libyaml's composer crashes the process on deep nesting.
"""

from __future__ import annotations

import re
from decimal import Decimal
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
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import Node, SourceMap

MAX_DEPTH = 50
MAX_NODES = 50_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+$|0o[0-7]+$|0x[0-9a-fA-F]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_SPECIAL_FLOAT = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")
_CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_CORE_TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null", "map", "seq")}


def read_yaml(source: Source) -> tuple[Any, SourceMap]:
    """Read one document. Raises DocumentError RG002 (syntax) or RG003 (a construct that is refused)."""
    builder = _Builder(source)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(source, error) from error
    except yaml.reader.ReaderError as error:
        raise _bad_character(source, error) from error
    except ValueError as error:
        raise DocumentError("RG002", f"The file is not valid YAML: {error}.", Place(source.name)) from error
    if builder.root is None:
        raise DocumentError("RG001", "The file holds no document.", Place(source.name))
    return builder.root.value, SourceMap(source.name, builder.root)


class _Builder:
    """A stack of open collections; one event at a time."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.open: list[_Collection] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.unfinished: set[str] = set()
        self.nodes = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        """Apply one parser event."""
        if isinstance(event, ScalarEvent):
            self._add(self._scalar(event), event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._start(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._end(event)
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.refuse(event, "The file holds more than one YAML document.", "Keep one document a file.")

    def refuse(self, event: Any, message: str, hint: str = "") -> NoReturn:
        """Raise RG003 at the event."""
        mark = event.start_mark
        raise DocumentError("RG003", message, Place(self.source.name, mark.line + 1, mark.column + 1), hint=hint)

    def _scalar(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        column = end.column if end.line == start.line else -1
        node = Node(self._value(event), start.line, start.column, column, block=event.style in ("|", ">"))
        if event.anchor:
            self.anchors[event.anchor] = (node, 1)
        return node

    def _value(self, event: Any) -> Any:
        tag = self._tag(event)
        if tag == "str" or (tag is None and not event.implicit[0]):
            return event.value
        value = event.value
        if value in _CONSTANTS:
            return _CONSTANTS[value]
        if _INTEGER.match(value):
            return self._integer(event)
        if _FLOAT.match(value):
            return self._float(event)
        if _SPECIAL_FLOAT.match(value):
            self.refuse(event, f"'{value}' is not a finite number.")
        return value

    def _integer(self, event: Any) -> int:
        text = event.value
        if len(text) > 100:
            self.refuse(event, "The number has more than 100 digits.")
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)

    def _float(self, event: Any) -> float:
        number = float(event.value) if len(event.value) <= 100 else float("inf")
        if number in (float("inf"), float("-inf")) or Decimal(repr(number)) != Decimal(event.value):
            self.refuse(
                event,
                f"The number {event.value[:40]} cannot be kept exactly.",
                "Use at most 15 digits, or quotes.",
            )
        return number

    def _tag(self, event: Any) -> str | None:
        if event.tag in (None, "!"):
            return None if event.tag is None else "str"
        if event.tag not in _CORE_TAGS:
            self.refuse(event, f"The YAML tag '{event.tag}' is not allowed.", "Write plain values without tags.")
        return _CORE_TAGS[event.tag]

    def _start(self, event: Any) -> None:
        self._tag(event)
        if len(self.open) >= MAX_DEPTH:
            self.refuse(event, f"Values are nested deeper than {MAX_DEPTH} levels.")
        if event.anchor:
            self.unfinished.add(event.anchor)
        mapping = isinstance(event, MappingStartEvent)
        node = Node({} if mapping else [], event.start_mark.line, event.start_mark.column)
        self._count(event, 1)
        self.open.append(_Collection(node, mapping, event.anchor, self.nodes))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        if done.anchor:
            self.unfinished.discard(done.anchor)
            self.anchors[done.anchor] = (done.node, self.nodes - done.first + 1)
        self._attach(done.node, event)

    def _alias(self, event: Any) -> None:
        if event.anchor in self.unfinished:
            self.refuse(event, f"The alias '*{event.anchor}' contains itself.")
        if event.anchor not in self.anchors:
            self.refuse(event, f"The alias '*{event.anchor}' has no anchor '&{event.anchor}' before it.")
        node, size = self.anchors[event.anchor]
        self._count(event, size - 1)
        self._add(node, event)

    def _add(self, node: Node, event: Any) -> None:
        self._count(event, 1)
        self._attach(node, event)

    def _count(self, event: Any, size: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            self.refuse(event, f"The document has more than {MAX_NODES} values once its aliases are expanded.")

    def _attach(self, node: Node, event: Any) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if not parent.mapping:
            parent.node.children[len(parent.node.value)] = node
            parent.node.value.append(node.value)
        elif parent.key is None:
            parent.key = self._key(node, parent, event)
        else:
            name = parent.key.value
            parent.node.keys[name], parent.node.children[name] = parent.key, node
            parent.node.value[name] = node.value
            parent.key = None

    def _key(self, node: Node, parent: _Collection, event: Any) -> Node:
        """Check a mapping's key. A bare ``2:`` or ``true:`` is taken as the text that was written."""
        if isinstance(event, ScalarEvent):
            node = Node(event.value, node.line, node.column, node.end_column)
        if not isinstance(node.value, str):
            self.refuse(event, "A key must be text.")
        if node.value in parent.node.keys:
            first = parent.node.keys[node.value].line + 1
            self.refuse(
                event,
                f"The key '{node.value}' stands twice; the first is on line {first}.",
                "Keep one of them.",
            )
        return node


class _Collection:
    __slots__ = ("anchor", "first", "key", "mapping", "node")

    def __init__(self, node: Node, mapping: bool, anchor: str | None, first: int) -> None:
        self.node = node
        self.mapping = mapping
        self.anchor = anchor
        self.first = first
        self.key: Node | None = None


def _syntax_error(source: Source, error: yaml.MarkedYAMLError) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    place = Place(source.name, mark.line + 1, mark.column + 1) if mark else Place(source.name)
    lines = source.lines
    text = lines[place.line - 1] if place.line <= len(lines) else ""
    if "\t" in text[: len(text) - len(text.lstrip())] or "'\\t'" in str(error.problem):
        column = text.index("\t") + 1 if "\t" in text else place.column
        return DocumentError(
            "RG002",
            "A tab is used for indentation, which YAML does not allow.",
            Place(source.name, place.line, column),
            hint="Use spaces.",
        )
    problem = " ".join(part for part in (error.context, error.problem) if part)
    return DocumentError(
        "RG002",
        f"The file is not valid YAML: {problem}.",
        place,
        hint="Check the indentation and the quotes.",
    )


def _bad_character(source: Source, error: Any) -> DocumentError:
    before = source.text[: error.position] if isinstance(error.position, int) else ""
    place = Place(source.name, before.count("\n") + 1, len(before) - before.rfind("\n"))
    code = error.character if isinstance(error.character, int) else 0
    return DocumentError("RG002", f"The character U+{code:04X} is not allowed in YAML.", place, hint="Remove it.")
