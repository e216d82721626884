"""Which version runs now, as the plan's own command says."""

from __future__ import annotations

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending
from rollback_gov.execution.probe import ask
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Value


def live_version(context: Context) -> str:
    """Ask which version runs now; the empty string when the plan cannot tell or nobody answers."""
    probe = context.plan.change.live_version
    if probe is None:
        return ""
    outcome = ask(context, probe, name="live-version")
    if outcome.ending is not Ending.DONE or outcome.exit not in (None, 0):
        return ""
    if isinstance(outcome.reading, Value):
        return format_number(outcome.reading.number)
    return outcome.stdout.strip()
