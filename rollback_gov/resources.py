"""Where the files lie that travel with the program: JSON schemas and templates."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Give the path of a bundled file, such as ``resource("schemas", "plan-v1.schema.json")``.

    A wheel carries the files inside the package; a checkout keeps them beside it, where editors look.
    """
    bundled = _PACKAGE / "_resources"
    return (bundled if bundled.is_dir() else _PACKAGE.parent).joinpath(*parts)
