"""A run at a glance, for a terminal: which phase runs, how much of the SLA is left, what is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rollback_gov.execution.clock import parse_stamp
from rollback_gov.execution.console import one_line
from rollback_gov.execution.progress import PhaseProgress, Progress, StepProgress
from rollback_gov.execution.projection import elapsed, left, may_be_late, phase_seconds, projected, since
from rollback_gov.execution.question import command
from rollback_gov.execution.sla import human

if TYPE_CHECKING:
    from rich.text import Text

MOST_PHASES = 9
"""Phases shown at most; others are counted."""
_FULL_BAR = 40
_MOST_ROWS = 3
"""Of a question."""
_WORDS = {"": "RUNNING", "passed": "PASSED", "failed": "FAILED", "aborted": "ABORTED"}
_COLOURS = {"": "bold cyan", "passed": "bold green", "failed": "bold red", "aborted": "bold red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The signs that the terminal can write."""

    done: str = "✔"
    failed: str = "✘"
    runs: str = "▶"
    to_come: str = "·"
    waits: str = "?"
    full: str = "━"
    rest: str = "─"
    rule: str = "─"


PLAIN = Glyphs(done="+", failed="x", runs=">", to_come=".", full="#", rest="-", rule="-")
"""For terminals without UTF-8."""


def run_view(progress: Progress, now: datetime, *, width: int, height: int, glyphs: Glyphs | None = None) -> list[Text]:
    """Give the lines, together no more than ``height`` rows; colours are styles of rich.

    None is wider than ``width`` but the command that answers a question, which the terminal breaks.
    """
    signs, room = glyphs or Glyphs(), max(width, 20)
    head = [_rule(room, signs), _headline(progress, room), *_sla(progress, now, room, signs)]
    tail = [*_notes(progress, room), *_waiting(progress, now, room, signs)]
    free = max(height - len(head) - sum(rows_of(line, width) for line in tail), 2)
    return list(_within([*head, *_phases(progress, now, room, signs, free), *tail], room, max(height, 3)))


def _within(lines: list[Text], width: int, height: int) -> Iterator[Text]:
    for line in lines:
        height -= rows_of(line, width)
        if height < 0:
            return
        yield line


def _row(left_part: Text, right_part: Text, width: int) -> Text:
    """Put one part at each side. The right one stays whole as long as it can: it says how much time is left."""
    right_part.truncate(width, overflow="ellipsis")
    left_part.truncate(max(width - right_part.cell_len - 1, 0), overflow="ellipsis", pad=True)
    return left_part.append(" " if left_part.cell_len else "").append_text(right_part)


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(one_line(text).replace("\t", " "), style=style, no_wrap=True, end="")


def _rule(width: int, signs: Glyphs) -> Text:
    return _text(signs.rule * width, "dim")


def _headline(progress: Progress, width: int) -> Text:
    where = f"{progress.environment}{f'/{progress.region}' if progress.region else ''}"
    name = _text(f"{progress.operation} in {where}  ", "bold").append_text(_text(progress.title, "dim"))
    word, colour = _WORDS.get(progress.result, progress.result), _COLOURS.get(progress.result, "bold")
    if progress.waiting and not progress.result:
        word, colour = "WAITING", "bold yellow reverse"
    elif progress.cancelled and not progress.result:
        word, colour = "ENDING", "bold yellow"
    return _row(name, _text(f" {word} ", colour), width)


def _sla(progress: Progress, now: datetime, width: int, signs: Glyphs) -> Iterator[Text]:
    spent, end = elapsed(progress, now), projected(progress, now)
    if not progress.decided_at:
        return
    if not progress.sla:
        yield _text(f"{human(spent)} since the decision, no SLA")
        return
    rest = left(progress, now)
    late, tight = rest < 0, may_be_late(progress, now)
    colour = "bold red" if late else "bold yellow" if tight else "bold green"
    words = f"{human(rest)} left" if not late else f"{human(-rest)} OVER"
    until = parse_stamp(progress.decided_at).astimezone(UTC) + timedelta(seconds=progress.sla)
    facts = f"SLA {human(spent)} of {human(progress.sla)}"
    bar = _bar(spent / progress.sla, min(width, max(width - len(facts) - len(words) - 4, 10), _FULL_BAR), signs)
    line = _text(facts, "bold").append("  ").append_text(bar) if len(facts) + 14 + len(words) < width else _text(facts)
    yield _row(line, _text(words, colour), width)
    if not progress.result and progress.verified is None:
        ends = f"SLA ends {until:%H:%M:%S} UTC"
        done = f"done by about {human(end)}{', MAY BE LATE' if tight else ''}"
        if len(done) + len(ends) < width:
            yield _row(_text(done, colour), _text(ends, "dim"), width)
        else:  # at a question the view stands still: then the time of day says more
            yield _row(_text(ends if progress.waiting else done, colour), _text(""), width)


