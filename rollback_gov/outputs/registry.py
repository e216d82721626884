"""All formats. A module under ``formats`` is found by being there; its ``render`` does the work."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Protocol

from rollback_gov.outputs import formats as package
from rollback_gov.outputs.result import ValidationResult


class Render(Protocol):
    """Writes a result. ``colour`` asks for terminal colours where the format has any."""

    def __call__(self, result: ValidationResult, *, colour: bool = False) -> str:
        """Give the whole text, ending with a line end unless it is empty."""
        ...


def format_names() -> tuple[str, ...]:
    """Give the names of all formats without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


def renderer(name: str) -> Render:
    """Import the format of that name and give its function."""
    render: Render = import_module(f"{package.__name__}.{name}").render
    return render
