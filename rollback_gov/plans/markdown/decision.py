"""``Rollback Decision Criteria``: triggers that act, triggers that people judge, and the point of no return."""

from __future__ import annotations

from collections.abc import Sequence

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.conditions import CONDITIONS, derive_condition, derive_report, without_condition
from rollback_gov.plans.markdown.draft import Draft, append, mapping, sequence
from rollback_gov.plans.markdown.items import entries_of, read_item, read_step
from rollback_gov.plans.markdown.labels import Field, labelled
from rollback_gov.plans.markdown.page import Page
from rollback_gov.plans.markdown.phases import read_phases
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.titles import number_of
from rollback_gov.plans.markdown.unread import refuse_sections, refuse_unread
from rollback_gov.plans.source_map import Node

_POINT = {"point of no return": Field("description"), "no point of no return": Field("none")}
_ASK = {"passed when": Field("ask")}
_FIX = "alternative if past point of no return"
BELOW = ("automatic rollback triggers", "manual rollback triggers", "point of no return")


def read_criteria(page: Page, root: Draft, section: Section) -> None:
    """Read the section with everything below it. Triggers of people follow those that act."""
    refuse_unread(page, read_body(page, section.blocks, root, {}), lists=True)
    refuse_sections(page, section, BELOW)
    acting, judged = list[Node](), list[Node]()
    for below in section.sections:
        if below.name == "point of no return":
            _point_of_no_return(page, root, below)
        elif below.name == "automatic rollback triggers":
            acting += _triggers(page, below, root, by_people=False)
        elif below.name == "manual rollback triggers":
            judged += _triggers(page, below, root, by_people=True)
    triggers = [*acting, *judged]
    if triggers:
        root.put("triggers", sequence(section.title, triggers))
    if judged:
        root.derive("decision", _matrix(page, section, acting, judged))


def _triggers(page: Page, section: Section, root: Draft, *, by_people: bool) -> list[Node]:
    refuse_sections(page, section)
    rest = read_body(page, section.blocks, root, {})
    read = []
    for number, item in enumerate(entries_of(page, rest), start=1):
        otherwise = f"{'manual-' if by_people else ''}trigger-{number}"
        trigger = read_item(page, item, otherwise, text="rationale", core=without_condition)
        derived = not any(key in trigger for key in CONDITIONS)
        if by_people and "query" not in trigger:
            derive_report(trigger, with_condition=derived)
        elif derived:
            derive_condition(trigger)
        read.append(trigger.node)
    return read


def _matrix(page: Page, section: Section, acting: Sequence[Node], judged: Sequence[Node]) -> Node:
    """Say what the two lists mean: the first rolls back, the second makes somebody look."""
    bands = sequence(section.title)
    for action, triggers in (("rollback", acting), ("investigate", judged)):
        names = [trigger.children["id"] for trigger in triggers if "id" in trigger.children]
        if names:
            band = Draft(page, section.title, mapping(section.title))
            band.put("action", page.node(action, section.title))
            band.put("any", sequence(section.title, names))
            append(bands, band.node)
    return bands


def _point_of_no_return(page: Page, root: Draft, section: Section) -> None:
    point = root.record("point_of_no_return", section.title)
    blocks, detection, fix = _parts(page, section)
    read_body(page, blocks, point, _POINT)
    if detection:
        _passed_when(page, point, detection)
    phases = [below for below in section.sections if number_of(below.title.text) is not None]
    if phases:
        point.put("forward_fix", sequence(phases[0].title, read_phases(page, phases)))
    elif fix:
        _fix_by_people(page, point, fix)


def _parts(page: Page, section: Section) -> tuple[list[Block], list[Block], list[Block]]:
    """Split what stands below the heading: the point itself, how it is detected, and what to do behind it."""
    parts: tuple[list[Block], list[Block], list[Block]] = ([], [], [])
    current = parts[0]
    for block in section.blocks:
        if block.kind == "paragraph":
            name = next(labelled(page, block, (*_POINT, *_ASK, _FIX))).name
            if name in _ASK:
                current = parts[1]
            elif name.startswith("alternative if past"):
                current = parts[2]
            elif name:
                current = parts[0]
        current.append(block)
    return parts


def _passed_when(page: Page, point: Draft, blocks: Sequence[Block]) -> None:
    """Read how the point is detected: a script, a block of YAML, or a question to a person."""
    asked = any(entry.value for entry in labelled(page, blocks[0], _ASK))
    detection = Draft(page, page.start(blocks[0]))
    read_body(page, blocks, detection, _ASK if asked else {}, script="run")
    point.put("passed_when", detection.node)


def _fix_by_people(page: Page, point: Draft, blocks: Sequence[Block]) -> None:
    """Take a list in words for one phase that people do."""
    items = list(entries_of(page, read_body(page, blocks, point, {})))
    if items:
        phase = Draft(page, page.start(items[0]))
        phase.put("id", page.node("forward-fix", page.start(items[0])))
        steps = sequence(page.start(items[0]))
        for number, item in enumerate(items, start=1):
            append(steps, read_step(page, item, number).node)
        phase.put("steps", steps)
        point.put("forward_fix", sequence(page.start(items[0]), [phase.node]))
