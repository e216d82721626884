"""``Partial Rollback Capability``: scenarios, each some of the phases."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.draft import Draft, append, mapping, sequence
from rollback_gov.plans.markdown.labels import Field, Labelled
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.procedure import numbered_phases
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.titles import name_by, without_number
from rollback_gov.plans.markdown.unread import refuse_unread
from rollback_gov.plans.markdown.yaml_fence import check_size
from rollback_gov.plans.source_map import Node

LABELS = {
    "time": Field("sla", "span"),
    "use when": Field("use_when"),
    "pros": Field("pros"),
    "cons": Field("cons"),
}
_NUMBERS = re.compile(r"\bphases?\s+(?P<numbers>[0-9][0-9,\s–-]*)", re.IGNORECASE)
_RANGE = re.compile(r"(?P<first>[0-9]{1,4})(?:\s*[–-]\s*(?P<last>[0-9]{1,4}))?")
_SELECTED = re.compile(r"\s*(?P<id>[a-z0-9][a-z0-9_-]*)\s*(?:\((?P<steps>[a-z0-9_, -]*)\))?\s*(?:,|$)")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")


def read_scenarios(page: Page, root: Draft, section: Section) -> None:
    """Read every section below as a scenario."""
    refuse_unread(page, read_body(page, section.blocks, root, {}, script=None), lists=True)
    if section.sections:
        phases = numbered_phases(page, root)
        scenarios, named = sequence(section.title), 0
        for number, below in enumerate(section.sections, start=1):
            append(scenarios, _scenario(page, below, phases, number))
            named += len(scenarios.value[-1].get("phases", ()))
            check_size(page, named)
        root.put("scenarios", scenarios)


def _scenario(page: Page, section: Section, phases: Mapping[int, Node], number: int) -> Node:
    title = without_number(section.title)
    draft = Draft(page, title if title.text else section.title)
    for entry in read_body(page, section.blocks, draft, LABELS, listed=True):
        if isinstance(entry, Labelled) and entry.name == "rollback" and entry.value:
            chosen = _chosen(page, entry.value[0], phases)
            if chosen is not None:
                draft.put("phases", chosen, at=page.node("", entry.label))
    name_by(draft, title, f"scenario-{number}")
    return draft.node


def _chosen(page: Page, said: Said, phases: Mapping[int, Node]) -> Node | None:
    """Read "Application only (Phases 4-8)", or ids with the steps that are meant: ``drain, application (auth)``."""
    found = _NUMBERS.search(said.text)
    if found:
        return _by_number(page, said.part(found.start("numbers"), found.end("numbers")), phases)
    return _by_id(page, said)


def _by_number(page: Page, said: Said, phases: Mapping[int, Node]) -> Node:
    chosen = sequence(said)
    for found in _RANGE.finditer(said.text):
        first = int(found["first"])
        for number in range(first, int(found["last"] or first) + 1):
            phase = phases.get(number)
            at = said.part(found.start(), found.end())
            if phase is None or "id" not in phase.children:
                page.refuse(at, f"There is no phase {number}.", "Name phases of the procedure.", code="RG008")
            append(chosen, page.node(phase.value["id"], at))
            if len(chosen.value) > len(phases):
                page.refuse(at, "A phase is named twice.", "Name each phase once.")
    return chosen


def _by_id(page: Page, said: Said) -> Node | None:
    chosen = sequence(said)
    at = 0
    while at < len(said.text):
        found = _SELECTED.match(said.text, at)
        if found is None:
            return None  # a sentence for people
        phase = page.node(found["id"], said.part(found.start("id"), found.end("id")))
        append(chosen, _some_steps(page, said, found, phase) if found["steps"] is not None else phase)
        at = found.end()
    return chosen


def _some_steps(page: Page, said: Said, found: re.Match[str], phase: Node) -> Node:
    selection = Draft(page, said, mapping(said.part(found.start(), found.end())))
    selection.put("id", phase)
    steps = sequence(said.part(found.start("steps"), found.end("steps")))
    for word in _WORD.finditer(said.text, found.start("steps"), found.end("steps")):
        append(steps, page.node(word[0], said.part(word.start(), word.end())))
    selection.put("steps", steps)
    return selection.node
