"""The block rules of markdown-it, each asked only where the first character of a line lets it match.

The library asks every rule at every line, and looks at each line of a paragraph twice: long documents take several
times as long. What a rule says is the library's; which rules are asked, and what a paragraph is made of, stands here,
and a test compares the tokens of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.parser_block import ParserBlock
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock

Rule = Callable[[StateBlock, int, int, bool], bool]
"""State, line, end, whether it is only asked -> whether it matches."""
_BEGINNINGS = {"fence": "`~", "blockquote": ">", "hr": "*-_", "list": "*+-0123456789", "reference": "["}
_BEGINNINGS |= {"html_block": "<", "heading": "#"}
"""With what a line begins where a rule can match, by the names of the library."""
_BELOW_HEAD = frozenset("|:-")
"""With what the second line of a table begins."""
_UNDERLINE = re.compile(r"(?:-+|(=+))[ \t]*(?:\n|$)")
_INDENTED = 4
"""Columns from which on a line is code, or goes on a paragraph."""


def parser() -> MarkdownIt:
    """Give CommonMark with tables; what is inside of lines is left to whoever asks for it."""
    found = MarkdownIt("commonmark")
    found.block = _Blocks()
    found.core.ruler.disable(["inline", "text_join"])
    return found


class _Token:
    """What of a token a document is made of; the library's own takes several times as long to make."""

    attrs: object = None
    children: object = None
    content = ""
    hidden = False
    info = ""
    map: list[int] | None = None
    markup = ""

    def __init__(self, kind: str, tag: str, nesting: int, level: int) -> None:
        self.type = kind
        self.tag = tag
        self.nesting = nesting
        self.level = level


class _State(StateBlock):
    def push(self, ttype: str, tag: str, nesting: int) -> Any:
        """Add a token."""
        if nesting < 0:
            self.level -= 1
        token: Any = _Token(ttype, tag, nesting, self.level)
        if nesting > 0:
            self.level += 1
        self.tokens.append(token)
        return token

    def getLines(self, begin: int, end: int, indent: int, keepLastLF: bool) -> str:  # noqa: N802, N803
        """Cut lines out of the text; behind its end, where the library stumbles, there is nothing."""
        try:
            return super().getLines(begin, end, indent, keepLastLF)
        except IndexError:
            return super().getLines(begin, end, indent, False)


class _Chains(Ruler[Rule]):
    """What ends a paragraph, a quote, a list: one rule, which asks those that can match."""

    def __init__(self, chains: dict[str, list[Rule]]) -> None:
        super().__init__()
        self._chains = chains

    def getRules(self, chainName: str = "") -> list[Rule]:  # noqa: N802, N803 - the library's name
        """Give the rules of a chain."""
        return self._chains[chainName]

    def get_active_rules(self) -> list[str]:
        """Name the rules."""
        return ["code"]


