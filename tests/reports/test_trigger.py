from __future__ import annotations

from rollback_gov.reports.fact import Derived, Entered, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import Log
from rollback_gov.reports.trigger import TriggerFact, trigger, trigger_type
from tests.reports.journals import NOBODY_SAID, REASON, Story


def of(**reason: str) -> TriggerFact:
    return trigger(Log(Story().start(reason={**NOBODY_SAID, **reason}).events))


def test_what_a_trigger_read_is_measured() -> None:
    fact = of(**REASON)
    assert fact.value == Measured("0.025", "the trigger's reading")
    assert fact.threshold == Measured("above 0.01", "the trigger's reading")
    assert fact.decided_by == Entered("rollback-gov watch", "said at the decision")


def test_a_trigger_that_fired_makes_it_automatic_whoever_decided() -> None:
    fired = Log(Story().start(reason={**REASON, "decided_by": "ann"}).events)
    assert trigger_type(fired) == "automatic"
    assert trigger_type(Log(Story().start(reason=NOBODY_SAID).events)) == "manual"


def test_detection_took_from_the_first_breach_to_the_decision() -> None:
    assert of(**REASON).delay == Derived(Seconds(150), "from the first breach to the decision")


def test_what_a_person_said_about_a_metric_is_entered() -> None:
    fact = of(text="too many errors", metric="error rate", value="4 %", decided_by="ann")
    assert fact.metric == Entered("error rate", "said at the decision")
    assert fact.threshold == NotMeasured("no trigger fired")
    assert fact.delay == NotMeasured("no trigger fired")


def test_a_breach_after_the_decision_is_a_clock_that_is_wrong_and_not_zero_seconds() -> None:
    assert isinstance(of(**{**REASON, "first_breach": "2026-01-31T12:00:09Z"}).delay, NotMeasured)


def test_a_first_breach_that_is_no_time_measures_nothing() -> None:
    fact = of(**{**REASON, "first_breach": "around noon"})
    assert fact.delay == NotMeasured("'around noon' is not a time")


def test_a_trigger_that_says_little_leaves_gaps() -> None:
    assert of(trigger="errors", text="errors").value == NotMeasured("the trigger did not say")
