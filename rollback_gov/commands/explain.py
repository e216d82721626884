"""``explain`` and ``rules list``: what rules mean."""

from __future__ import annotations

from typing import Any

from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.policy.custom import custom_rules
from rollback_gov.policy.pages import listing, page
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Rule


def explain(code: str, workspace: Workspace) -> str:
    """Give a rule's page as Markdown. Raises UsageError for an unknown code, with the nearest one."""
    wanted = code.upper()
    rule = rules().get(wanted) or next((own for own in _own(workspace) if own.code == wanted), None)
    if rule is None:
        from difflib import get_close_matches

        near = get_close_matches(wanted, rules(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "`rollback-gov rules list` shows all of them."
        raise UsageError(f"There is no rule '{code}'.", hint=hint)
    return page(rule)


def explain_all(workspace: Workspace) -> str:
    """Give one line a rule: code, weight, levels and title."""
    return listing(all_rules(workspace))


def all_rules(workspace: Workspace) -> tuple[Rule, ...]:
    """Give every rule that holds here, the organisation's own last. Raises UsageError for a policy that is wrong."""
    return (*rules().values(), *_own(workspace))


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


def _own(workspace: Workspace) -> tuple[Rule, ...]:
    return custom_rules(checked_policy(workspace).rules)
