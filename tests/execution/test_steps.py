"""Attempts of steps in the corners: clocks that jump, crashes between tries, stops at the wrong moment."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.answers import Answers
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.process import Script, start
from rollback_gov.execution.stop import Stop
from rollback_gov.execution.store import FileStore, JournalError
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.conftest import Hands, Rebooted, Shifted, Stage, Talk
from tests.execution.test_crash import cut_journal, wait_for
from tests.execution.test_process import is_running, pid_in

Make = Callable[..., Stage]


def crashed_in(run: Stage, *, at: str = "step.intent") -> Path:
    """Run to the end, then forget all that came after the first event of a type. Gives the state folder of step a."""
    run.run()
    cut_journal(run, after=at)
    (run.folder / "log").unlink(missing_ok=True)
    return run.incident / ".state" / "phases.one.a.1" / "00001"


def script(run: Stage, state: Path, text: str) -> int:
    """Start a script where a process before us would have, and forget about it."""
    process = start(state, Script(text, {"PATH": os.environ["PATH"]}, run.folder))
    assert process.child is not None
    process.child.returncode = 0
    return process.pid


def log(run: Stage) -> list[str]:
    path = run.folder / "log"
    return path.read_text().split() if path.exists() else []


BODY = "phases: [{id: one, steps: [{id: a, run: echo a >> log}, {id: b, run: echo b >> log}]}]"


# A secret that is spelled like a part of the plan


@pytest.mark.parametrize("secret", ["one", "phases", "passed", "run-1", "staging", "echo", "journal", "2026"])
def test_a_secret_that_is_spelled_like_a_step_does_not_make_the_run_forget_it(stage: Make, secret: str) -> None:
    run = stage(BODY, secrets=(secret,))
    assert run.run().result == "passed"
    assert log(run) == ["a", "b"]
    assert run.results() == {"phases/one/a": "passed", "phases/one/b": "passed"}


def test_a_step_cannot_make_the_run_forget_by_add_mask(stage: Make) -> None:
    run = stage(BODY.replace("echo a >> log", "echo a >> log; echo ::add-mask::passed; echo ::add-mask::phases"))
    assert run.run().result == "passed"
    assert log(run) == ["a", "b"]


def test_nothing_begins_when_somebody_else_has_the_journal(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: FileStore) -> None:
        raise JournalError("taken over")

    run = stage(BODY)
    monkeypatch.setattr(FileStore, "confirm", lost)
    with pytest.raises(JournalError, match="taken over"):
        run.run()
    assert (len(run.of("step.intent")), log(run)) == (1, [])


# What a crash left, after a power cut or with a clock that was set


def test_no_trace_of_a_script_means_that_it_never_ran(stage: Make) -> None:
    run = stage(BODY)
    crashed_in(run)
    assert run.run().result == "passed"
    assert log(run) == ["a", "b"]
    assert run.of("step.settled")[0]["how"] == "never_started"


@pytest.mark.parametrize("shift", [{"hours": -3}, {"minutes": 5}])
def test_no_trace_means_the_same_though_the_wall_clock_was_set(stage: Make, shift: dict[str, float]) -> None:
    run = stage(BODY)
    crashed_in(run)
    run.clock = Shifted(**shift)
    assert run.run().result == "passed"
    assert run.of("step.settled")[0]["how"] == "never_started"


@pytest.mark.parametrize(("before", "now"), [("", None), (None, ""), ("", "")])
def test_where_nobody_says_the_boot_the_clocks_tell(stage: Make, before: str | None, now: str | None) -> None:
    """A journal of an earlier version has no name of a boot, and a sandbox hides it."""
    run = stage(BODY, started={} if before is None else {"boot": before})
    crashed_in(run)
    run.clock = SystemClock() if now is None else Rebooted(now)
    assert run.run().result == "passed"
    assert log(run) == ["a", "b"]
    assert run.of("step.settled")[0]["how"] == "never_started"


@pytest.mark.parametrize("minutes", [-5, 5])
def test_clocks_that_disagree_about_the_boot_tell_nothing(stage: Make, minutes: int) -> None:
    run = stage(BODY, started={"boot": ""})
    crashed_in(run)
    run.clock = Shifted(minutes=minutes)
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert log(run) == []


@pytest.mark.usefixtures("hidden_boot")
def test_an_orphan_is_seen_through_where_the_boot_is_hidden(stage: Make) -> None:
    see_through(stage(BODY))


def test_no_trace_after_a_reboot_means_nothing(stage: Make) -> None:
    """A power cut takes unsynced files away."""
    run = stage(BODY)
    crashed_in(run)
    run.clock = Rebooted("another boot")
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert log(run) == []
    assert run.run(Answers(settle={"phases/one/a": "again"})).result == "passed"
    assert log(run) == ["a", "b"]


def test_an_orphan_keeps_to_its_time_though_the_wall_clock_was_set_back(stage: Make) -> None:
    run = stage(BODY.replace("run: echo a >> log", "run: echo a >> log, timeout: 300ms"))
    state = crashed_in(run)
    pid = script(run, state, "touch ready; sleep 60")
    wait_for((run.folder / "ready").exists)
    run.clock = Shifted(hours=-3)
    began = time.monotonic()
    assert run.run().result == "failed"
    assert time.monotonic() - began < 30, "half of what it sleeps"
    assert run.results() == {"phases/one/a": "timeout"}
    assert not is_running(pid)
    os.waitpid(pid, 0)


def test_an_orphan_that_has_time_left_is_waited_for(stage: Make) -> None:
    see_through(stage(BODY))


def see_through(run: Stage) -> None:
    """Its executor is killed while a step runs: whoever comes next waits for the step, and repeats nothing."""
    state = crashed_in(run)
    pid = script(run, state, "touch ready; sleep 0.3; echo a >> log")
    wait_for((run.folder / "ready").exists)
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["recovered"] == "adopted"
    assert log(run) == ["a", "b"]
    os.waitpid(pid, 0)


def test_an_orphan_whose_shim_dies_while_it_is_watched_is_unknown_when_its_time_is_over(stage: Make) -> None:
    run = stage(BODY.replace("id: a,", "id: a, timeout: 1s,"))
    state = crashed_in(run)
    pid = script(run, state, "echo $$ > pid; touch ready; sleep 60")
    wait_for((run.folder / "ready").exists)
    killer = threading.Timer(0.3, lambda: os.kill(pid, signal.SIGKILL))
    killer.start()
    run.console = Talk({"done by now": "again"})
    assert run.run().result == "passed"
    killer.join()
    os.waitpid(pid, 0)
    assert run.of("step.unknown")[0]["reason"] == "the process ended without leaving an exit code"
    assert log(run) == ["a", "b"]
    assert not is_running(pid_in(run.folder / "pid")), "it never runs beside its repetition"


def test_what_a_dead_shim_ran_is_ended_before_it_is_run_again(stage: Make) -> None:
    run = stage(BODY.replace("id: a,", "id: a, idempotent: true, timeout: 1s,"))
    state = crashed_in(run)
    pid = script(run, state, "echo $$ > pid; touch ready; sleep 60")
    wait_for((run.folder / "ready").exists)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert run.run().result == "passed"
    assert run.of("step.settled")[0]["how"] == "idempotent"
    assert not is_running(pid_in(run.folder / "pid"))


# Until


UNTIL = """
phases:
  - id: one
    steps:
      - id: a
        run: echo x >> log; test "$(wc -l < log)" -ge 3
        until: {every: 10ms, within: 20s%s}
      - {id: b, run: echo b >> log}
