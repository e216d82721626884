"""From text to a ``Script``: tree-sitter's bash grammar parses, and the tree is walked once.

https://github.com/tree-sitter/tree-sitter-bash
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rollback_gov.policy.shell import script as kinds
from rollback_gov.policy.shell.loops import c_style, condition_loop, listed
from rollback_gov.policy.shell.nesting import everything_run
from rollback_gov.policy.shell.script import (
    UNREAD,
    Assignment,
    Command,
    Expansion,
    Fallback,
    Fault,
    Pipeline,
    Redirect,
    Scope,
    Script,
    Word,
)
from rollback_gov.policy.shell.setters import set_by
from rollback_gov.policy.shell.words import MAX_DEPTH, WordReader

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

_NEXT_LINE = re.compile(r"(?<!\\)\n")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_CHUNK, _READINGS, _FIRST = 512, 10, 65_536
"""Bytes at a time, and how much is read at most: each byte ten times and a little. Real scripts are read 1.4 times."""
_PIPES = 4000
"""So many there may be in one script: ten times as many as in the longest that people have written."""
_REDIRECTS = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})


@lru_cache(maxsize=512)
def read_script(text: str) -> Script:
    """Read a script. Never raises for what is in it: what is not bash is a fault of the script."""
    reader = _Reader(text)
    tree = _parse(text)
    if tree is None:
        reader.faults.append(Fault(0, len(text), UNREAD))
    else:
        reader.statements([tree.root_node], None)
    return reader.script()


def _parse(text: str) -> Tree | None:
    """Parse, or give up on a text that the grammar reads again and again: garbage costs it the square of its length.

    A pipeline that breaks off costs as much and is read once only, so that pipes are counted beforehand.
    """
    if text.count("|") - 2 * text.count("||") > _PIPES:
        return None
    # One byte a character: offsets of the parser are then offsets of the text.
    source = (
        _NOT_ASCII.sub(".", text).encode("ascii") + b"\n"
    )  # what is missing at the end shows itself at a line's end
    patience = _READINGS * len(source) + _FIRST

    def read(offset: int, _: object) -> bytes:
        nonlocal patience
        patience -= _CHUNK
        return source[offset : offset + _CHUNK] if patience > 0 else b""

    tree = _parser().parse(read)
    return tree if patience > 0 else None


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _Reader(WordReader):
    """Walks statements, and gathers what the script says in the order of its text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.commands: list[Command] = []
        self.fallbacks: list[Fallback] = []
        self.pipelines: list[Pipeline] = []
        self.redirects: list[Redirect] = []
        self.functions: set[str] = set()
        self.faults: list[Fault] = []
        self.comments: list[tuple[int, int]] = []

    def script(self) -> Script:
        return Script(
            self.text,
            commands=tuple(self.commands),
            runs=tuple(everything_run(self.text, self.commands, read_script)),
            assignments=tuple(self.assignments),
            expansions=tuple(self.expansions),
            fallbacks=tuple(self.fallbacks),
            pipelines=tuple(self.pipelines),
            redirects=tuple(self.redirects),
            functions=frozenset(self.functions),
            faults=tuple(self.faults),
            comments=tuple(self.comments),
        )

    def statements(self, nodes: list[Node], scope: Scope | None) -> None:
        """Read statements that follow one another; one before an ``&`` runs in the background."""
        if self.depth > MAX_DEPTH:
            return
        self.depth += 1
        for index, node in enumerate(nodes):
            if node.is_missing:
                self.faults.append(Fault(node.start_byte, node.end_byte, node.type))
            elif node.is_named:
                waits = index + 1 == len(nodes) or nodes[index + 1].type != "&"
                around = scope if waits else Scope(kinds.BACKGROUND, node.start_byte, node.end_byte, scope)
                _STATEMENTS.get(node.type, _Reader.other)(self, node, around)
        self.depth -= 1

    def within(self, kind: str, node: Node, scope: Scope | None, nodes: list[Node] | None = None) -> None:
        """Read statements in a scope of their own."""
        inner = Scope(kind, node.start_byte, node.end_byte, scope)
        self.statements(node.children if nodes is None else nodes, inner)

    def other(self, node: Node, scope: Scope | None) -> None:
        """Read what is no statement: an expression, or a word that stands alone."""
        if node.child_count:
            self._value(node, scope)

    def block(self, node: Node, scope: Scope | None) -> None:
        if node.children and node.children[0].type == "((":
            self.each(node.named_children, scope)
        else:
            self.statements(node.children, scope)

    def comment(self, node: Node, scope: Scope | None) -> None:
        self.comments.append((node.start_byte, node.end_byte))

    def error(self, node: Node, scope: Scope | None) -> None:
        """What the grammar could not read is not guessed at."""
        self.faults.append(Fault(node.start_byte, node.end_byte))

    def command(self, node: Node, scope: Scope | None) -> None:
        words: list[Word] = []
        prefix: list[int] = []  # where they are among all assignments
        redirects: list[Redirect] = []
        for child in node.children:
            kind = child.type
            end = self.assignments[prefix[-1]].end if prefix else -1
            if prefix and not words and _NEXT_LINE.search(self.text, end, child.start_byte):
                self.by_themselves(prefix)  # the grammar takes what stands on lines before a command for a part of it
                prefix = []
            if kind == "command_name" and prefix and end == child.start_byte:
                self.lengthen(prefix[-1], child, scope)
            elif kind == "command_name":
                words.append(self.word(child.children[0] if child.child_count == 1 else child, scope))
            elif kind == "variable_assignment":
                self.assignment(child, scope, prefix=True)
                prefix.append(len(self.assignments) - 1)
            elif kind in _REDIRECTS:
                redirects.append(self.redirect(child, scope))
            elif child.is_named:
                words.append(self.word(child, scope))
        if words or not prefix:
            self.add(node, words, scope, redirects, [self.assignments[at] for at in prefix])
        else:
            self.by_themselves(prefix)

    def by_themselves(self, prefix: list[int]) -> None:
        """Note that assignments stand before no command, and hold from there on."""
        for at in prefix:
            self.assignments[at] = self.assignments[at]._replace(prefix=False)

    def lengthen(self, at: int, name: Node, scope: Scope | None) -> None:
        """Read ``a=$X/$Y.z`` as what it is: the grammar makes ``a=$X/$`` of it and a command ``Y.z``."""
        rest, made = self.word(name, scope), self.assignments[at]
        value = made.value or Word("", made.end, made.end)
        text, found = value.value + rest.value, re.match(r"\w+", rest.value)
        if found and value.value.endswith("$"):
            self.expansions.append(Expansion(found[0], rest.start - 1, rest.start + found.end(), False, scope))
            text = f"{value.value[:-1]}${{{found[0]}}}{rest.value[found.end() :]}"
        self.assignments[at] = made._replace(value=Word(text, value.start, rest.end, literal=False), end=rest.end)

    def add(
        self,
        node: Node,
        words: list[Word],
        scope: Scope | None,
        redirects: list[Redirect] | None = None,
        prefix: list[Assignment] | None = None,
    ) -> None:
        name = words[0].value if words and words[0].literal else ""
        made = Command(
            name, tuple(words), node.start_byte, node.end_byte, scope, tuple(redirects or ()), tuple(prefix or ())
        )
        self.commands.append(made)
        self.assignments += set_by(made)

    def redirected(self, node: Node, scope: Scope | None) -> None:
        """Read a statement with redirections; those of a simple command become its own."""
        body = [child for child in node.children if child.type not in _REDIRECTS]
        before = len(self.commands)
        self.statements(body, scope)
        last = len(self.commands) - 1  # the commands of its substitutions are gathered before it
        redirects = [self.redirect(child, scope) for child in node.children if child.type in _REDIRECTS]
        simple = bool(body) and body[0].type in ("command", "declaration_command", "test_command")
        if simple and last >= before:
            command = self.commands[last]
            self.commands[last] = command._replace(redirects=(*command.redirects, *redirects))

    def redirect(self, node: Node, scope: Scope | None) -> Redirect:
        if node.type == "heredoc_redirect":
            made = self.heredoc(node, scope)
        else:
            *marks, target = node.children
            operator = "".join(self.text[mark.start_byte : mark.end_byte] for mark in marks)
            made = Redirect(operator, self.word(target, scope))
        self.redirects.append(made)
        return made

    def heredoc(self, node: Node, scope: Scope | None) -> Redirect:
        """Read a here-document. What follows its mark on the same line stands inside of it for the grammar."""
        target = Word("", node.start_byte, node.end_byte)
        for child in node.named_children:
            if child.type == "heredoc_body":
                value, literal = self.mixed(child, child.start_byte, child.end_byte, scope)
                target = Word(value, child.start_byte, child.end_byte, literal)
            elif child.type in _REDIRECTS:
                self.redirect(child, scope)
            elif not child.type.startswith("heredoc_") and child.type != "file_descriptor":
                self.statements([child], scope)
        return Redirect("<<", target)

    def list(self, node: Node, scope: Scope | None) -> None:
        """Read ``a && b || c``, which the grammar nests to the left; a long one must not nest our own calls."""
        rest: list[tuple[Node, Node]] = []
        while node.type == "list" and node.child_count >= 3:
            rest.append((node.children[1], node.children[-1]))
            node = node.children[0]
        rest.reverse()
        first = len(self.commands)
        end = max((mark.start_byte for mark, _ in rest if mark.type == "||"), default=-1)
        self._side(node, scope, tried=node.start_byte < end)
        for mark, right in rest:
            before = len(self.commands)
            kind = kinds.FALLBACK if mark.type == "||" else kinds.AFTER
            self._side(right, Scope(kind, right.start_byte, right.end_byte, scope), tried=right.start_byte < end)
            if mark.type == "||":
                left, right_side = range(first, before), range(before, len(self.commands))
                self.fallbacks.append(Fallback(mark.start_byte, left, right_side))

    def _side(self, node: Node, scope: Scope | None, *, tried: bool) -> None:
        around = Scope(kinds.TRIED, node.start_byte, node.end_byte, scope) if tried else scope
        self.statements([node], around)

    def pipeline(self, node: Node, scope: Scope | None) -> None:
        parts = []
        stages = [child for child in node.children if child.is_named or child.is_missing]
        for stage in stages:
            before = len(self.commands)
            around = scope
            if stage is not stages[0]:
                around = Scope(kinds.FED, stage.start_byte, stage.end_byte, around)
            if stage is not stages[-1]:
                around = Scope(kinds.PIPED, stage.start_byte, stage.end_byte, around)
            self.statements([stage], around)
            parts.append(range(before, len(self.commands)))
        self.pipelines.append(Pipeline(tuple(parts)))

    def branch(self, node: Node, scope: Scope | None) -> None:
        """Read ``if``, ``elif`` or ``else``: what stands before ``then`` is a condition."""
        children = node.children
        then = next((index for index, child in enumerate(children) if child.type == "then"), 0)
        self.within(kinds.CONDITION, node, scope, children[:then])
        self.within(kinds.IF, node, scope, children[then:])

    def case(self, node: Node, scope: Scope | None) -> None:
        for child in node.named_children:
            if child.type == "case_item":
                self._case_item(child, scope)
            else:
                self.other(child, scope)

    def _case_item(self, node: Node, scope: Scope | None) -> None:
        children = node.children
        close = next((index for index, child in enumerate(children) if child.type == ")"), 0)
        self.each([child for child in children[:close] if child.is_named], scope)
        self.within(kinds.CASE, node, scope, children[close:])

    def loop(self, node: Node, scope: Scope | None) -> None:
        """Read ``for``, ``select``, ``while`` or ``until``."""
        head = [child for child in node.children if child.type not in ("do_group", "compound_statement")]
        body = [child for child in node.children if child.type in ("do_group", "compound_statement")]
        if head and head[0].type in ("while", "until"):
            self.within(kinds.CONDITION, node, scope, head[1:])
            made = condition_loop(self.text, node)
        elif node.type == "c_style_for_statement":
            self.each([child for child in head if child.is_named], scope)
            made = c_style(self.text[node.start_byte : node.end_byte])
        else:
            named = [child for child in head if child.is_named]
            self.assigned(named[0], scope)
            made = listed([self.word(child, scope) for child in named[1:]])
        inner = Scope(kinds.LOOP, node.start_byte, node.end_byte, scope, loop=made)
        self.statements(body, inner)

    def function(self, node: Node, scope: Scope | None) -> None:
        name = next((child for child in node.named_children if child.type == "word"), None)
        title = self.text[name.start_byte : name.end_byte] if name is not None else ""
        self.functions.add(title)
        inner = Scope(kinds.FUNCTION, node.start_byte, node.end_byte, scope, title)
        self.statements([child for child in node.named_children if child.type != "word"], inner)

    def declaration(self, node: Node, scope: Scope | None) -> None:
        """Read ``export``, ``local``, ``declare``, ``readonly`` or ``unset``."""
        name = node.children[0]
        keyword = self.text[name.start_byte : name.end_byte]
        words = [Word(keyword, name.start_byte, name.end_byte)]
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assignment(child, scope)
            elif child.type == "variable_name":
                words.append(Word(self.text[child.start_byte : child.end_byte], child.start_byte, child.end_byte))
                if keyword not in ("export", "unset"):
                    self.assigned(child, scope)
            elif child.type not in _REDIRECTS:
                words.append(self.word(child, scope))
        self.add(node, words, scope)

    def test(self, node: Node, scope: Scope | None) -> None:
        """Read ``[[ … ]]``, ``[ … ]`` or ``(( … ))`` as a command without arguments."""
        name = node.children[0]
        self.each(node.named_children, scope)
        self.add(node, [Word(self.text[name.start_byte : name.end_byte], name.start_byte, name.end_byte)], scope)