def _bar(share: float, size: int, signs: Glyphs) -> Text:
    done = min(max(round(share * size), 0), size)
    colour = "red" if share > 1 else "yellow" if share > 0.75 else "green"
    return _text(signs.full * done, colour).append_text(_text(signs.rest * (size - done), "dim"))


def _phases(progress: Progress, now: datetime, width: int, signs: Glyphs, height: int) -> Iterator[Text]:
    """Show the phase that runs with its step, and as many around it as there is room for; the others are counted."""
    phases = list(progress.phases.values())
    step = progress.step if not progress.result else None
    room = max(min(height - (1 if step else 0), MOST_PHASES), 1)
    first, last = _window(phases, room)
    if first:
        bad = sum(phase.result == "failed" for phase in phases[:first])
        yield _text(f"{signs.done} {first} before{f', {bad} failed' if bad else ''}", "dim")
    for phase in phases[first:last]:
        yield _phase(phase, now, width, signs)
        if step is not None and step.path.startswith(f"{phase.path}/"):
            yield _step(step, now, width)
    if last < len(phases):
        yield _text(f"{signs.to_come} {len(phases) - last} more to come", "dim")


def _window(phases: list[PhaseProgress], room: int) -> tuple[int, int]:
    if len(phases) <= room:
        return 0, len(phases)
    room = max(room - 2, 1)
    current = next((number for number, phase in enumerate(phases) if not phase.result), len(phases) - 1)
    first = min(max(current - room // 3, 0), len(phases) - room)
    return first, first + room


def _phase(phase: PhaseProgress, now: datetime, width: int, signs: Glyphs) -> Text:
    sign, style = signs.to_come, "dim"
    if phase.result:
        sign, style = (signs.done, "green") if phase.result == "passed" else (signs.failed, "bold red")
    elif phase.began:
        sign, style = signs.runs, "bold"
    ways = [way for way in phase.tried if way]
    name = _text(f"{sign} {phase.title}{f' (option {ways[-1]})' if ways else ''}", style)
    return _row(name, _against(phase_seconds(phase, now), phase.budget, begun=bool(phase.began)), width)


def _step(step: StepProgress, now: datetime, width: int) -> Text:
    again = f" (attempt {step.attempt})" if step.attempt > 1 else ""
    return _row(_text(f"    {step.title}{again}", "cyan"), _against(since(step.began, now), step.timeout), width)


def _against(seconds: float, limit: float, *, begun: bool = True) -> Text:
    of = f" of {human(limit)}" if limit else ""
    if not begun:
        return _text(f"{human(limit)}" if limit else "", "dim")
    over = bool(limit) and seconds > limit
    return _text(f"{human(seconds)}{of}", "bold red" if over else "yellow" if limit and seconds > limit * 0.75 else "")


def _notes(progress: Progress, width: int) -> Iterator[Text]:
    notes = []
    if progress.escalation:
        notes.append(f"escalation level {progress.escalation}")
    bad = [name for name, result in progress.checks.items() if result != "passed"]
    if bad:
        notes.append(f"checks not passed: {', '.join(bad)}")
    if progress.cancelled and not progress.result:
        notes.append(f"to be ended by {progress.cancelled}")
    for note in notes:
        line = _text(f"! {note}", "bold yellow")
        line.truncate(width, overflow="ellipsis")
        yield line


def _waiting(progress: Progress, now: datetime, width: int, signs: Glyphs) -> Iterator[Text]:
    """Say what is asked, of whom and until when, and the whole command that answers.

    The terminal breaks that line: whoever selects it has it in one piece.
    """
    for waiting in progress.waiting if not progress.result else ():
        until = f"until {waiting.deadline[11:19]} UTC" if waiting.deadline else f"{human(since(waiting.since, now))}"
        whom = f" for {waiting.role}" if waiting.role else ""
        line = _text(f"{signs.waits} waits{whom}: {waiting.ask}", "bold yellow")
        if line.cell_len + len(until) < width:
            yield _row(line, _text(until, "yellow"), width)
        else:
            yield _row(_text(f"{signs.waits} waits{whom}", "bold yellow"), _text(until, "yellow"), width)
            yield from _broken(waiting.ask, width)
        yield _text(f"  {command(progress.run, waiting.step, waiting.choices)}", "yellow")


def _broken(ask: str, width: int) -> Iterator[Text]:
    """Break a question at its blanks, into a few rows."""
    left_over = one_line(ask).replace("\t", " ")
    for row in range(_MOST_ROWS):
        line = _text(f"  {left_over}", "bold yellow")
        if line.cell_len <= width or row == _MOST_ROWS - 1:
            line.truncate(width, overflow="ellipsis")
            yield line
            return
        line.truncate(width, overflow="crop")
        whole = line.plain.rstrip()  # half of a wide character has become a blank
        blank = whole.rfind(" ")
        line = line[: blank if blank > 1 else len(whole)]
        yield line
        left_over = left_over[len(line) - 2 :].lstrip()


def rows_of(line: Text, width: int) -> int:
    """Give how many rows a line takes on a terminal that breaks it."""
    return max(-(-line.cell_len // max(width, 20)), 1)
