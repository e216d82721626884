"""Processes under /proc: the same number is not the same process."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rollback_gov.execution.proc import Identity, group_members
from tests.execution.test_crash import wait_for

BOOT = Path("/proc/sys/kernel/random/boot_id")


def identity_of(pid: int) -> Identity:
    return Identity.parse(BOOT.read_text() + Path(f"/proc/{pid}/stat").read_text())


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_process_is_alive_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper.pid)
    lives = [identity.is_alive]
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    lives.append(identity.is_alive)
    sleeper.wait()
    lives.append(identity.is_alive)
    assert lives == [True, False, False], "a zombie has ended"


def test_the_same_number_with_another_start_or_boot_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper.pid)
    assert not replace(identity, started="1").is_alive
    assert not replace(identity, boot="an earlier one").is_alive
    assert not replace(identity, pid=os.getpid()).is_alive


def test_a_number_says_nothing_when_it_came_back_or_after_another_boot(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper.pid)
    assert not identity.is_forgotten
    assert replace(identity, started="1").is_forgotten
    assert replace(identity, boot="an earlier one").is_forgotten
    sleeper.kill()
    sleeper.wait()
    assert not identity.is_forgotten, "nobody else has it yet, and others of its group may live"


@pytest.mark.usefixtures("hidden_boot")
@pytest.mark.parametrize("boot", ["this boot", ""])
def test_where_the_boot_is_hidden_the_start_tells_alone(sleeper: subprocess.Popen[bytes], boot: str) -> None:
    identity = replace(identity_of(sleeper.pid), boot=boot)
    assert (identity.is_alive, identity.is_forgotten) == (True, False)
    other = replace(identity, started="1")
    assert (other.is_alive, other.is_forgotten) == (False, True)


def test_a_process_from_which_the_boot_was_hidden_is_known_by_its_start(sleeper: subprocess.Popen[bytes]) -> None:
    identity = replace(identity_of(sleeper.pid), boot="")
    assert (identity.is_alive, identity.is_forgotten) == (True, False)


@pytest.mark.parametrize("name", [b"a) b (c", b") S 1 1", b"\xff\xfe", b"two\nlines"])
def test_a_strange_name_changes_nothing(tmp_path: Path, name: bytes) -> None:
    program = tmp_path / os.fsdecode(name)
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "60"], start_new_session=True)
    try:
        while Path(f"/proc/{process.pid}/comm").read_bytes() != name + b"\n":
            time.sleep(0.001)
        assert group_members(process.pid) == [process.pid]
        if b"\n" not in name:
            assert Identity.parse(BOOT.read_text() + stat_of(process.pid)).is_alive
    finally:
        process.kill()
        process.wait()


def stat_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")


def test_a_group_has_its_running_members_only() -> None:
    script = "sleep 60 & sleep 60 & kill -9 $!; echo; exec sleep 60"
    process = subprocess.Popen(["bash", "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        wait_for(lambda: len(group_members(process.pid)) == 2)  # the third one is a zombie
        assert process.pid in group_members(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "boot",
        "boot\n",
        "boot\n5 (sh) S 1 5 5",
        "boot\nx (sh)" + " 1" * 30 + "\n",
        "boot\n5 (sh) S 1 x" + " 1" * 30 + "\n",
    ],
)
def test_what_is_not_complete_says_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r"complete|invalid literal"):
        Identity.parse(text)


def test_a_process_of_nowhere_has_no_group() -> None:
    """A signal to group 0 would end ourselves."""
    assert group_members(0) == []
