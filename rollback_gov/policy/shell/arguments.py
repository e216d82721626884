"""Options and operands of a command, the way programs read them."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.policy.shell.script import Command, Word
from rollback_gov.policy.shell.subcommands import family


def option(command: Command, *names: str) -> Word | None:
    """Give the value of the first of these options: ``--name=value``, ``--name value``, ``-n value`` or ``-nvalue``.

    The option word itself where its value is in the same word; None where the option is not there or has no value.
    """
    words = command.arguments
    for index, word in enumerate(words):
        for name in names:
            if word.value == name:
                return words[index + 1] if index + 1 < len(words) else None
            if word.value.startswith(f"{name}="):
                return word._replace(value=word.value[len(name) + 1 :])
            if len(name) == 2 and word.value.startswith(name) and not word.quoted and len(word.value) > 2:
                return word._replace(value=word.value[2:])
    return None


_VALUED = {
    "journalctl": "untopcDSUg",
    "kubectl": "nolcsLp",
    "pg_dump": "FfjZhpUnNtTE",
    "pg_restore": "FdhUpjnNtTLfIPS",
}
"""Letters after which the rest of the word is a value: ``-Fc`` is no ``-c``, and ``-owide`` no ``-w``."""


def flag(command: Command, *names: str) -> Word | None:
    """Give the word of the first of these flags: ``--name``, ``--name=value``, ``-n``, or among others ``-xn``."""
    for word in command.arguments:
        if word.value == "--":
            return None
        if not word.value.startswith("-") or word.value == "-":
            continue
        for name in names:
            if word.value == name or word.value.startswith(f"{name}="):
                return word
            if len(name) == 2 and name[1] in _letters(command, word):
                return word
    return None


def _letters(command: Command, word: Word) -> str:
    """Give the short options that stand in one word, up to the one whose value is the rest of it."""
    letters = word.value[1:]
    if not letters.isalpha():
        return ""
    valued = _VALUED.get(family(command), "")
    end = next((index + 1 for index, letter in enumerate(letters) if letter in valued), len(letters))
    return letters[:end]


def operands(command: Command, takes_value: str | frozenset[str] = "") -> Iterator[Word]:
    """Give the words that are no options. ``takes_value`` are options whose value is the next word.

    As text, they are letters of short options; as a set, they are whole options.
    """
    names = frozenset(f"-{letter}" for letter in takes_value) if isinstance(takes_value, str) else takes_value
    rest = iter(command.arguments)
    for word in rest:
        if word.value == "--":
            yield from rest
        elif word.value.startswith("-") and len(word.value) > 1:
            if word.value in names:
                next(rest, None)
        else:
            yield word
