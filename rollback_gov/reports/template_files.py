"""Where templates come from, and how what they print is escaped: ours, and those of an organisation before them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.model.steady import shortened, steady
from rollback_gov.reports.fact import wording
from rollback_gov.reports.filters import FILTERS, is_known, shown
from rollback_gov.resources import resource

if TYPE_CHECKING:
    from jinja2 import Environment, Template

OURS = "rollback-gov"
"""``{% include "rollback-gov/NAME" %}`` in an organisation's template is our template of that name."""
PIECES = (
    "follow_up.md.j2",
    "impact.md.j2",
    "lessons.md.j2",
    "prevention.md.j2",
    "proposed.md.j2",
    "root_cause.md.j2",
)
"""What documents of ours are put together from."""


def is_own(name: str, folder: Path | None) -> bool:
    """Tell whether an organisation has the template of that name in its folder, or a piece of it."""
    names = (name, *PIECES) if name.endswith(".md.j2") else (name,)
    return folder is not None and any((folder / one).is_file() for one in names)


def template_of(name: str, folder: Path | None) -> Template:
    """Give a template: that of the organisation, else ours. Raises what jinja2 does for a broken one."""
    return _environment(folder, name.endswith(".html.j2")).get_template(name)


@cache
def _environment(folder: Path | None, html: bool) -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Inside(FileSystemLoader):
        """The files of one folder, and nothing that a link in it leads to elsewhere."""

        def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
            source, file, fresh = super().get_source(environment, template)
            if folder is not None and not Path(file).resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{template} is a link out of {folder}; a template is a file of that folder")
            return source, file, fresh

    ours = FileSystemLoader(resource("templates"))
    environment = ImmutableSandboxedEnvironment(
        loader=ours if folder is None else ChoiceLoader([Inside(folder), PrefixLoader({OURS: ours}), ours]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=html,
        finalize=_worded if html else shown,
    )
    environment.filters.update({"whole": _whole_value} if html else FILTERS)
    environment.tests["known"] = is_known
    return environment


def _worded(value: object) -> object:
    """Facts become words, and the environment escapes them; what a filter made safe stays.

    Escaping leaves what turns the direction of writing, and a page would show the text around it backwards. A plan may
    have a title of any length, and no page grows with it.
    """
    return value if hasattr(value, "__html__") else steady(shortened(wording(value)))


def _whole_value(value: object) -> object:
    """Give a text that is of no use when it is cut, such as a command or an address; escaped like every other."""
    from markupsafe import escape

    return value if hasattr(value, "__html__") else escape(steady(wording(value)))
