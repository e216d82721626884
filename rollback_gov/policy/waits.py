"""How long a script waits at least, where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollback_gov.model.duration import UNITS, Duration
from rollback_gov.model.record import Record
from rollback_gov.policy.shell.arguments import option
from rollback_gov.policy.shell.script import BACKGROUND, CONDITIONAL, SUBSTITUTION, Command, Scope, Script, Word
from rollback_gov.policy.shell.unwrapping import LIMITED, REMOTE

_MAX = 10 * UNITS["d"]


class Wait(Record):
    """A pause or a limit that a command names: how long, at which word."""

    word: Word
    length: Duration
    scope: Scope | None = None
    sure: bool = True
    """It is waited in any case; otherwise it is how long the command waits at most."""


def pauses(script: Script) -> Iterator[Wait]:
    """Give every ``sleep`` that is slept in any case, each multiplied by the rounds of its loops."""
    for command in script.calls(("sleep",)):
        length = _slept(command)
        rounds = _rounds(command)
        if length and rounds and not command.inside(*CONDITIONAL, BACKGROUND, SUBSTITUTION, LIMITED, REMOTE):
            yield Wait(word=command.words[0], length=Duration(min(length * rounds, _MAX)))


def limits(script: Script) -> Iterator[Wait]:
    """Give the limits that commands are given: ``--timeout=120s`` of kubectl and helm, ``--max-time`` of curl."""
    for command in script.calls(("kubectl", "oc", "helm", "curl")):
        names = ("-m", "--max-time") if command.program == "curl" else ("--timeout",)
        word = option(command, *names)
        length = parse_wait(word.value) if word is not None and word.literal else 0
        if word is not None and length and not command.inside(BACKGROUND):
            yield Wait(word=word, length=Duration(min(length, _MAX)), scope=command.scope, sure=False)


def _slept(command: Command) -> int:
    return sum(parse_wait(word.value) for word in command.arguments if word.literal)


def _rounds(command: Command) -> int:
    """Give how often it is slept for certain: 0 in a loop that goes round an unknown number of times, or that is "
    "left."""
    rounds = 1
    for scope in command.scopes():
        if scope.loop is not None:
            rounds *= scope.loop.times or 0
    return rounds


def parse_wait(text: str) -> int:
    """Read ``30``, ``1.5m`` or ``1m30s`` as milliseconds; 0 for anything else."""
    if not re.fullmatch(r"(?:[0-9]{1,9}(?:\.[0-9]{1,6})?[smhd]?)+", text):
        return 0
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", text)
    return int(sum(float(number) * UNITS[unit or "s"] for number, unit in parts))
