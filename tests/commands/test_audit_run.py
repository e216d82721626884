"""What of a run goes into the audit log, and when the disk is waited for."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.audit_run import AuditListener
from rollback_gov.model.event import Event

STARTED: tuple[str, dict[str, Any]] = ("run.started", {"mode": "execute", "environment": "production"})
UNPERMITTED: tuple[str, dict[str, Any]] = (
    "permit.checked",
    {"allowed": False, "reasons": [{"code": "missing", "message": "There is none."}]},
)
INTENT: tuple[str, dict[str, Any]] = ("step.intent", {})
FINISHED: tuple[str, dict[str, Any]] = ("step.finished", {})
OVER: tuple[str, dict[str, Any]] = ("run.finished", {"result": "passed"})
INTERRUPTED = ("run.interrupted", {"signal": "SIGTERM"})
OVERRIDE = ("override", {"check": "tools", "reason": "it is there"})


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever was synced, by the kind of its name."""
    names: list[str] = []
    really = os.fsync

    def fsync(file: int) -> None:
        names.append(Path(f"/proc/self/fd/{file}").readlink().name)
        really(file)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def tell(trail: Trail, *events: tuple[str, dict[str, Any]]) -> None:
    warned: list[str] = []
    listener = AuditListener(trail, run="op-7-1", operation="op-7", person="ana", warn=warned.append)
    for number, (kind, data) in enumerate(events, start=1):
        at = "2026-01-01T12:00:00.000Z"
        listener(Event(seq=number, at=at, monotonic=1.0, type=kind, data=data, previous=""))
    assert warned == []


@pytest.mark.parametrize(
    ("events", "entries", "syncs"),
    [
        ((STARTED, UNPERMITTED), 2, 0),
        ((STARTED, UNPERMITTED, INTENT), 2, 0),
        ((STARTED, UNPERMITTED, INTENT, FINISHED), 2, 3),
        ((STARTED, UNPERMITTED, INTENT, FINISHED, INTENT, FINISHED), 2, 3),
        ((STARTED, INTERRUPTED), 2, 4),
        ((STARTED, INTENT, FINISHED, OVERRIDE), 2, 4),
        ((STARTED, INTENT, FINISHED, OVER), 2, 4),
        ((STARTED, INTENT, OVERRIDE, FINISHED), 2, 5),
    ],
)
def test_nothing_waits_for_the_disk_before_the_first_step(
    tmp_path: Path, synced: list[str], events: tuple[tuple[str, dict[str, Any]], ...], entries: int, syncs: int
) -> None:
    trail = Trail(root=tmp_path, environ={})
    older = trail.spool.folder / "00000000000000000001-aaaaaaaaaaaaaaaa.json"
    older.parent.mkdir(parents=True)
    older.write_text("{}")
    tell(trail, *events)
    assert len(trail.spool.waiting()) == entries + 1, "what was told is there at once"
    assert len(synced) == syncs
    assert older.name not in synced, "what others wrote is theirs to sync"


def test_what_was_sent_meanwhile_is_in_the_log(tmp_path: Path, synced: list[str]) -> None:
    trail = Trail(root=tmp_path, environ={})
    tell(trail, STARTED, INTENT)
    trail.spool.waiting()[0].unlink()
    synced.clear()
    trail.settle(1)
    assert synced == [trail.spool.folder.name]


def test_a_folder_that_is_gone_ends_no_run(tmp_path: Path) -> None:
    Trail(root=tmp_path, environ={}).settle(1)


def test_what_the_log_lacks_is_said_once(tmp_path: Path) -> None:
    (tmp_path / ".rollback-gov").write_text("a file")
    warned: list[str] = []
    trail = Trail(root=tmp_path, environ={})
    listener = AuditListener(trail, run="op-7-1", operation="op-7", person="ana", warn=warned.append)
    for number, (kind, data) in enumerate((STARTED, UNPERMITTED, INTENT, FINISHED, OVER), start=1):
        at = "2026-01-01T12:00:00.000Z"
        listener(Event(seq=number, at=at, monotonic=1.0, type=kind, data=data, previous=""))
    (text,) = warned
    assert text.startswith("The audit log lacks 'run.started':")


def test_entries_about_something_are_those_alone_in_the_log_as_where_they_wait(tmp_path: Path) -> None:
    """The quick look at a line finds more: whoever decides chooses what stands in its data."""
    trail = Trail(root=tmp_path, environ={})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for event, data in (("permit.denied", {"event": "permit.claimed"}), ("permit.claimed", {"permit": "ab"})):
        trail.record(event, operation="op-7", by="ann", now=now, data=data)
    assert [entry.event for entry in trail.about("permit.claimed")] == ["permit.claimed"]
    trail.send()
    assert [entry.event for entry in trail.about("permit.claimed")] == ["permit.claimed"]
