"""What a tick of a case reads: the series that were given, and what people reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import NoData, Observation, Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.sources.manual import counted
from rollback_gov.triggers.cases.load import LoadedCase
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.simulation import BEGIN

ENDED = NoData("the series has ended")


@dataclass(frozen=True, slots=True)
class Feed:
    """Readings of one case. Between two samples of a series a query has the earlier one, and its time."""

    loaded: LoadedCase
    interval: int
    """Milliseconds from one sample to the next."""

    def read(self, trigger: Trigger, at: int) -> Mapping[str, Observation] | None:
        """Give a trigger's readings at a time (milliseconds after the beginning); None where the case gives none."""
        series = self.loaded.series.get(trigger.id)
        wanted = queries(trigger)
        if series is None and not all(query.signal for query in wanted.values()):
            return None
        return {
            role: self._sample(series[role], at) if series else self._reported(query, at)
            for role, query in wanted.items()
        }

    def _sample(self, samples: Sequence[Observation], at: int) -> Observation:
        index = at // self.interval
        if index >= len(samples):
            return ENDED
        seen = samples[index]
        return replace(seen, sample=(BEGIN + index * self.interval) / 1000) if isinstance(seen, Value) else seen

    def _reported(self, query: Query, at: int) -> Observation:
        reports = (self.loaded.case.reports or {}).get(query.signal, ())
        times = [((BEGIN + report.at.milliseconds) / 1000, Decimal(report.count)) for report in reports]
        return counted(times, query.over, (BEGIN + at) / 1000)