"""


@pytest.mark.parametrize(
    ("exit_code", "hold", "how"), [(1, "", "idempotent"), (0, ", hold: 50ms", "idempotent"), (0, "", "")]
)
def test_a_poll_that_was_cut_off_between_two_tries_goes_on(stage: Make, exit_code: int, hold: str, how: str) -> None:
    run = stage(UNTIL % hold)
    state = crashed_in(run)
    pid = script(run, state, f"exit {exit_code}")
    os.waitpid(pid, 0)
    assert run.run().result == "passed"
    assert [data["how"] for data in run.of("step.settled")] == ([how] if how else [])
    if not how:
        assert run.of("step.finished")[0]["recovered"] == "found"


def test_a_hold_begins_anew_when_it_is_broken(stage: Make) -> None:
    """The clock begins at zero: a time of 0.0 is a time."""
    clock = Hands()
    clock.steady = 0.0
    run = stage(
        """
phases:
  - id: one
    steps:
      - id: a
        run: echo x >> log; test "$(wc -l < log)" -ne 3
        until: {every: 1s, within: 100s, hold: 4s}
        timeout: 1h
""",
        clock=clock,
    )
    assert run.run().result == "passed"
    assert len(log(run)) == 8, "two good, one bad, and four seconds of good ones"


def test_an_interrupted_poll_ends_between_two_tries(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: touch tried; exit 1, until: {every: 10s, within: 60s}}]}]")

    def wish() -> None:
        wait_for((run.folder / "tried").exists)
        time.sleep(0.1)
        run.stop.signal = "SIGINT"

    thread = threading.Thread(target=wish)
    thread.start()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert run.results() == {"phases/one/a": "interrupted"}


def test_a_try_is_interrupted_in_the_middle(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: touch tried; sleep 60, until: {every: 1s, within: 60s}}]}]")
    thread = stop_when(run, run.folder / "tried")
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert run.results() == {"phases/one/a": "interrupted"}


# The wish to stop at the wrong moment


def stop_when(run: Stage, path: Path) -> threading.Thread:
    def wish() -> None:
        wait_for(path.exists)
        run.stop.signal = "SIGTERM"

    thread = threading.Thread(target=wish)
    thread.start()
    return thread


def test_a_stop_while_it_is_asked_whether_a_step_is_needed_begins_nothing(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - {id: a, when: {run: touch asked; test -e go || sleep 5}, run: echo a >> log}
      - {id: b, run: echo b >> log}
""")
    thread = stop_when(run, run.folder / "asked")
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert run.of("step.intent") == []
    run.stop.signal = ""
    (run.folder / "go").touch()
    assert run.run().result == "passed"
    assert log(run) == ["a", "b"]


