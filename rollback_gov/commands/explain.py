"""``explain``: what a rule means."""

from __future__ import annotations

from rollback_gov.model.errors import UsageError
from rollback_gov.policy.pages import listing, page
from rollback_gov.policy.registry import rules


def explain(code: str) -> str:
    """Give a rule's page as Markdown. Raises UsageError for an unknown code, with the nearest one."""
    wanted = code.upper()
    rule = rules().get(wanted)
    if rule is None:
        from difflib import get_close_matches

        near = get_close_matches(wanted, rules(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "`rollback-gov explain --list` shows all of them."
        raise UsageError(f"There is no rule '{code}'.", hint=hint)
    return page(rule)


def explain_all() -> str:
    """Give one line a rule: code, weight, levels and title."""
    return listing(rules().values())
