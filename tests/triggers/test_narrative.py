"""What people read of a tick."""

from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.narrative import at_a_glance, blind, changes, introduction, progress, short_of_traffic
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.tick import Rules, tick
from tests.triggers.conftest import plan_of

BODY = """
watch: {every: 10s, mode: confirm}
triggers: [{id: errors, query: {source: http, url: 'http://m/e'}, above: 1, for: 20s}]
"""
LETTERS: dict[str, Observation] = {
    "B": Value(Decimal(5)),
    "o": Value(Decimal(0)),
    "?": Error("refused"),
    "n": NoData("no series"),
}


def rules(body: str = BODY) -> Rules:
    plan = plan_of(body)
    return Rules(triggers=plan.triggers, bands=plan.decision, every=plan.watch.every, mode=plan.watch.mode)


def lines(story: str, body: str = BODY) -> list[list[str]]:
    """Tell a story of readings; - is a minute without any, l one of little traffic. Gives the lines of each tick."""
    states: dict[str, State] = {}
    decision: Decision | None = None
    told, at = [], 0.0
    for letter in story:
        at += 10 if letter != "-" else 60
        if letter != "-":
            volume = Value(Decimal(9 if letter == "l" else 100))
            seen = LETTERS["o" if letter == "l" else letter]
            done = tick(rules(body), states, {"errors": {"value": seen, "volume": volume}}, at)
            told.append(list(changes(done, decision)))
            states, decision = dict(done.states), done.decision
    return told


def test_what_stays_the_same_is_not_told() -> None:
    assert lines("ooo") == [[], [], []]
    assert lines("BB")[1] == []


def test_a_breach_that_comes_and_goes() -> None:
    assert lines("oBo") == [[], ["errors: breach: 5 is above 1"], ["errors: over: 0 is not above 1"]]


def test_a_trigger_that_fires_and_what_follows() -> None:
    assert lines("BBB")[2] == [
        "errors: FIRED: 5 is above 1",
        "decision: rollback (errors: 5 is above 1 for 20s)",
    ]
    told = lines("BBBoB")
    assert told[3] == ["errors: fine again, but it stays fired: 0 is not above 1"]
    assert told[4] == ["errors: breaches again: 5 is above 1"]


def test_a_deadline_is_told() -> None:
    body = BODY + "decision: [{action: investigate, any: [errors], within: 1m, then: rollback}]\n"
    assert lines("BBB", body)[2][1] == (
        "decision: investigate, until 1970-01-01T00:01:30.000Z (errors: 5 is above 1 for 20s)"
    )
    assert lines("BBBBBBBBB", body)[8][0].startswith("decision: rollback, until ")


def test_monitoring_that_is_blind_is_told_after_a_while_and_when_it_sees_again() -> None:
    assert lines("??n?o") == [
        ["errors: cannot be evaluated: refused"],
        [],
        [
            "errors: BLIND for 3 readings: no series. That is never a reason to roll back; "
            "until there is a number to judge, nobody sees a breach"
        ],
        [],
        ["errors: can be evaluated again: 0 is not above 1"],
    ]
    assert lines("???")[2] == [
        "errors: BLIND for 3 readings: refused. That is never a reason to roll back; look at the monitoring"
    ]


def test_too_little_traffic_is_told_once_and_when_there_is_enough() -> None:
    body = BODY.replace("for: 20s", "for: 20s, volume: {query: {source: http, url: 'http://m/v'}, at_least: 100}")
    assert lines("lllo", body) == [
        ["errors: is not judged: too little traffic: 9 of at least 100"],
        [],
        [],
        ["errors: is judged again: 0 is not above 1"],
    ]
    assert lines("?l?o", body) == [
        ["errors: cannot be evaluated: refused"],
        ["errors: is not judged: too little traffic: 9 of at least 100"],
        ["errors: cannot be evaluated: refused"],
        ["errors: can be evaluated again: 0 is not above 1"],
    ]


