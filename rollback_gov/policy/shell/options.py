"""By which of its own settings a script runs: ``set -euo pipefail``, ``#!/bin/bash -e``, ``bash -u FILE``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile, pairwise
from posixpath import basename

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.script import Command, Script, Word
from rollback_gov.policy.shell.unwrapping import SHELLS

_NAMED = {"errexit": "e", "nounset": "u"}
_TAKES_VALUE = frozenset({"--rcfile", "--init-file"})


class Options(Record):
    """Whether a failure ends the script (``-e``), and whether the use of a variable that is not set does (``-u``)."""

    failure: bool
    unset: bool


def options(script: Script, call: Command) -> Options:
    """Give the settings of a script that is a file of its own, as it is called."""
    given = [_values(command.arguments) for command in script.by_program.get("set", ())]
    # Whoever writes `bash FILE` makes a comment of its first line.
    given += [_values(call.arguments) if call.program in SHELLS else _of_first_line(script.text)]
    letters = {letter for words in given for letter in _letters(words)}
    return Options(failure="e" in letters, unset="u" in letters)


def run_by_shell(command: Command) -> Word | None:
    """Give the file that ``bash -eu FILE ARGUMENT`` runs; None where it runs a text or what it reads."""
    words = _values(command.arguments)
    rest = command.arguments[_count(words) :]
    return rest[0] if rest and not {"c", "s"} & set(_letters(words)) else None


def _of_first_line(text: str) -> list[str]:
    """Give what ``#!/bin/bash -e`` and ``#!/usr/bin/env -S bash -e`` hand to the shell."""
    words = text.partition("\n")[0].removeprefix("#!").split() if text.startswith("#!") else []
    return [*dropwhile(lambda word: basename(word) not in SHELLS, words)][1:]


def _values(words: Iterable[Word]) -> list[str]:
    return [word.value for word in words]


def _letters(words: Sequence[str]) -> Iterator[str]:
    """Give the letters of a shell's options; ``-o errexit`` is ``-e``."""
    for word, behind in pairwise((*words[: _count(words)], "")):
        if word.startswith("-") and not word.startswith("--"):
            yield from word[1:]
            yield _NAMED.get(behind, "") if "o" in word else ""


def _count(words: Sequence[str]) -> int:
    """Say how many words are options of a shell, with their values. What follows is its script, and that one's own."""
    at = 0
    while at < len(words) and words[at][:1] in ("-", "+"):
        word = words[at]
        if word in ("-", "--"):
            return at + 1
        takes_value = word in _TAKES_VALUE or (not word.startswith("--") and "o" in word.lower())
        at += 1 + takes_value
    return at
