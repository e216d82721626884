"""Watching after a rollback: the plan's windows, look by look, in a log of their own beside the run's journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rollback_gov import __version__
from rollback_gov.commands.instant import now_seconds
from rollback_gov.commands.report import write_incident
from rollback_gov.commands.resume import started_of, target_of
from rollback_gov.commands.runs import find_run
from rollback_gov.commands.surroundings import open_surroundings, values_of
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_log import LOG, read_log
from rollback_gov.commands.watch_look import look
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import parse_stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import Interrupted, Refused, UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Window
from rollback_gov.triggers.line import Line, LogError, stamp
from rollback_gov.triggers.log import DecisionLog
from rollback_gov.triggers.windows import (
    Judge,
    Look,
    Miss,
    Sleep,
    WindowState,
    applied,
    described,
    next_thing,
    windows_of,
)

_SLICE = 0.1
"""Longest sleep in one piece, in seconds: a wish to stop is seen after it at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How the windows of a run ended."""

    run: str
    folder: Path
    windows: tuple[WindowState, ...]

    @property
    def is_quiet(self) -> bool:
        """Every window was seen from end to end, and nothing was wrong in any."""
        return all(window.verdict == "quiet" for window in self.windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A rollback that passed: its beginning and its end, in seconds since the epoch."""

    folder: Path
    started: Mapping[str, Any]
    decided: float
    ended: float


def watch_after(run: str, incidents: Path, given: Mapping[str, str], world: World) -> Watched:
    """Watch until every window has its verdict, and write the report again.

    Started again it goes on; what nobody looked at meanwhile was missed. A wish to stop is heard after the look that is
    under way. Raises UsageError for a run that did not pass or a plan without windows, Refused when somebody else
    watches or the windows have changed, Interrupted when asked to stop.
    """
    rollback = _rollback(find_run(incidents, run))
    target = target_of(rollback.started, given, Path(rollback.started["plan_file"]))
    plan_windows = target.loaded.require().watch_after
    if not plan_windows:
        raise UsageError("The plan has no windows to watch after a rollback.", hint="Add `watch_after` to the plan.")
    with _open(rollback, target, world) as watch:
        watch.begin(plan_windows)
        watch.until_over()
    write_incident(rollback.folder)
    return Watched(run=rollback.folder.name, folder=rollback.folder, windows=tuple(watch.windows.values()))


def _rollback(folder: Path) -> Rollback:
    events = read_journal(folder / FILE)
    started, finished = started_of(events, folder), _last(events, "run.finished")
    if finished is None or finished.data["result"] != "passed":
        how = f"ended: {finished.data['result']}" if finished else "has not ended"
        raise UsageError(f"The windows follow a rollback that passed; {folder.name} {how}.")
    decided = parse_stamp(started["decided_at"]).timestamp()
    return Rollback(folder=folder, started=started, decided=decided, ended=parse_stamp(finished.at).timestamp())


def _last(events: tuple[Event, ...], type_: str) -> Event | None:
    return next((event for event in reversed(events) if event.type == type_), None)


@contextmanager
def _open(rollback: Rollback, target: Target, world: World) -> Iterator[_Watch]:
    """Open the log, which one process writes at a time, and the surroundings in which the checks run."""
    values = values_of(target, world)
    try:
        log = DecisionLog(rollback.folder / LOG)
    except BlockingIOError:
        raise Refused(f"Somebody watches after {rollback.folder.name} already.") from None
    except OSError as error:
        raise LogError(f"The log {rollback.folder / LOG} cannot be written: {error.strerror}.") from error
    with closing(log):
        write = _writer(log, world)
        lets_a_look_end = replace(world, stop=Stop())
        surroundings = open_surroundings(
            target,
            lets_a_look_end,
            values,
            run=rollback.folder.name,
            folder=rollback.folder,
            record=write,
        )
        with surroundings as context:
            yield _Watch(rollback, context, world, write)


Write = Callable[[str, Mapping[str, Any]], Line]


def _writer(log: DecisionLog, world: World) -> Write:
    def write(kind: str, data: Mapping[str, Any]) -> Line:
        try:
            return log.append(kind, world.masker.data(data) if kind == "message.sent" else data, at=now_seconds(world))
        except OSError as error:
            hint = "Make room and start it again: what was not seen until then counts as missed."
            raise LogError(f"The log {log.path} cannot be written: {error.strerror}.", hint=hint) from error

    return write


