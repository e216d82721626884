"""The incident report as Markdown, from ``templates/incident_report.md.j2``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rollback_gov.model.event import Event
from rollback_gov.reports.escape import Markup, cell, code
from rollback_gov.reports.fact import NotMeasured, wording
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.timeline import timeline
from rollback_gov.resources import resource

if TYPE_CHECKING:
    from jinja2 import Template


def incident_markdown(facts: Incident, events: Sequence[Event]) -> str:
    """Render the report. The same journal gives the same text."""
    return _template().render(i=facts, rows=timeline(events))


@cache
def _template() -> Template:
    """Everything that the template prints goes through ``_shown``: a plan's text can be forgotten nowhere."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=_shown,
    )
    environment.filters.update(cell=_shown, code=_code, dash=_dash, limit=_limit, why=_why, words=_words)
    environment.tests["known"] = _is_known
    return environment.get_template("incident_report.md.j2")


def _shown(value: object) -> Markup:
    return value if isinstance(value, Markup) else cell(wording(value))


def _code(value: object) -> Markup:
    return code(wording(value)) if _is_known(value) and not isinstance(value, Markup) else _shown(value)


def _why(value: object) -> Markup:
    """Say of an unknown fact what it would have taken to know it."""
    why = value.why if isinstance(value, NotMeasured) else ""
    return Markup(f"{_shown(value)} ({cell(why)})") if why else _shown(value)


def _words(value: str) -> str:
    """Write a word of the journal, such as ``not_needed``, as people write it."""
    return value.replace("_", " ")


def _dash(value: object) -> object:
    """Write what is rightly empty as a dash; it is not unknown."""
    return Markup("-") if value in ("", 0) else value


def _limit(value: object) -> Markup:
    """A limit is set, not measured: where there is none, there is none."""
    return _shown(value) if _is_known(value) else Markup("none")


def _is_known(value: object) -> bool:
    return not isinstance(value, NotMeasured) and value != ""
