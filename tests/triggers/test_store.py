"""The state of a watch, for the watcher that comes after."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.store import LIFE, Memory, load, save
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
    ],
)
def test_a_state_that_is_damaged_is_left_out_and_said(path: Path, text: str) -> None:
    path.write_text(text)
    assert load(path, rules(), at=110.0) == Memory(notes=("state.json cannot be read; the watch begins anew",))


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
