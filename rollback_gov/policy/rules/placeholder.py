"""RG010: placeholders that nobody filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from rollback_gov.model.document import key_of
from rollback_gov.model.finding import Finding
from rollback_gov.policy.placeholders import placeholders
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Path, Subject

_SCRIPTS = ("run", "stop")
_PATTERNS = ("matches", "pattern")


@rule(
    "RG010",
    "A placeholder that nobody filled in",
    page=Page(
        what="Something that is executed, sent or called still has a placeholder: `<PREVIOUS_SHA>`, `YOUR_ORG`, "
        "`TODO`, `CHANGEME`, `backup-TIMESTAMP`, `[latest-backup]`.",
        why="A shell does not stop at it: `deployment/<name>-x` is two redirections to bash, which then runs something "
        "else.",
        bad="steps:\n  - {id: undo, run: 'docker pull registry.example.com/app:<PREVIOUS_SHA>'}",
        good="parameters:\n  PREVIOUS_SHA: {pattern: '[0-9a-f]{40}'}\nsteps:\n"
        "  - {id: undo, run: 'docker pull \"registry.example.com/app:$PREVIOUS_SHA\"'}",
    ),
)
def unresolved(subject: Subject) -> Iterator[Finding]:
    """Look at every text that a machine reads, and at how people are reached."""
    for path, text in _texts(subject):
        for found in placeholders(text, script=path[-1] in _SCRIPTS):
            yield subject.finding(
                path,
                f"{found} is a placeholder that nobody filled in.",
                "Write the value, or make it a parameter and use it as an environment variable.",
                text=found,
            )


def _texts(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Every text of the plan that a machine reads, or that says how people are reached."""
    for path, record in subject.records:
        if path[:1] != ("checklists",):
            for name, key in _read_fields(record.__class__):
                yield from _plain(getattr(record, name), (*path, key))


@cache
def _read_fields(kind: Any) -> tuple[tuple[str, str], ...]:
    """Names and document keys of the fields that may hold such a text."""
    read = (item.name for item in fields(kind) if not item.metadata.get("prose") and item.name not in _PATTERNS)
    return tuple((name, key_of(name)) for name in read)


def _plain(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Texts in plain values, such as the body of a request; records are walked by themselves."""
    if isinstance(value, str):
        if value:
            yield path, value
    elif isinstance(value, tuple | list):
        for index, entry in enumerate(value):
            yield from _plain(entry, (*path, index))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _plain(entry, (*path, key))
