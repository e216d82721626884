"""Runs as they grow: read line by line, chosen, told to a page, and each state of it once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from rollback_gov.commands import dashboard_runs
from rollback_gov.commands.dashboard_follow import Following, Tail
from rollback_gov.commands.dashboard_guard import Refusal
from rollback_gov.commands.dashboard_request import Content
from rollback_gov.commands.dashboard_runs import Runs, choose
from rollback_gov.commands.dashboard_site import Dashboard
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.glance import DAMAGED, Glance, glance
from rollback_gov.execution.journal import FILE, lock
from tests.reports.golden_runs import GOLDEN


def lines_of(name: str) -> list[bytes]:
    return (GOLDEN / name / FILE).read_bytes().splitlines(keepends=True)


def write(folder: Path, lines: list[bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(b"".join(lines))
    return folder


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard_runs, "LOOK_SECONDS", 0.0)


def test_lines_come_as_they_are_written_and_a_torn_one_when_it_is_whole(tmp_path: Path) -> None:
    lines = lines_of("failed")
    tail = Tail(write(tmp_path / "op-1", lines[:3]))
    tail.look()
    assert len(tail.events) == 3
    (tmp_path / "op-1" / FILE).write_bytes(b"".join(lines[:5]) + lines[5][:40])
    tail.look()
    assert len(tail.events) == 5
    write(tmp_path / "op-1", lines)
    tail.look()
    assert [event.seq for event in tail.events] == list(range(1, 36))
    assert tail.seen.glance.state == "failed"
    assert tail.seen.met.because == "customers get errors when they order"


def test_a_journal_that_a_step_removed_and_that_is_written_anew_has_no_line_twice(tmp_path: Path) -> None:
    lines = lines_of("failed")
    tail = Tail(write(tmp_path / "op-1", lines[:10]))
    tail.look()
    (tmp_path / "op-1" / FILE).unlink()
    tail.look()
    write(tmp_path / "op-1", lines[:12])
    tail.look()
    assert [event.seq for event in tail.events] == list(range(1, 13))


@pytest.mark.parametrize("broken", ["changed", "removed", "garbage", "other"])
def test_a_chain_that_breaks_while_it_is_followed_is_told(tmp_path: Path, broken: str) -> None:
    lines = lines_of("failed")
    tail = Tail(write(tmp_path / "op-1", lines[:8]))
    tail.look()
    after = {
        "changed": [lines[8].replace(b"order-count", b"order-cOunt")],
        "removed": [lines[9]],
        "garbage": [b"{}\n"],
        "other": [lines_of("passed")[8]],
    }[broken]
    write(tmp_path / "op-1", [*lines[:8], *after])
    tail.look()
    assert tail.seen.glance.state == DAMAGED
    assert f"{FILE}:9" in tail.seen.glance.problem
    assert len(tail.events) == 8
    write(tmp_path / "op-1", lines)
    tail.look()
    assert tail.seen.glance.state == DAMAGED


def test_an_event_that_does_not_say_what_it_promises_is_damage(tmp_path: Path) -> None:
    body = {"seq": 1, "at": "2026-01-31T12:00:00.000Z", "monotonic": 1, "type": "phase.started", "data": {}}
    line = json.dumps({**body, "previous": "0" * 64}).encode() + b"\n"
    tail = Tail(write(tmp_path / "op-1", [line]))
    tail.look()
    assert tail.seen.glance.state == DAMAGED
    assert "does not say what its type promises" in tail.seen.glance.problem


def test_regions_are_followed_in_their_order(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "regional", tmp_path / "op-1")
    following = Following(tmp_path / "op-1")
    watched = following.look()
    assert list(following.journals) == ["", "asia", "america", "europe"]
    assert list(watched.regions) == ["asia", "america", "europe"]
    assert {name: len(events) for name, events in following.journals.items()} == {
        "": 8,
        "asia": 17,
        "america": 16,
        "europe": 12,
    }


def test_a_region_whose_name_leads_elsewhere_is_none(tmp_path: Path) -> None:
    body = json.loads(lines_of("regional")[0])
    del body["digest"]
    body["data"]["regions"] = [{"region": name, "sla_seconds": 1} for name in ("..", "../x", "/etc", ".", "", "asia")]
    following = Following(write(tmp_path / "op-1", [json.dumps(body).encode() + b"\n"]))
    following.look()
    assert list(following.journals) == ["", "asia"]


def test_what_goes_on_is_shown_before_what_is_newer(tmp_path: Path) -> None:
    write(tmp_path / "running", lines_of("passed")[:20])
    write(tmp_path / "ended", lines_of("failed"))
    runs = Runs(tmp_path)
    newest = choose(runs.all())
    assert newest is not None
    assert newest.run == "ended"
    with (tmp_path / "running" / FILE).open("r+b") as file:
        lock(file.fileno(), SystemClock(), "busy")
        shown = choose(runs.all())
        assert shown is not None
        assert (shown.run, shown.state) == ("running", "running")
    assert choose(()) is None


def test_a_run_that_has_ended_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "ended", lines_of("failed"))
    write(tmp_path / "dead", lines_of("passed")[:20])
    read = []

    def reading(folder: Path, *, briefly: bool) -> Glance:
        read.append(folder.name)
        return glance(folder, briefly=briefly)

    monkeypatch.setattr(dashboard_runs, "glance", reading)
    runs = Runs(tmp_path)
    for _ in range(3):
        assert len(runs.all()) == 2
    assert sorted(read) == ["dead", "dead", "dead", "ended"]
    shutil.rmtree(tmp_path / "ended")
    assert [seen.run for seen in runs.all()] == ["dead"]


def told(pieces: Iterator[bytes], event: str) -> list[dict[str, Any]]:
    """The data of all messages of a kind."""
    whole = b"".join(pieces).decode()
    blocks = [block for block in whole.split("\n\n") if block.startswith(f"event: {event}\n")]
    return [json.loads(block.split("data: ", 1)[1]) for block in blocks]


class Looks(Flag):
    """Closes after so many looks, and does something before each."""

    def __init__(self, *before: Any) -> None:
        super().__init__()
        self.before = list(before)

    def wait(self, timeout: float | None = None) -> bool:
        if not self.before:
            self.set()
        else:
            self.before.pop(0)()
        return self.is_set()


def nothing() -> None:
    """Another look at the same."""


def test_a_stream_tells_each_line_and_each_state_once(tmp_path: Path) -> None:
    lines = lines_of("passed")
    write(tmp_path / "op-1", lines[:10])
    grow = [lambda upto=upto: write(tmp_path / "op-1", lines[:upto]) and None for upto in (11, 16, 30, 99)]
    dashboard = Dashboard(tmp_path, {})
    pieces = list(dashboard.stream({"run": "op-1"}, "4", Looks(nothing, *grow, nothing, nothing)))
    assert pieces[0] == b"retry: 1000\n\n"
    marks = [piece.split(b"\n")[1] for piece in pieces if piece.startswith(b"event: line")]
    assert marks == [f"id: {number}".encode() for number in range(5, len(lines) + 1)]
    states = told(iter(pieces), "state")
    assert len(states) <= 5
    assert states[-1]["say"] == "Rolled back."
    assert "Let orders in again" in states[-1]["html"]
    assert len(told(iter(pieces), "beat")) == 1


def test_a_stream_of_a_run_that_is_not_there_waits(tmp_path: Path) -> None:
    pieces = list(Dashboard(tmp_path, {}).stream({"run": "../x", "pinned": "yes"}, "", Looks(nothing)))
    assert told(iter(pieces), "line") == told(iter(pieces), "state") == []


def test_a_page_of_an_ended_run_is_told_of_the_next_unless_it_stays(tmp_path: Path) -> None:
    write(tmp_path / "ended", lines_of("failed"))
    write(tmp_path / "next", lines_of("passed")[:20])
    dashboard = Dashboard(tmp_path, {})
    with (tmp_path / "next" / FILE).open("r+b") as file:
        lock(file.fileno(), SystemClock(), "busy")
        for shown in ("ended", ""):
            assert told(dashboard.stream({"run": shown}, "99", Looks(nothing)), "other") == [{}]
        for query in ({"run": "ended", "pinned": "yes"}, {"run": "next"}):
            assert told(dashboard.stream(query, "99", Looks(nothing)), "other") == []
        (state,) = told(dashboard.stream({"run": "ended", "pinned": "yes"}, "99", Looks()), "state")
        assert 'href="/?run=next"' in state["html"]
    assert told(dashboard.stream({"run": "ended"}, "99", Looks(nothing)), "other") == []


def test_pages(tmp_path: Path) -> None:
    dashboard = Dashboard(tmp_path / "incidents", {})
    empty = dashboard.page("/", {})
    assert isinstance(empty, Content)
    assert "No rollback has run here yet" in empty.text
    shutil.copytree(GOLDEN / "regional", tmp_path / "incidents" / "op-1")
    for query, title in (({}, "op-4400 in production"), ({"run": "op-1.asia"}, "op-4400 in production / asia")):
        page = dashboard.page("/", query)
        assert isinstance(page, Content)
        assert f"<h1>{title}</h1>" in page.text
    for path, query in (("/", {"run": "op-2"}), ("/", {"run": "op-1.mars"}), ("/x", {}), ("/history/", {})):
        missing = dashboard.page(path, query)
        assert isinstance(missing, Refusal)
        assert missing.status == 404


def test_in_the_history_each_run_leads_to_its_page(tmp_path: Path) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    for name in ("failed", "regional"):
        shutil.copytree(GOLDEN / name, tmp_path / "incidents" / name)
    dashboard = Dashboard(tmp_path / "incidents", {})
    history = dashboard.page("/history", {})
    assert isinstance(history, Content)
    assert 'href="/?run=failed"' in history.text
    assert 'href="/?run=regional.europe"' in history.text
    assert '<a href="/">' in history.text
    again = dashboard.page("/history", {})
    assert isinstance(again, Content)
    assert again.text is history.text
    with suppress(FileNotFoundError):
        assert not list((tmp_path / "incidents").glob("*.html"))
