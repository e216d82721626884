"""The commands under ``permit``, and where each is."""

from __future__ import annotations

from rollback_gov.cli.lazy_commands import LazyCommands


class PermitCommands(LazyCommands):
    """The commands under ``permit``."""

    members = {  # noqa: RUF012 - declared once, as ClassVar, in the class above
        "approve": "permit_issue:approve",
        "request": "permit_issue:ask_for",
        "issue": "permit_issue:issue",
        "sign": "permit_issue:sign",
        "verify": "permit_gate:verify",
        "claim": "permit_gate:claim",
        "show": "permit_look:show",
        "list": "permit_look:list_",
        "revoke": "permit_status:revoke",
        "status-list": "permit_status:status_list",
    }
