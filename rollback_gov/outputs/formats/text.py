"""For people: place, sentence, the line itself with a caret, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.result import CheckedPlan, ValidationResult
from rollback_gov.outputs.words import printable, standing, total

Paint = Callable[[str, str], str]
WIDTH = 110
"""How much of a long source line is shown."""
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}


def render(result: ValidationResult, *, colour: bool = False) -> str:
    """Write every finding with its source line, one closing line a file, and a total."""
    paint = _paint if colour else _plain
    blocks = ["".join(f"{line}\n" for line in _plan(plan, paint)) for plan in result.plans]
    return "\n".join([*blocks, f"{paint(total(result), '1')}\n"])


def _plan(plan: CheckedPlan, paint: Paint) -> Iterator[str]:
    lines = plan.source.lines
    for finding in plan.findings:
        yield from _finding(finding, lines, paint)
    mark = paint("ok", "32") if plan.usable and plan.achieved >= plan.required else paint("--", "31")
    yield f"{mark} {printable(plan.source.name)}: {standing(plan)}"


def _finding(finding: Finding, lines: list[str], paint: Paint) -> Iterator[str]:
    label = paint(f"{finding.severity} {finding.code}", _COLOURS[finding.severity])
    yield f"{paint(printable(str(finding.place)), '1')}: {label}: {printable(finding.message)}"
    yield from _excerpt(finding, lines, paint)
    if finding.hint:
        yield f"  next: {printable(finding.hint)}"


def _excerpt(finding: Finding, lines: list[str], paint: Paint) -> Iterator[str]:
    place = finding.place
    if place.line > len(lines) or not lines[place.line - 1].strip():
        return
    line, start = lines[place.line - 1].rstrip("\r"), place.column - 1
    end = place.end_column - 1 if place.end_column > place.column else start + 1
    first = max(0, min(start - WIDTH // 3, len(line) - WIDTH))
    shown, before = printable(line[first : first + WIDTH]), printable(line[first:start])
    marked = printable(line[start : min(end, first + WIDTH)])
    yield f"{place.line:>6} | {shown}"
    yield f"       | {' ' * len(before)}{paint('^' * max(1, len(marked)), _COLOURS[finding.severity])}"


def _paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _plain(text: str, code: str) -> str:
    return text
