"""The incident report as Markdown. Text out of a plan or a run is data: never markup, mention or template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rollback_gov.model.event import Event
from rollback_gov.reports.fact import seconds
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.timeline import timeline
from rollback_gov.resources import resource

if TYPE_CHECKING:
    from jinja2 import Template

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@])")
_LONGEST = 500


def incident_markdown(facts: Incident, events: Sequence[Event]) -> str:
    """Render the report. The same journal gives the same text."""
    return _template().render(i=facts, rows=timeline(events))


@cache
def _template() -> Template:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=plain,
    )
    environment.filters.update(code=code, seconds=seconds)
    return environment.get_template("incident_report.md.j2")


class Markup(str):
    """Text that is Markdown already."""

    __slots__ = ()


def plain(value: object) -> str:
    """Make a text harmless: one line, no markup, no HTML, no mention. All that a template prints goes through it."""
    if isinstance(value, Markup):
        return value
    text = " ".join(str(value).split())
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", text)


def code(value: object) -> Markup:
    """Put a text into a code span whose fence is longer than any inside; table cells stay whole."""
    text = " ".join(str(value).split()).replace("|", "\\|") or " "
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return Markup(f"{fence}{space}{text}{space}{fence}")
