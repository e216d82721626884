"""Scripts under the shim, and what is left of them for whoever comes later. Every process here is a real one."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rollback_gov.execution import process as process_module
from rollback_gov.execution.proc import group_members
from rollback_gov.execution.process import (
    Command,
    Process,
    Script,
    adopt,
    discard,
    leftovers,
    read_exit_code,
    remains,
    start,
)

Run = Callable[..., Process]
PATH = {"PATH": os.environ["PATH"]}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start scripts in ``tmp_path``; whatever is left of them at the end is killed."""
    begun: list[Process] = []

    def begin(text: str, *, env: dict[str, str] | None = None, folder: Path = tmp_path) -> Process:
        state = tmp_path / "state" / str(len(begun))
        begun.append(start(state, Script(text, PATH | (env or {}), folder)))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill(grace=0)
        with suppress(ChildProcessError):
            os.waitpid(process.pid, 0)


def ended(process: Process, seconds: float = 60) -> int:
    """Wait for the end and give the exit code."""
    end = time.monotonic() + seconds
    while process.exit_code is None:
        assert time.monotonic() < end, "waited too long"
        process.wait(0.5)
    return process.exit_code


def appeared(path: Path, seconds: float = 60) -> Path:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} never appeared"
        time.sleep(0.005)
    return path


def forget(process: Process) -> None:
    """Be a later process: the child is nobody's any more."""
    assert process.child is not None
    process.child.returncode = 0


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def pid_in(path: Path) -> int:
    appeared(path)
    while not path.read_text().strip():
        time.sleep(0.005)
    return int(path.read_text())


# How scripts run


@pytest.mark.parametrize(
    ("text", "code"),
    [("true", 0), ("exit 7", 7), ("false; exit 0", 1), ("false | true", 1), ("echo $NOT_SET", 1), ("nonsense", 127)],
)
def test_bash_is_strict_and_its_exit_code_is_kept(run: Run, text: str, code: int) -> None:
    process = run(text)
    assert ended(process) == code
    assert read_exit_code(process.state) == code


@pytest.mark.parametrize(("number", "code"), [("TERM", 143), ("KILL", 137)])
def test_a_script_that_dies_of_a_signal(run: Run, number: str, code: int) -> None:
    assert ended(run(f"kill -{number} $$")) == code


def test_a_script_has_its_environment_its_folder_and_no_input(run: Run, tmp_path: Path) -> None:
    process = run("pwd; echo $COLOUR; cat; env | grep -c HOME || true", env={"COLOUR": "red ä"})
    assert ended(process) == 0
    assert (process.state / "stdout").read_text() == f"{tmp_path}\nred ä\n0\n"


def test_output_and_errors_are_apart(run: Run) -> None:
    process = run("echo out; echo err >&2")
    ended(process)
    assert (process.state / "stdout").read_text() == "out\n"
    assert (process.state / "stderr").read_text() == "err\n"


def test_the_state_folder_is_ours_alone(run: Run) -> None:
    state = run("true").state
    assert state.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["echo 'x'" + " " * 1_048_576, "# " + "x" * 1_048_576 + "\necho x"])
def test_a_script_may_be_long(run: Run, text: str) -> None:
    process = run(text)
    assert ended(process) == 0
    assert (process.state / "stdout").read_text() == "x\n"


def test_a_script_with_bytes_that_are_no_text(run: Run) -> None:
    process = run("printf '\udcff'")
    assert ended(process) == 0
    assert (process.state / "stdout").read_bytes() == b"\xff"


@pytest.mark.parametrize("text", ["\0", "echo a\0b", "#!/bin/sh\0\necho x"])
def test_a_script_with_nul_bytes_ends_somehow(run: Run, text: str) -> None:
    assert ended(run(text)) in range(256)


