"""Ready to roll back: what a rollback would load first is loaded before anybody is in a hurry."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from rollback_gov.commands.begin import audit_head
from rollback_gov.commands.preflight import check_executable
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.itinerary import Choices
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.triggers.holder import boot

_MODULES = (
    "ctypes",
    "encodings.ascii",
    "unicodedata",
    "rollback_gov.commands.break_glass_rollback",
    "rollback_gov.commands.permit",
    "rollback_gov.execution.actions.run",
    "rollback_gov.execution.programs",
    "rollback_gov.records.audit.log",
    "rollback_gov.reports.reason",
)
"""What stands between a decision and the first step. A test looks whether anything else does."""


def make_ready(target: Target, world: World) -> None:
    """Load what a rollback of the plan needs until its first step, and compute or ask once what stays the same.

    Whatever is wrong with it is for the rollback to say.
    """
    from rollback_gov.records.digests import digests

    for name in _MODULES:
        import_module(name)
    boot()
    audit_head(target.workspace.root, world.environ)
    with suppress(RollbackGovError):
        plan = target.loaded.require()
        check_executable(plan, Choices(), target.loaded.folder)
        digests(plan, target.loaded.files)
