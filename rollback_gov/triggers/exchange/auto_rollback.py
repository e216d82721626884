"""An ``auto_rollback`` configuration (JSON) as a draft of ``triggers:``, ``decision:`` and ``watch:``.

The form is that of the plan template's companion::

    {"auto_rollback": {"triggers": [{"metric": "error_rate", "threshold": 0.01, "duration_seconds": 120,
                                     "comparison": "greater_than"}], "require_manual_confirmation": false}}

What it does not say is a gap in the draft, and nothing is invented to fill it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain, count
from typing import Any

from rollback_gov.model.duration import LONGEST_SECONDS, Duration
from rollback_gov.model.errors import UsageError
from rollback_gov.model.number import format_number
from rollback_gov.triggers.exchange.draft import Draft, DraftTrigger, shown

_LIMITS = {
    "greater_than": "above",
    "greater_than_or_equal": "at_least",
    "less_than": "below",
    "less_than_or_equal": "at_most",
}
_HOMES = {
    "operation_id": "metadata.operation",
    "permit_id": "nothing: `permit issue` makes one",
    "rollback_script": "the steps of `phases`",
    "notification_channels": "communication.channels",
    "rollback_timeout_seconds": "sla, and the budgets of phases",
    "safety_checks": "safety_checks, each with the command that finds it out",
}
_TRIGGER_KEYS = {"metric", "threshold", "comparison", "duration_seconds", "consecutive"}


def read_auto_rollback(text: str, *, name: str) -> Draft:
    """Read a configuration. Raises UsageError for what is no JSON, with line and column, or has no triggers."""
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=str)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}:{error.lineno}:{error.colno}: This is not JSON: {error.msg}.") from None
    except (RecursionError, ValueError):
        raise UsageError(f"{name} is nested too deeply, or has numbers too long, to be a configuration.") from None
    settings = document.get("auto_rollback") if isinstance(document, dict) else None
    listed = settings.get("triggers") if isinstance(settings, dict) else None
    if not isinstance(settings, dict) or not isinstance(listed, list) or not listed:
        raise UsageError(
            f"{name} has no triggers under auto_rollback.",
            hint='It has to look like {"auto_rollback": {"triggers": [{"metric": …, "threshold": …}]}}.',
        )
    triggers: list[DraftTrigger] = []
    for number, entry in enumerate(listed):
        triggers.append(_trigger(entry if isinstance(entry, dict) else {}, number, {one.id for one in triggers}))
    return Draft(
        triggers=tuple(triggers),
        mode=_mode(settings),
        gaps=tuple(_gaps(settings)),
        elsewhere={
            f"{shown(key)}: {shown(value)}": _HOMES.get(key, "nothing that is known here")
            for key, value in settings.items()
            if key not in _READ
        },
    )


_READ = {"triggers", "require_manual_confirmation", "enabled"}


def _mode(settings: Mapping[str, Any]) -> str:
    if settings.get("enabled") is False:
        return "observe"
    asked = _boolean(settings.get("require_manual_confirmation"))
    return "" if asked is None else "confirm" if asked else "auto"


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _gaps(settings: Mapping[str, Any]) -> Iterator[str]:
    yield "how often are the metrics read? (watch.every)"
    if _boolean(settings.get("require_manual_confirmation")) is None and settings.get("enabled") is not False:
        yield "does a rollback start by itself, or is a person asked? (watch.mode)"
    if settings.get("enabled") is False:
        yield "it is not enabled, so the watch only tells; is that still meant?"
    checks = settings.get("safety_checks")
    for name, wanted in checks.items() if isinstance(checks, dict) else ():
        if wanted is True and name != "verify_rollback_tested":
            yield f"which command finds out {shown(name)}? (safety_checks)"


def _trigger(entry: Mapping[str, Any], number: int, taken: set[str]) -> DraftTrigger:
    metric = entry.get("metric")
    lines: list[str] = []
    gaps: list[str] = []
    if isinstance(metric, str) and metric.strip():
        gaps.append(f"where is {shown(metric)} read? (query)")
    else:
        gaps.append("which metric is it, and where is it read? (query)")
    consecutive = entry.get("consecutive") is True
    for line, gap in _counted(entry) if consecutive else _compared(entry):
        lines += [line] if line else []
        gaps += [gap] if gap else []
    unread = {"duration_seconds"} if consecutive else {"consecutive"} if entry.get("consecutive", False) else set()
    gaps += [
        f"what does {shown(key)}: {shown(entry[key])} mean?"
        for key in entry
        if key in unread or key not in _TRIGGER_KEYS
    ]
    name = shown(metric) if isinstance(metric, str) and metric.strip() else "no metric is named"
    return DraftTrigger(id=_id(metric, number, taken), metric=name, lines=tuple(lines), gaps=tuple(gaps))


def _id(metric: Any, number: int, taken: set[str]) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", metric.lower()).strip("-")[:50] if isinstance(metric, str) else ""
    name = words or f"trigger-{number + 1}"
    return next(other for other in chain([name], (f"{name}-{n}" for n in count(number + 1))) if other not in taken)


def _compared(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Read a comparison that has to hold for a time: lines, and gaps."""
    limit, threshold = _LIMITS.get(str(entry.get("comparison", ""))), _number(entry.get("threshold"))
    if limit and threshold is not None:
        yield f"{limit}: {format_number(threshold)}", ""
    else:
        said = f"{shown(entry.get('comparison', 'nothing'))} {shown(entry.get('threshold', 'nothing'))}"
        yield "", f"what is compared with what? It says: {said} (above, below, at_least, at_most)"
    seconds = _number(entry.get("duration_seconds"))
    if seconds is not None and 0 <= seconds <= LONGEST_SECONDS:
        yield f"for: {Duration.of_seconds(float(seconds))}", ""
    else:
        yield "", "for how long, or how often in a row? (for, count)"


def _counted(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Read a number of failures in a row. "Greater than 3" is the fourth."""
    threshold, comparison = _number(entry.get("threshold")), str(entry.get("comparison", ""))
    failures = None
    if threshold is not None and threshold == threshold.to_integral_value():
        failures = {"greater_than": int(threshold) + 1, "greater_than_or_equal": int(threshold)}.get(comparison)
    if failures is not None and 1 <= failures <= 1000:
        yield f"count: {failures}  # {shown(comparison)} {shown(entry.get('threshold'))}, consecutive", ""
    else:
        yield "", "how many in a row? (count)"
    yield "", "which reading is a failure? (above, below, at_least, at_most)"


def _number(value: Any) -> Decimal | None:
    """Give a finite number of JSON; booleans and text are none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() and abs(number.adjusted()) < 50 else None
