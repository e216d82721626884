"""What would have happened, gathered from the ticks of a history."""

from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.duration import Duration
from rollback_gov.model.observation import NoData, Observation, Value
from rollback_gov.triggers.alarms import Alarms, alarms
from rollback_gov.triggers.follow import follow
from rollback_gov.triggers.tick import Rules
from tests.triggers.conftest import plan_of

PLAN = """\
triggers:
  - {id: a, query: {source: http}, above: 1}
  - {id: b, query: {source: http}, above: 1, for: 10s}
"""


def seen(text: str, at: float) -> Observation:
    return NoData("nothing") if text == "." else Value(Decimal(text), at)


def raised(values: dict[str, str], decision: str = "") -> Alarms:
    """Give what happened with a letter a tick for each trigger, every ten seconds."""
    plan = plan_of(PLAN + decision)
    rules = Rules(triggers=plan.triggers, bands=plan.decision, every=Duration(10_000), mode="auto")
    history = [
        (10.0 * number, {name: {"value": seen(text[number], 10.0 * number)} for name, text in values.items()})
        for number in range(len(values["a"]))
    ]
    return alarms(follow(rules, history))


def short(gathered: Alarms) -> list[tuple[str, float, float | None]]:
    return [(alarm.what, alarm.at, alarm.over) for alarm in gathered.firings]


def decided(gathered: Alarms) -> list[tuple[str, float, float | None]]:
    return [(alarm.what, alarm.at, alarm.over) for alarm in gathered.decisions]


def test_every_breach_is_one_alarm_from_its_firing_until_it_is_fine_again() -> None:
    gathered = raised({"a": "0550500", "b": "0055550"})
    assert short(gathered) == [("a", 10, 30), ("b", 30, 60), ("a", 40, 50)]
    assert gathered.firings[0].reason == "5 is above 1"
    assert gathered.ticks == 7


def test_what_lasts_beyond_the_history_has_no_end() -> None:
    assert short(raised({"a": "0055", "b": "0000"})) == [("a", 20, None)]


def test_what_could_not_be_evaluated_is_counted() -> None:
    gathered = raised({"a": "0..0", "b": "...."})
    assert gathered.readings == {"a": 4, "b": 4}
    assert gathered.unseen == {"a": 2, "b": 4}
    assert gathered.firings == ()


def test_without_bands_each_alarm_is_a_rollback_and_two_at_once_are_one() -> None:
    gathered = raised({"a": "05500000", "b": "00555000"})
    assert decided(gathered) == [("rollback", 10, 60)]
    assert gathered.rollbacks == gathered.decisions


def test_decisions_follow_the_bands() -> None:
    bands = "decision:\n  - {action: prepare, any: [a]}\n  - {action: rollback, all: [a, b]}\n"
    gathered = raised({"a": "05555500", "b": "00055500"}, bands)
    assert decided(gathered) == [("prepare", 10, 40), ("rollback", 40, 70)]
    assert [alarm.what for alarm in gathered.rollbacks] == ["rollback"]


def test_a_deadline_becomes_a_rollback() -> None:
    bands = "decision:\n  - {action: investigate, any: [a], within: 20s, then: rollback}\n"
    assert decided(raised({"a": "0555555", "b": "0000000"}, bands)) == [("investigate", 10, 30), ("rollback", 30, None)]
