"""What a script says: commands with their words, and where each word stands.

Offsets count characters of the script's text; what nothing ends may reach one beyond it. Of words and commands a
script of 100 kB has twenty thousand: they are named tuples, which are made faster than a ``Record``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from rollback_gov.model.record import Record

T = TypeVar("T")


class Word(NamedTuple):
    """One word. ``value`` is what is left of it without its quotes; expansions stand in it as ``${NAME}`` or "
    "``$(…)``."""

    value: str
    start: int
    end: int
    literal: bool = True
    """Nothing of it is known only at run time, patterns such as ``*.log`` apart."""
    quoted: bool = False
    """It begins with a quote: no pattern, no option, no keyword."""


class Scope(NamedTuple):
    """What a command stands in. ``kind`` is one of the constants below; ``detail`` is a function's name."""

    kind: str
    start: int
    end: int
    parent: Scope | None = None
    detail: str = ""
    loop: Loop | None = None


IF, CONDITION, CASE, LOOP, FUNCTION = "if", "condition", "case", "loop", "function"
SUBSHELL, SUBSTITUTION, BACKGROUND, NEGATED = "subshell", "substitution", "background", "negated"
PIPED, FED = "piped", "fed"
"""Its output goes to the next command of a pipeline; its input comes from the one before."""
AFTER, TRIED, FALLBACK = "after", "tried", "fallback"
"""The right side of ``&&``, the left side of ``||``, and its right side."""
CONDITIONAL = frozenset({IF, CASE, AFTER, FALLBACK, FUNCTION})
"""A command in one of these may not run at all."""


def in_function(scope: Scope | None) -> bool:
    """Tell whether a scope is that of a function, or inside of one."""
    while scope is not None:
        if scope.kind == FUNCTION:
            return True
        scope = scope.parent
    return False


class Loop(Record, kw_only=False):
    """A loop: how often it goes round at most (None: unknown), and whether its condition can never end it."""

    times: int | None = None
    endless: bool = False


class Redirect(NamedTuple):
    """A redirection. ``operator`` is such as ``>``, ``2>>``, ``<``, ``<<`` or ``<<<``; the target of a ``<<`` is "
    "its text."""

    operator: str
    target: Word

    @property
    def writes(self) -> bool:
        """Whether it makes or changes a file."""
        return ">" in self.operator and not self.operator.endswith((">&", "<&")) and self.target.value != "/dev/null"


class Assignment(NamedTuple):
    """A variable that gets a value, by ``name=value`` or by a command such as ``read``."""

    name: str
    value: Word | None
    start: int
    end: int
    scope: Scope | None = None
    prefix: bool = False
    """It stands before a command and holds for that command alone."""


class Expansion(NamedTuple):
    """A use of a variable. ``guarded``: the script says itself what happens when it is not set."""

    name: str
    start: int
    end: int
    guarded: bool = False
    scope: Scope | None = None


class Command(NamedTuple):
    """One simple command. ``name`` is empty where it is known only at run time."""

    name: str
    words: tuple[Word, ...]
    start: int
    end: int
    scope: Scope | None = None
    redirects: tuple[Redirect, ...] = ()
    assignments: tuple[Assignment, ...] = ()

    @property
    def program(self) -> str:
        """The name without the folder it lies in."""
        return self.name.rpartition("/")[2]

    @property
    def arguments(self) -> tuple[Word, ...]:
        """The words after the name."""
        return self.words[1:]

    def scopes(self) -> Iterator[Scope]:
        """What it stands in, from the inside out."""
        scope = self.scope
        while scope is not None:
            yield scope
            scope = scope.parent

    def inside(self, *kinds: str) -> bool:
        """Tell whether it stands in a scope of one of these kinds."""
        scope = self.scope
        while scope is not None:
            if scope.kind in kinds:
                return True
            scope = scope.parent
        return False

    @property
    def input(self) -> str:
        """The text of its here-document or here-string; empty without one."""
        return next((redirect.target.value for redirect in self.redirects if redirect.operator.startswith("<<")), "")


class Fallback(Record, kw_only=False):
    """``left || right``: the commands of both sides, as positions in the script's list."""

    start: int
    """Where ``||`` stands."""
    left: range
    right: range


class Pipeline(Record, kw_only=False):
    """``a | b | c``: the commands of each part, as positions in the script's list."""

    parts: tuple[range, ...]


class Fault(Record, kw_only=False):
    """A place where the text is not bash."""

    start: int
    end: int
    missing: str = ""
    """What would have to stand there, where that is known."""


UNREAD = "unread"
"""What is missing from a script that was given up on."""


class Script:
    """Everything that rules know about one script, in the order of its text."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        text: str,
        *,
        commands: tuple[Command, ...],
        runs: tuple[Command, ...],
        assignments: tuple[Assignment, ...],
        expansions: tuple[Expansion, ...],
        fallbacks: tuple[Fallback, ...],
        pipelines: tuple[Pipeline, ...],
        redirects: tuple[Redirect, ...],
        functions: frozenset[str],
        faults: tuple[Fault, ...],
        comments: tuple[tuple[int, int], ...],
    ) -> None:
        self.text = text
        self.commands = commands
        self.runs = runs
        """The commands, and those that they run: ``sudo``'s, ``xargs``'s, ``kubectl exec``'s, ``bash -c``'s."""
        self.assignments = assignments
        self.expansions = expansions
        self.fallbacks = fallbacks
        self.pipelines = pipelines
        self.redirects = redirects
        """Those of commands and those of whole loops and groups."""
        self.functions = functions
        self.faults = faults
        self.comments = comments
        """Where each begins and ends."""

    @cached_property
    def by_program(self) -> dict[str, tuple[Command, ...]]:
        """What runs, by the program's name without a folder."""
        found: dict[str, list[Command]] = {}
        for command in self.runs:
            found.setdefault(command.program, []).append(command)
        return {name: tuple(commands) for name, commands in found.items()}

    def told(self, look: Callable[[Command], T | None]) -> tuple[tuple[Command, T], ...]:
        """Give what a question says about each command that runs, where it says anything.

        It is asked once a script, however many steps run the same one: ``look`` must be a function of a module.
        """
        found: tuple[tuple[Command, T], ...] | None = self._told.get(look)
        if found is None:
            answers = ((command, look(command)) for command in self.runs)
            found = self._told[look] = tuple((command, answer) for command, answer in answers if answer)
        return found

    @cached_property
    def _told(self) -> dict[Callable[[Command], Any], Any]:
        return {}

    def calls(self, programs: Collection[str]) -> Iterator[Command]:
        """Give the runs of these programs."""
        for program in self.by_program.keys() & set(programs):
            yield from self.by_program[program]
