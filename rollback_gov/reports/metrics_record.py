"""``rollback_metrics.json``: the figures of a run under the names that dashboards and auditors know.

Beside the figures stands how each of them is known; what nobody measured is null, never zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from rollback_gov.reports.fact import Derived, Entered, Fact, Measured, NotMeasured, Seconds, derive, provenance
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.log import NOT_ENDED, OF_EACH_REGION
from rollback_gov.reports.phases import last_ways

VERSION = 1
Figures = Mapping[str, Fact[Any]]
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?P<percent>\s*%)?")


def metrics_record(facts: Incident) -> dict[str, Any]:
    """Give the figures as plain JSON values, versioned (``schemas/metrics-v1.schema.json``). Spans are seconds."""
    groups = {name: group(facts) for name, group in _GROUPS.items()}
    figures = {name: {key: _value(fact) for key, fact in group.items()} for name, group in groups.items()}
    known = {name: {key: _known(fact) for key, fact in group.items()} for name, group in groups.items()}
    head = {
        "operation_id": facts.identity.operation,
        "permit_id": facts.permission.permit or None,
        "run": facts.identity.run,
        "environment": facts.identity.environment,
        "region": facts.identity.region,
    }
    return {"version": VERSION, "rollback_metrics": {**head, **figures}, "provenance": known}


def _value(fact: Fact[Any]) -> Any:
    if isinstance(fact, NotMeasured):
        return None
    return fact.value.number if isinstance(fact.value, Seconds) else fact.value


def _known(fact: Fact[Any]) -> dict[str, str]:
    return {"provenance": provenance(fact), "source": fact.why if isinstance(fact, NotMeasured) else fact.source}


def _execution(facts: Incident) -> Figures:
    return {
        "triggered_at": facts.times.decided,
        "trigger_type": Derived(facts.trigger_type, "whether a trigger fired"),
        "trigger_reason": facts.trigger.trigger if facts.trigger_type == "automatic" else facts.trigger.text,
        "trigger_value": _number(facts.trigger.value),
        "trigger_threshold": _number(facts.trigger.threshold),
        "completed_at": facts.times.verified,
        "total_duration_seconds": facts.sla.duration,
        "sla_seconds": facts.sla.limit,
        "sla_met": facts.sla.met,
        "sla_buffer_seconds": facts.sla.buffer,
    }


def _number(fact: Fact[str]) -> Fact[float]:
    """Read the one number of a text such as ``above 20 %`` (0.2); in a text with several nobody knows which."""
    if isinstance(fact, NotMeasured):
        return fact
    found = list(_NUMBER.finditer(fact.value))
    if len(found) != 1:
        return NotMeasured(f"'{fact.value}' is not one number")
    text = found[0][0].rstrip(" %")
    return Derived(float(text) / 100 if found[0]["percent"] else float(text), f"'{fact.value}', {fact.source}")


def _phases(facts: Incident) -> Figures:
    """By the id of the phase, of its last way: its seconds count from the beginning of the phase."""
    return {phase.path.removeprefix("phases/"): phase.seconds for phase in last_ways(facts.phases)}


def _success(facts: Incident) -> Figures:
    ended = facts.standing.outcome != "not ended"
    success = facts.standing.outcome == "passed"
    return {
        "success": Derived(success, "the run's result") if ended else NotMeasured(NOT_ENDED),
        "attempts": facts.execution.attempts,
        "verification_passed": facts.execution.verification_passed,
        "all_services_healthy": NotMeasured("no check says of which services it speaks"),
    }


def _impact(facts: Incident) -> Figures:
    return {
        "downtime_seconds": facts.impact.downtime,
        "affected_requests": facts.impact.affected_requests,
        "failed_requests": facts.impact.failed_requests,
        "customer_impact": facts.impact.users,
        "revenue_impact_usd": _dollars(facts.impact.revenue),
    }


def _dollars(revenue: Fact[str]) -> Fact[float]:
    if isinstance(revenue, NotMeasured):
        return revenue
    match = re.match(r"(?:\$|USD)\s*(\d+(?:,\d{3})*(?:\.\d+)?)(?!\w)", revenue.value)
    if match is None:
        return NotMeasured(f"'{revenue.value}' is no amount in US dollars")
    return Entered(float(match[1].replace(",", "")), revenue.source)


def _quality(facts: Incident) -> Figures:
    judged = _judged(facts)
    if not facts.regions:
        return judged
    of_the_whole = ("manual_intervention_required",)
    return {name: fact if name in of_the_whole else NotMeasured(OF_EACH_REGION) for name, fact in judged.items()}


def _judged(facts: Incident) -> Figures:
    ended = facts.standing.outcome != "not ended"
    by_hand = [item for item in facts.interventions if item.kind == "done by hand"]
    left = bool(facts.skipped or facts.overrides or by_hand)

    def at_the_end(value: bool, source: str) -> Fact[bool]:
        return Derived(value, source) if ended else NotMeasured(NOT_ENDED)

    return {
        "rollback_tested_before": _tested(facts),
        "automated_rollback": at_the_end(not by_hand, "steps that were done by hand"),
        "manual_intervention_required": derive(
            facts.execution.automated, lambda alone: not alone, "what people did by hand or decided"
        ),
        "rollback_documentation_followed": at_the_end(not left, "parts left out, overridden or done by hand"),
        "rollback_plan_accuracy": _accuracy(facts),
    }


def _tested(facts: Incident) -> Fact[bool]:
    allowed = facts.permission.allowed
    if isinstance(allowed, Measured) and allowed.value and facts.identity.level >= 2:
        return Derived(True, "the permit is valid: none is given from level 2 on before the rollback was rehearsed")
    return NotMeasured("without a valid permit the journal does not say")


def _accuracy(facts: Incident) -> Fact[float]:
    """How well the plan's budgets held: 1 less the share of them by which phases took longer; at least 0."""
    pairs = [
        (phase.seconds.value.number, phase.budget.value.number)
        for phase in last_ways(facts.phases)
        if not isinstance(phase.seconds, NotMeasured) and not isinstance(phase.budget, NotMeasured)
    ]
    if not pairs:
        return NotMeasured("no phase with a budget has ended")
    off = sum(max(0.0, took - budget) for took, budget in pairs) / sum(budget for _, budget in pairs)
    return Derived(round(max(0.0, 1 - off), 3), "1 less the share of the budgets by which phases took longer")


_GROUPS: Mapping[str, Callable[[Incident], Figures]] = {
    "rollback_execution": _execution,
    "phase_timings": _phases,
    "rollback_success": _success,
    "impact_metrics": _impact,
    "quality_metrics": _quality,
}