def test_a_check_that_was_cut_off_is_evaluated_again(stage: Make) -> None:
    run = stage("""
phases: [{id: one, steps: [{id: a, run: echo a >> log}]}]
verification: {checks: [{id: slow, run: "touch asked; test -e go || sleep 5", retries: 3}]}
""")
    thread = stop_when(run, run.folder / "asked")
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert run.of("check.finished") == []
    run.stop.signal = ""
    (run.folder / "go").touch()
    assert run.run().result == "passed"
    assert log(run) == ["a"]


class StopAt(Talk):
    """A console that asks to stop as soon as the run says something."""

    def __init__(self, text: str, stop: Stop) -> None:
        super().__init__()
        self.text = text
        self.stop = stop

    def say(self, text: str) -> None:
        super().say(text)
        if text.startswith(self.text):
            self.stop.signal = "SIGTERM"


def test_a_check_that_passed_before_the_stop_was_seen_counts(stage: Make) -> None:
    run = stage("""
phases: [{id: one, steps: [{id: a, run: echo a >> log}]}]
verification: {checks: [{id: quick, run: "true"}]}
""")
    run.console = StopAt("Verification", run.stop)
    with pytest.raises(Interrupted):
        run.run()
    run.stop.signal = ""
    assert run.run().result == "passed"