class _Blocks(ParserBlock):
    """The library's parser of blocks with its own way from line to line."""

    def __init__(self) -> None:
        super().__init__()
        names, chains = self.ruler.get_active_rules(), ("paragraph", "reference", "blockquote", "list")
        rules: dict[str, Rule] = dict(zip(names, self.ruler.getRules(""), strict=True))
        self._table, self._code = rules["table"], rules["code"]
        self._beginning = _by_beginning(rules, rules.values())
        ends = {chain: _end(rules, self.ruler.getRules(chain)) for chain in chains}
        self._end_of_paragraph = ends["paragraph"]
        self.ruler = _Chains({chain: [end] for chain, end in ends.items()})

    def parse(self, src: str, md: MarkdownIt, env: Any, outTokens: list[Any]) -> list[Any] | None:  # noqa: N803
        """Add the tokens of a text to ``outTokens``."""
        if not src:
            return None
        state = _State(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803
        """Read lines block by block, as far as they belong to the list or quote that is being read."""
        begins, shifts, ends, columns = state.bMarks, state.tShift, state.eMarks, state.sCount
        most, blanks, line = state.md.options.maxNesting, False, startLine
        while line < endLine:
            while line < state.lineMax and begins[line] + shifts[line] >= ends[line]:
                line += 1
            state.line = line
            if line >= endLine or columns[line] < state.blkIndent:
                break
            if state.level >= most:
                state.line = endLine
                break
            self._block(state, line, endLine)
            state.tight = not blanks
            line = state.line
            if line - 1 < endLine and begins[line - 1] + shifts[line - 1] >= ends[line - 1]:
                blanks = True
            if line < endLine and begins[line] + shifts[line] >= ends[line]:
                blanks = True
                line += 1
                state.line = line

    def _block(self, state: StateBlock, line: int, end: int) -> None:
        if state.sCount[line] - state.blkIndent >= _INDENTED:
            self._code(state, line, end, False)
            return
        if _has_delimiter(state, line, end) and self._table(state, line, end, False):
            return
        for rule in self._beginning.get(state.src[state.bMarks[line] + state.tShift[line]], ()):
            if rule(state, line, end, False):
                return
        self._paragraph(state, line, end)

    def _paragraph(self, state: StateBlock, line: int, end: int) -> None:
        """Read a paragraph, or the heading that it is where it is underlined."""
        before, state.parentType = state.parentType, "paragraph"
        last, level = self._last(state, line, end, underlined=True)
        if not level and end != state.lineMax:  # a quote: what follows it goes on its last paragraph
            last, _ = self._last(state, line, state.lineMax, underlined=False)
        state.parentType = before
        state.line = last + 1 if level else last
        tag = f"h{level}" if level else "p"
        name = "heading" if level else "paragraph"
        state.push(f"{name}_open", tag, 1).map = [line, state.line]
        inline = state.push("inline", "", 0)
        inline.content, inline.map = _text(state, line, last), [line, last]
        state.push(f"{name}_close", tag, -1)

    def _last(self, state: StateBlock, line: int, end: int, *, underlined: bool) -> tuple[int, int]:
        """Give the line behind a paragraph, and the level of the heading where that line underlines it, else 0."""
        src, begins, shifts, ends, columns = state.src, state.bMarks, state.tShift, state.eMarks, state.sCount
        indent, over = state.blkIndent, self._end_of_paragraph
        at = line + 1
        while at < end and (start := begins[at] + shifts[at]) < ends[at]:
            if columns[at] - indent < _INDENTED:
                if (
                    underlined
                    and columns[at] >= indent
                    and src[start] in "-="
                    and (found := _UNDERLINE.match(src, start))
                ):
                    return at, 1 if found[1] else 2
                if columns[at] >= 0 and over(state, at, end, True):
                    break
            at += 1
        return at, 0


def _by_beginning(rules: dict[str, Rule], asked: Iterable[Rule]) -> dict[str, tuple[Rule, ...]]:
    """Give, for each first character of a line, those of some rules that can match there, in their order."""
    among = set(asked)
    found: dict[str, tuple[Rule, ...]] = {}
    for name, rule in rules.items():
        for character in _BEGINNINGS.get(name, "") if rule in among else "":
            found[character] = (*found.get(character, ()), rule)
    return found


def _end(rules: dict[str, Rule], chain: list[Rule]) -> Rule:
    """Give one rule for a chain of rules that are only asked whether something else begins."""
    beginning = _by_beginning(rules, chain)
    table = rules["table"] if rules["table"] in chain else None

    def ends(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        start = state.bMarks[line] + state.tShift[line]
        for rule in beginning.get(state.src[start : start + 1], ()):
            if rule(state, line, end, silent):
                return True
        return table is not None and _has_delimiter(state, line, end) and table(state, line, end, silent)

    return ends


def _has_delimiter(state: StateBlock, line: int, end: int) -> bool:
    """Tell a line below which the delimiters of a table may stand."""
    below = line + 1
    if below >= end:
        return False
    start = state.bMarks[below] + state.tShift[below]
    return start < state.eMarks[below] and state.src[start] in _BELOW_HEAD


def _text(state: StateBlock, line: int, end: int) -> str:
    """Give the text of a paragraph's lines."""
    begins = state.bMarks[line]
    start = begins + state.tShift[line]
    if end == line + 1 and "\t" not in state.src[begins:start]:
        return mdTrim(state.src[start : state.eMarks[line]])
    return mdTrim(state.getLines(line, end, state.blkIndent, False))
