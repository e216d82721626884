"""The procedure of a runbook as phases. Alternatives are not a sequence: they stay one phase, with a gap that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.labelled import labels_in
from rollback_gov.plans.runbook.scripts import is_script
from rollback_gov.plans.runbook.step_table import has_commands
from rollback_gov.plans.runbook.steps import prose_step, steps_of, warn
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, items_of, unique
from rollback_gov.plans.runbook.times import duration_in
from rollback_gov.plans.runbook.titles import Title, read_title, says_choice
from rollback_gov.plans.runbook.words import says

Phase = dict[str, Any]


def read_procedure(taking: Taking, root: Section) -> None:
    """Find the phases: in the sections that say so, else in what no other section claims."""
    used: Ids = {}
    phases: list[Phase] = []
    outer = list(root.outermost("procedure"))
    for section in outer:
        taking.lines.add(section.line)
        phases += _phases_of(taking, section, used)
        if len(outer) == 1 or len(phases) == 1:
            _times(taking, section, phases)
    if not phases:
        phases = [phase for section in [root, *root.sections[:1]] for phase in _unclaimed(taking, section, used)]
    for phase in phases:
        if "budget" not in phase:
            said = phase.pop("said", "")
            name = (phase["name"] if "name" in phase else phase["id"]).value
            taking.gap(f"phases.{phase['id'].value}.budget", f"How long may '{name}' take?{said}", phase["id"].line)
    taking.plan["phases"] = phases


def _phases_of(taking: Taking, section: Section, used: Ids) -> list[Phase]:
    titles = [read_title(inner.title) for inner in section.sections]
    parts = [title.numbered for title in titles]
    if _choices(section) or not section.sections:
        return _phase(taking, section, used)
    if all(inner.level > 6 for inner in section.sections) and not any(parts):
        return _phase(taking, section, used)
    found = _phase(taking, section.alone, used) if _does_something(section) else []
    own = bool(found)
    for inner in section.sections:
        found += _phase(taking, inner, used)
    if found and not own:
        first = found[0].get("steps") or found[0]["alternatives"][0]["steps"]
        warn(taking, section.blocks, first[0])
    return found


def _unclaimed(taking: Taking, section: Section, used: Ids) -> list[Phase]:
    """Look where nothing says what it is: at numbered sections, and at text that has commands or a numbered list."""
    inner = [one for one in section.sections if not one.kind and one.level > 1]
    back = [one for one in inner if says("rollback", one.title)]
    if back and not says("rollback", section.title):  # a document about more than the way back
        return [phase for one in back for phase in _phases_of(taking, one, used)]
    choices = [one for one in inner if read_title(one.title).choice]
    if len(choices) > 1:
        return _phase(taking, Section(section.title, section.line, section.level, "", [], choices), used)
    found: list[Phase] = []
    if _does_something(section):
        own = Section(section.title or "Rollback", section.line, section.level, "", section.blocks)
        found += _phase(taking, own, used)
    for one in inner:
        if read_title(one.title).numbered or any(_does_something(each) for each in one.walk()):
            parts = [part for part in one.sections if not part.kind]
            found += _phases_of(taking, Section(one.title, one.line, one.level, "", one.blocks, parts), used)
    return found


def _does_something(section: Section) -> bool:
    return any(
        is_script(block) or (block.kind == "list" and block.level == 1) or has_commands(block)
        for block in section.blocks
    )


def _phase(taking: Taking, section: Section, used: Ids) -> list[Phase]:
    """Give one phase, or none where the section has nothing to do."""
    title = read_title(taking.said(section.title))
    choices = _choices(section)
    ways = _alternatives(taking, choices)
    warn(taking, section.blocks, *(way["steps"][0] for way in ways))
    body: Phase = {}
    if len(ways) > 1:
        body = {"alternatives": ways}
    elif ways:
        body = {"steps": ways[0]["steps"]}
    else:
        steps: Ids = {}
        found = steps_of(taking, section, steps, bullets=title.numbered or _is_named_steps(section))
        if not found and title.numbered:
            found = prose_step(taking, section.whole, steps, title.name, section.line)
        body = {"steps": found}
    if not next(iter(body.values())):
        return []
    taking.lines.add(section.line)
    phase: Phase = {"id": Value(unique(title.name, f"phase-{len(used) + 1}", used), section.line + 1)}
    phase["name"] = taking.text(title.name, section.line)
    phase |= _about(taking, section, title) | body
    if "alternatives" in phase:
        _ask(taking, phase, choices)
    return [phase]


def _choices(section: Section) -> list[Section]:
    """Give the alternatives inside of a section: their titles say so, or its own does and they are numbered."""
    found = [inner for inner in section.sections if read_title(inner.title).choice]
    if found or not says_choice(section.title):
        return found
    return [inner for inner in section.sections if read_title(inner.title).numbered]


def _is_named_steps(section: Section) -> bool:
    """Tell a section of the procedure whose only content is a list."""
    return section.kind == "procedure" and bool(items_of(section.blocks)) and not section.sections


def _about(taking: Taking, section: Section, title: Title) -> Phase:
    found: Phase = {}
    if title.budget:
        found["budget"] = Value(title.budget, section.line + 1)
    else:
        taking.note_windows(title.inside)
    for label in labels_in(taking, [block for block in section.blocks if block.kind in ("paragraph", "quote")]):
        if label.kind == "objective":
            found.setdefault("objective", Value(label.value, label.line + 1))
        elif label.kind in ("budget", "sla") and "budget" not in found and (span := duration_in(label.value)):
            found["budget"] = Value(span, label.line + 1)
        elif "point of no return" in label.value.lower() and "not" in label.value.lower():
            found.setdefault("guard", Value("before_point_of_no_return", label.line + 1))
            taking.lines.add(label.line)
    return found


def _alternatives(taking: Taking, choices: Sequence[Section]) -> list[Phase]:
    used: Ids = {}
    found = []
    for section in choices:
        title = read_title(taking.said(section.title))
        inside: Ids = {}
        steps = steps_of(taking, section, inside) or prose_step(taking, section.whole, inside, title.name, section.line)
        if steps:
            identity = unique(title.name, f"option-{len(used) + 1}", used)
            found.append(
                {"id": Value(identity, section.line + 1), "name": taking.text(title.name, section.line), "steps": steps}
            )
    return found


def _ask(taking: Taking, phase: Phase, choices: Sequence[Section]) -> None:
    """Ask which alternative comes first, and keep what each says about its time: only a phase has a budget."""
    names = ", ".join(f"'{way['name'].value}'" for way in phase["alternatives"])
    at = f"phases.{phase['id'].value}.alternatives"
    taking.gap(at, f"Which of {names} comes first, and does the next one follow when it fails?", phase["id"].line)
    spans = [read_title(inner.title).budget for inner in choices]
    if any(spans) and "budget" not in phase:
        phase["said"] = f" Its alternatives: {', '.join(span or '?' for span in spans)}."


def _times(taking: Taking, section: Section, phases: Sequence[Phase]) -> None:
    """Read the time of the whole from the title, or from a label; where there is one phase, it is that one's too."""
    title = read_title(section.title)
    if title.budget and "sla" in title.inside.lower():
        taking.plan.setdefault("sla", Value(title.budget, section.line + 1))
    for label in labels_in(taking, section.blocks):
        if label.kind in ("budget", "sla") and (span := duration_in(label.value)):
            taking.plan.setdefault("sla", Value(span, label.line + 1))
            if len(phases) == 1:
                phases[0].setdefault("budget", Value(span, label.line + 1))
