"""``kill -9`` of the runner, and what ``resume`` makes of it: nothing twice in silence, nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from rollback_gov.execution import settling
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.journal import FILE, Journal, JournalError, read_journal
from rollback_gov.execution.proc import group_members
from rollback_gov.execution.process import Process, adopt
from rollback_gov.execution.runner import Runner
from rollback_gov.model.errors import Interrupted, Refused
from rollback_gov.plans.load import load_plan
from tests.execution.conftest import HEAD, Hands, Shifted, Stage
from tests.execution.crash_run import begin

PLAN = """
phases:
  - id: one
    steps:
      - {id: first, run: echo first >> log, destructive: true}
      - id: second
        run: |
          echo begun >> log
          until test -e go; do sleep 0.02; done
          echo ended >> log
          test ! -e fail
        SETTINGS
      - {id: third, run: echo third >> log}
"""


def start_and_kill(folder: Path, settings: str = "timeout: 60s", plan: str = PLAN) -> Stage:
    """Kill the runner while the second step runs; the step's own process goes on."""
    (folder / "plan.yaml").write_text(HEAD + plan.replace("SETTINGS", settings))
    runner = begin(folder)
    wait_for(lambda: (folder / "log").exists() and "begun" in (folder / "log").read_text())
    shim = next((folder / "incident" / ".state").glob("*second*/*/process"))
    wait_for(lambda: len(shim.read_text().splitlines()) == 2)
    runner.kill()
    runner.join()
    return Stage(folder=folder, plan=load_plan(folder / "plan.yaml").require())


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def log(folder: Path) -> list[str]:
    return (folder / "log").read_text().split()


def recovered(run: Stage) -> str:
    return str(next(data["recovered"] for data in run.of("step.finished") if data["step"].endswith("second")))


