"""A backtest on six days of a real Prometheus, and the same decisions as a watch at the same times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollback_gov.commands.triggers_backtest import backtest
from rollback_gov.commands.triggers_history import read_history
from rollback_gov.commands.watch_sources import open_sources
from rollback_gov.model.duration import Duration
from rollback_gov.triggers.backtest import Incident, Question
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Tick
from tests.execution.marks import slow
from tests.triggers.past import BEGINS, ENDS, INCIDENTS, MINUTE, Past, past, silences

__all__ = ["past"]


def test_it_finds_all_six_incidents_and_nothing_else_in_less_than_five_seconds(past: Past) -> None:
    before = past.work()
    result = backtest(past.target, past.world, Question(begins=BEGINS, ends=ENDS, incidents=INCIDENTS))
    assert past.work() - before < 5, "of both together: on a busy machine the clock on the wall says nothing"
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


def test_triggers_of_several_intervals_are_read_at_the_multiples_of_each(past: Past) -> None:
    rules = past.rules
    (errors, latency), begins = rules.triggers, BEGINS + 10.0
    slower = replace(rules, triggers=(errors, replace(latency, every=Duration(300_000))))
    with open_sources(past.target, past.world) as book:
        heard: list[tuple[int, int]] = []
        history = read_history(
            book, slower, begins, begins + 600, infinite=False, told=lambda *progress: heard.append(progress)
        )
        ticks = {round(at - BEGINS): set(readings) for at, readings in history}
    assert ticks == {60 * minute: {"errors", *(["latency"] if minute % 5 == 0 else [])} for minute in range(1, 11)}
    assert heard == [(0, 3), (1, 3), (2, 3), (3, 3)]


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
