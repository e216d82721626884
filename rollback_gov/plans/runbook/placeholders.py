"""Placeholders in what was imported: each becomes a parameter with a gap; the commands stay as they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rollback_gov.plans.runbook.taking import Taking, Value

_ANGLE = r"(?<![<\w])<(?P<angle>[A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+){0,8})>(?!>)"
_SURE = (
    r"(?<![\w$])(?P<sure>YOUR[_-][A-Z0-9_-]*[A-Z0-9]|CHANGE_?ME|REPLACE_?ME|TBD)(?![\w=])"
    r"|(?<=[a-z0-9][-/.])(?P<stamp>TIMESTAMP|YYYY-?MM-?DD)(?![\w(-])"
)
_MUSTACHE = r"\{\{ ?(?P<curly>[A-Za-z][A-Za-z0-9_.]{0,60}) ?\}\}"
_ARGUMENT = r"(?<=\s)(?P<argument>\[[a-z]+(?:-[a-z]+)+\])(?=\s|$)"
_TEXT = r"(?<![\w\]\[$])(?P<word>\w{0,20}\[[A-Za-z][^\[\]\n]{1,60}\])(?![\](])"
_IN_COMMANDS = re.compile("|".join((_ANGLE, _SURE, _MUSTACHE, _ARGUMENT)))
_IN_TEXTS = re.compile("|".join((_ANGLE, _SURE, _MUSTACHE, _TEXT)))
_MAY = re.compile(r"[<\[]|\{\{|YOUR|CHANGE|REPLACE|TBD|TIMESTAMP|YYYY")
"""What every placeholder has: most texts have none."""
MOST = 200
"""Placeholders that get a gap of their own."""
_COMMANDS = frozenset({"run"})
_SPOKEN = frozenset({"manual", "reach", "title", "owner", "summary", "started", "progress", "completed", "failed"})
_MARKUP = re.compile(r"</?(?:br|b|i|p|a|em|strong|details|summary|code|pre|div|span|kbd|sub|sup)>", re.I)


def read_placeholders(taking: Taking) -> None:
    """Find them in commands and in texts that somebody sends or reads, each once."""
    found: dict[str, int] = {}
    for key, value in _leaves(taking.plan, ""):
        if (key in _COMMANDS or key in _SPOKEN) and isinstance(value.value, str) and _MAY.search(value.value):
            pattern = _IN_COMMANDS if key in _COMMANDS else _IN_TEXTS
            for index, text in enumerate(value.value.split("\n")):
                for hit in pattern.finditer(text[:2_000]):
                    if not _MARKUP.fullmatch(hit[0]):
                        found.setdefault(hit[0], value.line + index if "\n" in value.value else value.line)
    parameters: dict[str, Any] = {}
    for written, line in list(found.items())[:MOST]:
        name = _parameter(written)
        told = parameters.setdefault(name, {"description": Value(f"{written} in the runbook", line)})
        if written not in told["description"].value:
            told["description"] = Value(f"{written}, {told['description'].value}", told["description"].line)
        missing = f"{written} is a placeholder: write there what it stands for, or use ${name} in commands."
        taking.gap(f"parameters.{name}", missing, line)
    if len(found) > MOST:
        taking.gap("parameters", f"There are {len(found) - MOST} more placeholders: what do they stand for?")
    if parameters:
        taking.plan["parameters"] = parameters
    taking.placeholders += found


def _parameter(written: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", written).strip("_").upper()[:60] or "VALUE"
    return f"P_{name}" if name[0].isdigit() else name


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Value):
        yield key, value
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield from _leaves(entry, name)
    elif isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, key)
