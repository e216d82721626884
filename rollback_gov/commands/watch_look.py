"""One look into a window after a rollback: its checks and its alerts."""

from __future__ import annotations

from typing import Any

from rollback_gov.execution.checks import run_check
from rollback_gov.execution.context import Context
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Observation, Value
from rollback_gov.model.plan import Window
from rollback_gov.triggers.log import observation_data


def look(context: Context, window: Window, *, since: float) -> dict[str, Any]:
    """Evaluate a window once and give what the log holds.

    ``result`` is ``alarmed`` when a check failed or an alert is active that began after ``since`` (seconds since the
    epoch), ``unknown`` when something could not be evaluated, else ``quiet``. Checks that only warn alarm nobody.
    """
    known = {check.id: check for check in context.plan.verification.checks}
    checks = [run_check(context, known[name]) for name in window.checks]
    alerts = _alerts(context, window, since)
    bad = [check for check in checks if check["severity"] == "fail" and check["result"] != "passed"]
    alarms = [f"{check['check']} is {check['observed']}" for check in bad if check["result"] == "failed"]
    blind = [f"{check['check']}: {check['observed']}" for check in bad if check["result"] == "unknown"]
    if isinstance(alerts, Value) and alerts.number > 0:
        alarms.append(f"{format_number(alerts.number)} alerts are active that began after the decision")
    elif alerts is not None and not isinstance(alerts, Value):
        blind.append(f"alerts: {alerts.reason}")
    return {
        "result": "alarmed" if alarms else "unknown" if blind else "quiet",
        "detail": "; ".join(alarms or blind),
        "checks": [{name: check[name] for name in ("check", "result", "expected", "observed")} for check in checks],
        "alerts": observation_data(alerts) if alerts is not None else None,
    }


def _alerts(context: Context, window: Window, since: float) -> Observation | None:
    if window.alerts is None:
        return None
    return context.sources.read_new(window.alerts, context.clock.now().timestamp(), since=since)
