"""``Automatic Rollback System``: how triggers are watched, as YAML or as the template's JSON."""

from __future__ import annotations

from rollback_gov.model.number import parse_number
from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.conditions import CONDITIONS
from rollback_gov.plans.markdown.draft import Draft, append, like, mapping, sequence
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.spans import same_span
from rollback_gov.plans.markdown.titles import slug
from rollback_gov.plans.markdown.yaml_fence import read_value
from rollback_gov.plans.source_map import Node

_COMPARED = {"greater_than": "above", "less_than": "below"}
_COMPARED |= {"greater_than_or_equal": "at_least", "less_than_or_equal": "at_most"}


def read_automatic(page: Page, root: Draft, section: Section) -> None:
    """Read ``watch``, ``safety_checks`` and the like from YAML, and the template's ``auto_rollback`` from JSON.

    Scripts here are examples: watching is what ``rollback-gov watch`` does.
    """
    for part in (section, *section.sections):
        read_body(page, part.blocks, root, {}, script=None)
        for block in part.blocks:
            if block.kind == "fence" and block.language == "json":
                _json(page, root, block)


def _json(page: Page, root: Draft, block: Block) -> None:
    document = read_value(page, block)
    settings = document.children.get("auto_rollback")
    if settings is None or not isinstance(settings.value, dict):
        return
    found = settings.children
    _mode(page, root, found)
    if "rollback_timeout_seconds" in found:
        timeout = Draft(page, Said("", settings.line, settings.column))
        timeout.put("after", _seconds(found["rollback_timeout_seconds"]))
        root.put("timeout", timeout.node)
    if "notification_channels" in found:
        at = found["notification_channels"]
        root.record("communication", Said("", at.line, at.column)).put("channels", at)
    triggers = found.get("triggers")
    for trigger in triggers.children.values() if triggers else ():
        if isinstance(trigger.value, dict):
            _trigger(page, root, trigger)


def _mode(page: Page, root: Draft, found: dict[str | int, Node]) -> None:
    """Say whether a trigger acts: ``enabled``, and ``require_manual_confirmation``."""
    at = found.get("require_manual_confirmation") or found.get("enabled")
    if at is None:
        return
    enabled = found["enabled"].value if "enabled" in found else True
    confirm = found["require_manual_confirmation"].value if "require_manual_confirmation" in found else True
    mode = ("confirm" if confirm else "auto") if enabled else "observe"
    watch = root.record("watch", Said("", at.line, at.column))
    watch.put("mode", like(at, mode))


def _trigger(page: Page, root: Draft, told: Node) -> None:
    """Take a trigger of the JSON for the one of the list that says the same, or for another one."""
    metric = told.children.get("metric")
    if metric is None:
        return
    draft = Draft(page, Said("", told.line, told.column))
    query = Draft(page, Said("", metric.line, metric.column), mapping(Said("", metric.line, metric.column)))
    query.put("source", metric)
    draft.put("query", query.node)
    comparison = told.children.get("comparison")
    key = _COMPARED.get(str(comparison.value)) if comparison else "above"
    threshold = told.children.get("threshold")
    if key and threshold:
        draft.put(key, threshold)
    if "duration_seconds" in told.children:
        draft.put("for", _seconds(told.children["duration_seconds"]))
    known = _same(root, draft)
    if known is None:
        draft.put("id", like(metric, slug(str(metric.value)) or "trigger"))
        _append(root, draft.node)
    elif "query" not in known.children:
        Draft(page, Said("", known.line, known.column), known).put("query", query.node)


def _append(root: Draft, trigger: Node) -> None:
    triggers = root.node.children.get("triggers")
    if triggers is None or not isinstance(triggers.value, list):
        triggers = sequence(Said("", trigger.line, trigger.column))
        root.put("triggers", triggers)
    append(triggers, trigger)


def _same(root: Draft, told: Draft) -> Node | None:
    """Give the trigger of the list with the same threshold, and the same time where both say one."""
    triggers = root.node.children.get("triggers")
    for trigger in triggers.children.values() if triggers else ():
        if isinstance(trigger.value, dict) and _condition(trigger) == _condition(told.node):
            mine, theirs = trigger.value.get("for"), told.get("for")
            if mine is None or theirs is None or same_span(mine, theirs):
                return trigger
    return None


def _condition(trigger: Node) -> tuple[tuple[str, str], ...]:
    found = []
    for key in CONDITIONS:
        value = trigger.value.get(key)
        if isinstance(value, int | float | str):
            try:
                found.append((key, str(parse_number(value).normalize())))
            except ValueError:
                found.append((key, str(value)))
    return tuple(found)


def _seconds(node: Node) -> Node:
    return like(node, f"{node.value}s" if isinstance(node.value, int) else node.value)
