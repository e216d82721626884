"""The metrics of a repository: everything that was read, folded into figures by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rollback_gov.model.record import Record
from rollback_gov.reports.fact import Fact, NotMeasured
from rollback_gov.reports.log import moment
from rollback_gov.reports.metrics.dora import Dora, dora, failures
from rollback_gov.reports.metrics.exposition import exposition
from rollback_gov.reports.metrics.families import FAMILIES, OUTCOMES, PURPOSES, UNREADABLE, Family
from rollback_gov.reports.metrics.material import Material
from rollback_gov.reports.metrics.sheet import Sample, Sheet
from rollback_gov.reports.phases import last_ways
from rollback_gov.reports.run_facts import RunFacts, StoredRun

_EACH = (
    "rollback_executed_total",
    "rollback_success_total",
    "rollback_sla_met_total",
    "rollback_sla_missed_total",
    "rollback_evidence_complete_total",
    "rollback_evidence_incomplete_total",
    "rollback_deployments_total",
    "rollback_failed_deployments_total",
    "rollback_unmatched_failures_total",
)
"""Counters that begin at zero for whatever may be rolled back: ``increase`` sees the first one only from there."""


class Metrics(Record):
    """The figures of a repository: every family that has a value, and those of DORA."""

    families: tuple[tuple[Family, tuple[Sample, ...]], ...]
    dora: Dora

    @property
    def text(self) -> str:
        """Give them as Prometheus' text."""
        return exposition(self.families)


def metrics(material: Material) -> Metrics:
    """Fold everything. What nobody measured has no line; counters of what is known begin at zero."""
    sheet = Sheet()
    rollbacks = [run for run in material.runs if run.facts.is_rollback]
    for run in rollbacks:
        _rollback(sheet, run)
    _newest(sheet, [run.facts for run in reversed(rollbacks)])
    _failures(sheet, material, rollbacks)
    _begin(sheet, material)
    figures = _dora(sheet, material, rollbacks)
    _plans(sheet, material)
    _open_work(sheet, material)
    sheet.set("rollback_metrics_timestamp_seconds", material.now.timestamp())
    sheet.set("rollback_metrics_left_out", sheet.left_out)
    lines = ((family, tuple(sheet.samples(family))) for family in FAMILIES.values())
    return Metrics(families=tuple((family, samples) for family, samples in lines if samples), dora=figures)


def together(services: Iterable[str]) -> str:
    """Name the services that are changed together, in one label."""
    return ",".join(sorted(set(services)))


def _where(facts: RunFacts) -> tuple[str, str]:
    return together(facts.identity.services), facts.identity.environment


def _rollback(sheet: Sheet, run: StoredRun) -> None:
    facts, where = run.facts, _where(run.facts)
    _begin_at(sheet, where)
    sheet.count("rollback_executed_total", *where)
    if facts.standing.outcome == "not ended":
        sheet.count("rollback_unfinished", *where)
    else:
        sheet.count("rollback_outcomes_total", *where, facts.standing.outcome)
        sheet.count("rollback_success_total", *where, by=facts.standing.outcome == "passed")
    if not isinstance(met := facts.sla_met, NotMeasured):
        sheet.count("rollback_sla_met_total" if met.value else "rollback_sla_missed_total", *where)
    trigger = "" if isinstance(facts.trigger.trigger, NotMeasured) else facts.trigger.trigger.value
    sheet.count("rollback_triggered_total", facts.identity.environment, facts.trigger_type, trigger)
    if not isinstance(delay := facts.trigger.delay, NotMeasured):
        sheet.observe("rollback_detection_time", delay.value.number, *where)
    places = run.regions or (run,)
    if captured := [item.result for place in places for item in place.facts.captures]:
        complete = set(captured) == {"kept"}
        sheet.count("rollback_evidence_complete_total" if complete else "rollback_evidence_incomplete_total", *where)
    for place in places:
        _phases(sheet, place.facts)


def _phases(sheet: Sheet, facts: RunFacts) -> None:
    for phase in last_ways(facts.phases):
        labels = (*_where(facts), phase.path.removeprefix("phases/"))
        for name, fact in (
            ("rollback_phase_seconds", phase.seconds),
            ("rollback_phase_estimate_seconds", phase.budget),
        ):
            if not isinstance(phase.seconds, NotMeasured) and not isinstance(fact, NotMeasured):
                sheet.observe(name, fact.value.number, *labels)