def is_adopted(run: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step ends only once it was adopted, and each step has run once."""

    def adopted(state: Path) -> Process:
        (folder / "go").touch()
        return adopt(state)

    monkeypatch.setattr(settling, "adopt", adopted)
    assert run.run().result == "passed"
    assert recovered(run) == "adopted"
    assert log(folder) == ["first", "begun", "ended", "third"]


def test_an_orphan_that_still_runs_is_adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start_and_kill(tmp_path)
    is_adopted(run, tmp_path, monkeypatch)


def test_the_end_that_nobody_saw_is_found(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path)
    (tmp_path / "go").touch()
    wait_for(lambda: bool(list((tmp_path / "incident" / ".state").glob("*second*/*/exit"))))
    assert run.run().result == "passed"
    assert recovered(run) == "found"
    assert log(tmp_path) == ["first", "begun", "ended", "third"]


def test_a_failure_that_nobody_saw_is_a_failure(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path)
    (tmp_path / "fail").touch()
    (tmp_path / "go").touch()
    wait_for(lambda: bool(list((tmp_path / "incident" / ".state").glob("*second*/*/exit"))))
    assert run.run().result == "failed"
    assert "third" not in log(tmp_path)


def kill_the_orphan(run: Stage) -> None:
    kill_the_group(next((run.incident / ".state").glob("*second*/*/process")))


def kill_the_group(shim: Path) -> None:
    group = int(shim.read_text().splitlines()[1].split()[0])
    os.killpg(group, signal.SIGKILL)
    wait_for(lambda: not group_members(group))


def test_an_orphan_keeps_its_deadline(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path, "timeout: 1s")
    assert run.run().result == "failed"
    assert run.results()["phases/one/second"] == "timeout"


def test_nobody_knows_and_nobody_can_be_asked(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path)
    kill_the_orphan(run)
    with pytest.raises(Refused, match="a person has to say") as refused:
        run.run()
    assert "--settle phases/one/second=done|again|abort" in refused.value.hint
    assert log(tmp_path) == ["first", "begun"]


@pytest.mark.parametrize(
    ("answer", "result", "lines"),
    [
        ("done", "passed", ["first", "begun", "third"]),
        ("again", "passed", ["first", "begun", "begun", "ended", "third"]),
        ("abort", "aborted", ["first", "begun"]),
    ],
)
def test_a_person_settles_it(tmp_path: Path, answer: str, result: str, lines: list[str]) -> None:
    run = start_and_kill(tmp_path)
    kill_the_orphan(run)
    (tmp_path / "go").touch()
    assert run.run(Answers(settle={"phases/one/second": answer})).result == result
    assert log(tmp_path) == lines
    settled = run.of("step.settled")[0]
    assert (settled["by"], settled["how"]) == ("ann", "person")


def test_an_answer_does_not_count_for_a_later_attempt(tmp_path: Path) -> None:
    """A supervisor that repeats its command line answers nothing that nobody has looked at."""
    run = start_and_kill(tmp_path)
    kill_the_orphan(run)
    again = Answers(settle={"phases/one/second": "again"})
    child = os.fork()
    if not child:
        run.run(again)
        os._exit(1)
    wait_for(lambda: log(tmp_path).count("begun") == 2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    kill_the_group(next((run.incident / ".state").glob("*second.2/*/process")))
    with pytest.raises(Refused) as refused:
        run.run(again)
    assert "--settle phases/one/second@2=done|again|abort" in refused.value.hint
    (tmp_path / "go").touch()
    assert run.run(Answers(settle={"phases/one/second@2": "again"})).result == "passed"


def test_a_person_settles_it_at_the_terminal(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path)
    kill_the_orphan(run)
    run.console.interactive, run.console.answers = True, {"done by now": "done"}
    assert run.run().result == "passed"
    assert log(tmp_path) == ["first", "begun", "third"]


def test_an_idempotent_step_runs_again(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path, "idempotent: true")
    kill_the_orphan(run)
    (tmp_path / "go").touch()
    assert run.run().result == "passed"
    assert log(tmp_path) == ["first", "begun", "begun", "ended", "third"]
    assert run.of("step.settled")[0]["how"] == "idempotent"


@pytest.mark.parametrize(("effect", "again"), [("true", False), ("false", True)])
def test_a_step_with_verify_is_verified(tmp_path: Path, effect: str, again: bool) -> None:
    run = start_and_kill(tmp_path, f'verify: "{effect}"')
    kill_the_orphan(run)
    (tmp_path / "go").touch()
    assert run.run().result == "passed"
    assert log(tmp_path).count("begun") == (2 if again else 1)
    assert run.of("step.settled")[0]["how"] == "verify"


def test_a_verify_without_an_answer_asks(tmp_path: Path) -> None:
    run = start_and_kill(tmp_path, "verify: {run: sleep 5, timeout: 50ms}")
    kill_the_orphan(run)
    with pytest.raises(Refused):
        run.run()


def test_an_intent_without_a_start_is_run(stage: Callable[[str], Stage]) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: echo a >> log}]}]")
    run.run()
    cut_journal(run, after="step.intent")
    (run.folder / "log").unlink()
    assert run.run().result == "passed"
    assert run.of("step.settled")[0]["how"] == "never_started"
    assert log(run.folder) == ["a"]


def test_a_trace_that_a_step_took_away_shows_nothing(tmp_path: Path) -> None:
    """As ``git clean`` does with what is not committed, while the script goes on."""
    run = start_and_kill(tmp_path)
    shutil.rmtree(run.incident / ".state")
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert log(tmp_path).count("begun") == 1
    (tmp_path / "go").touch()
    wait_for(lambda: "ended" in log(tmp_path))


def test_the_folder_of_an_attempt_is_there_before_its_intent(stage: Callable[[str], Stage]) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")
    seen: list[bool] = []
    journal = Journal(run.context.folder, run.clock)
    run.begin(journal)
    folder = run.incident / ".state" / "phases.one.a.1"
    journal.listeners.append(lambda event: seen.append(folder.is_dir()) if event.type == "step.intent" else None)
    Runner(run.context, journal, Answers()).run()
    journal.close()
    assert seen == [True]
    assert not folder.exists()


def test_an_attempt_that_never_began_is_no_retry(stage: Callable[[str], Stage]) -> None:
    script = "echo a >> log; test $(wc -l < log) -ge 2"
    step = f"{{id: a, run: '{script}', idempotent: true, retry: {{times: 1, wait: 1ms}}}}"
    run = stage(f"phases: [{{id: one, steps: [{step}]}}]")
    assert run.run().result == "passed"
    cut_journal(run, after="step.intent")
    (run.folder / "log").unlink()
    assert run.run().result == "passed"


def cut_journal(run: Stage, *, after: str) -> None:
    """Leave the journal as it was right after the first event of a type, and the folder of the attempt."""
    path = run.incident / FILE
    lines = path.read_text().splitlines(keepends=True)
    events = read_journal(path)
    number = next(event.seq for event in events if event.type == after)
    path.write_text("".join(lines[:number]))
    intents = [event.data for event in events[:number] if event.type == "step.intent"]
    for data in intents[-1:]:
        folder = run.incident / ".state" / f"{data['step'].replace('/', '.')}.{data['attempt']}"
        folder.mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("number", range(1, 17))
def test_a_run_can_die_after_every_event(stage: Callable[[str], Stage], number: int) -> None:
    body = """
phases:
  - {id: one, steps: [{id: a, run: echo a >> log, idempotent: true}, {id: b, run: echo b >> log, idempotent: true}]}
  - {id: two, steps: [{id: c, run: echo c >> log, idempotent: true}]}
verification: {checks: [{id: ok, run: test -s log}]}
"""
    run = stage(body)
    assert run.run().result == "passed"
    path = run.incident / FILE
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == 16
    path.write_text("".join(lines[:number]) + lines[min(number, 15)][: 20 * (number % 2)])
    finished = {event.data["step"] for event in read_journal(path) if event.type == "step.finished"}
    (run.folder / "log").write_text("".join(f"{step[-1]}\n" for step in sorted(finished)))
    assert run.run().result == "passed"
    assert log(run.folder) == ["a", "b", "c"]


def test_two_processes_never_write_one_journal(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(HEAD + PLAN.replace("SETTINGS", "timeout: 60s"))
    runner = begin(tmp_path)
    try:
        wait_for(lambda: (tmp_path / "log").exists() and "begun" in (tmp_path / "log").read_text())
        with pytest.raises(JournalError, match="Another process"):
            Stage(folder=tmp_path, plan=load_plan(tmp_path / "plan.yaml").require(), clock=Hands()).run()
    finally:
        (tmp_path / "go").touch()
        runner.join(60)
    assert runner.exitcode == 0


# A shim that is dead while something that it started goes on


def start_and_kill_the_shim_too(folder: Path, settings: str) -> Stage:
    """The runner and the shim are dead; the step's own process goes on, and holds the lock that it inherited."""
    run = start_and_kill(folder, settings)
    shim = next((folder / "incident" / ".state").glob("*second*/*/process"))
    os.kill(int(shim.read_text().splitlines()[1].split()[0]), signal.SIGKILL)
    return run


def test_what_a_dead_shim_left_running_is_unknown_and_never_adopted(tmp_path: Path) -> None:
    run = start_and_kill_the_shim_too(tmp_path, "timeout: 1s")
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert len(run.of("step.unknown")) == 1
    (tmp_path / "go").touch()
    assert run.run(Answers(settle={"phases/one/second": "done"})).result == "passed"
    assert {data["recovered"] for data in run.of("step.finished")} == {""}


def test_a_daemon_that_holds_the_lock_of_a_dead_shim_is_unknown(tmp_path: Path) -> None:
    daemon = PLAN.replace("echo begun >> log", "setsid sleep 30 & echo $! > daemon; echo begun >> log")
    run = start_and_kill(tmp_path, plan=daemon)
    kill_the_orphan(run)
    try:
        with pytest.raises(Refused, match="a person has to say"):
            run.run()
        assert len(run.of("step.unknown")) == 1
    finally:
        os.kill(int((tmp_path / "daemon").read_text()), signal.SIGKILL)


def test_a_wish_to_stop_ends_what_a_dead_shim_left_running(tmp_path: Path) -> None:
    run = start_and_kill_the_shim_too(tmp_path, "timeout: 60s")
    run.stop.signal = "SIGTERM"
    with pytest.raises((Interrupted, Refused)):
        run.run()
    (tmp_path / "go").touch()
    assert "ended" not in log(tmp_path)


def test_verify_is_asked_when_nothing_of_the_step_runs_any_more(tmp_path: Path) -> None:
    """Asked too early it says "not done" of what is just being done, and the effect comes twice."""
    run = start_and_kill_the_shim_too(tmp_path, "verify: {run: grep -q ended log}\n        timeout: 20s")
    Timer(0.2, (tmp_path / "go").touch).start()
    assert run.run().result == "passed"
    assert log(tmp_path) == ["first", "begun", "ended", "third"]


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_was_set_meanwhile_ends_no_orphan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    run = start_and_kill(tmp_path, "timeout: 60s", PLAN.replace("phases:", "timeout: {after: 10m}\nphases:"))
    run.clock = Shifted(hours=hours)
    is_adopted(run, tmp_path, monkeypatch)
    assert run.of("sla.breached") == run.of("escalated") == []
    assert run.of("run.finished")[0]["seconds"] < 60
    assert run.of("phase.finished")[0]["seconds"] < 60
