"""``plan edit``: changes of a plan that keep its comments and its layout, and change nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from rollback_gov.commands.in_place import in_place
from rollback_gov.commands.judge import Demands, check_plan
from rollback_gov.commands.yaml_file import dump, load
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.finding import Finding, Fix
from rollback_gov.plans.load import is_markdown, load_text
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source, read_source
from rollback_gov.plans.source_map import Node, SourceMap
from rollback_gov.plans.yaml_reader import read_yaml

Keys = tuple[str | int, ...]
"""A path of the document, as a ``Fix`` has it."""
ROUNDS = 5
"""Mended keys can bring other findings to light; so often they are looked at again."""


def edited(source: Source, edits: Iterable[Fix]) -> Source:
    """Give the plan's text with all edits made. Raises UsageError for a place that is not there, Refused for an edit
    that would change anything else."""
    for edit in edits:
        source = _edited(source, edit)
    return source


def fixed(path: Path, source: Source, demands: Demands) -> tuple[Source, tuple[Fix, ...]]:
    """Give the plan's text with every fix made that a rule knows and that cannot do harm, and these fixes.

    One that cannot be made at its place, or after which the document has a mistake that it did not have, is left out.
    """
    made: list[Fix] = []
    refused: set[Fix] = set()
    for _ in range(ROUNDS):
        findings = _findings(path, source, demands)
        known = [finding.fix for finding in findings if finding.fix is not None and finding.waived is None]
        done = False
        for fix in _last_first(source, known) if known else ():
            changed = None if fix in refused else _tried(path, source, fix)
            if changed is None:
                refused.add(fix)
            else:
                source, done = changed, True
                made.append(fix)
        if not done:
            break
    return source, tuple(made)


def _findings(path: Path, source: Source, demands: Demands) -> tuple[Finding, ...]:
    return check_plan(load_text(path, source), demands).findings


def _last_first(source: Source, fixes: Iterable[Fix]) -> Iterable[Fix]:
    """Put the fixes of one text in order: offsets hold for what stands before a change. At one place, one is made.

    A text that several steps repeat by an alias is one text, whichever of them a fix is for.
    """
    _, source_map = _read(source)
    found: dict[tuple[Any, ...], Fix] = {}
    names: dict[tuple[int, int], str] = {}
    for fix in fixes:
        node = source_map.node(fix.path) if fix.span is not None else None
        where = names.setdefault((node.line, node.column), str(fix.path)) if node is not None else str(fix.path)
        start = fix.span[0] if fix.span is not None else 0
        found.setdefault((where, -start, fix.span or fix), fix)
    return (found[key] for key in sorted(found, key=lambda key: key[:2]))


def _tried(path: Path, source: Source, fix: Fix) -> Source | None:
    try:
        changed = edited(source, [fix])
    except (UsageError, Refused):
        return None
    return changed if _mistakes(path, changed) <= _mistakes(path, source) else None


def _mistakes(path: Path, source: Source) -> Counter[str]:
    """Count what is wrong with the document itself."""
    return Counter(finding.code for finding in load_text(path, source).findings)


def parse_value(text: str) -> Any:
    """Read a value as a plan would have it. Raises UsageError."""
    try:
        return read_yaml(Source("value", f"value: {text}"))[0]["value"]
    except DocumentError as error:
        raise UsageError(f"'{text}' is no value: {error}", hint="Write it as it would stand in the plan.") from error


def read_plan(path: Path) -> Source:
    """Read the text of a plan in YAML. Raises UsageError where there is none."""
    if is_markdown(path):
        raise UsageError(f"{path} is a document: `plan edit` changes YAML.", hint="Edit it by hand.")
    try:
        return read_source(path)
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint=error.hint) from error


def _edited(source: Source, edit: Fix) -> Source:
    if not edit.path:
        raise _nowhere(edit.path)
    document, source_map = _read(source)
    wanted = deepcopy(document)
    _apply(wanted, edit)
    if edit.span is not None:
        for path in _sharing(source_map, edit.path):
            if _parent(wanted, path)[path[-1]] == _parent(document, path)[path[-1]]:
                _apply(wanted, replace(edit, path=path))
    # A piece of a text has its place, or the edit is refused: nobody asked for another layout of all the rest.
    for change in (in_place,) if edit.span is not None else (in_place, _round_trip):
        text = change(source, source_map, edit)
        if text is not None and _says(text, wanted):
            return Source(source.name, text)
    raise Refused(f"{shown(edit)} cannot be done without changing something else.", hint="Edit the file by hand.")


def shown(edit: Fix) -> str:
    """Say what an edit does."""
    where = ".".join(map(str, edit.path))
    if edit.key:
        return f"Renaming {where} to {edit.key}"
    if edit.add:
        return f"Adding {', '.join(map(str, edit.value))} to {where}"
    if edit.span is not None:
        what = edit.value.strip()
        return f"Writing '{what}' in {where}" if what else f"Taking a word out of {where}"
    return f"Removing {where}" if edit.remove else f"Setting {where} to {edit.value}"


def _sharing(source_map: SourceMap, path: Keys) -> Iterator[Keys]:
    """Give the other paths at which the very same text stands again by an alias: what changes in it, changes there."""
    own = source_map.node(path)
    waiting: list[tuple[Keys, Node]] = [((), source_map.root)]
    while waiting and own is not None:
        at, node = waiting.pop()
        if (node.line, node.column, node.value) == (own.line, own.column, own.value) and at != tuple(path):
            yield at
        waiting += [((*at, name), child) for name, child in node.children.items()]


def _read(source: Source) -> tuple[Any, SourceMap]:
    try:
        return read_yaml(source)
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint="Mend that by hand first.") from error


def _says(text: str, wanted: Any) -> bool:
    try:
        return bool(read_yaml(Source("edited", text))[0] == wanted)
    except DocumentError:
        return False


def _apply(document: Any, edit: Fix) -> None:
    """Make the edit in plain data, or in ruamel's."""
    parent = _parent(document, edit.path)
    last: Any = edit.path[-1]
    if edit.span is not None:
        start, end = edit.span
        text = parent[last] if isinstance(last, int) else parent.get(last)
        if not isinstance(text, str):
            raise _nowhere(edit.path)
        parent[last] = text[:start] + edit.value + text[end:]
    elif edit.add:
        parent[last] = [*_entries(parent.get(last)), *edit.value]
    elif edit.key:
        if edit.key in parent:
            raise UsageError(f"{'.'.join(map(str, edit.path))}: there is a '{edit.key}' already.", hint="Keep one.")
        position = list(parent).index(last)
        value = parent.pop(last)
        entries = [*parent.items()]
        entries.insert(position, (edit.key, value))
        for key in list(parent):
            del parent[key]
        parent.update(entries)
    elif edit.remove:
        del parent[last]
    else:
        parent[last] = edit.value


def _entries(value: Any) -> list[Any]:
    """A list of one may be written without its brackets."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _parent(document: Any, path: Sequence[str | int]) -> Any:
    """Give what holds the value at a path. Raises UsageError where it is not there."""
    for part in path[:-1]:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            raise _nowhere(path) from None
    last = path[-1]
    fits = isinstance(document, dict) and isinstance(last, str)
    if not fits and not (isinstance(document, list) and isinstance(last, int) and last < len(document)):
        raise _nowhere(path)
    return document


def _nowhere(path: Sequence[str | int]) -> UsageError:
    return UsageError(
        f"There is no '{'.'.join(map(str, path))}' in the plan.", hint="Write phases.0.budget, for example."
    )


def _round_trip(source: Source, _: SourceMap, edit: Fix) -> str | None:
    """Let ruamel.yaml do it, which keeps comments."""
    from ruamel.yaml.error import YAMLError

    try:
        document = load(source.text.replace("\r\n", "\n"))
        _apply(document, edit)
        return dump(document, like=source.text)
    except (YAMLError, ValueError):
        return None
