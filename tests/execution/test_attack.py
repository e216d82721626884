"""Hostile plans, hostile steps and hostile machines: nothing worse may follow than a failure that says why."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.journal import FILE, JournalError, read_journal
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from tests.execution.conftest import HEAD, Stage
from tests.execution.test_crash import wait_for

Make = Callable[..., Stage]
COUNTED = """
phases:
  - id: one
    steps:
%s
"""


def steps(count: int) -> str:
    """A plan of steps that count themselves in ``log``."""
    return COUNTED % "\n".join(f"      - {{id: s{n}, run: echo s{n} >> log}}" for n in range(count))


# Hostile plans


def test_nul_bytes_in_a_script_fail_the_step_or_the_plan(tmp_path: Path) -> None:
    body = r'phases: [{id: one, steps: [{id: a, run: "echo \0; touch hurt"}]}]'
    loaded = load_text(tmp_path / "plan.yaml", Source("plan.yaml", HEAD + body))
    if loaded.plan is None:
        assert loaded.findings
    else:
        assert Stage(folder=tmp_path, plan=loaded.plan).run().result in ("passed", "failed")


def test_a_script_of_a_mebibyte_runs(stage: Make) -> None:
    filler = "# " + "x" * 1_048_576
    run = stage(f'phases: [{{id: one, steps: [{{id: a, run: "{filler}\\ntouch done"}}]}}]')
    assert run.run().result == "passed"
    assert (run.folder / "done").exists()


@pytest.mark.parametrize(
    ("env", "result"),
    [
        ("{PATH: ''}", "failed"),
        ("{IFS: x, PS4: '$(touch hurt)', SHELLOPTS: xtrace}", "passed"),
        ("{state: /nowhere, code: '7', boot: x, stat: y}", "passed"),
        ("{STEP: forged, RUN_ID: forged}", "passed"),
        ("{_: x, A1: y}", "passed"),
        ("{LD_PRELOAD: /nowhere.so}", "passed"),
    ],
)
def test_environment_names_of_a_step_harm_the_step_alone(stage: Make, env: str, result: str) -> None:
    run = stage(f"phases: [{{id: one, steps: [{{id: a, run: 'true', env: {env}}}]}}]")
    assert run.run().result == result
    assert not (run.folder / "hurt").exists()


@pytest.mark.parametrize("name", ["A-B", "A B", "1A", "", "A=B", "BASH_FUNC_x%%", "ä"])
def test_names_that_no_environment_can_hold_are_findings(tmp_path: Path, name: str) -> None:
    body = f"phases: [{{id: one, steps: [{{id: a, run: x, env: {{'{name}': x}}}}]}}]"
    assert load_text(tmp_path / "plan.yaml", Source("plan.yaml", HEAD + body)).findings


def test_titles_and_messages_may_hold_anything(stage: Make) -> None:
    run = stage(r"""
phases:
  - id: one
    name: "\e[2J {phase} %s $(touch hurt)\n::error::forged"
    steps: [{id: a, name: "{0} %d `touch hurt`", run: 'true'}]
""")
    assert run.run().result == "passed"
    assert not (run.folder / "hurt").exists()


# Hostile steps


def test_a_step_that_kills_the_runner_is_found_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        HEAD + COUNTED % "      - {id: a, run: 'echo a >> log; kill -9 $(ps -o ppid= -p $PPID); echo b >> log'}"
    )
    assert run_process(tmp_path).returncode == -signal.SIGKILL
    wait_for(lambda: (tmp_path / "log").read_text() == "a\nb\n")
    assert run_process(tmp_path).returncode == 0
    assert (tmp_path / "log").read_text() == "a\nb\n"


def run_process(
    folder: Path, *before: str, limit: int = 0, stdout: int | None = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run the plan of a folder in a process of its own. ``limit`` is the largest file it may write, in bytes."""

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [*before, sys.executable, "-m", "tests.execution.crash_run", str(folder)]
    start: Callable[[], None] | None = small_disk if limit else None
    return subprocess.run(command, stdout=stdout, stderr=stderr, text=True, timeout=60, check=False, preexec_fn=start)


def test_a_step_that_removes_the_incident_folder(stage: Make) -> None:
    run = stage(steps(1) + "      - {id: a, run: 'rm -rf \"$INCIDENT_DIR\"'}\n      - {id: b, run: echo b >> log}\n")
    assert run.run().result == "passed"
    assert (run.folder / "log").read_text() == "s0\nb\n"
    assert [event.type for event in read_journal(run.incident / FILE)][-1] == "run.finished"


