"""The metrics of a repository as JSON values, with what the text has no room for: why a figure is not known.

Described by ``schemas/repository-metrics-v1.schema.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rollback_gov.records.times import stamp
from rollback_gov.reports.fact import NotMeasured, Seconds
from rollback_gov.reports.metrics.dora import Dora, Figures
from rollback_gov.reports.metrics.fold import Metrics

VERSION = 1


def metrics_document(metrics: Metrics, now: datetime, problems: Sequence[str]) -> dict[str, Any]:
    """Give every family with its samples, the figures of DORA, and what could not be read. Times are UTC."""
    families = [
        {
            "name": family.name,
            "type": family.kind,
            "help": family.help,
            "samples": [
                {"name": sample.name, "labels": dict(sample.labels), "value": sample.value} for sample in samples
            ],
        }
        for family, samples in metrics.families
    ]
    return {
        "version": VERSION,
        "at": stamp(now),
        "dora": dora_document(metrics.dora),
        "metrics": families,
        "problems": list(problems),
    }


def dora_document(dora: Dora) -> dict[str, Any]:
    """Give the figures of DORA; one that nobody can know is null, and ``why`` says what it would have taken."""
    return {
        "since": stamp(dora.since) if dora.since else None,
        "until": stamp(dora.until),
        "whole": figures_document(dora.whole),
        "services": {name: figures_document(figures) for name, figures in dora.services.items()},
    }


def figures_document(figures: Figures) -> dict[str, Any]:
    """Give the figures of DORA of one service, or of all; one that nobody can know is null, and ``why`` says why."""
    named = {"change_failure_rate": figures.rate, "recovery_seconds": figures.recovery}
    unknown = {name: fact.why for name, fact in named.items() if isinstance(fact, NotMeasured)}
    return {
        "deployments": figures.deployments,
        "failed_deployments": figures.failed,
        "change_failure_rate": None if isinstance(figures.rate, NotMeasured) else figures.rate.value,
        "failures": figures.failures,
        "unmatched_failures": figures.unmatched,
        "recovered": figures.recovered,
        "recovered_from_decision": figures.from_decision,
        "recovery_seconds": None if isinstance(figures.recovery, NotMeasured) else _number(figures.recovery.value),
        "why": unknown,
    }


def _number(seconds: Seconds) -> float:
    return seconds.number