def test_a_gap_is_told() -> None:
    assert lines("B-B")[1] == ["errors: starts anew: nobody looked for 1m10s"]
    assert lines("B-o")[1][0] == "errors: starts anew: nobody looked for 1m10s"


def test_a_reset_by_what_is_unknown_is_told() -> None:
    body = BODY.replace("for: 20s", "for: 20s, unknown: reset")
    assert lines("B?", body)[1] == ["errors: cannot be evaluated: refused", "errors: starts anew"]


def test_the_blind_are_named() -> None:
    assert blind({"a": State(unknowns=2), "b": State(unknowns=3), "c": State()}) == ("b",)
    idle = {"a": State(low_traffic=2), "b": State(low_traffic=3), "c": State(unknowns=3)}
    assert short_of_traffic(idle) == ("b",)


def test_the_introduction_says_when_and_what() -> None:
    told = list(introduction(rules()))
    assert told[0].startswith("  errors: fires when http at http://m/e is above 1 for 20s, read every 10s")
    assert told[1:] == [
        "What follows:",
        "  any trigger that fires: rollback",
        "  a rollback or mitigation (mode confirm): a person is asked, and nothing is run without a yes",
    ]


def test_the_introduction_reads_the_bands() -> None:
    body = """
triggers: [{id: a, query: {source: http}, above: 1}, {id: b, query: {source: http}, above: 1}]
scenarios: [{id: restart, phases: [undo]}]
watch: {mode: observe}
decision:
  - {action: monitor, any: [a]}
  - {action: mitigate, at_least: 2, of: [a, b], scenario: restart}
  - {action: investigate, any: [a], all: [b], within: 10m, then: rollback}
  - {action: rollback, at_least: 2}
  - {action: prepare}
"""
    assert list(introduction(rules(body)))[3:] == [
        "  any of a: monitor",
        "  at least 2 of a, b: mitigate with scenario restart",
        "  any of a and all of b: investigate within 10m, then rollback",
        "  at least 2 of all triggers: rollback",
        "  never: prepare",
        "  a rollback or mitigation (mode observe): it is only told; nothing is run",
    ]


def test_progress_in_a_few_words() -> None:
    body = """
triggers:
  - {id: held, query: {source: http}, above: 1, for: 2m}
  - {id: row, query: {source: http}, above: 1, count: 3}
  - {id: seen, query: {source: http}, above: 1, window: 5m, more_than: 2}
"""
    kept = rules(body)
    states: dict[str, State] = {}
    stands = [progress(trigger, State(), kept) for trigger in kept.triggers]
    assert stands == ["held not read yet", "row not read yet", "seen not read yet"]
    for at in (0.0, 30.0):
        readings = {trigger.id: {"value": Value(Decimal(5), at + 1)} for trigger in kept.triggers}
        states = dict(tick(kept, states, readings, at).states)
    stands = [progress(trigger, states[trigger.id], kept) for trigger in kept.triggers]
    assert stands == ["held 30s/2m", "row 2/3", "seen 2/3"]
    assert progress(kept.triggers[0], State(unknowns=3), kept) == "held BLIND"
    assert progress(kept.triggers[0], State(low_traffic=3), kept) == "held LOW TRAFFIC"
    assert progress(kept.triggers[0], State(low_traffic=3, status=Status.FIRED), kept) == "held FIRED"
    few = {trigger.id: State(low_traffic=1 if trigger.id == "row" else 0) for trigger in kept.triggers}
    assert at_a_glance({"a": (kept, few), "b": (kept, {name: State() for name in few})}).startswith("1 of 2 quiet · a:")
    states = dict(tick(kept, states, {"row": {"value": Value(Decimal(5), 99.0)}}, 60.0).states)
    assert progress(kept.triggers[1], states["row"], kept) == "row FIRED"
    states = dict(tick(kept, {}, {"row": {"value": Value(Decimal(0), 99.0)}}, 60.0).states)
    assert progress(kept.triggers[1], states["row"], kept) == "row ok"
