"""A whole rollback on a disk that is full: it goes on, and says what it could not keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.execution.chain import parse_lines, whole_lines
from rollback_gov.execution.full_disk import PREFIX
from tests.cli.room import Room
from tests.execution.small_disk import SmallDisk, mounted

FILLING = """\
phases:
  - id: back
    name: Go back
    budget: 50s
    steps:
      - {id: first, run: echo first >> "$EFFECTS", timeout: 5s}
      - {id: fill, run: "cat /dev/zero > filler || true", timeout: 20s}
      - {id: third, run: echo third >> "$EFFECTS", timeout: 5s}
      - {id: fourth, run: echo fourth >> "$EFFECTS", timeout: 5s}
verification:
  budget: 10s
  checks: [{id: done, run: "wc -l < \\"$EFFECTS\\"", expect: {stdout: {equals: "3"}}}]
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    yield from mounted(tmp_path / "disk", size="8m")


def test_a_step_that_fills_the_disk_ends_no_rollback(disk: SmallDisk, tmp_path: Path) -> None:
    room = Room(disk.folder / "room", body=FILLING)
    room.environ["EFFECTS"] = str(tmp_path / "effects")
    process = room.process(*room.execute())
    out, err = process.communicate(timeout=60)
    print(out, err)
    assert process.returncode == 0, out + err
    assert (tmp_path / "effects").read_text().split() == ["first", "third", "fourth"]


def test_a_rollback_that_begins_on_a_full_disk(disk: SmallDisk, tmp_path: Path) -> None:
    body = FILLING.replace("cat /dev/zero > filler || true", "true")
    room = Room(disk.folder / "room", body=body)
    room.environ["EFFECTS"] = str(tmp_path / "effects")
    disk.fill()
    process = room.process(*room.execute())
    out, err = process.communicate(timeout=60)
    print(out, err)
    assert process.returncode == 0, out + err
    assert (tmp_path / "effects").read_text().split() == ["first", "third", "fourth"]
    kept = whole_lines((room.incident / "journal.jsonl").read_bytes())
    aside = [line.removeprefix(PREFIX) for line in err.splitlines(keepends=True) if line.startswith(PREFIX)]
    events = parse_lines(kept + "".join(aside).encode(), "collected")
    assert [event.type for event in events[-2:]] == ["run.finished", "warning"], "the report had no room either"


def test_once_there_is_room_the_report_names_the_full_disk(disk: SmallDisk, tmp_path: Path) -> None:
    room = Room(disk.folder / "room", body=FILLING)
    room.environ["EFFECTS"] = str(tmp_path / "effects")
    process = room.process(*room.execute())
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    (room.plan.parent / "filler").unlink()
    assert room.gov("report", "incident", room.incident.name)[0] == 0
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "warning: the report could not be written" in report
    assert "No space left on device" in report


def test_lines_that_stood_aside_tell_the_report_of_the_full_disk(disk: SmallDisk, tmp_path: Path) -> None:
    room = Room(disk.folder / "room", body=FILLING.replace("cat /dev/zero > filler || true", "true"))
    room.environ["EFFECTS"] = str(tmp_path / "effects")
    disk.fill()
    process = room.process(*room.execute())
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    disk.make_room()
    journal = room.incident / "journal.jsonl"
    aside = [line.removeprefix(PREFIX) for line in err.splitlines(keepends=True) if line.startswith(PREFIX)]
    journal.write_bytes(whole_lines(journal.read_bytes()) + "".join(aside).encode())
    assert room.gov("report", "incident", room.incident.name)[0] == 0
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "warning: the journal had no room, and lines were written to standard error" in report
