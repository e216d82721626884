"""A backtest on six days of a real Prometheus, and the same decisions as a watch at the same times."""

from __future__ import annotations

import time

import pytest

from rollback_gov.commands.triggers_backtest import backtest
from rollback_gov.triggers.backtest import Incident, Question
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Tick
from tests.execution.marks import slow
from tests.triggers.past import BEGINS, ENDS, INCIDENTS, MINUTE, Past, past, silences

__all__ = ["past"]


def test_it_finds_all_six_incidents_and_nothing_else_in_less_than_five_seconds(past: Past) -> None:
    question, seconds = Question(begins=BEGINS, ends=ENDS, incidents=INCIDENTS), list[float]()
    while not seconds or (min(seconds) >= 5 and len(seconds) < 3):  # a busy machine is no defect
        began = time.monotonic()
        result = backtest(past.target, past.world, question)
        seconds.append(time.monotonic() - began)
    assert min(seconds) < 5
    assert result.alarms.ticks == 6 * 24 * 60 + 1
    assert [(one.incident.name, one.alarm is not None) for one in result.score.found] == [
        (incident.name, True) for incident in INCIDENTS
    ]
    assert result.score.false == ()
    assert result.is_right
    assert all(300 <= delay <= 480 for delay in result.score.delays), result.score.delays
    assert {alarm.what for alarm in result.alarms.firings} == {"errors", "latency"}
    assert [len(score.missed) for score in result.scores.values()] == [1, 4]
    assert result.alarms.unseen["latency"] >= sum(ends - begins for begins, ends in silences()) / MINUTE - 20
    assert result.without == {}


def same(watched: list[Tick], followed: list[Tick]) -> None:
    """Both are equal, tick by tick with all readings, until a trigger is over: there a watch would have ended."""
    assert len(watched) == len(followed)
    for live, back in zip(watched, followed, strict=True):
        assert live == back
        if any(state.recovered and state.status is Status.FIRED for state in live.states.values()):
            return


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_it_equals_a_watch_at_the_same_times(past: Past, incident: Incident) -> None:
    begins, ends = incident.begins - 10 * MINUTE, incident.begins + 15 * MINUTE
    watched = past.watched(begins, ends)
    same(watched, past.followed(begins, ends))
    assert watched[-1].decision is not None


def test_it_equals_a_watch_where_there_is_no_data(past: Past) -> None:
    begins, _ = next(silences())
    watched = past.watched(begins - 5 * MINUTE, begins + 20 * MINUTE)
    same(watched, past.followed(begins - 5 * MINUTE, begins + 20 * MINUTE))
    assert {entry.judgement.verdict for entry in watched[-1].entries} == {Verdict.UNKNOWN}


@slow
@pytest.mark.parametrize("day", range(6))
def test_it_equals_a_watch_at_every_minute(past: Past, day: int) -> None:
    """Readings of every minute; states are compared by the tests above, where a watch would not have ended."""
    begins = BEGINS + day * 86_400.0
    ends = begins + 86_400.0 - MINUTE
    for live, back in zip(past.watched(begins, ends), past.followed(begins, ends), strict=True):
        assert [(entry.readings, entry.judgement) for entry in live.entries] == [
            (entry.readings, entry.judgement) for entry in back.entries
        ]
