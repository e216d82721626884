"""Verification checks: evaluated again until they pass or their retries are used up."""

from __future__ import annotations

from typing import Any

from rollback_gov.execution.actions.wait import pause
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Verdict, telling
from rollback_gov.execution.probe import answer
from rollback_gov.model.plan import Check


def run_check(context: Context, check: Check) -> dict[str, Any]:
    """Evaluate one check and give what ``check.finished`` holds."""
    began, attempts = context.clock.monotonic(), 0
    while True:
        attempts += 1
        verdict, results = answer(context, check, name=check.id)
        if verdict is Verdict.PASSED or attempts > check.retries or not pause(context, check.every.seconds):
            break
    told = telling(results)
    return {
        "check": check.id,
        "title": check.name or check.id,
        "result": verdict.value,
        "severity": check.severity,
        "expected": "; ".join(result.expected for result in told),
        "observed": "; ".join(result.observed for result in told),
        "attempts": attempts,
        "seconds": round(context.clock.monotonic() - began, 3),
    }