def test_a_step_that_changes_the_journal_is_found_out(stage: Make) -> None:
    run = stage(steps(1) + "      - {id: a, run: 'sed -i s/s0/s9/ \"$INCIDENT_DIR/journal.jsonl\"'}\n")
    assert run.run().result == "passed"
    assert [event.type for event in read_journal(run.incident / FILE)][-1] == "run.finished", "sed -i made a new file"
    run = stage(steps(1) + "      - {id: a, run: ': > \"$INCIDENT_DIR/journal.jsonl\"'}\n")
    shutil.rmtree(run.incident)
    assert run.run().result == "passed"
    with pytest.raises(JournalError, match=r"journal\.jsonl:1: the chain is broken"):
        read_journal(run.incident / FILE)


def test_a_step_that_fills_the_inbox(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - id: a
        run: |
          mkdir "$INCIDENT_DIR/inbox"
          for n in 1 2 3; do head -c 999 /dev/urandom > "$INCIDENT_DIR/inbox/$n.json"; done
      - {id: ask, gate: {ask: Go on?, deadline: 100ms, on_deadline: proceed}}
""")
    assert run.run().result == "passed"


# Hostile machines


def test_a_terminal_that_takes_nothing_does_not_stop_a_rollback(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(HEAD + steps(3))
    with Path("/dev/full").open("w") as full:
        done = run_process(tmp_path, stdout=full.fileno())
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "log").read_text() == "s0\ns1\ns2\n"


def test_a_pipe_that_nobody_reads_does_not_stop_a_rollback(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(HEAD + steps(3))
    read, write = os.pipe()
    os.close(read)
    try:
        assert run_process(tmp_path, stdout=write).returncode == 0
    finally:
        os.close(write)
    assert (tmp_path / "log").read_text() == "s0\ns1\ns2\n"


def test_a_disk_that_is_full_says_so_and_the_run_goes_on_when_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(HEAD + steps(30))
    done = run_process(tmp_path, limit=8000)
    assert done.returncode == 2
    assert done.stderr == (
        f"Cannot write the journal {tmp_path}/incident/{FILE}: File too large.\n"
        "Make room, then: rollback-gov resume incident\n"
    )
    assert len(read_journal(tmp_path / "incident" / FILE)) > 5
    assert run_process(tmp_path).returncode == 0
    assert (tmp_path / "log").read_text().split() == [f"s{n}" for n in range(30)]


def test_output_that_the_disk_cannot_hold_is_not_the_end(tmp_path: Path) -> None:
    """The limit stands for a disk: the step's own writing fails, the runner's journal still fits."""
    (tmp_path / "plan.yaml").write_text(HEAD + COUNTED % "      - {id: a, run: 'head -c 900000 /dev/zero || true'}")
    done = run_process(tmp_path, limit=100_000)
    assert done.returncode in (0, 5)
    assert "Traceback" not in done.stderr


def without_privileges() -> list[str]:
    """Programs that take away root's right to write everywhere."""
    if os.geteuid() != 0:
        return []
    before = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", "--inh-caps", "-all"]
    try:
        subprocess.run([*before, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root may write everywhere, and setpriv cannot be used here")
    return before


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(HEAD + steps(1))
    (tmp_path / "incident").mkdir(mode=0o555)
    done = run_process(tmp_path, *without_privileges())
    assert done.returncode == 2
    assert done.stderr.startswith(f"Cannot open the journal {tmp_path}/incident/{FILE}: Permission denied.")
    assert not (tmp_path / "log").exists()


def test_a_folder_that_can_no_longer_be_written_fails_the_next_step(tmp_path: Path) -> None:
    lock_up = "mkdir -p $INCIDENT_DIR/outputs; chmod 555 $INCIDENT_DIR $INCIDENT_DIR/.state $INCIDENT_DIR/outputs"
    body = COUNTED % f"      - {{id: a, run: '{lock_up}'}}\n      - {{id: b, run: echo b >> log}}"
    (tmp_path / "plan.yaml").write_text(HEAD + body)
    done = run_process(tmp_path, *without_privileges())
    assert done.returncode == 5
    ends = [event.data for event in read_journal(tmp_path / "incident" / FILE) if event.type == "step.finished"]
    assert ends[1]["detail"].startswith("The script could not be started: Permission denied: ")
    assert not (tmp_path / "log").exists()


def test_a_machine_without_file_handles_fails_the_step_and_says_why(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")
    run.run()
    (run.incident / FILE).unlink()
    used = sum(1 for _ in Path("/proc/self/fd").iterdir())
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 3, before[1]))
    try:
        result = run.run()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert result.result == "failed"
    assert "Too many open files" in run.of("step.finished")[0]["detail"]
