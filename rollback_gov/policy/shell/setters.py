"""Commands that give values to variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollback_gov.policy.shell.script import Assignment, Command, Word

_NAME = r"[A-Za-z_]\w*"
_TAKES_VALUE = {"read": "adinNptu", "mapfile": "CcdnOsu", "readarray": "CcdnOsu"}


def set_by(command: Command) -> list[Assignment]:
    """Give the variables that the command itself sets: ``read``, ``mapfile``, ``printf -v``, ``getopts``, ``let``."""
    if command.name in _TAKES_VALUE:
        names = list(_operands(command.arguments, _TAKES_VALUE[command.name]))
        return [_set(command, name) for name in names]
    if command.name == "printf" and len(command.words) > 2 and command.words[1].value == "-v":
        return [_set(command, command.words[2])]
    if command.name == "getopts" and len(command.words) > 2:
        return [_set(command, command.words[2]), *(_named(command, name) for name in ("OPTARG", "OPTIND"))]
    if command.name == "let":
        return [_set(command, word) for word in command.arguments]
    return []


def _operands(words: tuple[Word, ...], takes_value: str) -> Iterator[Word]:
    """Pass options over; one of ``takes_value`` has its value in the same word or in the next one. ``-a`` names one."""
    rest = iter(words)
    for word in rest:
        if word.value.startswith("-") and len(word.value) > 1 and not word.quoted:
            letters = word.value[1:]
            position = next((index for index, letter in enumerate(letters) if letter in takes_value), None)
            if position is not None and position == len(letters) - 1:
                value = next(rest, None)
                if letters[position] == "a" and value is not None:
                    yield value
        else:
            yield word


def _set(command: Command, word: Word) -> Assignment:
    found = re.match(_NAME, word.value)
    return Assignment(found[0] if found else "", None, word.start, word.end, command.scope)


def _named(command: Command, name: str) -> Assignment:
    return Assignment(name, None, command.start, command.end, command.scope)
