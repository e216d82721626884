"""A document from its template: an organisation's own, and ours where that is missing or broken. None is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rollback_gov.model.record import Record
from rollback_gov.reports.template_files import is_own, template_of


class Rendered(Record, kw_only=False):
    """A document's text. ``problem`` says what is wrong with the organisation's template, and is empty otherwise."""

    text: str
    problem: str = ""


def render(name: str, values: Mapping[str, Any], folder: Path | None = None) -> Rendered:
    """Render ``NAME.md.j2`` or ``NAME.html.j2``, out of ``folder`` where it or a piece of it is there.

    Everything that a Markdown template prints is escaped as Markdown, and as HTML in the other ones: a plan's text can
    be forgotten nowhere. A broken template of the organisation is a problem, and ours takes its place.
    """
    if folder is None or not is_own(name, folder):
        return Rendered(template_of(name, None).render(values))
    from rollback_gov.reports import confined

    try:
        return Rendered(confined.rendered(name, values, folder, confined.BOUNDS))
    except confined.BrokenTemplateError as error:
        return Rendered(render(name, values).text, f"{error}. The built-in template took its place.")