def test_a_program_of_another_format_is_an_error_of_the_script(run: Run, tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELFnonsense")
    (tmp_path / "program").chmod(0o755)
    process = run("./program")
    assert ended(process) == 126
    assert "cannot execute" in (process.state / "stderr").read_text()


def test_a_missing_folder_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        run("true", folder=tmp_path / "nowhere")
    assert str(error.value.filename) == str(tmp_path / "nowhere")


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_a_value_that_no_environment_can_hold_is_an_error(run: Run, value: str) -> None:
    with pytest.raises(ValueError, match=r"null byte|surrogates"):
        run("true", env={"VALUE": value})


def test_a_value_that_is_too_long_is_an_error(run: Run) -> None:
    with pytest.raises(OSError, match="too long") as error:
        run("true", env={"VALUE": "x" * 1_048_576})
    assert error.value.errno == errno.E2BIG


def test_a_shim_that_cannot_write_who_it_is_runs_nothing(tmp_path: Path) -> None:
    """Else the script would run unseen: who comes later would take it for never started."""
    (tmp_path / "process").symlink_to("/dev/full")
    (tmp_path / "script").write_text(f"touch {tmp_path}/ran")
    command = ["/bin/sh", "-c", process_module._SHIM, "sh", str(tmp_path), "bash", str(tmp_path / "script")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 125
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("word", ["a b", "$(touch harm)", "`touch harm`", "'; touch harm; '", "*", "", "x\ny", "A=b"])
def test_the_arguments_of_a_program_are_no_shell_text(tmp_path: Path, word: str) -> None:
    process = start(tmp_path / "state", Command(("printf", "[%s]", word), PATH, tmp_path))
    assert ended(process) == 0
    assert (tmp_path / "state" / "stdout").read_text() == f"[{word}]"
    assert not (tmp_path / "harm").exists()
    assert remains(tmp_path / "state") == "ended"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    process = start(tmp_path / "state", Command(("no-such-program",), PATH, tmp_path))
    assert ended(process) == 127
    assert "no-such-program: not found" in (tmp_path / "state" / "stderr").read_text()


def test_waiting_ends_with_the_process_or_the_time(run: Run, tmp_path: Path) -> None:
    process = run("until test -e go; do sleep 0.01; done")
    process.wait(0.05)
    assert process.exit_code is None
    (tmp_path / "go").touch()
    began = time.monotonic()
    process.wait(60)
    assert ended(process) == 0
    process.wait(60)
    assert time.monotonic() - began < 30, "either wait alone lasts for longer"


def test_waiting_where_process_handles_are_forbidden(run: Run) -> None:
    process = run("sleep 60")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        began = time.monotonic()
        process.wait(0.1)
        assert time.monotonic() - began >= 0.1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


# How they are killed


def test_killing_ends_children_and_grandchildren(run: Run, tmp_path: Path) -> None:
    process = run("sleep 60 & (sleep 60 & echo $! > grandchild; wait) & echo $! > child; wait")
    pids = [pid_in(tmp_path / name) for name in ("child", "grandchild")]
    process.kill()
    assert not any(map(is_running, pids))
    assert process.exit_code == 143


def test_what_ignores_term_is_killed_after_the_grace(run: Run, tmp_path: Path) -> None:
    process = run("trap '' TERM; (trap '' TERM; echo $BASHPID > child; sleep 60; true) & sleep 60; wait")
    child = pid_in(tmp_path / "child")
    began = time.monotonic()
    process.kill(grace=0.3)
    assert 0.3 <= time.monotonic() - began < 30, "what it started sleeps for longer"
    assert not is_running(child)
    assert group_members(process.pid) == []


def test_a_child_may_use_the_grace_to_end_in_order(run: Run, tmp_path: Path) -> None:
    """Bash dies of TERM at once; the pg_restore that it started needs a moment to roll back."""
    child = """trap 'sleep 0.3; touch rolled-back; exit' TERM; touch ready; while true; do sleep 0.01; done"""
    process = run(f'bash -c "{child}"')
    appeared(tmp_path / "ready")
    process.kill(grace=5)
    assert (tmp_path / "rolled-back").exists()


def test_killing_a_stopped_process(run: Run) -> None:
    process = run("kill -STOP $$")
    time.sleep(0.1)
    process.kill(grace=0.2)
    assert group_members(process.pid) == []


def test_killing_what_has_ended_is_nothing(run: Run) -> None:
    process = run("true")
    ended(process)
    process.kill()
    assert process.exit_code == 0


def test_a_script_that_kills_its_shim(run: Run, tmp_path: Path) -> None:
    process = run("echo $$ > pid; kill -9 $PPID; sleep 60")
    assert ended(process) == 137
    assert process.shim_was_killed
    process.kill()
    assert not is_running(pid_in(tmp_path / "pid"))


# What is left of them


def test_nothing_was_started(tmp_path: Path) -> None:
    assert remains(tmp_path / "nothing") == "never started"


@pytest.mark.parametrize("files", [(), ("script",), ("script", "process"), ("script", "process", "stdout", "stderr")])
def test_whoever_died_before_the_shim_was_born_started_nothing(tmp_path: Path, files: tuple[str, ...]) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert remains(tmp_path) == "never started"


def test_it_runs(run: Run, tmp_path: Path) -> None:
    process = run("touch ready; sleep 60")
    appeared(tmp_path / "ready")
    forget(process)
    assert remains(process.state) == "running"
    assert adopt(process.state).pid == process.pid
    assert adopt(process.state).exit_code is None
    assert not adopt(process.state).is_gone


def test_it_has_ended(run: Run) -> None:
    process = run("exit 3")
    ended(process)
    assert remains(process.state) == "ended"
    assert adopt(process.state).exit_code == 3


def test_it_was_killed_and_nobody_knows(run: Run, tmp_path: Path) -> None:
    process = run("touch ready; sleep 60")
    appeared(tmp_path / "ready")
    os.killpg(process.pid, signal.SIGKILL)
    assert process.child is not None
    process.child.wait()
    assert remains(process.state) == "unknown"
    assert adopt(process.state).is_gone


def test_a_shim_that_was_just_born_gets_time_to_say_who_it_is(run: Run, tmp_path: Path) -> None:
    process = run("touch ready; sleep 60")
    appeared(tmp_path / "ready")
    identity = process.state / "process"
    text = identity.read_text()
    identity.write_text("")
    writer = subprocess.Popen(["bash", "-c", f"sleep 0.3; printf %s '{text}' > {identity}; echo >> {identity}"])
    assert remains(process.state) == "running"
    writer.wait()


def test_a_number_that_came_back_proves_nothing(run: Run, tmp_path: Path) -> None:
    """The recorded process died, its number belongs to somebody else, and its lock is held by a stranger."""
    process = run("touch ready; sleep 60")
    appeared(tmp_path / "ready")
    os.killpg(process.pid, signal.SIGKILL)
    assert process.child is not None
    process.child.wait()
    identity = process.state / "process"
    identity.write_text(identity.read_text().replace(f"\n{process.pid} ", f"\n{os.getpid()} "))
    with locked(process.state / "process"):
        assert remains(process.state) == "unknown"
        assert leftovers(process.state) is None
    assert remains(process.state) == "unknown"


class locked:  # noqa: N801 - reads like the function that it is
    """Hold a file's lock, as a stranger."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT)
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_error: object) -> None:
        os.close(self.file)


def test_a_lock_in_foreign_hands_proves_nothing(tmp_path: Path) -> None:
    with locked(tmp_path / "process"):
        assert remains(tmp_path, patience=0.1) == "unknown"


def test_a_living_process_without_the_lock_is_not_ours(run: Run, tmp_path: Path) -> None:
    process = run("touch ready; sleep 60")
    appeared(tmp_path / "ready")
    (process.state / "process").rename(tmp_path / "copied")
    shutil.copy(tmp_path / "copied", process.state / "process")
    assert remains(process.state) == "unknown"


def test_a_reboot_leaves_nothing_running(run: Run, tmp_path: Path) -> None:
    process = run("touch ready; sleep 60")
    appeared(tmp_path / "ready")
    identity = process.state / "process"
    identity.write_text("11111111-2222\n" + identity.read_text().partition("\n")[2])
    assert remains(process.state) == "unknown"


def test_a_daemon_that_holds_the_lock_does_not_hide_the_end(run: Run, tmp_path: Path) -> None:
    process = run("setsid bash -c 'echo $$ > daemon; sleep 60' & exit 4")
    daemon = pid_in(tmp_path / "daemon")
    try:
        assert ended(process) == 4
        forget(process)
        assert remains(process.state) == "ended"
        assert is_running(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_a_script_that_closes_all_its_files_is_still_seen(run: Run, tmp_path: Path) -> None:
    process = run('for fd in {0..255}; do eval "exec $fd>&-" 2>/dev/null; done; touch ready; sleep 60')
    appeared(tmp_path / "ready")
    forget(process)
    assert remains(process.state) == "running"


def test_a_script_whose_shim_was_killed_is_unknown_and_its_leftovers_can_be_ended(run: Run, tmp_path: Path) -> None:
    process = run("echo $$ > pid; sleep 60")
    bash = pid_in(tmp_path / "pid")
    os.kill(process.pid, signal.SIGKILL)
    assert process.child is not None
    process.child.wait()
    assert is_running(bash)
    assert remains(process.state) == "unknown"
    left = leftovers(process.state)
    assert left is not None
    left.kill()
    assert not is_running(bash)
    assert leftovers(process.state) is None


def test_there_are_no_leftovers_of_what_never_was(tmp_path: Path) -> None:
    assert leftovers(tmp_path) is None


def test_nothing_can_be_adopted_where_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing runs"):
        adopt(tmp_path)


@pytest.mark.parametrize("text", ["", "7", "x\n", "7 8\n", "\xff\n", "9" * 5000 + "\n"])
def test_an_exit_file_that_makes_no_sense_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "exit").write_text(text, encoding="latin-1")
    assert read_exit_code(tmp_path) is None


def test_an_exit_file_that_is_a_folder_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "exit").mkdir()
    assert read_exit_code(tmp_path) is None


def test_a_forged_exit_file_does_not_end_our_own_child(run: Run, tmp_path: Path) -> None:
    process = run('echo 0 > "$(dirname "$0")/exit"; touch ready; sleep 0.2; exit 9')
    appeared(tmp_path / "ready")
    assert process.exit_code is None
    assert ended(process) == 9


def test_a_script_that_removes_its_state_keeps_its_exit_code(run: Run) -> None:
    assert ended(run('rm -rf "$(dirname "$0")"; exit 6')) == 6


def test_discarding_removes_everything_and_never_complains(run: Run) -> None:
    process = run("true")
    ended(process)
    discard(process.state)
    assert not process.state.exists()
    discard(process.state)
