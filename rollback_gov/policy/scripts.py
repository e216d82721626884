"""Every script of a plan, and those under `uses` that they call: where each stands, and when it has to be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from itertools import takewhile
from posixpath import dirname, normpath
from typing import TYPE_CHECKING, Any, Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Check, Injection, Plan, SafetyCheck, Saved
from rollback_gov.model.record import Record, field_names
from rollback_gov.model.step import Phase, Step

if TYPE_CHECKING:
    from rollback_gov.policy.files import FileUse
    from rollback_gov.policy.shell.script import Command, Script

Path = tuple[str | int, ...]
Role = Literal["saves", "checks", "asks", "acts", "looks", "rehearses"]
"""What a script is for: it keeps state, checks, answers a question, is a step, is looked at by people, or is part of a
rehearsal only."""

_ANSWERED = ("tried", "condition", "negated", "background")
"""Scopes in which a failure is an answer. Their names lie with the reader of scripts, which is imported when needed."""


class PlanScript(Record):
    """One script. ``owner`` is the record whose ``run`` it is; ``step`` the step it belongs to, where it does."""

    path: Path
    text: str
    role: Role
    owner: Any
    phase: Phase | None = None
    step: Step | None = None
    way: str = ""
    """The alternative of the phase that its step belongs to."""
    file: str = ""
    """The name under ``uses`` of a script that is called; empty for one that stands in the plan."""
    call: Command | None = None
    """How it is called."""
    arguments: tuple[str, ...] | None = None
    """What it is called with, as far as that is known; None for a script of the plan, which has no arguments."""
    caller: PlanScript | None = None
    unread: bool = False
    """It is too long to be read, and ``text`` is empty."""

    @cached_property
    def script(self) -> Script:
        """What it says. Equal scripts are read once."""
        from rollback_gov.policy.shell.reader import read_script

        return read_script(self.text)

    @cached_property
    def files(self) -> tuple[FileUse, ...]:
        """The files that it reads, writes and runs."""
        from rollback_gov.policy.files import file_uses

        return file_uses(self.script, self.arguments, dirname(self.file))

    @property
    def section(self) -> str:
        """The section of the plan in which it stands."""
        return str(self.path[0])

    @property
    def limit(self) -> Duration | None:
        """After how long it is stopped, where the plan says so itself."""
        own: Duration | None = getattr(self.owner, "timeout", None)
        return own

    @property
    def callers(self) -> Iterator[PlanScript]:
        """The script that calls it, and the one that calls that, up to the plan's own."""
        script = self.caller
        while script is not None:
            yield script
            script = script.caller

    def called_in(self, *kinds: str) -> bool:
        """Tell whether its call, or that of a caller, stands in a scope of one of these kinds."""
        return any(each.call is not None and each.call.inside(*kinds) for each in (self, *self.callers))

    def may_not_run(self, command: Command) -> bool:
        """Tell whether a command may be left out. A script of its own often does several things, as its arguments say.

        What stands in the plan itself is written for this one step.
        """
        from rollback_gov.policy.shell.script import CONDITIONAL

        return self.call is not None and command.inside(*CONDITIONAL)

    @property
    def is_sourced(self) -> bool:
        """Whether it is read by its caller, and so runs by its caller's settings."""
        return self.call is not None and self.call.name in (".", "source")

    @property
    def counts(self) -> bool:
        """Whether its failure changes what the run does next."""
        if self.call is not None and self.called_in(*_ANSWERED):
            return False
        if isinstance(self.owner, Check):
            return self.owner.severity == "fail"
        if isinstance(self.owner, Saved):
            return self.owner.required
        if isinstance(self.owner, Step):
            return self.owner.on_failure != "continue" and self.section != "troubleshooting"
        return isinstance(self.owner, SafetyCheck)

    @property
    def judged_by_output(self) -> bool:
        """Whether something is expected of it beyond its exit code."""
        expect = getattr(self.owner, "expect", None)
        return expect is not None or self.called_in("substitution", "piped")


def plan_scripts(
    plan: Plan, records: Iterable[tuple[Path, Any]], used: Mapping[str, str | None]
) -> Iterator[PlanScript]:
    """Give all scripts of a plan, in the order of the document, each with those that it calls behind it.

    ``records`` are all of the plan's, with their paths; ``used`` the texts of the shell scripts under ``uses``.
    """
    calls = Calls(used) if used else None
    for placed in _own_scripts(plan, records):
        yield placed
        if calls is not None:
            yield from calls.of(placed)


def _own_scripts(plan: Plan, records: Iterable[tuple[Path, Any]]) -> Iterator[PlanScript]:
    steps = {path: (phase, step) for path, phase, step in plan.every_step()}
    for path, record in records:
        text = getattr(record, "run", "") if _has_script(record.__class__) else ""
        if not text:
            continue
        phase, step, way = _around(path, steps)
        yield PlanScript(
            path=(*path, "run"), text=text, role=_role(path, record), owner=record, phase=phase, step=step, way=way
        )
        if isinstance(record, Injection) and record.stop:
            yield PlanScript(path=(*path, "stop"), text=record.stop, role="rehearses", owner=record)


@cache
def _has_script(kind: Any) -> bool:
    return "run" in field_names(kind)


def _around(path: Path, steps: dict[Path, tuple[Phase, Step]]) -> tuple[Phase | None, Step | None, str]:
    """Find the step that a record belongs to: its own path, or one that it begins with."""
    for length in range(len(path), 0, -1):
        if path[:length] in steps:
            phase, step = steps[path[:length]]
            number = path[path.index("alternatives") + 1] if "alternatives" in path else None
            way = phase.alternatives[int(number)].id if number is not None else ""
            return phase, step, way
    return None, None, ""


def _role(path: Path, record: Any) -> Role:
    if path[0] == "rehearsal":
        return "rehearses"
    if isinstance(record, Saved):
        return "saves"
    if isinstance(record, Step):
        return "acts"
    if isinstance(record, Check | SafetyCheck):
        return "checks"
    return "looks" if path[0] == "troubleshooting" else "asks"


class Calls:
    """Follows calls into the scripts under ``uses``. What a plan can make us read is bounded: ``MOST`` characters."""

    MOST = 1_000_000
    """Of all calls together; each counts the text that it runs."""
    DEEPEST = 5

    def __init__(self, used: Mapping[str, str | None]) -> None:
        self._used = {normpath(name): (name, text) for name, text in used.items()}
        self._left = self.MOST

    def of(self, placed: PlanScript) -> Iterator[PlanScript]:
        """Give what a script calls, and what that calls, each where it is called first."""
        chain = [each.file for each in (placed, *placed.callers)]
        if len(chain) > self.DEEPEST:
            return
        seen: set[str] = set()
        for use in placed.files:
            name, text = self._used.get(use.name, ("", ""))
            if use.runs and name and name not in chain and name not in seen:
                seen.add(name)
                self._left -= len(text or "")
                unread = text is None or self._left < 0
                called = replace(
                    placed,
                    text="" if unread else text or "",
                    file=name,
                    call=use.command,
                    arguments=_arguments(use, placed),
                    caller=placed,
                    unread=unread,
                )
                yield called
                yield from self.of(called)


def _arguments(use: FileUse, caller: PlanScript) -> tuple[str, ...]:
    """Give the words behind a script's name, up to one that may be several words, or none."""
    from rollback_gov.policy.files import resolved

    words = [word for word in use.command.words if word.start > use.word.start]
    known = takewhile(lambda word: word.literal or (word.quoted and "@" not in word.value), words)
    return tuple(resolved(word.value, caller.script, caller.arguments, dirname(caller.file)) for word in known)
