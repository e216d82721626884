from __future__ import annotations

from rollback_gov.execution.regions.stop import RegionStop
from rollback_gov.execution.stop import Stop


def test_a_region_stops_with_the_run_and_alone() -> None:
    whole = Stop()
    asia, europe = RegionStop(whole), RegionStop(whole)
    asia.signal = "timeout"
    assert (asia.requested, europe.requested, whole.requested) == (True, False, False)
    asia.signal = ""
    assert not asia.requested
    whole.signal = "SIGTERM"
    assert (asia.signal, europe.signal) == ("SIGTERM", "SIGTERM")
