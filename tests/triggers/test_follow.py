"""Triggers along a history with more than one incident."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.observation import NoData, Value
from rollback_gov.triggers.follow import follow, like_prometheus
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Rules
from tests.triggers.conftest import trigger_of


def fired(keys: str, values: str) -> list[int]:
    """Give the ticks at which a trigger stands as fired. A dot is no data."""
    trigger = trigger_of(keys)
    rules = Rules(triggers=(trigger,), every=Duration(10_000), mode="observe")
    readings = [
        (
            10.0 * number,
            {"errors": {"value": NoData("nothing") if text == "." else Value(Decimal(text), 10.0 * number)}},
        )
        for number, text in enumerate(values)
    ]
    ticks = [followed.tick for followed in follow(rules, readings)]
    assert [tick.at for tick in ticks] == [at for at, _ in readings]
    return [number for number, tick in enumerate(ticks) if tick.states["errors"].status is Status.FIRED]


def test_it_fires_once_an_incident_until_it_is_fine_again() -> None:
    assert fired("above: 1, for: 20s", "0555550005550") == [3, 4, 5, 6, 11, 12]


@pytest.mark.parametrize(("unknown", "ticks"), [("hold", [2, 3, 4]), ("reset", [2, 3])])
def test_no_data_ends_it_only_where_it_resets(unknown: str, ticks: list[int]) -> None:
    assert fired(f"above: 1, for: 20s, unknown: {unknown}", "555.00") == ticks


def test_one_sample_counts_once_across_incidents() -> None:
    assert fired("above: 1, count: 2", "550550") == [1, 2, 4, 5]


def test_prometheus_starts_anew_without_a_result() -> None:
    assert like_prometheus(trigger_of("above: 1, for: 20s")).unknown == "reset"
