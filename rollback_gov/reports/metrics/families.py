"""Every metric that there is: its name, what it counts, and by which labels. ``docs/metrics.md`` says the same."""

from __future__ import annotations

from typing import Literal

from rollback_gov.model.record import Record

Kind = Literal["counter", "gauge", "histogram", "summary"]

WHERE = ("services", "environment")
"""``services`` names those that are changed together, as ``api,auth``."""
WHICH = ("operation", *WHERE)
OUTCOMES = ("passed", "failed", "aborted")
PURPOSES = ("deployment", "rollback")
UNREADABLE = ("run", "report", "plan", "evidence", "break-glass", "deployment")


class Family(Record):
    """A metric. ``buckets`` are the upper bounds of a histogram's buckets, in seconds."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_DETECTION = (15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600)
_RECOVERY = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 86400)


def _counter(name: str, text: str, labels: tuple[str, ...] = WHERE) -> Family:
    return Family(name=name, kind="counter", help=text, labels=labels)


def _gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Family:
    return Family(name=name, kind="gauge", help=text, labels=labels)


_ALL = (
    _counter("rollback_executed_total", "Rollbacks in production that began."),
    _counter("rollback_success_total", "Rollbacks in production that were verified."),
    _counter("rollback_outcomes_total", "Rollbacks in production that ended, by how.", (*WHERE, "outcome")),
    _gauge("rollback_unfinished", "Rollbacks in production that began and have not ended.", WHERE),
    _counter("rollback_sla_met_total", "Rollbacks in production that were verified within their SLA."),
    _counter("rollback_sla_missed_total", "Rollbacks in production that ended and were not."),
    _counter("rollback_evidence_complete_total", "Rollbacks in production of which every capture was kept."),
    _counter("rollback_evidence_incomplete_total", "Rollbacks in production of which some capture was not."),
    _counter(
        "rollback_triggered_total",
        "Rollbacks in production by what called for them; people have no trigger.",
        ("environment", "type", "trigger"),
    ),
    _gauge("rollback_duration_seconds", "From the decision until verified, of the newest rollback.", WHICH),
    _gauge("rollback_sla_seconds", "The SLA of that rollback.", WHICH),
    _gauge("rollback_decided_timestamp_seconds", "When the newest rollback was decided.", WHICH),
    Family(
        name="rollback_detection_time",
        kind="histogram",
        help="Seconds from the first breach to the decision.",
        labels=WHERE,
        buckets=_DETECTION,
    ),
    Family(
        name="rollback_phase_seconds",
        kind="summary",
        help="Seconds that a phase took.",
        labels=(*WHERE, "phase"),
    ),
    Family(
        name="rollback_phase_estimate_seconds",
        kind="summary",
        help="Seconds that the plan gives such a phase.",
        labels=(*WHERE, "phase"),
    ),
    _counter("rollback_deployments_total", "Permits whose use was taken for production."),
    _counter("rollback_failed_deployments_total", "Such deployments that were rolled back."),
    _counter("rollback_unmatched_failures_total", "Failures of which no deployment is known."),
    Family(
        name="rollback_recovery_seconds",
        kind="histogram",
        help="From the first breach, or the decision where none was measured, until a rollback was verified.",
        labels=WHERE,
        buckets=_RECOVERY,
    ),
    _gauge("rollback_window_seconds", "How far back the following four look."),
    _gauge("rollback_change_failure_ratio", "Failed deployments of all, in the window."),
    _gauge("rollback_failed_deployment_recovery_seconds", "The median time to recover, in the window."),
    _gauge("rollback_service_change_failure_ratio", "The same of one service.", ("service",)),
    _gauge("rollback_service_failed_deployment_recovery_seconds", "The same of one service.", ("service",)),
    _gauge("rollback_plans", "Plans, by level.", ("level",)),
    _gauge("rollback_plans_never_rehearsed", "Plans without any rehearsal, by level.", ("level",)),
    _gauge(
        "rollback_plan_rehearsed",
        "1 where the rehearsals of a plan are what its level asks for.",
        ("operation", "services", "level"),
    ),
    _gauge(
        "rollback_rehearsal_timestamp_seconds",
        "When the newest rehearsal of the whole plan that passed had ended.",
        ("operation", "services"),
    ),
    _gauge(
        "rollback_rehearsal_expires_timestamp_seconds",
        "When that rehearsal is too old.",
        ("operation", "services"),
    ),
    _gauge("rollback_break_glass_reviews_open", "Break-glasses that nobody has reviewed.", ("purpose",)),
    _gauge("rollback_break_glass_reviews_overdue", "Of these, those whose review is overdue.", ("purpose",)),
    _gauge("rollback_actions_open", "Accepted actions of reports that are not done."),
    _gauge("rollback_actions_overdue", "Of these, those whose day is over."),
    _gauge("rollback_unreadable_records", "Records that cannot be read and count as nothing.", ("kind",)),
    _gauge(
        "rollback_metrics_left_out", "Series that were left out because there are too many, and numbers that are none."
    ),
    _gauge("rollback_metrics_timestamp_seconds", "When these figures were computed."),
)
FAMILIES = {family.name: family for family in _ALL}


def series_names(family: Family) -> tuple[str, ...]:
    """Give the names of a family's series, as a query names them."""
    parts = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}.get(family.kind, ("",))
    return tuple(f"{family.name}{part}" for part in parts)