def _scoped(kind: str) -> Callable[[_Reader, Node, Scope | None], None]:
    return lambda reader, node, scope: reader.within(kind, node, scope)


def _assignments(reader: _Reader, node: Node, scope: Scope | None) -> None:
    for child in node.named_children:
        reader.assignment(child, scope)


_STATEMENTS: dict[str, Callable[[_Reader, Node, Scope | None], object]] = {
    "program": _Reader.block,
    "compound_statement": _Reader.block,
    "do_group": _Reader.block,
    "comment": _Reader.comment,
    "heredoc_body": lambda *_: None,
    "ERROR": _Reader.error,
    "command": _Reader.command,
    "redirected_statement": _Reader.redirected,
    "list": _Reader.list,
    "pipeline": _Reader.pipeline,
    "if_statement": _Reader.branch,
    "elif_clause": _Reader.branch,
    "else_clause": _Reader.branch,
    "case_statement": _Reader.case,
    "for_statement": _Reader.loop,
    "c_style_for_statement": _Reader.loop,
    "while_statement": _Reader.loop,
    "function_definition": _Reader.function,
    "declaration_command": _Reader.declaration,
    "unset_command": _Reader.declaration,
    "test_command": _Reader.test,
    "variable_assignment": _Reader.assignment,
    "variable_assignments": _assignments,
    "subshell": _scoped(kinds.SUBSHELL),
    "negated_command": _scoped(kinds.NEGATED),
    "command_substitution": WordReader.substitution,
}
