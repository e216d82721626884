"""A journal whose mirror tells that somebody else runs the same run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.commands import journal as module
from rollback_gov.commands.journal import check_disk, open_journal, settle_with_mirror
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.execution.masking import Masker
from rollback_gov.model.plan import Metadata, Plan
from rollback_gov.plans.load import load_plan
from tests.cli.room import Room
from tests.execution.conftest import Stage, Talk
from tests.execution.memory import journal_in_memory
from tests.execution.mirror.places import JournalServer, journal_server


@pytest.fixture
def server() -> Iterator[JournalServer]:
    with journal_server() as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Target:
    room = Room(tmp_path / "room")
    loaded = load_plan(room.plan)
    return Target(loaded=loaded, workspace=Workspace.around(room.plan), environment="production")


def continued(server: JournalServer, folder: Path, type_: str) -> None:
    """Somebody else writes the next line into the mirror."""
    (path,) = server.journals
    folder.mkdir()
    (folder / FILE).write_bytes(server.journals[path])
    other = Journal(folder, SystemClock())
    other.append(type_, {"by": "bob", "host": "two"})
    server.journals[path] = other.lines()
    other.close()


@pytest.mark.parametrize(
    ("came", "theirs", "signal"),
    [
        ("", "run.resumed", "its takeover by bob on two"),
        ("", "step.intent", ""),
        ("http://somewhere", "step.intent", "the machine that was thought gone: it still writes to the mirror"),
    ],
)
def test_a_run_that_somebody_else_runs_as_well_stops(
    target: Target, server: JournalServer, tmp_path: Path, came: str, theirs: str, signal: str
) -> None:
    world, talk = World(person="ann", environ={}, mirror=server.web.url), Talk()
    (tmp_path / "run-1").mkdir()
    with open_journal(target, world, tmp_path / "run-1", run="run-1", console=talk, masker=Masker(())) as journal:
        journal.append("run.resumed" if came else "run.started", {"mirror": came})
        settle_with_mirror(journal)
        assert server.journals["/run-1"] == journal.lines()
        continued(server, tmp_path / "other", theirs)
        journal.append("step.intent")
        settle_with_mirror(journal)
        assert world.stop.signal == signal
        warnings = [event.data["message"] for event in journal.events if event.type == "warning"]
    assert len(warnings) == 1
    assert "Nothing more is sent to it" in warnings[0]


def test_a_machine_that_does_not_tell_its_mounts_has_no_network_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "network_kind", lambda *_: pytest.fail("there is nothing to look at"))

    def refuse(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    stage = Stage(folder=tmp_path, plan=Plan(metadata=Metadata(operation="op-1", level=2), phases=()))
    check_disk(stage.context, journal_in_memory(), {})
