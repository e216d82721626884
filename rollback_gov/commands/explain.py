"""``explain`` and ``rules list``: what rules mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.policy.custom import all_rules
from rollback_gov.policy.pages import listing, page
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Rule


def explain(code: str, workspace: Workspace) -> str:
    """Give a rule's page as Markdown. Raises UsageError for an unknown code, with the nearest one."""
    wanted = code.upper()
    rule = rules().get(wanted) or rules_here(workspace).get(wanted)
    if rule is None:
        from difflib import get_close_matches

        near = get_close_matches(wanted, rules(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "`rollback-gov rules list` shows all of them."
        raise UsageError(f"There is no rule '{code}'.", hint=hint)
    return page(rule)


def explain_all(workspace: Workspace) -> str:
    """Give one line a rule: code, weight, levels and title."""
    return listing(rules_here(workspace).values())


def rules_here(workspace: Workspace) -> Mapping[str, Rule]:
    """Give every rule that holds here by its code. Raises UsageError for a policy that is wrong."""
    return all_rules(checked_policy(workspace))


def rule_document(rule: Rule) -> dict[str, Any]:
    """Give a rule for programs."""
    return {
        "code": rule.code,
        "title": rule.title,
        "severity": rule.severity.value,
        "from_level": rule.from_level,
        "warning_from_level": rule.warn_from,
        "waivable": rule.waivable,
    }
