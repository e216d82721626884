"""The page follows a rollback that really runs, whatever happens to the connection."""

from __future__ import annotations

import shlex
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

import pytest

from tests.cli.room import wait_for
from tests.dashboard.browser.conftest import Open
from tests.dashboard.browser.looking import lines_on, says, shows_every_line_once
from tests.dashboard.stage import REGIONS, Stage
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_page_follows_a_rollback_to_its_end(tmp_path: Path, open_page: Open) -> None:
    stage = Stage(tmp_path)
    with stage.rolling_back() as process, stage.dashboard() as served:
        stage.began("phases/drain/away")
        page = open_page(served.address)
        says(page, "#link", "Live")
        assert page.inner_text("h1") == "op-orders-2 in production"
        assert page.inner_text("#state") == "Running"
        assert page.inner_text("#at .label") == "Phase 1 of 5"
        stage.tell("away")
        says(page, "#state", "Waiting for a person")
        assert page.inner_text("#at .phase") == "Database back to schema 1"
        assert page.inner_text("#question-1 strong") == "Waits for somebody else than ann, or ann with a reason:"
        assert "Are the orders of the last hour safe in the backup?" in page.inner_text("#question-1 .ask")
        answers_as_it_says(page, stage, "#question-1 code")
        stage.tell("down", "deploy", "back")
        says(page, "#state", "Rolled back")
        process.wait(timeout=30)
        shows_every_line_once(page, stage)
        assert page.locator(".question").count() == 0
        assert "SLA met" in page.inner_text("#sla")
        assert served.end() == 0


def answers_as_it_says(page: Page, stage: Stage, place: str) -> None:
    """Run the command that the page shows, as somebody else."""
    program, *words = shlex.split(page.inner_text(place))
    assert program == "rollback-gov"
    assert stage.gov(*words, "--as", "ben")[0] == 0


@pytest.mark.slow
def test_a_server_that_is_killed_and_begun_again_loses_and_doubles_nothing(tmp_path: Path, open_page: Open) -> None:
    stage = Stage(tmp_path)
    with stage.rolling_back() as process:
        stage.began("phases/drain/away")
        port = free_port()
        with stage.dashboard(port=port) as served:
            page = open_page(served.address)
            says(page, "#link", "Live")
            before = lines_on(page)
            page.evaluate("window.never_loaded_anew = true")
            served.process.send_signal(signal.SIGKILL)
            served.process.wait()
        says(page, "#link", "Not connected")
        stage.tell("away")
        stage.waits("phases/database/sure")
        assert lines_on(page) == before
        with stage.dashboard(port=port) as served:
            says(page, "#link", "Live")
            says(page, "#state", "Waiting for a person")
            shows_every_line_once(page, stage)
            assert served.end() == 0
        stage.gov("approve", "latest", "--as", "ben")
        stage.tell("down", "deploy", "back")
        process.wait(timeout=30)
        with stage.dashboard(port=port):
            says(page, "#state", "Rolled back")
            shows_every_line_once(page, stage)
            assert page.evaluate("window.never_loaded_anew")


@pytest.mark.slow
def test_a_connection_that_is_cut_again_and_again_loses_and_doubles_nothing(tmp_path: Path, open_page: Open) -> None:
    """Cut in the middle of messages too: after 700 bytes, after 1,400, and so on."""
    stage = Stage(tmp_path, REGIONS)
    with stage.rolling_back() as process, stage.dashboard() as served, cutting_wire(served.port) as wire:
        page = open_page(f"http://127.0.0.1:{wire.port}/")
        says(page, "h1", "op-orders-2")
        page.evaluate("window.never_loaded_anew = true")
        wire.cuts = True
        for host in ("eu", "us", "ap"):
            stage.tell(f"{host}-weight")
        for region in ("eu-west-1", "us-east-1", "ap-south-1"):
            wait_for(partial(waits_in, stage, region), seconds=60)
            run = stage.incident.name
            assert stage.gov("approve", f"{run}.{region}", "phases/database/sure", "--as", "ben")[0] == 0
            stage.tell(f"{region[:2]}-open")
        process.wait(timeout=60)
        wait_for(lambda: wire.cut > 5, seconds=60)
        wire.cuts = False
        says(page, "#state", "Rolled back")
        shows_every_line_once(page, stage)
        assert page.evaluate("window.never_loaded_anew")


def waits_in(stage: Stage, region: str) -> bool:
    journal = stage.incident / "regions" / region / "journal.jsonl"
    return journal.is_file() and '"type":"gate.waiting"' in journal.read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_looks_like_silence_is_mended(tmp_path: Path, open_page: Open) -> None:
    """A wire that carries nothing and closes nothing: the page comes back by itself."""
    stage = Stage(tmp_path)
    with stage.rolling_back(), stage.dashboard() as served, cutting_wire(served.port) as wire:
        stage.began("phases/drain/away")
        page = open_page(f"http://127.0.0.1:{wire.port}/")
        says(page, "#link", "Live")
        wire.mute()
        stage.tell("away")
        stage.waits("phases/database/sure")
        page.set_default_timeout(40_000)
        says(page, "#state", "Waiting for a person")
        shows_every_line_once(page, stage)


@pytest.mark.slow
def test_the_next_rollback_comes_onto_the_page_by_itself(tmp_path: Path, open_page: Open) -> None:
    stage = Stage(tmp_path)
    with stage.dashboard() as served:
        page = open_page(served.address)
        assert "No rollback has run here yet" in page.inner_text("main")
        with stage.rolling_back() as process:
            says(page, "#at .phase", "Stop new orders")
            stage.tell("away", "down", "deploy", "back")
            stage.waits("phases/database/sure")
            stage.gov("approve", "latest", "--as", "ben")
            process.wait(timeout=30)
        says(page, "#state", "Rolled back")
        pinned = open_page(f"{served.address}?run={stage.incident.name}")
        with stage.rolling_back():
            says(page, "#state", "Waiting for a person")
            says(pinned, ".also", "Waiting for a person")
            assert pinned.inner_text("#state") == "Rolled back"
            pinned.click(".also a")
            says(pinned, "#state", "Waiting for a person")


@contextmanager
def cutting_wire(port: int) -> Iterator[Wire]:
    """Put a wire between browser and server that can be cut."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()


class Wire:
    """Carries connections to a port. With ``cuts`` each answer is cut off after so many bytes, each time later."""

    def __init__(self, port: int) -> None:
        self.cuts, self.cut, self._to = False, 0, port
        self._muted = set[socket.socket]()
        self._open = set[socket.socket]()
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def mute(self) -> None:
        """From now on what is open carries nothing; what is opened afterwards does."""
        with self._lock:
            self._muted |= self._open

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    near.close()
                    continue
                with self._lock:
                    self._open |= {near, far}
                for one, other, answers in ((near, far, False), (far, near, True)):
                    thread = Thread(target=self._carry, args=(one, other, answers))
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        carried = 0
        with suppress(OSError):
            while piece := one.recv(300):
                while one in self._muted or other in self._muted:
                    time.sleep(0.05)
                    if one.fileno() < 0 or other.fileno() < 0 or self._listener.fileno() < 0:
                        return
                other.sendall(piece)
                carried += len(piece)
                if answers and self.cuts and carried > 700 * (self.cut + 1):
                    self.cut += 1
                    break
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                end.close()
