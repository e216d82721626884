"""When it is looked again whether anything has become better: a week after the rollback."""

from __future__ import annotations

from datetime import timedelta

from rollback_gov.reports.fact import Derived, Fact, NotMeasured
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.log import NOT_ENDED, moment

_AFTER = timedelta(days=7)


def review_date(facts: Incident) -> Fact[str]:
    """Give the day (UTC) of the follow-up review: a week after the run ended."""
    ended = facts.times.finished
    at = NotMeasured(NOT_ENDED) if isinstance(ended, NotMeasured) else moment(ended.value)
    return at if isinstance(at, NotMeasured) else Derived(f"{at + _AFTER:%Y-%m-%d}", "a week after the run ended")
