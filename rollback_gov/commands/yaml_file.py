"""Changing a user's YAML file and keeping the comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rollback_gov.model.errors import UsageError


def append(path: Path, key: str, entries: Iterable[Mapping[str, Any]]) -> None:
    """Add entries to a list of the file; the file and the list are made where they are missing."""
    document = load(path.read_text(encoding="utf-8")) if path.exists() else None
    if document is None:
        document = {}
    document[key] = document.get(key) or []
    document[key].extend(map(dict, entries))
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, dump(document))


def load(text: str) -> Any:
    """Read a document so that it can be written again with its comments."""
    return _editor().load(text)


def dump(document: Any) -> str:
    """Write a document with its comments."""
    from io import StringIO

    out = StringIO()
    _editor().dump(document, out)
    return out.getvalue()


def replace(path: Path, text: str) -> None:
    """Put a text in the place of a file at once: whoever reads finds the old one or the new one."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        reason = error.strerror or str(error)
        raise UsageError(f"Cannot write '{path}': {reason}.", hint="Check the folder and the permissions.") from error


def _editor() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120
    return yaml
