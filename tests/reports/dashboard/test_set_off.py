from __future__ import annotations

from rollback_gov.reports.dashboard.figures import Spread
from rollback_gov.reports.dashboard.set_off import BY_HAND, set_off
from rollback_gov.reports.fact import NotMeasured
from tests.reports.dashboard.seen import facts, golden, late
from tests.reports.journals import NOBODY_SAID, REASON


def test_triggers_by_their_id_and_people_together() -> None:
    by_hand = late(reason={**NOBODY_SAID, "text": "it burns"})
    other = late(reason={**REASON, "trigger": "latency"})
    first, second, third = set_off([facts(by_hand), facts(by_hand), facts(other), golden("passed").facts])
    assert (first.what, first.count, first.automatic) == (BY_HAND, 2, False)
    assert (second.what, third.what) == ("error-rate", "latency")
    assert isinstance(first.noticed, NotMeasured)
    assert third.noticed == Spread(n=1, middle=150, ninth=150, most=150)


def test_a_trigger_that_is_called_as_people_are_is_still_a_trigger() -> None:
    named = late(reason={**REASON, "trigger": BY_HAND})
    rows = set_off([facts(named), facts(late(reason=NOBODY_SAID))])
    assert sorted((row.automatic, row.count) for row in rows) == [(False, 1), (True, 1)]