def _newest(sheet: Sheet, rollbacks: Iterable[RunFacts]) -> None:
    """Set what is known of each operation's newest rollback, and of the newest that was verified."""
    for facts in rollbacks:
        which = (facts.identity.operation, *_where(facts))
        if (decided := _time(facts.times.decided)) is not None:
            sheet.set("rollback_decided_timestamp_seconds", decided.timestamp(), *which)
        if facts.standing.outcome == "passed" and not isinstance(took := facts.sla.duration, NotMeasured):
            sheet.set("rollback_duration_seconds", took.value.number, *which)
            if not isinstance(limit := facts.sla.limit, NotMeasured):
                sheet.set("rollback_sla_seconds", limit.value.number, *which)


def _time(fact: Fact[str]) -> datetime | None:
    read = fact if isinstance(fact, NotMeasured) else moment(fact.value)
    return None if isinstance(read, NotMeasured) else read


def _failures(sheet: Sheet, material: Material, rollbacks: Iterable[StoredRun]) -> None:
    for made in material.deployments:
        sheet.count("rollback_deployments_total", together(made.services), made.environment)
    for failure in failures(material.deployments, (run.facts for run in rollbacks)):
        where = (together(failure.services), failure.environment)
        if failure.deployment is None:
            sheet.count("rollback_unmatched_failures_total", *where)
        else:
            made = failure.deployment
            sheet.count("rollback_failed_deployments_total", together(made.services), made.environment)
        if failure.seconds is not None:
            sheet.observe("rollback_recovery_seconds", failure.seconds, *where)


def _begin(sheet: Sheet, material: Material) -> None:
    for services in dict.fromkeys(together(plan.services) for plan in material.plans):
        for environment in material.environments:
            _begin_at(sheet, (services, environment))


def _begin_at(sheet: Sheet, where: tuple[str, str]) -> None:
    for name in _EACH:
        sheet.count(name, *where, by=0)
    for outcome in OUTCOMES:
        sheet.count("rollback_outcomes_total", *where, outcome, by=0)
    sheet.count("rollback_unfinished", *where, by=0)
    sheet.observe("rollback_detection_time", None, *where)
    sheet.observe("rollback_recovery_seconds", None, *where)


def _dora(sheet: Sheet, material: Material, rollbacks: Iterable[StoredRun]) -> Dora:
    since = material.now - material.window
    figures = dora(material.deployments, (run.facts for run in rollbacks), since=since, until=material.now)
    sheet.set("rollback_window_seconds", material.window.total_seconds())
    for prefix, labels, each in (
        ("rollback", (), figures.whole),
        *(("rollback_service", (name,), each) for name, each in figures.services.items()),
    ):
        if not isinstance(each.rate, NotMeasured):
            sheet.set(f"{prefix}_change_failure_ratio", each.rate.value, *labels)
        if not isinstance(each.recovery, NotMeasured):
            sheet.set(f"{prefix}_failed_deployment_recovery_seconds", each.recovery.value.number, *labels)
    return figures


def _plans(sheet: Sheet, material: Material) -> None:
    for plan in material.plans:
        level, which = str(plan.level), (plan.operation, together(plan.services))
        sheet.count("rollback_plans", level)
        sheet.count("rollback_plans_never_rehearsed", level, by=not plan.rehearsed)
        if plan.level >= 2:
            sheet.set("rollback_plan_rehearsed", int(plan.is_enough), *which, level)
        if plan.latest is not None:
            sheet.set("rollback_rehearsal_timestamp_seconds", plan.latest.timestamp(), *which)
        if plan.fresh_until is not None:
            sheet.set("rollback_rehearsal_expires_timestamp_seconds", plan.fresh_until.timestamp(), *which)


def _open_work(sheet: Sheet, material: Material) -> None:
    for purpose in PURPOSES:
        waiting = [
            glass for glass in material.break_glasses if glass.record.purpose == purpose and glass.review is None
        ]
        overdue = [glass for glass in waiting if glass.is_overdue(material.now)]
        sheet.set("rollback_break_glass_reviews_open", len(waiting), purpose)
        sheet.set("rollback_break_glass_reviews_overdue", len(overdue), purpose)
    today = f"{material.now:%Y-%m-%d}"
    sheet.set("rollback_actions_open", len(material.actions))
    sheet.set("rollback_actions_overdue", sum(bool(item.due) and item.due < today for item in material.actions))
    for kind in UNREADABLE:
        sheet.set("rollback_unreadable_records", material.unreadable.get(kind, 0), kind)
