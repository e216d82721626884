"""For people: place, sentence, the line itself with a caret, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import CheckedFile, CheckedPlan, Summary
from rollback_gov.outputs.words import acceptance, closing, printable, standing, weight

Paint = Callable[[str, str], str]
WIDTH = 110
"""How much of a long source line is shown."""
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}
_WAIVED = "2"


class Writer:
    """Writes every finding with its source line, one closing line a file, and a total."""

    def __init__(self, manner: Manner) -> None:
        self._paint = _paint if manner.colour else _plain

    def plan(self, plan: CheckedPlan) -> str:
        """Write one plan, and an empty line behind it."""
        mark = "ok" if plan.usable and plan.achieved >= plan.required else "--"
        painted = self._paint(mark, "32" if mark == "ok" else "31")
        return _lines([*self._file(plan), f"{painted} {_name(plan.file)}: {standing(plan)}", ""])

    def end(self, summary: Summary) -> str:
        """Write what was found in the settings, and the total."""
        settings = [line for file in summary.settings for line in (*self._file(file), "")]
        *before, last = map(printable, closing(summary))
        return _lines([*settings, *before, self._paint(last, "1")])

    def _file(self, file: CheckedFile) -> Iterator[str]:
        for finding in file.findings:
            yield from self._finding(finding, file.line(finding))

    def _finding(self, finding: Finding, line: str) -> Iterator[str]:
        label = self._paint(f"{weight(finding)} {finding.code}", _colour(finding))
        yield f"{self._paint(_name(str(finding.place)), '1')}: {label}: {printable(finding.message)}"
        yield from self._excerpt(finding, line)
        if finding.waived:
            yield f"  {printable(acceptance(finding.waived))}"
        elif finding.hint:
            yield f"  next: {printable(finding.hint)}"

    def _excerpt(self, finding: Finding, line: str) -> Iterator[str]:
        if not line.strip():
            return
        place, start = finding.place, finding.place.column - 1
        end = place.end_column - 1 if place.end_column > place.column else start + 1
        first = max(0, min(start - WIDTH // 3, len(line) - WIDTH))
        before, marked = printable(line[first:start]), printable(line[start : min(end, first + WIDTH)])
        carets = self._paint("^" * max(1, _columns(marked)), _colour(finding))
        yield f"{place.line:>6} | {printable(line[first : first + WIDTH])}"
        yield f"       | {' ' * _columns(before)}{carets}"


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _name(text: str) -> str:
    """Name a file; at the beginning of a line it must not look like a command to a CI runner."""
    shown = printable(text)
    return f"./{shown}" if shown.startswith("::") else shown


def _columns(text: str) -> int:
    """Count the columns that a terminal needs: two for wide characters and emoji, none for combining ones."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def _colour(finding: Finding) -> str:
    return _WAIVED if finding.waived else _COLOURS[finding.severity]


def _paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _plain(text: str, code: str) -> str:
    return text