class _Watch:
    """The looks of one process."""

    def __init__(self, rollback: Rollback, context: Context, world: World, write: Write) -> None:
        self.rollback = rollback
        self.context = context
        self.world = world
        self.write = write
        self.windows: dict[str, WindowState] = {}
        self._plan: dict[str, Window] = {}

    def begin(self, plan_windows: tuple[Window, ...]) -> None:
        """Go on from the log, or write its first line. Raises Refused when the plan has other windows by now."""
        lines, wanted = read_log(self.rollback.folder), described(plan_windows)
        self._plan = {item["name"]: window for item, window in zip(wanted, plan_windows, strict=True)}
        first = next((line for line in lines if line.type == "started"), None)
        if first is None:
            data = {"run": self.rollback.folder.name, "began": stamp(self.rollback.ended), "windows": wanted}
            lines = (*lines, self.write("started", {**data, "by": self.world.person, "tool_version": __version__}))
        elif first.data["windows"] != wanted:
            raise Refused(
                "The plan's windows have changed since they were first watched.",
                hint=f"Go back to the plan as it was, or move {self.rollback.folder / LOG} away and begin anew.",
            )
        self.windows = windows_of(lines)
        run = self.rollback.folder.name
        self.world.console.say(f"Watching after {run}; every look is written down, and Ctrl-C ends it after the look.")

    def until_over(self) -> None:
        """Do one thing after the other. Raises Interrupted when asked to stop."""
        while (todo := next_thing(self.windows, now_seconds(self.world))) is not None:
            if self.world.stop.requested:
                self._stop()
            if isinstance(todo, Sleep):
                self.world.clock.sleep(min(max(todo.until - now_seconds(self.world), 0.0), _SLICE))
            elif isinstance(todo, Look):
                self._look(todo)
            elif isinstance(todo, Miss):
                self._miss(todo)
            else:
                self._judge(todo)

    def _look(self, todo: Look) -> None:
        window, state = self._plan[todo.window], self.windows[todo.window]
        seen = look(self.context, window, since=self.rollback.decided)
        seen = {**self.context.masker.data(seen), "result": seen["result"]}
        self._took("observed", {"window": todo.window, "number": todo.number, **seen})
        detail = f": {seen['detail']}" if seen["detail"] else ""
        self._say(f"{todo.window} {todo.number} of {state.looks}: {seen['result'].upper()}{detail}")
        if seen["result"] == "alarmed" and not state.alarmed:
            text = f"watch window '{todo.window}' after the rollback: {seen['detail']}"
            self.context.notify("escalated", {"text": text})

    def _miss(self, todo: Miss) -> None:
        self._took("missed", {"window": todo.window, "first": todo.first, "last": todo.last})
        number = todo.last - todo.first + 1
        self._say(f"{todo.window}: {number} look{'s' if number > 1 else ''} missed (from number {todo.first})")

    def _judge(self, todo: Judge) -> None:
        self._took("verdict", {"window": todo.window, "verdict": todo.verdict})
        self._say(f"{todo.window}: {verdict_words(self.windows[todo.window])}")

    def _stop(self) -> None:
        self.write("stopped", {"signal": self.world.stop.signal})
        raise Interrupted(
            f"The watch after {self.rollback.folder.name} was stopped by {self.world.stop.signal}.",
            hint=f"Go on with: rollback-gov watch --after {self.rollback.folder.name}",
        )

    def _took(self, kind: str, data: Mapping[str, Any]) -> None:
        self.windows |= applied(self.windows, self.write(kind, data))

    def _say(self, text: str) -> None:
        self.context.console.say(f"{stamp(now_seconds(self.world))[11:19]} {text}")


def verdict_words(window: WindowState) -> str:
    """Say how a window ended, with what was seen."""
    counts = [f"{window.quiet} of {window.looks} looks quiet"]
    counts += [
        f"{number} {word}"
        for number, word in (
            (window.alarmed, "alarmed"),
            (window.unknown, "could not be evaluated"),
            (window.missed, "missed"),
        )
        if number
    ]
    return f"{window.verdict.upper() or 'not over'} ({', '.join(counts)})"
