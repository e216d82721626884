"""Changing a user's YAML file and keeping the comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent
from typing import Any

from rollback_gov.model.errors import UsageError
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import DOCUMENT, Size, Source
from rollback_gov.plans.source_map import Node
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.records.replace import replace_file

_FLUSH = re.compile(r"^( *)[^\s#-][^\n]*: *\r?\n\1- ", re.MULTILINE)
"""A list that stands right below its key, without more indentation."""


def append(path: Path, key: str, entries: Iterable[Mapping[str, Any]], *, size: Size = DOCUMENT) -> None:
    """Add entries to a list of the file; the file and the list are made where they are missing.

    ``size`` is how large the file may become. Raises UsageError, and writes nothing, where it would be larger.
    """
    new = [dict(entry) for entry in entries]
    text = _behind_the_last(path, key, new, size)
    if text is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, text)
        return
    with edited(path, size=size) as document:
        document[key] = document.get(key) or []
        document[key].extend(new)


def _behind_the_last(path: Path, key: str, entries: list[dict[str, Any]], size: Size) -> str | None:
    """Write them at the end of the file, where its list stands; None where it does not, and all has to be read.

    There may be tens of thousands, and what keeps comments takes a second for a few hundred.
    """
    before = _text(path)
    kept: dict[str, Any] = {}
    lead = "  - "
    try:
        if before.strip():
            kept, places = read_yaml(Source(path.name, before, size))
            lead = _lead(before, places.node((key, 0))) if list(kept)[-1:] == [key] else ""
        written = (before if before.endswith("\n") or not before else f"{before}\n") or f"{key}:\n"
        after = "".join((written, *(_indented(entry, lead) for entry in entries))) if lead else before
        after = after.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in before else after
        found = read_yaml(Source(path.name, after, size))[0] if after.strip() else None
    except DocumentError:
        return None
    return after if found == {**kept, key: [*(kept.get(key) or []), *entries]} else None


def _lead(text: str, first: Node | None) -> str:
    """Give what stands before an entry of a list that is written line by line; empty for another one."""
    lead = text.splitlines()[first.line][: first.column] if first is not None else ""
    return lead if lead.strip() == "-" else ""


def _indented(entry: dict[str, Any], lead: str) -> str:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(entry, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100_000)
    return indent(text, " " * len(lead)).replace(" " * len(lead), lead, 1)


@contextmanager
def edited(path: Path, *, size: Size = DOCUMENT) -> Iterator[Any]:
    """Give the file's document, empty where there is no file, and write it when nothing went wrong meanwhile.

    Raises UsageError, and writes nothing, where nobody could read what would be written.
    """
    text = _text(path)
    document = load(text.replace("\r\n", "\n")) or {}
    yield document
    changed = dump(document, like=text)
    try:
        read_yaml(Source(path.name, changed, size))
    except DocumentError as error:
        raise UsageError(
            f"{path.name} would become unreadable, so nothing was written: {error}", hint=error.hint
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, changed)


def _text(path: Path) -> str:
    """Read a file with its line ends as they are."""
    return path.read_bytes().decode("utf-8") if path.exists() else ""


def load(text: str) -> Any:
    """Read a document so that it can be written again with its comments."""
    document = _editor().load(text)
    waiting = [document]
    while waiting:
        entry = waiting.pop()
        anchor = getattr(entry, "anchor", None)
        if anchor is not None and anchor.value:
            anchor.always_dump = True  # else one that nothing repeats (any more) is left out
        waiting += entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ()
    return document


def dump(document: Any, *, like: str = "") -> str:
    """Write a document with its comments; lists and line ends look as in the text ``like``."""
    from io import StringIO

    out = StringIO()
    _editor(flush=_FLUSH.search(like) is not None).dump(document, out)
    return out.getvalue().replace("\n", "\r\n") if "\r\n" in like else out.getvalue()


def replace(path: Path, text: str) -> None:
    """Put a text in the place of a file at once: whoever reads finds the old one or the new one."""
    try:
        replace_file(path, text.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"Cannot write '{path}': {reason}.", hint="Check the folder and the permissions.") from error


def _editor(*, flush: bool = False) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=2 if flush else 4, offset=0 if flush else 2)
    yaml.width = 120
    return yaml
