"""Our duration machine against Prometheus' own, and proof that the comparison would notice a machine that is wrong."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.sources.number import observe
from rollback_gov.triggers import condition, machine
from rollback_gov.triggers import follow as following
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.machine import DurationMachine
from rollback_gov.triggers.state import Reading, State, Status
from tests.execution.marks import slow
from tests.triggers import oracle
from tests.triggers.oracle import MISSING, STALE, Answer, Grid, ask, expectations, generate, grids, instant


def seed() -> int:
    """Another seed every time, unless ROLLBACK_GOV_SEED names one; it is printed, so that a failure can be repeated."""
    chosen = int(os.environ.get("ROLLBACK_GOV_SEED") or random.SystemRandom().randrange(10**9))
    print(f"ROLLBACK_GOV_SEED={chosen}")
    return chosen


def compare(folder: Path, grid: Grid, number: int, chosen: int) -> Answer:
    cases = generate(random.Random(chosen), grid, number)
    return ask(folder, cases, grid, expectations(cases, grid))


def compare_all(folder: Path, number: int) -> int:
    """Compare on every grid and give the number of assertions on which both agree."""
    chosen, total = seed(), 0
    for grid in grids():
        answer = compare(folder, grid, number, chosen)
        assert answer.agrees, f"ROLLBACK_GOV_SEED={chosen}\n{answer.text}"
        assert answer.assertions / 20 < answer.firing < answer.assertions / 2
        total += answer.assertions
    return total


def test_promtool_agrees_on_thousands_of_assertions(tmp_path: Path) -> None:
    assert compare_all(tmp_path, 20) > 5_000


@slow
def test_promtool_agrees_on_a_hundred_thousand_assertions(tmp_path: Path) -> None:
    assert compare_all(tmp_path, 300) > 100_000


def test_everything_that_can_go_wrong_with_samples_is_tried() -> None:
    grid = Grid(sampled=60, evaluated=60, samples=60)
    cases = generate(random.Random(1), grid, 50)
    series = [list(samples) for case in cases for samples in case.samples.values()]
    assert {"NaN", "Inf", "-Inf", STALE, MISSING, "2.25"} <= {sample for samples in series for sample in samples}
    assert any(samples[index : index + 6] == [MISSING] * 6 for samples in series for index in range(54))
    assert {case.rule.split()[1] for case in cases} == {">", "<", ">=", "<="}
    assert {case.rule.split()[2] for case in cases if " * " in case.rule} == {"0", "0.5", "1", "2"}


@pytest.mark.parametrize(
    ("samples", "at", "seen"),
    [
        (["1", MISSING, MISSING, MISSING, MISSING, MISSING, MISSING], 300, "1"),
        (["1", MISSING, MISSING, MISSING, MISSING, MISSING, MISSING], 360, ""),
        (["1"], 240, "1"),
        (["1", STALE], 60, ""),
        (["1", STALE, MISSING], 120, ""),
        (["1", "NaN", MISSING], 120, "NaN"),
        ([MISSING], 0, ""),
    ],
)
def test_what_an_instant_query_sees(samples: list[str], at: int, seen: str) -> None:
    assert instant(samples, Grid(sampled=60, evaluated=60, samples=len(samples)), at) == seen


def test_since_version_3_a_sample_of_five_minutes_is_too_old() -> None:
    grid = Grid(sampled=60, evaluated=60, samples=6, left_open=True)
    assert instant(["1", *[MISSING] * 5], grid, 300) == ""
    assert instant(["1", *[MISSING] * 5], grid, 240) == "1"


Advance = Callable[[DurationMachine, State, Reading, int], State]
RIGHT: Advance = DurationMachine.advance


def late(own: DurationMachine, state: State, reading: Reading, now: int) -> State:
    return RIGHT(replace(own, holds=own.holds + own.every), state, reading, now)


def early(own: DurationMachine, state: State, reading: Reading, now: int) -> State:
    return RIGHT(replace(own, holds=own.holds - own.every), state, reading, now)


def freezes(own: DurationMachine, state: State, reading: Reading, now: int) -> State:
    return RIGHT(replace(own, unknown="hold"), state, reading, now)


def never_resets(own: DurationMachine, state: State, reading: Reading, now: int) -> State:
    return state if reading.verdict is Verdict.OK else RIGHT(own, state, reading, now)


def counts_from_the_tick_before(own: DurationMachine, state: State, reading: Reading, now: int) -> State:
    return RIGHT(own, replace(state, verdict=Verdict.BREACH), reading, now)


def fires_alone(own: DurationMachine, state: State, reading: Reading, now: int) -> State:
    """Missing data is a breach: the error that the three values are there to prevent."""
    taken = Verdict.BREACH if reading.verdict is Verdict.UNKNOWN else reading.verdict
    return RIGHT(own, state, replace(reading, verdict=taken), now)


MUTATIONS: dict[str, Advance] = {
    "it fires an interval late": late,
    "it fires an interval early": early,
    "what is unknown freezes it": freezes,
    "what is fine does not start it anew": never_resets,
    "time from whatever tick was before counts": counts_from_the_tick_before,
    "what is unknown counts as a breach": fires_alone,
}


def differs(folder: Path) -> bool:
    return not all(compare(folder, grid, 8, 7).agrees for grid in grids())


def test_the_seed_of_the_mutations_is_one_on_which_both_agree(tmp_path: Path) -> None:
    assert not differs(tmp_path)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_machine_is_caught(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DurationMachine, "advance", MUTATIONS[name])
    assert differs(tmp_path)


def begins_with_every_breach(state: State, now: int) -> State:
    return replace(state, status=Status.PENDING, first_breach=now)


def keeps_what_it_held(state: State) -> State:
    return replace(state, status=Status.IDLE, first_breach=None)


def finite(text: str, sample: float, *, infinite: bool) -> Any:
    return observe(text, sample)


AROUND: dict[str, tuple[object, str, object]] = {
    "the first breach is forgotten": (machine, "_pending", begins_with_every_breach),
    "what it held is kept when it starts anew": (machine, "_idle", keeps_what_it_held),
    "what fired stays fired": (following, "rearmed", lambda _machine, state: state),
    "infinity is no number": (oracle, "observe", finite),
    "the threshold itself is above it": (
        condition,
        "COMPARISONS",
        {**condition.COMPARISONS, "above": condition.COMPARISONS["at_least"]},
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_a_wrong_piece_around_the_machine_is_caught(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, what, wrong = AROUND[name]
    monkeypatch.setattr(where, what, wrong)
    assert differs(tmp_path)
