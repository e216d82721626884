"""The files of one script: what it reads and writes, under names that can be compared between scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from posixpath import normpath

from rollback_gov.model.record import Record
from rollback_gov.policy.knowledge.files import Touch, redirected, touched
from rollback_gov.policy.knowledge.formats import carried, format_written
from rollback_gov.policy.shell.script import (
    CONDITION,
    FUNCTION,
    SUBSHELL,
    SUBSTITUTION,
    TRIED,
    Command,
    Script,
    Word,
    in_function,
)
from rollback_gov.policy.shell.unwrapping import REMOTE, innermost

_TEST = re.compile(r"(!\s+)?(?:(?:\[\[?\s*|\btest\s+)(!\s*)?|(!\s*))-[defrsx]\s+[\"']?(?P<name>[^\s\"'\]]+)")
"""A question whether a file is there; the groups before its name are negations. Too slow for long scripts."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_UNKNOWN = "\0"
"""Stands for a folder that cannot be told."""
_DEEPEST = 32
"""Folders in one another, beyond which a path is not followed: each of them may hold what is wanted."""
_OWN = "\1/"
"""Stands before a path from the plan's folder, wherever the script has gone meanwhile."""
_DIRNAME = r"""\$\(\s*dirname\s+(?:--\s+)?"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?"?\s*\)"""
_OWN_FOLDER = (
    rf"""\$\(\s*cd\s+(?:-P\s+|--\s+)*"?{_DIRNAME}(?P<more>/[\w./-]*)?"?\s*&&\s*pwd(?:\s+-P)?\s*\)|{_DIRNAME}"""
)
"""How a script names the folder that it lies in."""


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
    through: tuple[Command, ...] = ()
    """Commands through which what is read goes in a pipeline (``gunzip -c FILE | …``), and the one that gets it."""


@lru_cache(maxsize=512)
def file_uses(script: Script, arguments: tuple[str, ...] | None = None, own: str = "") -> tuple[FileUse, ...]:
    """Give the files of a script in the order of its text; those whose names cannot be told are left out.

    ``arguments`` are those with which a script under ``uses`` is called, and ``own`` is the folder that it lies in.
    """
    return tuple(_uses(script, _names(script, arguments, own)))


def resolved(value: str, script: Script, arguments: tuple[str, ...] | None, own: str) -> str:
    """Give a word's value with what is known of the variables in it."""
    return _names(script, arguments, own).filled(value)


class _Names(Record):
    """What is known about variables in the names of files. ``own`` is the script's folder, where it is one of its own.

    ``unknown`` are those that another script would mean something else by.
    """

    known: dict[str, str]
    unknown: frozenset[str] = frozenset()
    own: str | None = None

    def filled(self, value: str) -> str:
        if self.own is not None and "dirname" in value:
            value = re.sub(_OWN_FOLDER, lambda found: f"{_OWN}{self.own or '.'}{found['more'] or ''}", value)
        return _VARIABLE.sub(lambda found: self.known.get(found[1], found[0]), value)

    def path(self, value: str) -> str:
        """Give a path in a form that can be compared; empty if it is none, or cannot be told."""
        text = self.filled(value)
        is_open = any(name in self.unknown or name.isdigit() for name in _VARIABLE.findall(text))
        return "" if self.own is not None and is_open else _canonical(text)

    def inside(self, command: Command) -> _Names:
        """Give the same without the script's arguments: in a function ``$1`` is the function's."""
        if self.own is None or not command.inside(FUNCTION):
            return self
        return replace(self, known={name: value for name, value in self.known.items() if not name.isdigit()})


def _names(script: Script, arguments: tuple[str, ...] | None, own: str) -> _Names:
    once, several = _assigned(script)
    if arguments is None:
        return _Names(known={name: value for name, value in once.items() if "$" not in value})
    given = () if "shift" in script.by_program else arguments
    names = _Names(known={str(number): value for number, value in enumerate(given, 1)}, own=own)
    assigned = several | set(once)
    for name, value in once.items():
        text = names.filled(value)
        rest = _VARIABLE.findall(text)
        if "$" not in _VARIABLE.sub("", text) and not any(each in assigned or each.isdigit() for each in rest):
            names.known[name] = text
    return replace(names, unknown=frozenset(assigned - set(names.known)))


def _uses(script: Script, names: _Names) -> Iterator[FileUse]:
    tested = _tested(script.text)
    before, behind = _pipelines(script)
    folder = ""
    for command, touches in _touches(script):
        here = names.inside(command)
        if command.name in ("cd", "pushd"):
            target = here.path(command.words[1].value) if len(command.words) == 2 else ""
            folder = _joined(folder, target) if target else _UNKNOWN
            if command.inside(SUBSHELL, SUBSTITUTION):
                folder = _UNKNOWN
        for touch in touches:
            name = _joined(folder, here.path(touch.word.value))
            if script.text[touch.word.end : touch.word.end + 1] == ">" and not touch.writes:
                continue  # a placeholder such as <NAME>, which bash reads as two redirections
            if name and _UNKNOWN not in name:
                yield FileUse(
                    name=name,
                    word=touch.word,
                    command=command,
                    writes=touch.writes,
                    runs=touch.runs,
                    format=_format(command, before.get(command.start, ())) if touch.writes else "",
                    through=() if touch.writes else behind.get(command.start, ()),
                    excused=command.inside(CONDITION, TRIED) or _written(script, touch.word) in tested,
                )