def test_a_stop_during_the_pause_before_a_retry_keeps_the_retry(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - {id: a, run: echo a >> log; test -e go, idempotent: true, retry: {times: 1, wait: 30s}}
""")
    thread = stop_when(run, run.folder / "log")
    time.sleep(0.05)
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    run.stop.signal = ""
    (run.folder / "go").touch()
    run.clock = Hands()
    assert run.run().result == "passed"


# Refusals stay refusals


BASELINE = """
baseline: [{id: dump, run: x, save: dump, required: true}, {id: notes, run: x, save: notes}]
phases: [{id: one, steps: [{id: a, run: echo a >> log}]}]
"""


def test_a_run_that_was_refused_is_not_let_through_by_resuming_it(stage: Make) -> None:
    run = stage(BASELINE)
    for _ in range(2):
        with pytest.raises(Refused, match="dump is missing"):
            run.run()
    assert log(run) == []
    assert run.run(Answers(overrides={"baseline": "checked by hand"})).result == "passed"
    assert log(run) == ["a"]


def test_an_override_is_asked_for_once(stage: Make) -> None:
    run = stage(BASELINE)
    crashed_in_override(run)
    assert run.run().result == "passed"
    assert len(run.of("override")) == 1


def crashed_in_override(run: Stage) -> None:
    assert run.run(Answers(overrides={"baseline": "checked by hand"})).result == "passed"
    cut_journal(run, after="override")


def test_what_is_not_required_is_a_warning(stage: Make) -> None:
    run = stage(BASELINE.replace(", required: true", ""))
    assert run.run().result == "passed"
    assert [data["message"] for data in run.of("warning")] == ["baseline dump is missing", "baseline notes is missing"]


# Steps that need nothing, and steps by hand


@pytest.mark.parametrize(
    ("action", "timeout"), [("gate: {ask: Go on?, deadline: 50ms}", ""), ("manual: Pull the plug", "")]
)
def test_what_people_do_has_no_deadline_unless_the_plan_gives_one(stage: Make, action: str, timeout: str) -> None:
    run = stage(f"phases: [{{id: one, budget: 5s, steps: [{{id: a, {action}}}]}}]")
    run.run()
    assert run.of("step.intent")[0]["deadline"] == timeout


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [("timeout: 7s", 7), ("idempotent: true", 60), ("", 60)],
)
def test_a_step_without_a_timeout_has_the_budget_of_its_phase(stage: Make, settings: str, seconds: float) -> None:
    run = stage(f"phases: [{{id: one, budget: 1m, steps: [{{id: a, run: 'true', {settings}}}]}}]")
    run.run()
    assert run.of("step.intent")[0]["timeout_seconds"] == seconds


def test_without_a_budget_it_has_ten_minutes(stage: Make) -> None:
    run = stage(BODY)
    run.run()
    assert run.of("step.intent")[0]["timeout_seconds"] == 600


def test_a_person_may_refuse_to_do_it_by_hand(stage: Make) -> None:
    run = stage(
        "phases: [{id: one, steps: [{id: a, run: exit 1, on_failure: manual}]}]", console=Talk({"by hand": "no"})
    )
    assert run.run().result == "failed"


def test_by_hand_comes_after_the_last_retry(stage: Make) -> None:
    run = stage(
        """
phases:
  - id: one
    steps: [{id: a, run: exit 1, idempotent: true, retry: {times: 1, wait: 1ms}, on_failure: manual}]
""",
        console=Talk({"by hand": "bob"}),
    )
    assert run.run().result == "passed"
    assert [data["result"] for data in run.of("step.finished")] == ["failed", "failed", "by_hand"]


BY_HAND = """
phases:
  - id: one
    alternatives:
      - {id: x, steps: [{id: a, run: exit 1, on_failure: manual}]}
      - {id: y, steps: [{id: b, run: echo b >> log}]}
"""


def test_whoever_leaves_to_do_it_by_hand_is_asked_again_by_the_next_process(stage: Make) -> None:
    console = Leaves()
    run = stage(BY_HAND, console=console, stop=console.stop)
    with pytest.raises(Interrupted):
        run.run()
    assert [data["alternative"] for data in run.of("phase.started")] == ["x"]
    run.stop, run.console = Stop(), Talk({"do it by hand": "carla"})
    assert run.run().result == "passed"
    assert run.of("step.finished")[-1]["detail"] == "done by carla"
    assert log(run) == []


class Leaves(Talk):
    """A person who presses Ctrl-C at the question."""

    def __init__(self) -> None:
        super().__init__({"x": "y"})
        self.stop = Stop()

    def ask(self, question: str, seconds: float) -> str | None:
        self.stop.signal = "SIGINT"
        return None


def test_what_nobody_does_by_hand_is_done_the_next_way(stage: Make) -> None:
    run = stage(BY_HAND, console=Talk({"do it by hand": "no"}))
    assert run.run().result == "passed"
    assert [data["alternative"] for data in run.of("phase.started")][:2] == ["x", "y"]
    assert log(run) == ["b"]
