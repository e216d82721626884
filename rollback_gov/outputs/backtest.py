"""A backtest as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.outputs.words import counted
from rollback_gov.triggers.alarms import Alarm
from rollback_gov.triggers.backtest import Backtest, Found, Incident, Score
from rollback_gov.triggers.explain import lasting
from rollback_gov.triggers.line import stamp


def backtest_text(result: Backtest) -> Iterator[str]:
    """Give the lines of a backtest: each trigger, what would have been decided, and each incident."""
    question = result.question
    yield (
        f"{result.operation} in {result.environment}, {_time(question.begins)} to {_time(question.ends)}: "
        f"{counted(result.alarms.ticks, 'tick')}"
    )
    if question.like_prometheus:
        yield "Judged as Prometheus' own alerts would: infinity is a number, and no result starts a trigger anew."
    yield from (f"{name}: not looked at, because {kind} only knows of now" for name, kind in result.without.items())
    for trigger in result.rules.triggers:
        yield from _trigger(result, trigger.id)
    yield from _decisions(result)
    if question.incidents:
        yield from _incidents(result.score, question.around)
    yield from (f"note: {note}" for note in result.notes)


def backtest_document(result: Backtest) -> dict[str, Any]:
    """Give a backtest as plain data: times in UTC, spans in seconds."""
    question = result.question
    return {
        "operation": result.operation,
        "environment": result.environment,
        "from": stamp(question.begins),
        "to": stamp(question.ends),
        "around_seconds": question.around.seconds,
        "like_prometheus": question.like_prometheus,
        "ticks": result.alarms.ticks,
        "without_history": dict(result.without),
        "triggers": {
            name: {
                "readings": result.alarms.readings.get(name, 0),
                "unknown": result.alarms.unseen.get(name, 0),
                "firings": [_alarm(alarm) for alarm in result.alarms.firings if alarm.what == name],
                **(_score(score) if question.incidents else {}),
            }
            for name, score in result.scores.items()
        },
        "decisions": [{"action": alarm.what, **_alarm(alarm)} for alarm in result.alarms.decisions],
        "rollbacks": _score(result.score) if question.incidents else None,
        "notes": list(result.notes),
    }


def _trigger(result: Backtest, name: str) -> Iterator[str]:
    trigger, score = result.rules.trigger(name), result.scores[name]
    readings, unseen = result.alarms.readings.get(name, 0), result.alarms.unseen.get(name, 0)
    fired = [alarm for alarm in result.alarms.firings if alarm.what == name]
    times = f"would have fired {counted(len(fired), 'time')}" if fired else "would not have fired"
    unknown = f"; {unseen} of {readings} readings could not be evaluated" if unseen else ""
    yield f"{name}: {times}{unknown}"
    for alarm in fired:
        yield f"  {_time(alarm.at)} {_until(alarm)}: {alarm.reason}{lasting(trigger, result.rules.every)}"
    if result.question.incidents:
        missed = f", missed {_names(score.missed)}" if score.missed else ""
        found = f"{len(score.found) - len(score.missed)} of {len(score.found)}"
        yield f"  found {found} incidents{missed}; fired falsely {counted(len(score.false), 'time')}"


def _decisions(result: Backtest) -> Iterator[str]:
    if not result.alarms.decisions:
        yield "Nothing would have been decided."
        return
    yield "What would have been decided:"
    for alarm in result.alarms.decisions:
        false = " FALSE" if result.question.incidents and alarm in result.score.false else ""
        yield f"  {_time(alarm.at)} {alarm.what}{false}, {_until(alarm)}: {alarm.reason}"


def _incidents(score: Score, around: Duration) -> Iterator[str]:
    yield f"Incidents (a rollback up to {around} before one belongs to it):"
    for one in score.found:
        yield f"  {_time(one.incident.begins)} {one.incident.name}: {_delay(one)}"
    found = f"{len(score.found) - len(score.missed)} of {counted(len(score.found), 'incident')} found"
    yield f"{found}{_spread(score)}; {counted(len(score.false), 'false rollback')}."


def _spread(score: Score) -> str:
    middle = score.median_delay
    if middle is None:
        return ""
    return f", {_signed(middle)} in the median ({_signed(min(score.delays))} to {_signed(max(score.delays))})"


def _delay(found: Found) -> str:
    return "MISSED" if found.delay is None else f"rollback {_signed(found.delay)} its beginning"


def _signed(seconds: float) -> str:
    return f"{Duration.of_seconds(abs(seconds))} {'before' if seconds < 0 else 'after'}"


def _names(incidents: tuple[Incident, ...]) -> str:
    return ", ".join(incident.name for incident in incidents)


def _until(alarm: Alarm) -> str:
    return "to the end" if alarm.over is None else f"for {Duration.of_seconds(alarm.over - alarm.at)}"


def _time(at: float) -> str:
    return f"{stamp(at)[:19]}Z"


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "at": stamp(alarm.at),
        "over": stamp(alarm.over) if alarm.over is not None else None,
        "reason": alarm.reason,
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "found": [
            {
                **{name: value for name, value in asdict(one.incident).items() if name == "name"},
                "from": stamp(one.incident.begins),
                "to": stamp(one.incident.ends),
                "alarm": stamp(one.alarm.at) if one.alarm else None,
                "delay_seconds": one.delay,
            }
            for one in score.found
        ],
        "missed": [incident.name for incident in score.missed],
        "false": [stamp(alarm.at) for alarm in score.false],
        "median_delay_seconds": score.median_delay,
    }
