"""A whole plan as a Markdown document that reads back as the same plan."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields
from typing import Any

from rollback_gov.model.document import key_of
from rollback_gov.model.plan import Plan
from rollback_gov.plans.build import build
from rollback_gov.plans.markdown.phrases import phrase
from rollback_gov.plans.markdown.reader import read_markdown
from rollback_gov.plans.markdown.writing.records import Lines, parts
from rollback_gov.plans.markdown.writing.sections import SECTIONS
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.schema import check_schema
from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_text import yaml_text

_ROUNDS = 3
_IDENTITY = {"apiVersion": "rollback-gov/v1", "kind": "RollbackPlan"}


def write_markdown(document: Any) -> str:
    """Write a valid plan, given as plain data, in the form of the template.

    The document is read again before anybody gets it: what a section would not say exactly stands in the front matter.
    """
    wanted = build(Plan, document)
    held: set[str] = set()
    for _ in range(_ROUNDS):
        text = _written(document, held)
        different = _different(text, wanted)
        if not different:
            return text
        held |= different
    return f"---\n{yaml_text(document)}---\n\n# Rollback Plan: {wanted.metadata.operation}\n"


def _written(document: Any, held: set[str]) -> str:
    """Write all but the keys that are held back, which the front matter says."""
    plan = {key: value for key, value in deepcopy(document).items() if key not in held and key not in _IDENTITY}
    title = phrase(plan.get("metadata", {}).get("title")) if "metadata" in plan else None
    if title is not None:
        del plan["metadata"]["title"]
    head = f"# Rollback Plan: {title or document['metadata']['operation']}"
    body: list[Lines] = [write(plan) for key, write in SECTIONS.items() if key in plan or _is_due(key, plan)]
    matter = {key: value for key, value in document.items() if key in held} | plan
    if "metadata" in held:
        matter = _IDENTITY | matter
    front = ["---", *yaml_text(matter).splitlines(), "---"] if matter else []
    return "\n".join(parts(front, [head], *body)) + "\n"


def _is_due(key: str, plan: dict[str, Any]) -> bool:
    """Tell whether a section says another key than the one that names it."""
    others = {"triggers": ("decision", "point_of_no_return"), "watch": ("safety_checks", "timeout")}
    return any(other in plan for other in others.get(key, ()))


def _different(text: str, wanted: Plan) -> set[str]:
    """Give the keys of a plan that its document does not say, all of them where it cannot be read."""
    every = {key_of(item.name) for item in fields(Plan)}
    try:
        document = read_markdown(Source("rendered", text))[0]
    except DocumentError:
        return every
    if check_schema("plan-v1", document):
        return every
    read = build(Plan, document)
    return {key_of(item.name) for item in fields(Plan) if getattr(read, item.name) != getattr(wanted, item.name)}
