"""Alarms held against incidents: found, missed, false, and how long before or after."""

from __future__ import annotations

from rollback_gov.triggers.alarms import Alarm
from rollback_gov.triggers.backtest import Incident, Score, score

DAY = Incident(name="day", begins=1000, ends=2000)
NIGHT = Incident(name="night", begins=5000, ends=6000)


def held(*times: float, around: float = 100) -> Score:
    return score([Alarm(what="rollback", at=at, reason="") for at in times], [DAY, NIGHT], around=around)


def test_an_alarm_belongs_to_an_incident_from_a_while_before_it_to_its_end() -> None:
    for at in (900, 1000, 1500, 2000):
        one = held(at, 5000)
        assert (one.missed, one.false) == ((), ()), at
    for at in (899, 2001):
        one = held(at, 5000)
        assert (one.missed, [alarm.at for alarm in one.false]) == ((DAY,), [at])


def test_the_first_alarm_counts_and_may_come_before_the_incident() -> None:
    one = held(1800, 1300, 4950)
    assert [found.delay for found in one.found] == [300, -50]
    assert (one.delays, one.median_delay) == ((300, -50), 125)
    assert one.false == ()


def test_what_began_without_an_incident_is_false_even_if_it_lasts_into_one() -> None:
    alarm = Alarm(what="rollback", at=100, reason="", over=1500)
    one = score([alarm], [DAY], around=100)
    assert (one.missed, one.false) == ((DAY,), (alarm,))


def test_nothing_found_has_no_delay() -> None:
    assert (held().median_delay, held().missed) == (None, (DAY, NIGHT))


def test_one_alarm_can_belong_to_two_incidents_that_overlap() -> None:
    twins = [DAY, Incident(name="twin", begins=1400, ends=2500)]
    one = score([Alarm(what="rollback", at=1450, reason="")], twins, around=0)
    assert [found.delay for found in one.found] == [450, 50]
