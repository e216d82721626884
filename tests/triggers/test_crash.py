"""A watcher that is killed at any point of any tick and started again decides what it would have decided."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers import watcher as watcher_module
from rollback_gov.triggers.log import open_log, started_data
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.replay import replay
from rollback_gov.triggers.state import State
from rollback_gov.triggers.store import Memory, caught_up, load
from rollback_gov.triggers.tick import Rules, Tick
from rollback_gov.triggers.watcher import Record, Watcher
from tests.thoroughness import examples
from tests.triggers.conftest import plan_of

PLAN = plan_of(
    """
triggers:
  - {id: held, query: {source: prometheus, expr: m}, above: 1, for: 30s, every: 10s, max_gap: 1m}
  - {id: reset, query: {source: prometheus, expr: m}, above: 1, for: 20s, every: 10s, max_gap: 1m, unknown: reset}
  - {id: row, query: {source: prometheus, expr: m}, above: 1, count: 3, every: 10s, max_gap: 1m}
  - {id: window, query: {source: prometheus, expr: m}, above: 1, window: 1m, more_than: 2, every: 10s}
decision:
  - {action: investigate, any: [row, window], within: 40s, then: rollback}
  - {action: rollback, all: [held, reset]}
"""
)
RULES = Rules(triggers=PLAN.triggers, bands=PLAN.decision, every=PLAN.watch.every, mode="auto")
BEGIN, EVERY = 1000.0, 10.0
POINTS = ("before the reading", "within the line", "after the line", "within the state", "after the state")
"""Where the killer strikes. Of the first two nothing is left, so the tick is taken by whoever comes next."""
SEEN: Mapping[str, Observation] = {
    "breach": Value(Decimal(5), 0.0),
    "ok": Value(Decimal(0), 0.0),
    "nothing": NoData("none"),
    "error": Error("?"),
}


class Killed(Exception):  # noqa: N818 - what happened
    """kill -9."""


class Book:
    """Gives what a series holds at a time."""

    def __init__(self, series: Sequence[str]) -> None:
        self.series = series

    def read(self, query: Query, at: float) -> Observation:
        seen = SEEN[self.series[round((at - BEGIN) / EVERY)]]
        return Value(seen.number, at) if isinstance(seen, Value) else seen

    def notes(self) -> tuple[str, ...]:
        return ()


@dataclass
class Killer:
    """Strikes once at each of these ticks, at its point."""

    kills: dict[int, str]

    def strikes(self, number: int, point: str) -> bool:
        if self.kills.get(number) != point:
            return False
        del self.kills[number]
        return True


def lives(folder: Path, series: Sequence[str], killer: Killer, begin: int) -> Iterator[Tick]:
    """One life of a watcher, from a tick on to the end of the series or its violent death."""
    log, state = open_log(folder)
    record = Record(log, state, say=pytest.fail)
    memory = caught_up(load(state, RULES, at=moment(begin)), record.last)
    whole = {trigger.id: memory.states.get(trigger.id, State()) for trigger in RULES.triggers}
    record.remember(RULES, replace(memory, states=whole), at=moment(begin))
    with closing(record), closing(Reader(Book(series), RULES.every)) as reader:
        started = started_data(RULES, states=memory.states, about={"operation": "op-7", "environment": "p", "done": []})
        record.write("started", started, at=moment(begin))
        watcher = Watcher(RULES, reader, memory=memory, now=moment(begin))
        for number in range(begin, len(series)):
            if killer.strikes(number, POINTS[0]):
                raise Killed(number)
            done = watcher.tick(moment(number)).tick
            if killer.strikes(number, POINTS[1]):
                with log.path.open("a") as file:
                    file.write('{"at":"19')
                raise Killed(number)
            dies = partial(die, number)
            with pytest.MonkeyPatch.context() as patch:
                if killer.strikes(number, POINTS[2]):
                    patch.setattr(watcher_module, "save", dies)
                elif killer.strikes(number, POINTS[3]):
                    state.with_name(f".{state.name}.part").write_text("{")
                    patch.setattr(watcher_module, "save", dies)
                record.ticked(done, RULES, frozenset())
            if killer.strikes(number, POINTS[4]):
                raise Killed(number)
            yield done


def die(number: int, *_: object, **__: object) -> None:
    raise Killed(number)


def moment(number: int) -> float:
    return BEGIN + number * EVERY


def left(folder: Path, number: int) -> Memory:
    """What whoever comes next takes over."""
    log, state = open_log(folder)
    log.close()
    return caught_up(load(state, RULES, at=moment(number)), log.last)


def decisions(folder: Path, series: Sequence[str], kills: dict[int, str]) -> tuple[list[object], Memory]:
    """What is decided at every tick, over as many lives as it takes, and the state at the end."""
    killer, seen, begin = Killer(dict(kills)), dict[int, object](), 0
    while begin < len(series):
        try:
            for done in lives(folder, series, killer, begin):
                begin = round((done.at - BEGIN) / EVERY) + 1
                seen[begin - 1] = done.decision
        except Killed as killed:
            number = int(killed.args[0])
            begin = number if kills[number] in POINTS[:2] else number + 1
    told = [seen.get(number) for number in range(len(series)) if number not in kills]
    return told, left(folder, len(series))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: hundreds of syncs would be a test of the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as place:
        yield Path(place)


SERIES = st.lists(st.sampled_from(list(SEEN)), min_size=1, max_size=14)
KILLS = st.dictionaries(st.integers(0, 13), st.sampled_from(POINTS), max_size=6)


@settings(max_examples=examples(60))
@given(SERIES, KILLS)
def test_the_same_is_decided_at_every_tick(series: list[str], kills: dict[int, str]) -> None:
    chosen = {number: point for number, point in kills.items() if number < len(series)}
    with folder() as one, folder() as other:
        killed, memory = decisions(one, series, chosen)
        unharmed, wanted = decisions(other, series, {})
        assert killed == [decision for number, decision in enumerate(unharmed) if number not in chosen]
        assert memory == wanted
        lines = (one / "decision.jsonl").read_text().splitlines()
        assert list(replay(lines, PLAN)) == lines


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("number", [0, 2, 3])
def test_the_tick_that_would_have_fired_is_not_lost(tmp_path: Path, point: str, number: int) -> None:
    _, memory = decisions(tmp_path, ["breach"] * 4, {number: point})
    assert {name: state.fired_at for name, state in memory.states.items()} == {
        "held": 1_030_000,
        "reset": 1_020_000,
        "row": 1_020_000,
        "window": 1_020_000,
    }


def test_a_line_of_a_trigger_that_has_changed_since_is_not_taken_over(tmp_path: Path) -> None:
    decisions(tmp_path, ["breach"] * 2, {1: "after the line"})
    log, state = open_log(tmp_path)
    log.close()
    changed = replace(RULES, triggers=(replace(RULES.triggers[0], max_gap=None), *RULES.triggers[1:]))
    memory = caught_up(load(state, changed, at=moment(1)), log.last)
    assert set(memory.states) == {"reset", "row", "window"}


@pytest.mark.parametrize("line", ["nonsense", "{}"])
def test_a_last_line_that_is_no_line_is_left_to_replay(tmp_path: Path, line: str) -> None:
    (tmp_path / "decision.jsonl").write_text(line + "\n")
    log, _ = open_log(tmp_path)
    log.close()
    assert log.last is None
    memory = Memory(states={"held": State()})
    assert caught_up(memory, None) is memory
