"""The watching itself, tick after tick."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Observation, Value
from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.line import read_lines
from rollback_gov.triggers.log import DecisionLog
from rollback_gov.triggers.parts import parts_of
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.replay import replay
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.store import Memory, load
from rollback_gov.triggers.tick import Rules
from rollback_gov.triggers.watcher import Record, Watcher
from tests.triggers.conftest import plan_of

PLAN = plan_of(
    """
triggers:
  - {id: errors, query: {source: prometheus, expr: errors}, above: 1, for: 20s, every: 10s}
  - {id: health, query: {source: prometheus, expr: health}, below: 1, count: 2, every: 30s}
"""
)
RULES = Rules(triggers=PLAN.triggers, bands=PLAN.decision, every=PLAN.watch.every, mode="auto")


class Numbers:
    """A book whose numbers a test sets."""

    def __init__(self) -> None:
        self.numbers = {"errors": 0, "health": 1}
        self.asked: list[tuple[str, float]] = []
        self.said: list[str] = []

    def read(self, query: Query, at: float) -> Observation:
        self.asked.append((query.expr, at))
        return Value(Decimal(self.numbers[query.expr]), at)

    def notes(self) -> tuple[str, ...]:
        said, self.said = tuple(self.said), []
        return said


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
def reader(numbers: Numbers) -> Iterator[Reader]:
    opened = Reader(numbers, Duration(30_000))
    yield opened
    opened.close()


def test_triggers_are_read_at_their_own_intervals(numbers: Numbers, reader: Reader) -> None:
    watcher = Watcher(RULES, reader, memory=Memory(), now=1000.0)
    for now in (1000.0, 1010.2, 1020.4, 1030.6):
        assert watcher.wait(now) == 0
        watcher.tick(now)
    assert sorted(numbers.asked) == [
        ("errors", 1000.0),
        ("errors", 1010.0),
        ("errors", 1020.0),
        ("errors", 1030.0),
        ("health", 1000.0),
        ("health", 1030.0),
    ]
    assert watcher.wait(1030.6) == pytest.approx(9.4)
    assert watcher.ticks == 4


def test_readings_keep_to_the_clock_where_the_plan_says_so(numbers: Numbers, reader: Reader) -> None:
    """Prometheus scrapes at 1 s and 11 s after the half minute: a reading at 2 s and 12 s sees what is fresh."""
    plan = plan_of(
        "watch: {align: 2s}\ntriggers: [{id: errors, query: {source: p, expr: errors}, above: 1, every: 10s}]"
    )
    watcher = Watcher(Rules.of(plan), reader, memory=Memory(), now=1004.5)
    assert watcher.wait(1004.5) == 7.5
    for now in (1012.0, 1022.3):
        watcher.tick(now)
    assert numbers.asked == [("errors", 1012.0), ("errors", 1022.0)]


def test_states_and_lines_follow_the_readings(numbers: Numbers, reader: Reader) -> None:
    watcher = Watcher(RULES, reader, memory=Memory(), now=0.0)
    numbers.numbers["errors"] = 9
    lines = [watcher.tick(now).changes for now in (0.0, 10.0, 20.0)]
    assert lines == [
        ("errors: breach: 9 is above 1",),
        (),
        ("errors: FIRED: 9 is above 1", "decision: rollback (errors: 9 is above 1 for 20s)"),
    ]
    assert watcher.states["errors"].status is Status.FIRED


def test_what_a_source_notes_is_told_when_it_is_new(numbers: Numbers, reader: Reader) -> None:
    watcher, told = Watcher(RULES, reader, memory=Memory(), now=0.0), []
    for tick, said in enumerate([["a"], ["a", "b"], [], ["b"]]):
        numbers.said = said
        told.append(watcher.tick(tick * 10.0).changes)
    assert told == [("a",), ("b",), (), ("b",)]


def test_it_goes_on_from_what_is_remembered(numbers: Numbers, reader: Reader) -> None:
    numbers.numbers["errors"] = 9
    first = Watcher(RULES, reader, memory=Memory(), now=0.0)
    for now in (0.0, 10.0):
        first.tick(now)
    second = Watcher(RULES, reader, memory=Memory(states=first.states), now=20.0)
    assert second.tick(20.0).tick.states["errors"].status is Status.FIRED


def test_a_machine_that_was_too_slow_is_told(reader: Reader) -> None:
    watcher = Watcher(RULES, reader, memory=Memory(), now=0.0)
    watcher.tick(0.0)
    (missed,) = watcher.tick(45.0).changes
    assert missed.startswith("3 readings were missed: the machine or a source is too slow")


def test_a_clock_that_was_set_back_does_not_stop_the_watch(numbers: Numbers, reader: Reader) -> None:
    watcher = Watcher(RULES, reader, memory=Memory(), now=10_000.0)
    watcher.tick(10_000.0)
    assert watcher.wait(9_990.0) == 20.0
    assert watcher.wait(6_400.0) == 0
    watcher.tick(6_400.0)
    assert numbers.asked[-1][1] == 6_400.0
    assert watcher.wait(6_400.0) == 10.0


class TestRecord:
    """What a watch leaves on disk."""

    def record(self, folder: Path) -> tuple[Record, list[str]]:
        said: list[str] = []
        return Record(DecisionLog(folder / "decision.jsonl"), folder / "state.json", say=said.append), said

    def test_a_tick_is_a_line_and_a_state(self, tmp_path: Path, reader: Reader) -> None:
        record, said = self.record(tmp_path)
        watcher = Watcher(RULES, reader, memory=Memory(), now=5.0)
        done = watcher.tick(5.0).tick
        record.ticked(done, RULES, frozenset({"prepare:0"}))
        record.close()
        lines = list(read_lines((tmp_path / "decision.jsonl").read_text().splitlines()))
        assert set(lines[0].data["triggers"]) == {"errors", "health"}
        kept = load(tmp_path / "state.json", RULES, at=6.0)
        assert kept == Memory(states=done.states, done=frozenset({"prepare:0"}), at=5.0)
        assert said == []
        record.forget()
        record.forget()
        assert not (tmp_path / "state.json").exists()

    def test_a_disk_that_is_gone_is_said_once_and_stops_nothing(self, tmp_path: Path) -> None:
        log = DecisionLog(tmp_path / "decision.jsonl")
        said: list[str] = []
        record = Record(log, tmp_path / "gone" / "state.json", say=said.append)
        with Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), log._file)
        for _ in range(2):
            record.write("tick", {}, at=1.0)
            record.remember(RULES, Memory(states={"errors": State()}), at=1.0)
        record.close()
        assert len(said) == 1
        assert said[0].startswith("the watch cannot be written down (")

    def test_a_log_that_lost_ticks_to_a_full_disk_begins_anew_and_is_true(
        self, tmp_path: Path, numbers: Numbers, reader: Reader
    ) -> None:
        path = tmp_path / "decision.jsonl"
        log, said = DecisionLog(path), list[str]()
        record = Record(log, tmp_path / "state.json", say=said.append)
        watcher = Watcher(RULES, reader, memory=Memory(), now=0.0)
        record.started(RULES, {}, {"operation": "op-7"}, at=0.0)
        numbers.numbers["errors"] = 5
        for at in (0.0, 10.0, 20.0, 30.0):
            with full_disk(log, when=at in (10.0, 20.0)):
                record.ticked(watcher.tick(at).tick, RULES, frozenset({"mitigate:0"} if at else ()))
        record.close()
        lines = texts(path)
        begun = [line.data for line in read_lines(lines) if line.type == "started"]
        assert [line.type for line in read_lines(lines)] == ["started", "tick", "started", "tick"]
        assert (begun[1]["lost"], begun[1]["done"], begun[1]["operation"]) == (2, ["mitigate:0"], "op-7")
        assert len(said) == 1
        assert replay(lines, PLAN) == tuple(lines)

    @pytest.mark.parametrize("most", [1, 1_000_000])
    def test_a_beginning_that_was_lost_is_made_up_for(self, tmp_path: Path, reader: Reader, most: int) -> None:
        log, said = DecisionLog(tmp_path / "decision.jsonl", most=most), list[str]()
        record = Record(log, tmp_path / "state.json", say=said.append)
        watcher = Watcher(RULES, reader, memory=Memory(), now=0.0)
        with full_disk(log):
            record.started(RULES, {}, {}, at=0.0)
        for at in (0.0, 10.0, 20.0):
            record.ticked(watcher.tick(at).tick, RULES, frozenset())
        record.close()
        lines = [line for part in parts_of(tmp_path / "decision.jsonl") for line in texts(part)]
        assert [line.type for line in read_lines(lines)][:2] == ["started", "tick"]
        assert replay(lines, PLAN) == tuple(lines)


def texts(path: Path) -> list[str]:
    return path.read_text().splitlines()


@contextmanager
def full_disk(log: DecisionLog, *, when: bool = True) -> Iterator[None]:
    """Let every write into a log fail meanwhile, as on a disk that is full."""
    kept = os.dup(log._file)
    with Path("/dev/full").open("wb") as full:
        os.dup2(full.fileno() if when else kept, log._file)
    try:
        yield
    finally:
        os.dup2(kept, log._file)
        os.close(kept)


FIRED = State(status=Status.FIRED, fired_at=500)
DEADLINE = plan_of(
    "triggers: [{id: errors, query: {source: prometheus, expr: errors}, above: 1, count: 1, every: 10s}]\n"
    "decision: [{action: investigate, any: [errors], within: 1m, then: rollback}]\n"
)


@pytest.mark.parametrize("clock_set", [7200.0, -7200.0, 3.0, -3.0])
def test_a_clock_that_was_set_moves_no_deadline(
    numbers: Numbers, reader: Reader, tmp_path: Path, clock_set: float
) -> None:
    """Investigated for a minute, whatever the clock on the wall says; and the log can be replayed."""
    rules, path = Rules.of(DEADLINE, mode="auto"), tmp_path / "decision.jsonl"
    watcher = Watcher(rules, reader, memory=Memory(), now=10_000.0)
    numbers.numbers["errors"] = 5
    log, told, decided = DecisionLog(path), list[str](), dict[float, str]()
    record = Record(log, tmp_path / "state.json", say=told.append)
    record.started(rules, {}, {}, at=10_000.0)
    steady, wall = 500.0, 10_000.0
    while steady < 600.0:
        if steady == 525.0:
            wall += clock_set
        if watcher.wait(wall, steady) == 0:
            report = watcher.tick(wall, steady)
            record.ticked(report.tick, rules, frozenset())
            told += report.changes
            assert report.tick.decision is not None
            assert report.missed == 0
            decided[steady] = report.tick.decision.action
        steady, wall = steady + 1, wall + 1
    log.close()
    first = min(at for at, action in decided.items() if action == "rollback")
    assert 560.0 <= first <= 570.0, decided
    assert sum("the clock was set" in line for line in told) == 1
    lines = path.read_text().splitlines()
    assert replay(lines, DEADLINE) == tuple(lines)


def test_a_machine_that_slept_set_no_clock_and_begins_anew(numbers: Numbers, reader: Reader) -> None:
    plan = plan_of(
        "triggers:\n"
        "  - {id: window, query: {source: prometheus, expr: errors}, above: 1, window: 1m, more_than: 2, every: 10s}\n"
        "  - {id: errors, query: {source: prometheus, expr: errors}, above: 1, count: 3, every: 10s}\n"
    )
    watcher = Watcher(Rules.of(plan), reader, memory=Memory(), now=10_000.0)
    numbers.numbers["errors"] = 5
    for seconds in (0.0, 10.0):
        watcher.tick(10_000.0 + seconds, 500.0 + seconds)
    report = watcher.tick(38_820.0, 29_320.0)
    assert report.tick.clock_set == 0
    assert {name: state.status for name, state in watcher.states.items()} == dict.fromkeys(
        ("window", "errors"), Status.PENDING
    )
    assert (watcher.states["window"].hits, watcher.states["errors"].count) == ((38_820_000,), 1)


def test_a_clock_that_is_set_before_the_first_tick_was_set(reader: Reader) -> None:
    begun = Instant(10_000.0, 500.0, "this boot")
    watcher = Watcher(RULES, reader, memory=Memory(states={"errors": FIRED}), now=10_001.0, clock=begun)
    assert watcher.tick(17_201.0, 501.0).tick.clock_set == 7_200_000
    assert watcher.states["errors"].fired_at == 7_200_500


@pytest.mark.parametrize("boot", ["this boot", ""])
def test_the_clock_that_is_kept_is_that_of_the_states(reader: Reader, tmp_path: Path, boot: str) -> None:
    """Between question and answer, and between the answer and the disk, anybody may set it."""
    began = Instant(10_000.0, 500.0, boot)
    watcher = Watcher(RULES, reader, memory=Memory(), now=10_000.0, clock=began)
    watcher.ask(10_030.0, 530.0)
    assert (watcher.clock, watcher.at) == (began, 10_000.0)
    assert watcher.set_by(17_231.0, 531.0) == 7_200_000
    done = watcher.step().tick
    assert (watcher.clock, watcher.at) == (Instant(10_030.0, 530.0, boot), 10_030.0)
    record = Record(DecisionLog(tmp_path / "decision.jsonl"), tmp_path / "state.json", say=print)
    record.ticked(done, RULES, frozenset(), clock=watcher.clock)
    record.close()
    now = Instant(17_232.0, 532.0, boot)
    memory = load(tmp_path / "state.json", RULES, at=now.wall, clock=now)
    assert memory.clock_set == (7_200_000 if boot else None)


def test_a_clock_that_was_set_back_holds_up_no_reading(numbers: Numbers, reader: Reader) -> None:
    watcher = Watcher(RULES, reader, memory=Memory(), now=10_000.0)
    watcher.tick(10_000.0, 500.0)
    assert watcher.wait(9_985.0, 505.0) == 0
    watcher.tick(9_985.0, 505.0)
    assert numbers.asked[-1][1] == 9_985.0
    assert watcher.wait(9_986.0, 506.0) == 9.0


def test_clocks_that_were_not_read_at_the_same_time_were_not_set(reader: Reader) -> None:
    watcher = Watcher(RULES, reader, memory=Memory(), now=0.0)
    watcher.tick(0.0, 500.0)
    assert watcher.wait(10.0, 510.9) == 0
    assert watcher.tick(10.0, 510.9).tick.clock_set == 0
