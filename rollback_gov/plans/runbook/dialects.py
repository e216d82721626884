"""What is no Markdown of GitHub's and stands in many runbooks: tabs, admonitions, asides, other bullets.

Each line becomes one line of Markdown, so that line numbers stay. What stands in blocks of code stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ANY = re.compile(r"^(?:===|!!!|\?\?\?|:::|<aside|<TabItem|[・•●▪]|[ \t]*\*\*[0-9]{1,3}[.):]?\*\*)", re.MULTILINE)
"""With what a line begins that is not left as it is: most documents have none."""
_FENCE = re.compile(r"\s*(?P<mark>`{3,}|~{3,})")
_TAB = re.compile(r"===[!+]?\s+[\"'](?P<title>[^\"']{1,100})[\"']\s*$")
_TAB_ITEM = re.compile(
    r"<TabItem\b(?:[^>]{0,300}\blabel|[^>]{0,300}\bvalue)=[\"'](?P<title>[^\"']{1,100})[\"'][^>]{0,300}>\s*$"
)
_TABS_END = re.compile(r"</?Tab(?:s|Item)\b[^>]{0,300}>\s*$")
_ADMONITION = re.compile(
    r"(?:!!!|\?\?\?\+?)\s+(?P<kind>[a-z-]{1,30})(?:\s+[\"'](?P<title>[^\"']{0,200})[\"'])?\s*$", re.I
)
_DIRECTIVE = re.compile(r":::+\s*(?P<kind>[a-z-]{1,30})\s*(?P<title>.{0,200})$", re.I)
_DIRECTIVE_END = re.compile(r":::+\s*$")
_BULLET = re.compile(r"[・•●▪]\s*")
_NUMBER = re.compile(r"(?P<lead>[ \t]*)\*\*(?P<number>[0-9]{1,3})(?:[.):]\*\*[.):]?|\*\*[.):])\s+")
_INDENT = 4


def as_markdown(lines: Sequence[str]) -> list[str]:
    """Give as many lines, in Markdown."""
    if not _ANY.search("\n".join(lines)):
        return list(lines)
    return _Translation().lines(lines)


class _Translation:
    """Where a reader from line to line is: inside of a block of code, a note, a tab."""

    def __init__(self) -> None:
        self.fence = ""
        self.note = ""
        """What ends a note: a line of it, or that a line is not indented (``indent``)."""
        self.tab = False
        self.option = 0
        self.found: list[str] = []

    def lines(self, lines: Sequence[str]) -> list[str]:
        """Give the lines, one for one."""
        for line in lines:
            self.found.append(self._line(line))
        return self.found

    def _line(self, line: str) -> str:
        if (self.tab or self.note == "indent") and line.strip() and not line.startswith((" " * _INDENT, "\t")):
            self.tab, self.note, self.fence = False, "", ""
            self._close(line)
        inside = self._outdented(line)
        fence = _FENCE.match(inside)
        if self.fence:
            closes = (
                fence is not None
                and fence["mark"].startswith(self.fence)
                and not inside.strip().strip(fence["mark"][0])
            )
            self.fence = "" if closes else self.fence
        elif fence is not None:
            self.fence = fence["mark"]
        else:
            inside = self._translated(inside)
        return f"> {inside}".rstrip() if self.note else inside

    def _outdented(self, line: str) -> str:
        if not self.tab and self.note != "indent":
            return line
        return line[1:] if line.startswith("\t") else line[_INDENT:] if line[:_INDENT].isspace() else line.lstrip()

    def _translated(self, line: str) -> str:
        if tab := _TAB.match(line) or _TAB_ITEM.match(line):
            self.tab, self.option = line.startswith("="), self.option + 1
            return f"###### Option {self.option}: {tab['title']}"
        if _TABS_END.match(line):
            self.option = 0 if line.startswith(("<Tabs", "</Tabs")) else self.option
            return "######" if line.startswith("</Tabs") else ""
        return self._noted(line)

    def _noted(self, line: str) -> str:
        if self.note and self.note != "indent" and (_DIRECTIVE_END.match(line) or line.startswith("</aside>")):
            self.note = ""
            return ""
        if found := _ADMONITION.match(line):
            self.note = "indent"
            return f"**{found['title'] or found['kind'].capitalize()}**"
        if found := _DIRECTIVE.match(line):
            self.note = ":::"
            return f"**{found['title'].strip() or found['kind'].capitalize()}**"
        if line.startswith("<aside>"):
            self.note = "</aside>"
            return line.removeprefix("<aside>").strip()
        if number := _NUMBER.match(line):
            return f"{number['lead']}{number['number']}. {line[number.end() :]}"
        return f"- {line[found.end() :]}" if (found := _BULLET.match(line)) else line

    def _close(self, line: str) -> None:
        """End the last tab where something else than another one follows: the empty line before it says so."""
        if _TAB.match(line):
            return
        if self.option and not line.startswith("#") and self.found and not self.found[-1].strip():
            self.found[-1] = "######"
        self.option = 0
