"""The folder of running scripts moves when its disk is full, and nothing that runs notices."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rollback_gov.execution import refuge as refuge_module
from rollback_gov.execution.refuge import Refuge
from rollback_gov.model.event import Event
from tests.execution.small_disk import SmallDisk, small_disk

__all__ = ["small_disk"]

EVENT = Event(seq=1, at="", monotonic=0.0, type="step.intent", data={}, previous="")


def test_it_moves_once_and_leaves_nothing_behind(small_disk: SmallDisk) -> None:
    running = small_disk.folder / ".state" / "step.1" / "00001"
    running.mkdir(parents=True)
    (running / "exit").write_text("0\n")
    refuge = Refuge(small_disk.folder)
    refuge(EVENT)
    assert not (small_disk.folder / ".state").is_symlink(), "there is room"
    small_disk.fill()
    refuge(EVENT)
    place = (small_disk.folder / ".state").resolve()
    assert place.parent != small_disk.folder
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert (running / "exit").read_text() == "0\n"
    new = small_disk.folder / ".state" / "step.2"
    new.mkdir()
    (new / "stdout").write_bytes(b"x" * 100_000)
    refuge(EVENT)
    assert (small_disk.folder / ".state").resolve() == place
    (new / "stdout").unlink()
    new.rmdir()
    refuge.close()
    assert not place.exists()
    assert not (small_disk.folder / ".state").is_symlink()


def test_what_still_runs_keeps_its_refuge(small_disk: SmallDisk) -> None:
    small_disk.fill()
    refuge = Refuge(small_disk.folder)
    refuge(EVENT)
    (small_disk.folder / ".state" / "step.1").mkdir()
    place = (small_disk.folder / ".state").resolve()
    refuge.close()
    assert (small_disk.folder / ".state" / "step.1").is_dir()
    Refuge(small_disk.folder)(EVENT)
    assert (small_disk.folder / ".state").resolve() == place, "whoever goes on with the run finds it"
    (place / "step.1").rmdir()
    place.rmdir()


def test_where_there_is_no_other_disk_everything_stays(small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    small_disk.fill()
    for places in ((small_disk.folder,), (Path("/nowhere"),), ()):
        monkeypatch.setattr(refuge_module, "_places", lambda places=places: places)
        refuge = Refuge(small_disk.folder)
        refuge(EVENT)
        refuge.close()
        assert not (small_disk.folder / ".state").exists()


def test_a_folder_that_is_gone_is_not_full(tmp_path: Path) -> None:
    Refuge(tmp_path / "gone")(EVENT)
    assert list(tmp_path.iterdir()) == []
