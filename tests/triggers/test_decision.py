"""From fired triggers to one decision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.trigger import Band
from rollback_gov.triggers.decision import ORDER, Conduct, Decision, Firing, decide
from tests.triggers.conftest import plan_of

TRIGGERS = "triggers:\n" + "".join(f"  - {{id: {name}, query: {{source: http}}, above: 1}}\n" for name in "abcd")


def bands(text: str) -> tuple[Band, ...]:
    scenario = "scenarios: [{id: restart, phases: [undo]}]\n"
    return plan_of(f"{TRIGGERS}{scenario}decision: {text}\n").decision


def fired(**at: float) -> dict[str, Firing]:
    return {name: Firing(at=moment, reason=f"{name} is high") for name, moment in at.items()}


def action(text: str, at: float = 1000.0, **times: float) -> str:
    decision = decide(fired(**times), bands(text), mode="auto", at=at)
    return decision.action if decision else "nothing"


def test_without_bands_any_trigger_means_rollback() -> None:
    decision = decide(fired(b=10, a=20), (), mode="auto", at=1000.0)
    assert decision == Decision(
        action="rollback", band=-1, triggers=("b", "a"), reason="b: b is high; a: a is high", conduct=Conduct.ACT
    )
    assert decide({}, (), mode="auto", at=1000.0) is None


@pytest.mark.parametrize(
    ("band", "times", "applies"),
    [
        ("any: [a, b]", {"a": 1}, True),
        ("any: [a, b]", {"c": 1}, False),
        ("all: [a, b]", {"a": 1, "b": 2}, True),
        ("all: [a, b]", {"a": 1}, False),
        ("at_least: 2, of: [a, b, c]", {"a": 1, "c": 2}, True),
        ("at_least: 2, of: [a, b, c]", {"a": 1, "d": 2}, False),
        ("at_least: 2, any: [a, b, c]", {"a": 1, "b": 2}, True),
        ("at_least: 2", {"a": 1, "d": 2}, True),
        ("at_least: 2", {"a": 1}, False),
        ("any: [a, b], all: [c]", {"a": 1, "c": 2}, True),
        ("any: [a, b], all: [c]", {"a": 1}, False),
        ("any: [a, b], all: [c]", {"c": 1}, False),
        ("note: nothing is named", {"a": 1, "b": 1, "c": 1, "d": 1}, False),
    ],
)
def test_a_band_names_what_must_have_fired(band: str, times: dict[str, float], applies: bool) -> None:
    assert action(f"[{{action: rollback, {band}}}]", **times) == ("rollback" if applies else "nothing")


def test_the_highest_band_wins_wherever_it_stands() -> None:
    text = "[{action: rollback, any: [c]}, {action: monitor, any: [a]}, {action: investigate, any: [b]}]"
    assert action(text, a=1) == "monitor"
    assert action(text, a=1, b=2) == "investigate"
    assert action(text, a=1, b=2, c=3) == "rollback"


@pytest.mark.parametrize(("a", "b", "band"), [(2, 1, 0), (1, 1, 0), (1, 2, 1)])
def test_of_two_bands_with_one_action_the_one_that_came_last_counts(a: int, b: int, band: int) -> None:
    text = "[{action: mitigate, any: [a], scenario: restart}, {action: mitigate, any: [b], scenario: restart}]"
    decision = decide(fired(b=b, a=a), bands(text), mode="auto", at=3.0)
    assert decision is not None
    assert (decision.band, decision.scenario, decision.triggers) == (band, "restart", ("ab"[band],))
    assert decision.key == f"mitigate:{band}"


@pytest.mark.parametrize(("at", "band"), [(50.0, 1), (159.9, 1), (160.0, 0)])
def test_an_investigation_that_is_over_comes_when_its_time_is_over(at: float, band: int) -> None:
    text = "[{action: investigate, any: [a], within: 2m, then: rollback}, {action: rollback, any: [b]}]"
    decision = decide(fired(a=40, b=45), bands(text), mode="auto", at=at)
    assert decision is not None
    assert (decision.action, decision.band) == ("rollback", band)


INVESTIGATE = "[{action: investigate, any: [a, b], within: 10m, then: rollback}]"


@pytest.mark.parametrize(("at", "expected"), [(100.0, "investigate"), (699.9, "investigate"), (700.0, "rollback")])
def test_an_investigation_has_a_deadline(at: float, expected: str) -> None:
    assert action(INVESTIGATE, at=at, a=100) == expected


def test_the_deadline_is_known_and_named_when_it_passes() -> None:
    before = decide(fired(b=150, a=100), bands(INVESTIGATE), mode="confirm", at=200.0)
    assert before is not None
    assert (before.deadline, before.conduct) == (700.0, Conduct.TELL)
    after = decide(fired(b=150, a=100), bands(INVESTIGATE), mode="confirm", at=701.0)
    assert after is not None
    assert after.conduct is Conduct.ASK
    assert after.reason.endswith("not settled within 10m (investigate)")


@pytest.mark.parametrize(
    ("band", "deadline"),
    [
        ("any: [a, b]", 110.0),
        ("all: [a, b]", 130.0),
        ("at_least: 2, of: [a, b, c]", 120.0),
        ("at_least: 2", 120.0),
        ("any: [b], all: [c]", 130.0),
    ],
)
def test_the_deadline_runs_from_the_firing_that_completed_the_band(band: str, deadline: float) -> None:
    times = {"a": 10.0, "b": 30.0, "c": 20.0} if band != "any: [b], all: [c]" else {"b": 10.0, "c": 30.0}
    text = f"[{{action: investigate, {band}, within: 100s, then: page}}]"
    decision = decide(fired(**times), bands(text), mode="auto", at=40.0)
    assert decision is not None
    assert decision.deadline == deadline


def test_a_condition_that_is_fine_again_at_the_deadline_rolls_nothing_back() -> None:
    well = {"a": Firing(at=100.0, reason="a is high", recovered=True)}
    decision = decide(well, bands(INVESTIGATE), mode="auto", at=800.0)
    assert decision is not None
    assert decision.action == "investigate"
    assert decision.reason == "a: a is high; the 10m to investigate are over, but the condition is fine again"
    again = decide({"a": Firing(at=100.0, reason="a is high")}, bands(INVESTIGATE), mode="auto", at=900.0)
    assert again is not None
    assert again.action == "rollback"


def test_one_trigger_of_a_band_that_is_not_fine_again_is_enough() -> None:
    mixed = {"a": Firing(at=100.0, reason="a is high", recovered=True), "b": Firing(at=100.0, reason="b is high")}
    decision = decide(mixed, bands(INVESTIGATE), mode="auto", at=800.0)
    assert decision is not None
    assert decision.action == "rollback"


def test_a_deadline_can_become_a_page_and_nobody_is_asked_about_that() -> None:
    text = "[{action: investigate, any: [a], within: 10m, then: page}]"
    decision = decide(fired(a=0), bands(text), mode="auto", at=600.0)
    assert decision is not None
    assert (decision.action, decision.conduct) == ("page", Conduct.TELL)


def test_a_mitigation_that_did_not_help_becomes_a_rollback_of_everything() -> None:
    text = "[{action: mitigate, any: [a], scenario: restart, within: 1m, then: rollback}]"
    decision = decide(fired(a=0), bands(text), mode="auto", at=60.0)
    assert decision is not None
    assert (decision.action, decision.scenario) == ("rollback", "")


def test_a_time_without_a_consequence_changes_nothing() -> None:
    assert action("[{action: investigate, any: [a], within: 1m}]", at=9e9, a=1) == "investigate"


@pytest.mark.parametrize(
    ("mode", "conduct"), [("observe", Conduct.TELL), ("confirm", Conduct.ASK), ("auto", Conduct.ACT)]
)
def test_the_mode_says_who_acts(mode: str, conduct: Conduct) -> None:
    for text in ("[{action: rollback, any: [a]}]", "[{action: mitigate, any: [a], scenario: restart}]"):
        decision = decide(fired(a=1), bands(text), mode=mode, at=2.0)  # type: ignore[arg-type]
        assert decision is not None
        assert decision.conduct is conduct
    told = decide(fired(a=1), bands("[{action: prepare, any: [a]}]"), mode=mode, at=2.0)  # type: ignore[arg-type]
    assert told is not None
    assert told.conduct is Conduct.TELL


NAMES = st.lists(st.sampled_from("abcd"), unique=True).map(tuple)
BANDS = st.lists(
    st.builds(Band, action=st.sampled_from([a for a in ORDER if a != "page"]), any=NAMES, all=NAMES),
    min_size=1,
    max_size=4,
)


@given(BANDS, st.dictionaries(st.sampled_from("abcd"), st.builds(Firing, at=st.floats(0, 100), reason=st.just("high"))))
def test_more_firings_never_make_a_weaker_decision(rows: list[Band], firings: dict[str, Firing]) -> None:
    strengths = [-1]
    for number in range(len(firings) + 1):
        decision = decide(dict(list(firings.items())[:number]), rows, mode="auto", at=1000.0)
        strengths.append(ORDER.index(decision.action) if decision else -1)
    assert strengths == sorted(strengths)
