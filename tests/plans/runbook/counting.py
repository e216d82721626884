"""The numbers of a draft, under the names under which a careful reader counted them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook.draft import Draft

ELSEWHERE = frozenset({"not_steps"})
"""What a test of its own looks at."""


def said(entry: dict[str, Any], key: str) -> Any:
    return entry[key].value if key in entry else None


def spans_of(draft: Draft, phase: dict[str, Any]) -> Iterator[str]:
    """What the gap for a phase's budget says about the times of its alternatives; ? for each that has none."""
    asked = (gap.missing for gap in draft.taking.gaps if gap.at == f"phases.{phase['id'].value}.budget")
    told = next(asked, "").partition("Its alternatives: ")[2].removesuffix(".")
    return chain(told.split(", ") if told else (), repeat("?"))


def phases_of(draft: Draft) -> list[dict[str, Any]]:
    found = []
    for phase in draft.taking.plan["phases"]:
        counted: dict[str, Any] = {"name": said(phase, "name")}
        if "budget" in phase:
            counted["budget"] = said(phase, "budget")
        if "alternatives" in phase:
            counted["alternatives"] = [
                {"name": said(way, "name"), "steps": len(way["steps"]), **({"budget": span} if span != "?" else {})}
                for way, span in zip(phase["alternatives"], spans_of(draft, phase), strict=False)
            ]
        else:
            counted["steps"] = len(phase["steps"])
        found.append(counted)
    return found


def steps_of(draft: Draft) -> list[dict[str, Any]]:
    found = []
    for phase in draft.taking.plan["phases"]:
        found += phase.get("steps", [])
        for way in phase.get("alternatives", []):
            found += way["steps"]
    return found


def checklists_of(draft: Draft, wanted: dict[str, int]) -> dict[str, int]:
    """The lists under the keys that the reader gave them: by time, by what they are, or by their titles."""
    found = {}
    for title, when, length in draft.taking.checklists:
        by_title = next((key for key in wanted if key.lower() in title.lower()), None)
        found[by_title or (when or "all")] = length
    return {key: found.get(key, 0) for key in wanted}


def triggers_of(draft: Draft, kind: str) -> int:
    """How many triggers people report, or are measured."""
    found = [trigger["query"]["source"].value == "manual" for trigger in draft.taking.plan.get("triggers", [])]
    return sum(manual == (kind == "reported") for manual in found)


def scenarios_of(draft: Draft, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = {phase["id"].value: index for index, phase in enumerate(draft.taking.plan["phases"], 1)}
    found = []
    for entry in draft.taking.plan.get("scenarios", []):
        counted: dict[str, Any] = {"name": said(entry, "name")}
        if "sla" in entry:
            counted["sla"] = said(entry, "sla")
        if any("phases" in one for one in wanted):
            counted["phases"] = [numbers[one.value] for one in entry["phases"] if one.value in numbers]
        found.append(counted)
    return found


def numbers_of(draft: Draft, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the draft has under every key of ``wanted``."""
    taking, plan = draft.taking, draft.taking.plan
    counts = taking.counts
    point = plan.get("point_of_no_return", {})
    every: dict[str, Any] = {
        "title": draft.title,
        "operation": said(plan["metadata"], "operation"),
        "level": said(plan["metadata"], "level"),
        "sla": said(plan, "sla"),
        "phases": phases_of(draft),
        "manual_steps": sum("manual" in step for step in steps_of(draft)),
        "captures": len(plan.get("capture", {}).get("items", [])),
        "triggers": {key: triggers_of(draft, key) for key in wanted.get("triggers", {})},
        "point_of_no_return": bool(point),
        "forward_fix": sum(len(phase["steps"]) for phase in point.get("forward_fix", [])),
        "scenarios": scenarios_of(draft, wanted.get("scenarios", [])),
        "verification": {key: counts[f"verification_{key}"] for key in wanted.get("verification", {})},
        "troubleshooting": [
            {
                "name": said(one, "when"),
                "investigate": len(one.get("investigate", [])),
                "remedies": len(one.get("remedies", [])),
            }
            for one in plan.get("troubleshooting", [])
        ],
        "last_resort": sum(len(phase["steps"]) for phase in plan.get("last_resort", [])),
        "checklists": checklists_of(draft, wanted.get("checklists", {})),
        "prerequisites": next((length for title, _, length in taking.checklists if "Prereq" in title), 0),
        "contacts": len(plan.get("contacts", [])),
        "messages": counts["messages"],
        "escalation": [
            {
                "level": said(one, "level"),
                "after": said(one, "after").replace("0s", "0m"),
                "actions": len(one["actions"]),
            }
            for one in plan.get("escalation", [])
        ],
        "watch_after": [
            {key: said(one, key) for key in expected}
            for one, expected in zip(plan.get("watch_after", []), wanted.get("watch_after", []), strict=False)
        ],
        "rehearsals": taking.rehearsals,
        "after_actions": counts["after_steps"],
        "after_steps": counts["after_steps"],
        "recovery": counts["recovery_steps"],
        "windows": [
            each for each in wanted.get("windows", []) if any(own.lower() in each.lower() for own in taking.windows)
        ],
        "placeholders": taking.placeholders,
    }
    for key in ("matrix_rows", "success_criteria", "critical_state", "json_triggers", "tests"):
        every[key] = counts[key]
    return {key: every[key] for key in wanted if key not in ELSEWHERE}


def languages_of_steps(blocks: list[Block], draft: Draft) -> set[str]:
    """The languages of the blocks out of which the steps came."""
    starts = {block.line + 1: block.language for block in blocks if block.kind == "fence"}
    found = set()
    for step in steps_of(draft):
        if "run" in step:
            line = step["run"].line - 1
            found.add(starts[max(start for start in starts if start <= line)])
    return found
