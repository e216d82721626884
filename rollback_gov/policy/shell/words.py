"""Words, and what is expanded in them, out of the nodes of the grammar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rollback_gov.policy.shell.quoting import ansi, inside_double_quotes, unescaped
from rollback_gov.policy.shell.script import Assignment, Expansion, Scope, Word

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 120
"""Nesting beyond it is passed over: no person wrote it, and Python's own stack ends somewhere."""
_GUARDS = frozenset({":-", "-", ":=", "=", ":?", "?", ":+", "+"})
_CHANGES = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "++", "--"})
"""Operators of arithmetic that give their variable a value."""


class WordReader:
    """Reads words of one text. What they contain is gathered; whoever inherits it reads the commands inside of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.expansions: list[Expansion] = []
        self.assignments: list[Assignment] = []
        self.depth = 0

    def statements(self, nodes: list[Node], scope: Scope | None) -> None:
        """Read the commands of a substitution."""
        raise NotImplementedError

    def word(self, node: Node, scope: Scope | None) -> Word:
        """Read one word."""
        kind, start, end = node.type, node.start_byte, node.end_byte
        text = self.text[start:end]
        if kind in ("word", "number") and not node.child_count:
            return Word(unescaped(text), start, end)
        if kind == "raw_string":
            return Word(text[1:-1], start, end, quoted=True)
        if kind == "ansi_c_string":
            return Word(ansi(text[2:-1]), start, end, quoted=True)
        before = len(self.expansions)
        value, literal = self._value(node, scope)
        literal = literal and len(self.expansions) == before
        return Word(value, start, end, literal, quoted=text[:1] in ("'", '"'))

    def _value(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        """Give what a part of a word stands for, and whether that is known."""
        kind = node.type
        read = _PARTS.get(kind)
        if read is not None:
            return read(self, node, scope)
        text = self.text[node.start_byte : node.end_byte]
        if node.named_child_count:
            self.inside(node, scope)
            return text, kind == "brace_expression"
        return unescaped(text), kind != "arithmetic_expansion"

    def _substituted(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        self.substitution(node, scope)
        return self.text[node.start_byte : node.end_byte], False

    def _raw(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        return self.text[node.start_byte + 1 : node.end_byte - 1], True

    def _ansi(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        return ansi(self.text[node.start_byte + 2 : node.end_byte - 1]), True

    def _joined(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        if self.depth > MAX_DEPTH:
            return self.text[node.start_byte : node.end_byte], False
        self.depth += 1
        parts = [self._value(child, scope) for child in node.children]
        self.depth -= 1
        return "".join(value for value, _ in parts), all(literal for _, literal in parts)

    def _string(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        """Read a text in double quotes. The grammar leaves out some blanks between its parts: they come from the "
        "text."""
        if not node.named_child_count:
            return inside_double_quotes(self.text[node.start_byte + 1 : node.end_byte - 1]), True
        return self.mixed(node, node.start_byte + 1, node.end_byte - 1, scope)

    def mixed(self, node: Node, start: int, end: int, scope: Scope | None) -> tuple[str, bool]:
        """Read text between two offsets in which the node's children may expand something."""
        if self.depth > MAX_DEPTH:
            return self.text[start:end], False
        self.depth += 1
        literal, at, parts = True, start, []
        for child in node.named_children:
            if child.type in ("string_content", "heredoc_content"):
                continue
            parts.append(inside_double_quotes(self.text[at : child.start_byte]))
            value, known = self._value(child, scope)
            parts.append(value)
            literal, at = literal and known, child.end_byte
        parts.append(inside_double_quotes(self.text[at:end]))
        self.depth -= 1
        return "".join(parts), literal

    def _expansion(self, node: Node, scope: Scope | None) -> tuple[str, bool]:
        """Note the variable; ``${NAME}`` is how it stands in a word's value, whatever is done with it."""
        name, guarded, rest = "", False, []
        for child in node.children:
            if not name and child.type in ("variable_name", "special_variable_name", "subscript"):
                name = self.text[child.start_byte : child.end_byte].partition("[")[0]
                guarded = child.type == "subscript"
                rest += child.named_children[1:]
            elif child.type in _GUARDS:
                guarded = True
            elif child.is_named:
                rest.append(child)
        written = self.text[node.start_byte : node.end_byte]
        whole = written.lstrip()  # between quotes, the grammar counts blanks before an expansion to it
        start = node.end_byte - len(whole)
        self.expansions.append(Expansion(name, start, node.end_byte, guarded, scope))
        if rest:
            self.each(rest, scope)
        plain = whole in (f"${name}", f"${{{name}}}")
        return written[: start - node.start_byte] + (f"${{{name}}}" if plain else whole), False

    def substitution(self, node: Node, scope: Scope | None) -> None:
        """Read what stands between ``$(`` and ``)``."""
        inner = Scope("substitution", node.start_byte, node.end_byte, scope)
        self.statements(node.children[1:-1], inner)

    def inside(self, node: Node, scope: Scope | None) -> None:
        """Gather what is expanded and run anywhere below a node that is no word itself."""
        nodes = node.named_children
        changes = nodes and any(child.type in _CHANGES for child in node.children if not child.is_named)
        if changes and nodes[0].type in ("variable_name", "word"):
            self.assigned(nodes[0], scope)
            nodes = nodes[1:]
        self.each(nodes, scope)

    def each(self, nodes: list[Node], scope: Scope | None) -> None:
        """Gather what is expanded and run in each of the nodes."""
        if self.depth > MAX_DEPTH:
            return
        self.depth += 1
        for child in nodes:
            kind = child.type
            if kind == "variable_name":
                name = self.text[child.start_byte : child.end_byte]
                self.expansions.append(Expansion(name, child.start_byte, child.end_byte, False, scope))
            elif kind == "variable_assignment":
                self.assignment(child, scope)
            elif child.child_count:
                self._value(child, scope)
        self.depth -= 1

    def assignment(self, node: Node, scope: Scope | None, *, prefix: bool = False) -> Assignment:
        """Read ``name=value``."""
        name, *rest = node.named_children
        target = self.text[name.start_byte : name.end_byte].partition("[")[0]
        if name.type == "subscript":
            self.each(name.named_children[1:], scope)
        value = None
        if rest and rest[-1].type == "array":
            self.each(rest[-1].named_children, scope)
        elif rest:
            value = self.word(rest[-1], scope)
        made = Assignment(target, value, node.start_byte, node.end_byte, scope, prefix)
        self.assignments.append(made)
        return made

    def assigned(self, node: Node, scope: Scope | None) -> None:
        """Note that the variable of that name gets a value."""
        name = self.text[node.start_byte : node.end_byte]
        self.assignments.append(Assignment(name, None, node.start_byte, node.end_byte, scope))


_Reading = Callable[[WordReader, "Node", Scope | None], tuple[str, bool]]
_PARTS: dict[str, _Reading] = {
    "simple_expansion": WordReader._expansion,
    "expansion": WordReader._expansion,
    "command_substitution": WordReader._substituted,
    "process_substitution": WordReader._substituted,
    "string": WordReader._string,
    "concatenation": WordReader._joined,
    "raw_string": WordReader._raw,
    "ansi_c_string": WordReader._ansi,
}
