"""A plan to begin with: the template of its kind, with the sections that its level demands.

What people typed is data. Whatever a template prints becomes a quoted YAML value, unless the template wrote it itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.plans.yaml_text import scalar
from rollback_gov.resources import resource

KINDS = "kinds"
_SUFFIX = ".yaml.j2"
_EVERY = "_plan"
"""What all kinds have in common."""


def kinds() -> tuple[str, ...]:
    """Give the names of all kinds: a kind is known by its template."""
    files = resource("templates", KINDS).glob(f"[!_]*{_SUFFIX}")
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in files))


def scaffold(kind: str, values: Mapping[str, Any]) -> str:
    """Render the template of a kind. Raises jinja2.UndefinedError where it asks for something that is not given."""
    return rendered(f"{KINDS}/{kind}{_SUFFIX}", values)


def fillings(kind: str) -> dict[str, str]:
    """Give an example for each gap of a kind, and for each parameter that an environment has to give."""
    found: dict[str, str] = {}
    for name in (_EVERY, kind):
        path = resource("templates", KINDS, f"{name}.filled.yaml")
        found |= read_yaml(Source(path.name, path.read_text(encoding="utf-8")))[0]
    return found


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Render a YAML template by its path under ``templates``."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
        finalize=_written,
    )
    return environment.get_template(template).render(values)


def _written(value: Any) -> Any:
    """Quote what came from outside. Blocks, macros and `set` give markup: the template wrote that."""
    from markupsafe import Markup

    return value if isinstance(value, Markup) else Markup(scalar(value))
