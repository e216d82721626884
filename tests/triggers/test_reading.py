"""All queries of one tick, side by side."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from threading import Barrier, Event, Lock

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.sources.book import SourceBook
from rollback_gov.triggers.reading import Reader
from tests.sources.web import Handler, Page, serve
from tests.triggers.conftest import plan_of, trigger_of


class Shelf:
    """A book that answers at once, but for what hangs or breaks; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Query, float]] = []
        self.release = Event()
        self._lock = Lock()

    def read(self, query: Query, at: float) -> Observation:
        with self._lock:
            self.asked.append((query, at))
        if query.source == "hangs":
            self.release.wait(60)
        if query.source == "breaks":
            raise RuntimeError("a defect")
        return Value(Decimal(1), at)

    def notes(self) -> tuple[str, ...]:
        return ("a note",)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    opened = Shelf()
    yield opened
    opened.release.set()


def read(shelf: Shelf, *triggers: Trigger, every: str = "10s") -> dict[str, dict[str, Observation]]:
    reader = Reader(shelf, Duration.parse(every))
    try:
        return reader.read(triggers, 7.0)
    finally:
        reader.close()


def test_every_query_is_read_at_the_same_time(shelf: Shelf) -> None:
    trigger = trigger_of("above: {query: {source: prometheus, expr: base}, times: '1.5'}")
    assert read(shelf, trigger) == {"errors": {"value": Value(Decimal(1), 7.0), "above": Value(Decimal(1), 7.0)}}
    assert {at for _, at in shelf.asked} == {7.0}


def test_the_same_query_is_read_once(shelf: Shelf) -> None:
    plan = plan_of("triggers: [{id: a, query: {source: http}, above: 1}, {id: b, query: {source: http}, above: 2}]")
    assert set(read(shelf, *plan.triggers)) == {"a", "b"}
    assert len(shelf.asked) == 1


def test_a_timeout_is_never_longer_than_the_interval_leaves_room_for(shelf: Shelf) -> None:
    read(shelf, trigger_of("above: 1", query="{source: http, timeout: 20s}"), every="10s")
    read(shelf, trigger_of("above: 1, every: 4s", query="{source: http, timeout: 20s}"), every="10s")
    read(shelf, trigger_of("above: 1", query="{source: http, timeout: 2s}"), every="10s")
    read(shelf, trigger_of("above: 1", query="{source: http, timeout: 2s}"), every="100ms")
    assert [query.timeout.milliseconds for query, _ in shelf.asked] == [9_000, 3_600, 2_000, 1_000]


def test_a_source_that_hangs_costs_no_other_trigger_anything(shelf: Shelf) -> None:
    plan = plan_of(
        "triggers: [{id: bad, query: {source: hangs, timeout: 100ms}, above: 1},"
        " {id: good, query: {source: http}, above: 1}]"
    )
    began = time.monotonic()
    readings = read(shelf, *plan.triggers)
    assert time.monotonic() - began < 30, "it hangs for longer"
    assert readings["bad"]["value"] == Error("hangs gave no answer within 100ms")
    assert readings["good"]["value"] == Value(Decimal(1), 7.0)


def test_a_defect_of_a_source_is_an_error_of_its_triggers(shelf: Shelf) -> None:
    readings = read(shelf, trigger_of("above: 1", query="{source: breaks}"))
    assert readings["errors"]["value"] == Error("breaks failed inside: RuntimeError")


def test_what_the_sources_note_is_passed_on(shelf: Shelf) -> None:
    reader = Reader(shelf, Duration(1_000))
    assert reader.notes() == ("a note",)
    reader.close()


def test_the_queries_of_a_tick_are_on_the_wire_together_and_ask_about_one_time() -> None:
    """The server answers nobody before all twelve have asked: one after another, the first would wait for ever."""
    everybody = Barrier(12)

    def together(handler: Handler) -> None:
        everybody.wait(60)
        document = {"status": "success", "data": {"resultType": "scalar", "result": [1000.25, "1"]}}
        handler.answer(Page(body=json.dumps(document).encode()))

    with serve() as web, SourceBook(environ={}, parameters={}) as book:
        web.pages["/api/v1/query"] = together
        ask = f"source: prometheus, url: '{web.url}', timeout: 90s, expr"
        triggers = ",".join(
            f"{{id: t{n}, query: {{{ask}: '{n}'}}, above: {{query: {{{ask}: '1{n}'}}}},"
            f" volume: {{query: {{{ask}: '2{n}'}}, at_least: 1}}}}"
            for n in range(4)
        )
        reader = Reader(book, Duration(120_000))
        seen = reader.read(plan_of(f"triggers: [{triggers}]").triggers, 1000.25)
        reader.close()
    assert all(isinstance(answer, Value) for roles in seen.values() for answer in roles.values()), seen
    assert {dict(asked.fields)["time"] for asked in web.asked} == {"1000.250"}
    assert len(web.asked) == 12


def test_a_hundred_triggers_are_read_many_at_a_time() -> None:
    """The server answers twenty together, or nobody."""
    twenty = Barrier(20)

    def together(handler: Handler) -> None:
        twenty.wait(60)
        handler.answer(Page(body=b"1"))

    with serve() as web:
        web.pages["/slow"] = together
        ask = f"source: http, timeout: 90s, url: '{web.url}/slow"
        body = "".join(f"  - {{id: t{n}, query: {{{ask}?{n}'}}, above: 1}}\n" for n in range(100))
        plan = plan_of(f"triggers:\n{body}")
        with SourceBook(environ={}, parameters={}) as book:
            reader = Reader(book, Duration(120_000))
            readings = reader.read(plan.triggers, 7.0)
            reader.close()
    assert {name: roles["value"] for name, roles in readings.items()} == {
        f"t{n}": Value(Decimal(1), 7.0) for n in range(100)
    }
