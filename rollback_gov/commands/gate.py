"""By what plans are judged here: policy, trust and waivers, from this folder or from a git ref."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rollback_gov.commands.judge import Demands
from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.settings import FolderFiles, policy_files
from rollback_gov.commands.validate import Governance
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.record import Record
from rollback_gov.outputs.result import CheckedFile

if TYPE_CHECKING:
    from rollback_gov.commands.changes import Changes


class Gate(Record):
    """Everything that decides, and what is said about it."""

    demands: Demands
    governance: Governance
    changes: Changes | None


def gate_of(
    workspace: Workspace, now: datetime, environ: Mapping[str, str], *, level: int = 0, changed_since: str = ""
) -> Gate:
    """Read what decides. Raises UsageError for a policy that is wrong, and for a ref that is not there."""
    policy = checked_policy(workspace)
    changed: tuple[CheckedFile, ...] = ()
    touched: frozenset[str] = frozenset()
    known: frozenset[str] | None = None
    if workspace.policy_from:
        from rollback_gov.commands.own_gate import own_gate
        from rollback_gov.commands.ref_files import RefFiles

        files = workspace.files
        if isinstance(files, RefFiles):
            changed, touched = own_gate(workspace.root, files), files.touched
            known = touched if files.branched and changed_since == files.ref else None
    return Gate(
        demands=Demands(policy=policy, trust=lambda: workspace.trust, now=now, level=level),
        governance=Governance(waivers=load_waivers(workspace.files), changed=changed, touched=touched),
        changes=_changes(workspace, changed_since, environ, known) if changed_since else None,
    )


def _changes(workspace: Workspace, ref: str, environ: Mapping[str, str], files: frozenset[str] | None) -> Changes:
    """A policy may extend files anywhere in the repository, here and at the ref that it comes from."""
    from rollback_gov.commands.changes import changes_since

    here = policy_files(FolderFiles(workspace.root))
    there = policy_files(workspace.files)
    return changes_since(workspace.root, ref, environ, settings={*here, *there}, files=files)