def _format(command: Command, before: tuple[Command, ...]) -> str:
    """Give the format of what a command writes, be it its own, or what a pipeline brings to it."""
    inner = innermost(command)
    if not before:
        return format_written(inner)
    return carried(format_written(before[0]._replace(scope=None)), (*before[1:], inner))


_Around = dict[int, tuple[Command, ...]]


def _pipelines(script: Script) -> tuple[_Around, _Around]:
    """Give, by where a command begins, those before the last one of a pipeline, and those from the first one on.

    Of pipelines whose parts are one command each; what ``sudo`` and its like run stands in their place.
    """
    before: _Around = {}
    behind: _Around = {}
    for pipeline in script.pipelines:
        if all(len(part) == 1 for part in pipeline.parts):
            outer = tuple(script.commands[part.start] for part in pipeline.parts)
            commands = tuple(map(innermost, outer))
            for first, last in ((outer[0], outer[-1]), (commands[0], commands[-1])):
                before[last.start], behind[first.start] = commands[:-1], commands
    return before, behind


def _touches(script: Script) -> Iterator[tuple[Command, tuple[Touch, ...]]]:
    """Give each command that runs here with its files; those of a whole loop or group with its last command."""
    own = {redirect for command in script.runs for redirect in command.redirects}
    groups = [redirect for redirect in script.redirects if redirect not in own]
    here = [command for command in script.runs if not command.inside(REMOTE)]
    for command, after in zip_longest(here, here[1:]):
        end = after.start if after else len(script.text) + 1
        mine = [redirect for redirect in groups if command.start < redirect.target.start < end]
        yield command, (*touched(command), *redirected(mine))


def _assigned(script: Script) -> tuple[dict[str, str], set[str]]:
    """Give the variables that are set once, with their values, and those of which that cannot be said."""
    found: dict[str, str] = {}
    several = set()
    for assignment in script.assignments:
        value = assignment.value.value if assignment.value is not None else None
        of_function = value is not None and "${" in value and in_function(assignment.scope)
        if assignment.name in found or value is None or of_function:
            several.add(assignment.name)
        else:
            found[assignment.name] = value
    return {name: value for name, value in found.items() if name not in several}, several


def _canonical(text: str) -> str:
    if text.startswith(_OWN):
        rest = _canonical(text[len(_OWN) :])
        return f"{_OWN}{rest}" if rest else ""
    if not text or text == "-" or text.startswith(("/dev/", "/proc/", "-", "~", "&", "+")) or "://" in text:
        return ""
    if re.search(r"[*?\[\s`<>|;(]|\$(?!\{\w+\})|\{(?!\w+\})", text):
        return ""
    return normpath(text) if text not in (".", "./", "/") and text.count("/") <= _DEEPEST else ""


def _joined(folder: str, name: str) -> str:
    if name.startswith(_OWN):
        return normpath(name[len(_OWN) :])
    if not name or name.startswith(("/", "${")) or not folder:
        return name
    joined = normpath(f"{folder}/{name}") if folder != _UNKNOWN else _UNKNOWN
    return joined if joined.count("/") <= _DEEPEST else _UNKNOWN


def _tested(text: str) -> frozenset[str]:
    """Give the files that the script asks for (``[[ -f file ]]``), as they are written."""
    return frozenset(re.findall(r"(?:\[\s*|\btest\s+|!\s*)-[defrsx]\s+[\"']?([^\s\"'\]]+)", text))


def asked_for(text: str, *, missing: bool = False) -> frozenset[str]:
    """Give the files of which a script asks whether they are there, under the names that uses of files have.

    ``missing``: give those of which it asks whether they are not.
    """
    tests = _TEST.finditer(text)
    found = (test["name"] for test in tests if sum(map(bool, test.groups()[:-1])) % 2 == missing)
    return frozenset(_canonical(re.sub(r"\$(\w+)", r"${\1}", name)) for name in found)


def shown(name: str) -> str:
    """Write a file's name as people write it."""
    return re.sub(r"\$\{(\w+)\}", r"$\1", name)


def _written(script: Script, word: Word) -> str:
    return script.text[word.start : word.end].strip("\"'")


@lru_cache(maxsize=512)
def mentioned(script: Script) -> str:
    """Give all arguments that are not read as files, one a line: a program that is not known may write them."""
    reads = {use.word.start for use in file_uses(script) if not use.writes}
    words = (word for command in script.runs for word in command.words[1:])
    return "\n".join(word.value for word in words if word.start not in reads and "$(" not in word.value)
