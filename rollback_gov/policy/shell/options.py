"""By which of its own settings a script runs: ``set -euo pipefail``, ``#!/bin/bash -e``, ``bash -u FILE``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.script import Command, Script
from rollback_gov.policy.shell.unwrapping import SHELLS


class Options(Record):
    """Whether a failure ends the script (``-e``), and whether the use of a variable that is not set does (``-u``)."""

    failure: bool
    unset: bool


def options(script: Script, call: Command) -> Options:
    """Give the settings of a script that is a file of its own, as it is called."""
    first = script.text.partition("\n")[0]
    given = [first.split()[1:]] if first.startswith("#!") else []
    given += [_values(command) for command in script.by_program.get("set", ())]
    given += [_values(call)] if call.program in SHELLS else []
    letters = {letter for words in given for letter in _letters(words)}
    return Options(failure="e" in letters, unset="u" in letters)


def _values(command: Command) -> list[str]:
    return [word.value for word in command.arguments]


def _letters(words: Iterable[str]) -> Iterator[str]:
    """Give the letters of options; ``-o errexit`` is ``-e``."""
    for word in words:
        if word.startswith("-") and not word.startswith("--"):
            yield from word[1:]
        yield from {"errexit": "e", "nounset": "u"}.get(word, "")
