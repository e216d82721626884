"""The commands under ``dashboard``, and where each is."""

from __future__ import annotations

from rollback_gov.cli.lazy_commands import LazyCommands


class DashboardCommands(LazyCommands):
    """The commands under ``dashboard``."""

    members = {  # noqa: RUF012 - declared once, as ClassVar, in the class above
        "build": "dashboard_build:build",
        "serve": "dashboard_serve:serve",
    }
