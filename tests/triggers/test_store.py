"""The state of a watch, for the watcher that comes after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.line import FIRST, Line
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.store import LIFE, Memory, caught_up, load, save
from rollback_gov.triggers.tick import Rules
from tests.triggers.conftest import plan_of

BODY = """
triggers:
  - {id: errors, query: {source: http}, above: 1, for: 20s}
  - {id: health, query: {source: health}, below: 1, count: 2}
decision: [{action: rollback, any: [errors, health]}]
"""
STATES = {
    "errors": State(status=Status.PENDING, held=15_000, verdict=Verdict.BREACH, last=1_000, first_breach=500),
    "health": State(status=Status.FIRED, count=2, fired_at=900, sample=0.75),
}
MEMORY = Memory(states=STATES, done=frozenset({"prepare:0"}))


def rules(body: str = BODY) -> Rules:
    plan = plan_of(body)
    return Rules(triggers=plan.triggers, bands=plan.decision, every=plan.watch.every, mode="auto")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(tmp_path / "state.json", rules(), MEMORY, at=100.0)
    return tmp_path / "state.json"


def test_a_state_is_read_back(path: Path) -> None:
    assert load(path, rules(), at=110.0) == MEMORY
    assert [file.name for file in path.parent.iterdir()] == ["state.json"]


def test_without_a_state_the_watch_begins_anew(tmp_path: Path) -> None:
    assert load(tmp_path / "state.json", rules(), at=1.0) == Memory()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"at": 100, "done": [], "states": {"errors": {"trigger": "x", "state": {"held": "1"}}}}',
        '{"at": 100, "done": [], "states": {"errors": {"trigger": "x", "state": {"hits": ["1"]}}}}',
        '{"at": 100, "done": [], "states": {"errors": {"trigger": "x", "state": {"hits": [true]}}}}',
        '{"at": 100, "done": [], "states": {"errors": {"trigger": "x", "state": {"hits": "12"}}}}',
        '{"at": 100, "done": [], "states": {}, "tick": "soon"}',
        f'{{"at": 1{"0" * 400}, "done": [], "states": {{}}}}',
        '{"at": 100, "done": [], "states": {}, "clock": {"wall": 1e999, "uptime": 1, "boot": "this boot"}}',
        '{"at": 100, "done": [], "states": {}, "clock": {"wall": 1, "uptime": -1e999, "boot": "this boot"}}',
        '{"at": 100, "done": [], "states": {}, "clock": {"wall": "1", "uptime": 1, "boot": "this boot"}}',
    ],
)
def test_a_state_that_is_damaged_is_left_out_and_said(path: Path, text: str) -> None:
    path.write_text(text)
    assert load(path, rules(), at=110.0, clock=CLOCK) == Memory(
        notes=("state.json cannot be read; the watch begins anew",)
    )


def test_a_state_that_is_too_old_is_left_out_and_said(path: Path) -> None:
    assert load(path, rules(), at=100.0 + LIFE).states == STATES
    old = load(path, rules(), at=100.0 + 2 * LIFE)
    assert old == Memory(notes=("state.json is 120 minutes old; the watch begins anew",))


def test_a_trigger_that_was_changed_begins_anew_alone(path: Path) -> None:
    changed = load(path, rules(BODY.replace("above: 1,", "above: 2,")), at=110.0)
    assert set(changed.states) == {"health"}
    assert changed.notes == ("trigger errors has changed and begins anew",)
    assert changed.done == MEMORY.done


def test_a_trigger_whose_words_alone_were_changed_goes_on(path: Path) -> None:
    assert load(path, rules(BODY.replace("{id: errors,", "{id: errors, name: Error rate,")), at=110.0) == MEMORY


def test_decisions_count_as_carried_out_only_under_the_same_bands(path: Path) -> None:
    assert load(path, rules(BODY.replace("rollback, any", "investigate, any")), at=110.0).done == frozenset()


def test_a_trigger_without_a_state_is_not_written(tmp_path: Path) -> None:
    save(tmp_path / "state.json", rules(), Memory(states={"errors": STATES["errors"]}), at=100.0)
    assert set(load(tmp_path / "state.json", rules(), at=100.0).states) == {"errors"}


CLOCK = Instant(100.0, 5_000.0, "this boot")


def kept(path: Path, **now: Any) -> Memory:
    """What is read by another watcher, whose clocks say that."""
    save(path, rules(), replace(MEMORY, at=99.0), at=100.0, clock=CLOCK)
    return load(path, rules(), at=now["wall"], clock=CLOCK._replace(**now))


@pytest.mark.parametrize("clock_set", [10 * LIFE, -10 * LIFE, 2.0, -2.0])
def test_a_clock_that_was_set_makes_a_state_neither_older_nor_younger(tmp_path: Path, clock_set: float) -> None:
    memory = kept(tmp_path / "state.json", wall=110.0 + clock_set, uptime=5_010.0)
    assert memory.states == STATES
    moved = memory.today
    assert moved.states["errors"].first_breach == 500 + clock_set * 1000
    assert moved.states["health"].fired_at == 900 + clock_set * 1000
    assert (moved.states["health"].last, moved.states["health"].sample) == (None, 0.75)
    (note,) = moved.notes
    assert note.startswith(f"the clock was set {'on' if clock_set > 0 else 'back'} by ")
    assert moved.today is moved


def test_what_went_by_while_nobody_watched_went_by(tmp_path: Path) -> None:
    assert kept(tmp_path / "state.json", wall=200.0, uptime=5_100.0).today.states == STATES
    old = kept(tmp_path / "state.json", wall=100.0 + 2 * LIFE, uptime=5_000.0 + 2 * LIFE)
    assert "is 120 minutes old" in old.notes[0]


@pytest.mark.parametrize("boot", ["another boot", ""])
def test_on_another_machine_there_is_only_the_wall_clock(tmp_path: Path, boot: str) -> None:
    memory = kept(tmp_path / "state.json", wall=110.0 + LIFE / 2, uptime=7.0, boot=boot)
    assert (memory.clock_set, memory.today) == (None, memory)


@pytest.mark.parametrize("before", [0, 3_600_000])
def test_what_the_log_says_of_the_clock_is_not_done_twice(tmp_path: Path, before: int) -> None:
    """The clock was set, a tick took it in, and then its watcher died; before the next one it was set again."""
    memory = kept(tmp_path / "state.json", wall=110.0 + 3600, uptime=5_010.0)
    data: dict[str, object] = {"triggers": {}, "decision": None, **({"clock_set": before} if before else {})}
    line = Line(seq=1, at=105.0, type="tick", data=data, previous=FIRST)
    caught = caught_up(memory, [line])
    assert caught.clock_set == 3_600_000 - before
    assert caught.today.states["errors"].first_breach == 500 + 3_600_000
    assert bool(caught.today.notes) is not bool(before)
    again = caught_up(kept(tmp_path / "state.json", wall=110.0, uptime=5_010.0), [line])
    assert again.today.states["errors"].first_breach == 500, "set on, and set back"
