"""A file that is written for the first time: whole or not at all, and nothing loses its place."""

from __future__ import annotations

import os
import resource as limits
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from rollback_gov.commands.new_file import write_new


def test_it_is_written_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_new(tmp_path / "plan.yaml", "a: ä\n")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]
    assert (tmp_path / "plan.yaml").read_bytes() == "a: ä\n".encode()


def test_what_has_the_name_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "folder", "link"):
        with pytest.raises(FileExistsError) as error:
            write_new(tmp_path / name, "ours")
        assert Path(error.value.filename) == tmp_path / name
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "link"]


def test_who_is_killed_leaves_no_half_of_it(tmp_path: Path) -> None:
    """It dies where the text is on the disk and has not its name yet."""
    program = (
        "import os, pathlib, signal\n"
        "from rollback_gov.commands.new_file import write_new\n"
        "pathlib.Path.hardlink_to = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"write_new(pathlib.Path({str(tmp_path / 'plan.yaml')!r}), 'a: b')\n"
    )
    died = subprocess.run([sys.executable, "-c", program], check=False)
    assert died.returncode == -signal.SIGKILL
    assert not (tmp_path / "plan.yaml").exists()
    write_new(tmp_path / "plan.yaml", "a: b\n")
    assert (tmp_path / "plan.yaml").read_text(encoding="utf-8") == "a: b\n"


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted", os.fspath(tmp_path))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_new(tmp_path / "plan.yaml", "a: b\n")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]


@pytest.mark.parametrize(
    "name", ["x" * 243, "計" * 80, "x" * 255], ids=["243 bytes", "80 CJK signs", "as long as can be"]
)
def test_a_name_as_long_as_names_can_be(tmp_path: Path, name: str) -> None:
    write_new(tmp_path / name, "a: b\n")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_disk_that_fills_up_leaves_no_half_of_it_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, full = limits.getrlimit(limits.RLIMIT_FSIZE), ExitStack()

    def refuse(*_: object) -> None:
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        full.callback(signal.signal, signal.SIGXFSZ, ignored)
        limits.setrlimit(limits.RLIMIT_FSIZE, (10, before[1]))
        full.callback(limits.setrlimit, limits.RLIMIT_FSIZE, before)
        raise PermissionError(1, "Operation not permitted", os.fspath(tmp_path))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with full, pytest.raises(OSError, match="File too large"):
        write_new(tmp_path / "plan.yaml", "a: b\n" * 10)
    assert list(tmp_path.iterdir()) == []


def test_what_came_in_between_stays_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        (tmp_path / "plan.yaml").write_text("mine", encoding="utf-8")
        raise PermissionError(1, "Operation not permitted", os.fspath(tmp_path))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "plan.yaml", "a: b\n")
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["mine"]
