"""The files of one script: what it reads and writes, under names that can be compared between scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest
from posixpath import basename, normpath

from rollback_gov.model.record import Record
from rollback_gov.policy.knowledge.files import Touch, redirected, touched
from rollback_gov.policy.knowledge.formats import format_written
from rollback_gov.policy.shell.script import CONDITION, SUBSHELL, SUBSTITUTION, TRIED, Command, Script, Word
from rollback_gov.policy.shell.unwrapping import REMOTE

_UNKNOWN = "\0"
"""Stands for a folder that cannot be told."""


class FileUse(Record):
    """A file that a script reads or writes. ``name`` is its path: relative to the plan's folder, absolute, or with
    variables of the run and parameters in it as ``${NAME}``."""

    name: str
    word: Word
    command: Command
    writes: bool
    runs: bool = False
    format: str = ""
    """What a written file is, where its writer says so."""
    excused: bool = False
    """The script is ready for the file not to be there."""


@lru_cache(maxsize=512)
def file_uses(script: Script) -> tuple[FileUse, ...]:
    """Give the files of a script in the order of its text; those whose names cannot be told are left out."""
    return tuple(_uses(script))


def _uses(script: Script) -> Iterator[FileUse]:
    known, tested = _literals(script), _tested(script.text)
    folder = ""
    for command, touches in _touches(script):
        if command.name in ("cd", "pushd"):
            target = _canonical(command.words[1].value, known) if len(command.words) == 2 else ""
            folder = _joined(folder, target) if target else _UNKNOWN
            if command.inside(SUBSHELL, SUBSTITUTION):
                folder = _UNKNOWN
        for touch in touches:
            name = _joined(folder, _canonical(touch.word.value, known))
            if script.text[touch.word.end : touch.word.end + 1] == ">" and not touch.writes:
                continue  # a placeholder such as <NAME>, which bash reads as two redirections
            if name and _UNKNOWN not in name:
                yield FileUse(
                    name=name,
                    word=touch.word,
                    command=command,
                    writes=touch.writes,
                    runs=touch.runs,
                    format=format_written(command) if touch.writes else "",
                    excused=command.inside(CONDITION, TRIED) or _written(script, touch.word) in tested,
                )


def _touches(script: Script) -> Iterator[tuple[Command, tuple[Touch, ...]]]:
    """Give each command that runs here with its files; those of a whole loop or group with its last command."""
    own = {redirect for command in script.runs for redirect in command.redirects}
    groups = [redirect for redirect in script.redirects if redirect not in own]
    here = [command for command in script.runs if not command.inside(REMOTE)]
    for command, after in zip_longest(here, here[1:]):
        end = after.start if after else len(script.text) + 1
        mine = [redirect for redirect in groups if command.start < redirect.target.start < end]
        yield command, (*touched(command), *redirected(mine))


def _literals(script: Script) -> dict[str, str]:
    """Give the variables that are set once, to something that is known."""
    found: dict[str, str] = {}
    several = set()
    for assignment in script.assignments:
        if assignment.name in found or assignment.value is None:
            several.add(assignment.name)
        else:
            found[assignment.name] = assignment.value.value
    return {name: value for name, value in found.items() if name not in several and "$" not in value}


def _canonical(value: str, known: dict[str, str]) -> str:
    """Give the path in a form that can be compared; empty if it is none, or cannot be told."""
    text = re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], found[0]), value)
    if not text or text == "-" or text.startswith(("/dev/", "/proc/", "-", "~", "&", "+")) or "://" in text:
        return ""
    if re.search(r"[*?\[\s`<>|;(]|\$(?!\{\w+\})|\{(?!\w+\})", text):
        return ""
    return normpath(text) if text not in (".", "./", "/") else ""


def _joined(folder: str, name: str) -> str:
    if not name or name.startswith(("/", "${")) or not folder:
        return name
    return normpath(f"{folder}/{name}") if folder != _UNKNOWN else _UNKNOWN


def _tested(text: str) -> frozenset[str]:
    """Give the files that the script asks for (``[[ -f file ]]``), as they are written."""
    return frozenset(re.findall(r"(?:\[\s*|\btest\s+|!\s*)-[defrsx]\s+[\"']?([^\s\"'\]]+)", text))


def shown(name: str) -> str:
    """Write a file's name as people write it."""
    return re.sub(r"\$\{(\w+)\}", r"$\1", name)


def _written(script: Script, word: Word) -> str:
    return script.text[word.start : word.end].strip("\"'")


def mentions(script: Script, name: str) -> bool:
    """Tell whether a script speaks of a file other than by reading it: an argument of a program that is not known."""
    return basename(name) in _mentioned(script)


@lru_cache(maxsize=512)
def _mentioned(script: Script) -> str:
    """Give all arguments that are not read as files, one a line."""
    reads = {use.word.start for use in file_uses(script) if not use.writes}
    words = (word for command in script.runs for word in command.words[1:])
    return "\n".join(word.value for word in words if word.start not in reads and "$(" not in word.value)
