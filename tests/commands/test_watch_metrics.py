"""What a watch says of itself to a Prometheus, counted in this process."""

from __future__ import annotations

import pytest

from rollback_gov.commands.watch_metrics import Metrics, open_metrics
from rollback_gov.model.errors import UsageError
from rollback_gov.triggers.gates import Course
from tests.commands.test_watch import ERRORS, HEALTH, Stage, stage

__all__ = ["stage"]

WHICH = {"operation": "op-7", "environment": "staging"}


def test_what_happened_is_counted_and_the_rest_is_zero(stage: Stage) -> None:
    stage.plan(ERRORS, HEALTH, "{id: gone, query: {source: http, endpoint: api, path: /gone}, above: 1, for: 1h}")
    stage.web.text("/errors", "0.05")
    with open_metrics("127.0.0.1:0") as metrics:
        assert isinstance(metrics, Metrics)
        result = stage.watch(listener=metrics.listener("op-7", "staging"))

        def value(name: str, **labels: str) -> float | None:
            return metrics.registry.get_sample_value(f"rollback_gov_watch_{name}", WHICH | labels)

        assert value("ticks_total") == result.ticks
        assert value("fired_total") == value("firing") == 1
        assert value("decisions_total", action="rollback") == 1
        assert value("decisions_total", action="mitigate") == 0
        assert [value("outcomes_total", outcome=name) for name in ("started", "passed", "failed")] == [1, 1, 0]
        not_run = {course for course in Course if course not in (Course.GO, Course.TELL)}
        assert [value("outcomes_total", outcome=course.value) for course in not_run] == [0, 0, 0]
        breaches, unknowns = (value("readings_total", verdict=name) for name in ("breach", "unknown"))
        assert breaches is not None
        assert breaches >= 3
        assert unknowns == result.ticks
        assert value("blind") == len(result.blind) == 1
        assert (value("last_tick_timestamp_seconds") or 0) > 1_700_000_000


@pytest.mark.parametrize("address", ["9464", ":9464", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_where_nobody_can_listen_is_wrong_usage(address: str) -> None:
    with pytest.raises(UsageError, match=r"is no address to listen at|Cannot listen at"), open_metrics(address):
        pass
