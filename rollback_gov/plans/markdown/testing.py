"""``Rollback Testing Requirements``: how a rehearsal is done."""

from __future__ import annotations

import re

from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.draft import Draft, append, sequence
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.spans import leading_span
from rollback_gov.plans.markdown.yaml_fence import check_size

_LINE = re.compile(r"(?P<label>Schedule|Participants):\s+(?P<value>.+)$", re.IGNORECASE)
_ENTRY = re.compile(r"[^,]+")


def read_testing(page: Page, root: Draft, section: Section) -> None:
    """Read the rehearsal's YAML, and from the lists who takes part and how long before. Scripts here are examples."""
    rehearsal = root.record("rehearsal", section.title)
    for part in (section, *section.sections):
        read_body(page, part.blocks, rehearsal, {}, script=None)
        for block in part.blocks:
            for each in block.walk():
                if each.kind == "paragraph":
                    for said in page.lines_of(each):
                        _line(page, rehearsal, said)


def _line(page: Page, rehearsal: Draft, said: Said) -> None:
    found = _LINE.match(said.text)
    if found is None:
        return
    value = said.part(found.start("value"), found.end("value"))
    if found["label"].lower() == "schedule":
        span = leading_span(value.text)
        if span is not None:
            rehearsal.derive("lead_time", page.node(span, value))
        return
    check_size(page, value.text.count(","))
    people = sequence(value)
    for name in _ENTRY.finditer(value.text):
        entry = value.part(name.start(), name.end())
        append(people, page.node(entry.text, entry))
    rehearsal.derive("participants", people)
