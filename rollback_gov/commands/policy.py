"""``policy show``: what holds here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollback_gov.commands.discovery import PATTERNS
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.policy import Policy

if TYPE_CHECKING:
    from rollback_gov.policy.effective import Value


def checked_policy(workspace: Workspace) -> Policy:
    """Give the policy, with its own rules compiled. Raises UsageError, with its place, for one that is broken."""
    policy = workspace.policy
    if policy.rules:
        from rollback_gov.policy.custom import check_custom_rules

        check_custom_rules(workspace.organisation)
    return policy


def show(workspace: Workspace) -> tuple[Value, ...]:
    """Give every value with its source. Raises UsageError for a policy that is wrong, custom rules among it."""
    from rollback_gov.policy.effective import effective

    checked_policy(workspace)
    return effective(workspace.organisation, PATTERNS)
