"""Changing a user's YAML file and keeping the comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rollback_gov.model.errors import UsageError
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.records.replace import replace_file

_FLUSH = re.compile(r"^( *)[^\s#-][^\n]*: *\r?\n\1- ", re.MULTILINE)
"""A list that stands right below its key, without more indentation."""


def append(path: Path, key: str, entries: Iterable[Mapping[str, Any]]) -> None:
    """Add entries to a list of the file; the file and the list are made where they are missing."""
    with edited(path) as document:
        document[key] = document.get(key) or []
        document[key].extend(map(dict, entries))


@contextmanager
def edited(path: Path) -> Iterator[Any]:
    """Give the file's document, empty where there is no file, and write it when nothing went wrong meanwhile.

    Raises UsageError, and writes nothing, where nobody could read what would be written.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    document = load(text) or {}
    yield document
    changed = dump(document, like=text)
    try:
        read_yaml(Source(path.name, changed))
    except DocumentError as error:
        raise UsageError(
            f"{path.name} would become unreadable, so nothing was written: {error}", hint=error.hint
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, changed)


def load(text: str) -> Any:
    """Read a document so that it can be written again with its comments."""
    return _editor().load(text)


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
