"""The documents of a run as Markdown, each from its template and all from the same facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rollback_gov.model.event import Event
from rollback_gov.model.record import Record
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.proposals import proposals, went_well
from rollback_gov.reports.review_date import review_date
from rollback_gov.reports.templates import Rendered, render
from rollback_gov.reports.timeline import timeline


class Document(Record):
    """A document of a run: its name, its file in the incident folder, and within how many hours it is to be whole."""

    name: str
    file: str
    template: str
    hours: int = 24


INCIDENT = Document(name="incident", file="incident_report.md", template="incident_report.md.j2")
ROLLBACK = Document(name="rollback", file="rollback_report.md", template="rollback_report.md.j2")
POST_MORTEM = Document(name="post-mortem", file="post_mortem.md", template="post_mortem.md.j2", hours=48)
REHEARSAL = Document(name="rehearsal", file="rehearsal_report.md", template="rehearsal_report.md.j2")
OF_A_RUN = (INCIDENT, ROLLBACK, POST_MORTEM)
DOCUMENTS = (*OF_A_RUN, REHEARSAL)


def incident_markdown(facts: Incident, events: Sequence[Event]) -> str:
    """Render the incident report with our template. The same journal gives the same text."""
    return run_markdown(INCIDENT, facts, events).text


def run_markdown(document: Document, facts: Incident, events: Sequence[Event], folder: Path | None = None) -> Rendered:
    """Render a document of a run. ``folder`` holds an organisation's templates."""
    return render(document.template, values_of(facts, events), folder)


def values_of(facts: Incident, events: Sequence[Event]) -> Mapping[str, Any]:
    """Give what a template can use: ``i`` (the facts), ``rows`` (the timeline), ``proposed``, ``well``, ``review``."""
    return {
        "i": facts,
        "rows": timeline(events),
        "proposed": proposals(facts),
        "well": went_well(facts),
        "review": review_date(facts),
    }
