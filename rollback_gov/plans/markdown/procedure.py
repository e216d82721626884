"""``Rollback Procedure``, its time estimate, and the phases of other sections."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from rollback_gov.model.duration import Duration
from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.draft import Draft, sequence
from rollback_gov.plans.markdown.labels import Field, Labelled, labelled, put_label
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.phases import read_phases
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.spans import leading_span, length_of, same_span
from rollback_gov.plans.markdown.titles import number_of
from rollback_gov.plans.markdown.unread import refuse_unread
from rollback_gov.plans.source_map import Node

_PHASE = re.compile(r"phase (?P<number>[0-9]{1,4})\b")
_LABELS = {"sla": Field("sla", "span")}


class _Estimates(Container[str]):
    """The labels of an estimate, which need no bold: one for each phase."""

    def __contains__(self, label: object) -> bool:
        return isinstance(label, str) and (label in (*_LABELS, "total time") or _PHASE.match(label) is not None)


_ESTIMATES = _Estimates()


def read_procedure(page: Page, root: Draft, section: Section) -> None:
    """Read the phases that undo the change."""
    _phases(page, root, "phases", section)


def read_recovery(page: Page, root: Draft, section: Section) -> None:
    """Read the phases that follow once the rollback is verified."""
    _phases(page, root, "recovery", section)


def read_last_resort(page: Page, root: Draft, section: Section) -> None:
    """Read the phases for an emergency."""
    _phases(page, root, "last_resort", section)


def _phases(page: Page, root: Draft, key: str, section: Section) -> None:
    for left in read_body(page, section.blocks, root, {}):
        if not isinstance(left, Labelled) and left.kind == "list":
            page.refuse(page.start(left), "This list belongs to no phase.", "Write `### Phase 1: Name` above it.")
        refuse_unread(page, [left])
    if section.sections:
        root.put(key, sequence(section.title, read_phases(page, section.sections)))


def read_estimate(page: Page, root: Draft, section: Section) -> None:
    """Read the SLA, and the times of phases that do not say theirs. Both must say the same where both say one."""
    phases = numbered_phases(page, root)
    refuse_unread(page, read_body(page, section.blocks, root, {}))
    for top in section.blocks:
        for block in top.walk():
            for entry in labelled(page, block, _ESTIMATES) if block.kind == "paragraph" else ():
                _estimate(page, root, entry, phases)


def _estimate(page: Page, root: Draft, entry: Labelled, phases: dict[int, Node]) -> None:
    if entry.name in _LABELS:
        put_label(page, root, _LABELS[entry.name], entry)
    if entry.name == "total time" and entry.value:
        _total(page, phases, entry.value[0])
    found = _PHASE.match(entry.name)
    if found is None or not entry.value:
        return
    said = entry.value[0]
    phase, span = phases.get(int(found["number"])), leading_span(said.text)
    if phase is None:
        page.refuse(
            entry.label, f"There is no phase {found['number']}.", "Name a phase of the procedure.", code="RG008"
        )
    if span is not None:
        _budget(page, phase, said, span)


def _budget(page: Page, phase: Node, said: Said, span: str) -> None:
    known = phase.children.get("budget")
    if known is None:
        Draft(page, said, phase).put("budget", page.node(span, said))
    elif not same_span(known.value, span):
        page.refuse(
            said,
            f"This phase takes {span} here and {known.value} on line {known.line + 1}.",
            "Correct one of them.",
            code="RG003",
        )


def _total(page: Page, phases: dict[int, Node], said: Said) -> None:
    """Refuse a total that the phases do not give, where each says how long it takes."""
    told = leading_span(said.text)
    spans = [length_of(phase.value.get("budget")) for phase in phases.values()]
    if told is None or None in spans:
        return
    total = sum((span for span in spans if span is not None), Duration(0))
    if not same_span(total, told):
        page.refuse(said, f"The phases take {total} together.", "Correct the sum, or a phase.", code="RG003")


def numbered_phases(page: Page, root: Draft) -> dict[int, Node]:
    """Give the phases of the procedure by the numbers of their headings, or by their order where those have none."""
    phases = root.node.children.get("phases")
    entries: Sequence[Node] = list(phases.children.values()) if phases else ()
    lines = page.source.lines
    found: dict[int, Node] = {}
    for place, phase in enumerate(entries, start=1):
        heading = lines[phase.line].lstrip(" #*_") if phase.line < len(lines) else ""
        found.setdefault(number_of(heading) or place, phase)
    return found
