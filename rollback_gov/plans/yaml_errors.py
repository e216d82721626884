"""What libyaml cannot parse, in words and at the right place."""

from __future__ import annotations

import re
from typing import Any

import yaml

from rollback_gov.model.finding import Place
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source

MAX_DEPTH = 50
TOO_DEEP = f"Values are nested deeper than {MAX_DEPTH} levels."
_HIDDEN_BREAKS = "\u0085\u2028\u2029"


def check_line_breaks(source: Source) -> None:
    """Refuse what libyaml takes for the end of a line and an editor does not: it hides keys from a reader (RG003)."""
    if not any(mark in source.text for mark in _HIDDEN_BREAKS):
        return
    found = re.search(f"[{_HIDDEN_BREAKS}]", source.text)
    if found:
        raise DocumentError(
            "RG003",
            f"The character U+{ord(found.group()):04X} breaks a line where editors show none.",
            _place(source, found.start()),
            hint="Remove it, or write it as an escape in double quotes.",
        )


def syntax_error(source: Source, error: yaml.MarkedYAMLError) -> DocumentError:
    """Explain a syntax error (RG002), or nesting that libyaml 0.2.6 gives up on before we count it (RG003)."""
    mark = error.problem_mark or error.context_mark
    place = Place(source.name, mark.line + 1, mark.column + 1) if mark else Place(source.name)
    if "maximum nesting depth" in (error.problem or ""):
        return DocumentError("RG003", TOO_DEEP, place)
    tab = _tab_column(source, place)
    if tab:
        return DocumentError(
            "RG002",
            "A tab is used for indentation, which YAML does not allow.",
            Place(source.name, place.line, tab),
            hint="Use spaces.",
        )
    problem = " ".join(part for part in (error.context, error.problem) if part)
    return DocumentError(
        "RG002",
        f"The file is not valid YAML: {problem}.",
        place,
        hint="Check the indentation and the quotes.",
    )


def _tab_column(source: Source, place: Place) -> int:
    """Give the column of the tab that the error is about, or 0."""
    lines = source.lines
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation:
        return indentation.index("\t") + 1
    return place.column if line[place.column - 1 : place.column] == "\t" else 0


def bad_character(source: Source, error: yaml.reader.ReaderError) -> DocumentError:
    """Explain a character that YAML does not know (RG002). The parser stops at the first one: it can be looked up."""
    code: Any = error.character
    character = chr(code) if isinstance(code, int) else str(code)
    place = _place(source, max(source.text.find(character), 0))
    return DocumentError(
        "RG002", f"The character U+{ord(character[0]):04X} is not allowed in YAML.", place, hint="Remove it."
    )


def _place(source: Source, offset: int) -> Place:
    before = source.text[:offset]
    return Place(source.name, before.count("\n") + 1, offset - before.rfind("\n"))
