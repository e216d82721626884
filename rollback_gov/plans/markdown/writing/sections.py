"""The sections of the document: each takes from the plan what it says, and leaves the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.plans.markdown.conditions import without_condition
from rollback_gov.plans.markdown.phrases import phrase
from rollback_gov.plans.markdown.spans import in_words, length_of
from rollback_gov.plans.markdown.writing.phases import write_phases
from rollback_gov.plans.markdown.writing.records import (
    Lines,
    entries,
    item,
    keys,
    parts,
    script,
    take_label,
    take_list,
    take_span,
    take_title,
)

Document = dict[str, Any]
Write = Callable[[Document], Lines]


def _taken(plan: Document, key: str) -> Any:
    """Take a record or list that says something; an empty one stays for the front matter."""
    return plan.pop(key) if plan.get(key) else None


def _metadata(plan: Document) -> Lines:
    left = dict(_taken(plan, "metadata"))
    lines = []
    for key, label in (
        ("operation", "Operation ID"),
        ("created", "Created"),
        ("owner", "Owner"),
        ("level", "Certification Level"),
        ("review_by", "Review by"),
    ):
        if isinstance(left.get(key), int):
            left[key] = str(left[key])
        lines += [f"- {line}" for line in take_label(left, key, label)]
    if "risk" in left and "change" in plan:
        plan["change"] = {**plan["change"], "risk": left.pop("risk")}
    return parts(["## Metadata"], lines, keys(left))


def _summary(plan: Document) -> Lines:
    left = _taken(plan, "change")
    if left is None:
        return []
    left = dict(left)
    risk = left.pop("risk", None)
    services = take_list(left, "services")
    return parts(
        ["## Operation Summary"],
        take_label(left, "summary", "What we're changing"),
        ["**Services affected**:", *(_exactly(line) for line in services)] if services else [],
        [f"**Risk level**: {risk.capitalize()}"] if risk else [],
        keys(left),
    )


def _exactly(line: str) -> str:
    """Write a service that ends with something in brackets to the letter: a remark would be left out."""
    return f"- `{line[2:]}`" if line.endswith(")") else line


def _baseline(plan: Document) -> Lines:
    kept = _taken(plan, "baseline")
    if kept is None:
        return []
    return parts(["## Pre-Rollback State Capture"], ["**Critical state to preserve**:"], _kept(kept))


def _capture(plan: Document) -> Lines:
    left = _taken(plan, "capture")
    if left is None:
        return []
    left = dict(left)
    budget = take_span(left, "budget")
    items = left.pop("items", ())
    return parts(["## State at Rollback"], [f"**Budget**: {budget}"] if budget else [], keys(left), _kept(items))


def _kept(records: Sequence[Document]) -> Lines:
    return entries([item(record, f"state-{number}", "- [ ] ") for number, record in enumerate(records, start=1)])


def _criteria(plan: Document) -> Lines:
    triggers, decision, point = _taken(plan, "triggers"), _taken(plan, "decision"), _taken(plan, "point_of_no_return")
    if triggers is None and decision is None and point is None:
        return []
    judged = 0
    while triggers and decision and judged < len(triggers) and _by_people(triggers[-1 - judged]):
        judged += 1
    acting = len(triggers or ()) - judged
    return parts(
        ["## Rollback Decision Criteria"],
        keys({"decision": decision} if decision else {}),
        _triggers("Automatic Rollback Triggers", "A rollback is due when", "", (triggers or [])[:acting]),
        _triggers("Manual Rollback Triggers", "Consider a rollback when", "manual-", (triggers or [])[acting:]),
        _point_of_no_return(dict(point)) if point else [],
    )


def _by_people(trigger: Document) -> bool:
    return bool(trigger["query"]["source"] == "manual")


def _triggers(title: str, words: str, stem: str, triggers: Sequence[Document]) -> Lines:
    if not triggers:
        return []
    written = [
        item(trigger, f"{stem}trigger-{number}", "- ", text="rationale", core=without_condition)
        for number, trigger in enumerate(triggers, start=1)
    ]
    return parts([f"### {title}"], [f"{words}:"], entries(written))


def _point_of_no_return(left: Document) -> Lines:
    phases = left.pop("forward_fix", ())
    detection = left.pop("passed_when", None)
    return parts(
        ["### Point of No Return"],
        take_label(left, "description", "Point of No Return") + take_label(left, "none", "No point of no return"),
        keys(left),
        _passed_when(detection) if detection else [],
        ["**Alternative if past point of no return**:"] if phases else [],
        write_phases(phases, 4),
    )


def _passed_when(detection: str | Document) -> Lines:
    left = {"run": detection} if isinstance(detection, str) else dict(detection)
    if list(left) == ["ask"] and (asked := take_label(left, "ask", "Passed when")):
        return asked
    return parts(["**Passed when**:"], script(left), keys(left))


def _procedure(plan: Document) -> Lines:
    phases = plan.pop("phases")
    return parts(["## Rollback Procedure"], write_phases(phases, 3), _estimate(plan, phases))


def _estimate(plan: Document, phases: Sequence[Document]) -> Lines:
    """Write how long the phases take, and the SLA."""
    times = [length_of(phase.get("budget")) for phase in phases]
    lines = []
    for number, (phase, time) in enumerate(zip(phases, times, strict=True), start=1):
        if time is not None:
            title = take_title(dict(phase), "")
            named = f" ({title})" if len(title) < 40 and not set(title) & set("*_`:") else ""
            lines.append(f"- **Phase {number}{named}**: {in_words(str(time))}")
    total = sum((time for time in times if time), Duration(0)) if all(times) else None
    sla = take_span(plan, "sla")
    return parts(
        ["## Rollback Time Estimate"] if lines or sla else [],
        lines,
        [f"**Total Time**: {in_words(str(total))}"] if total else [],
        [f"**SLA**: {sla}"] if sla else [],
    )


def _scenarios(plan: Document) -> Lines:
    scenarios = _taken(plan, "scenarios")
    if scenarios is None:
        return []
    written = [_scenario(dict(left), number) for number, left in enumerate(scenarios, start=1)]
    return parts(["## Partial Rollback Capability"], *written)


def _scenario(left: Document, number: int) -> Lines:
    title = take_title(left, f"scenario-{number}")
    chosen = [f"**Rollback**: {', '.join(map(_selected, left.pop('phases')))}"]
    time = take_span(left, "sla")
    return parts(
        [f"### Scenario: {title}"],
        chosen,
        [f"**Time**: {time}"] if time else [],
        take_label(left, "use_when", "Use when"),
        take_label(left, "pros", "Pros"),
        take_label(left, "cons", "Cons"),
        keys(left),
    )


def _selected(selection: str | Document) -> str:
    if isinstance(selection, str):
        return selection
    steps = selection.get("steps")
    return f"{selection['id']} ({', '.join(steps)})" if steps else str(selection["id"])


def _testing(plan: Document) -> Lines:
    rehearsal = _taken(plan, "rehearsal")
    return parts(["## Rollback Testing Requirements"], keys(rehearsal)) if rehearsal else []


def _automatic(plan: Document) -> Lines:
    left = {key: plan.pop(key) for key in ("watch", "safety_checks", "timeout") if plan.get(key)}
    return parts(["## Automatic Rollback System"], keys(left)) if left else []


def _verification(plan: Document) -> Lines:
    left = _taken(plan, "verification")
    if left is None:
        return []
    left = dict(left)
    budget = take_span(left, "budget")
    checks = [
        item(check, f"check-{number}", f"{number}. ") for number, check in enumerate(left.pop("checks", ()), start=1)
    ]
    manual = take_list(left, "manual", "- [ ] ")
    return parts(
        ["## Rollback Verification Procedure"],
        [f"**Budget**: {budget}"] if budget else [],
        keys(left),
        parts(["### Automated Verification"], entries(checks)) if checks else [],
        parts(["### Manual Verification Checklist"], manual) if manual else [],
    )


def _checklists(plan: Document) -> Lines:
    left = _taken(plan, "checklists")
    if left is None:
        return []
    left = dict(left)
    lists = [(name, take_list(left, name, "- [ ] ")) for name in ("before", "during", "after")]
    return parts(
        ["## Checklists"], keys(left), *(parts([f"### {name.title()}"], lines) for name, lines in lists if lines)
    )


def _recovery(plan: Document) -> Lines:
    phases = _taken(plan, "recovery")
    return parts(["## Recovery"], write_phases(phases, 3)) if phases else []


def _last_resort(plan: Document) -> Lines:
    phases = _taken(plan, "last_resort")
    return parts(["## Last Resort"], write_phases(phases, 3)) if phases else []


def _escalation(plan: Document) -> Lines:
    ladder = _taken(plan, "escalation")
    if ladder is None:
        return []
    written = []
    for on, rungs in groupby(ladder, key=lambda rung: rung["on"]):
        title = "### If Rollback Fails" if on == "failed" else "### If Rollback Runs Late"
        written.append(parts([title], *(_rung(dict(rung)) for rung in rungs)))
    return parts(["## Rollback Failure Escalation"], *written)


def _rung(left: Document) -> Lines:
    del left["on"]
    name = phrase(left.get("name"))
    if name is not None:
        del left["name"]
    level, after = left.pop("level"), in_words(left.pop("after"))
    head = f"**Level {level}{f': {name}' if name else ''} (after {after})**"
    actions = take_list(left, "actions")
    numbered = [f"{number}. {line[2:]}" for number, line in enumerate(actions, start=1)]
    return parts([head], numbered, keys(left))


SECTIONS: dict[str, Write] = {
    "metadata": _metadata,
    "change": _summary,
    "baseline": _baseline,
    "capture": _capture,
    "triggers": _criteria,
    "phases": _procedure,
    "scenarios": _scenarios,
    "rehearsal": _testing,
    "watch": _automatic,
    "verification": _verification,
    "checklists": _checklists,
    "recovery": _recovery,
    "last_resort": _last_resort,
    "escalation": _escalation,
}
"""The sections by one of the keys that they say, in the order of the template."""
