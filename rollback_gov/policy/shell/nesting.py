"""Everything that a script runs, inside of other commands too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rollback_gov.policy.shell.script import Command, Scope, Script, Word
from rollback_gov.policy.shell.unwrapping import REMOTE, WRAPPED, nested_script, unwrapped


def everything_run(text: str, commands: Iterable[Command], read: Callable[[str], Script]) -> Iterator[Command]:
    """Give the commands of a script and those that they run, in the order of the text. ``read`` reads a script."""
    for outer in commands:
        for command in unwrapped(outer):
            yield command
            inner = nested_script(command)
            if inner is not None:
                yield from _inside(command, inner, text, read)


def _inside(outer: Command, word: Word, text: str, read: Callable[[str], Script]) -> Iterator[Command]:
    """Read a script that stands in a word of another one. Only where it is written as it is run do its offsets hold."""
    written = text[word.start + 1 : word.end - 1]
    if not word.quoted or "\\" in written:
        return
    kind = REMOTE if outer.program == "ssh" else WRAPPED
    scope = Scope(kind, word.start, word.end, outer.scope, outer.program)
    for command in read(written).runs:
        yield _moved(command, word.start + 1, scope)


def _moved(command: Command, by: int, scope: Scope) -> Command:
    words = tuple(word._replace(start=word.start + by, end=word.end + by) for word in command.words)
    return command._replace(
        words=words, start=command.start + by, end=command.end + by, scope=_under(command.scope, scope)
    )


def _under(scope: Scope | None, outer: Scope) -> Scope:
    """Put a chain of scopes below another one."""
    return outer if scope is None else scope._replace(parent=_under(scope.parent, outer))
