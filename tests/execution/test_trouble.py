"""When a phase has failed for good: remedies that a person confirms, another try, and the last resort."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from rollback_gov.execution.answers import Answers
from rollback_gov.model.errors import Interrupted
from tests.execution.conftest import Stage, Talk

Make = Callable[..., Stage]
BODY = """
phases:
  - {id: one, steps: [{id: a, run: 'echo x >> tries; test -e port-is-free'}, {id: b, run: touch b}]}
  - {id: two, steps: [{id: c, run: touch c}]}
troubleshooting:
  - {phase: two, when: another phase, remedies: [{id: not-this, run: touch wrong}]}
  - phase: one
    when: port in use
    investigate: [{name: Who has it, run: echo nginx; echo more >&2}]
    remedies: [{id: free, name: Free the port, run: touch port-is-free, destructive: true}]
  - {phase: one, symptoms: [no room], remedies: [{id: room, run: touch room}]}
"""


class Person(Talk):
    """Answers what is asked, one after the other; says what was asked."""

    def __init__(self, *said: str) -> None:
        super().__init__({"": ""})
        self.said = list(said)
        self.asked: list[str] = []

    def ask(self, question: str, seconds: float) -> str | None:
        self.asked.append(question)
        return self.said.pop(0)


def test_a_remedy_and_another_try(stage: Make) -> None:
    run = stage(BODY, console=Person("1", "again"))
    assert run.run().result == "passed"
    assert (run.folder / "tries").read_text() == "x\nx\n"
    assert (run.folder / "c").exists()
    assert run.results()["troubleshooting/one/1/free"] == "passed"
    assert [(data["step"], data["how"], data["outcome"], data["by"]) for data in run.of("step.settled")] == [
        ("phases/one/a", "person", "run_again", "ann")
    ]
    said = "\n".join(run.console.lines)
    assert "remedy 1: Free the port (destructive)\n" in said
    assert "remedy 2: room\n" in said
    assert "another phase" not in said
    assert "nginx\nmore\n" in run.console.output, "what the plan says to look at is shown"


def test_giving_the_phase_up(stage: Make) -> None:
    run = stage(BODY, console=Person("2", "nonsense", "3", "stop"))
    assert run.run().result == "failed"
    assert (run.folder / "room").exists()
    assert run.of("help.closed") == [{"phase": "phases/one", "by": "ann"}]
    assert not (run.folder / "c").exists()


def test_help_is_offered_at_each_failure(stage: Make) -> None:
    run = stage(BODY, console=Person("again", "again", "1", "again"))
    assert run.run().result == "passed"
    assert (run.folder / "tries").read_text() == "x\n" * 4


def test_nobody_there_runs_no_remedy(stage: Make) -> None:
    run = stage(BODY)
    assert run.run().result == "failed"
    assert not (run.folder / "port-is-free").exists()
    assert run.of("help.closed") == [{"phase": "phases/one", "by": ""}]
    assert "    look: Who has it" in run.console.lines
    assert run.console.output == "", "nobody looks, so nothing is run"


class Leaves(Person):
    """Wants the run to stop when asked for the last time."""

    stage: Stage

    def ask(self, question: str, seconds: float) -> str | None:
        if not self.said:
            self.stage.stop.signal = "SIGINT"
            return None
        return super().ask(question, seconds)


@pytest.mark.parametrize("said", [(), ("1",)])
def test_whoever_resumes_the_run_is_asked_again(stage: Make, said: tuple[str, ...]) -> None:
    leaves = Leaves(*said)
    run = stage(BODY, console=leaves)
    leaves.stage = run
    with pytest.raises(Interrupted):
        run.run()
    run.stop.signal, run.console = "", Person("1", "again")
    assert run.run().result == "passed"


def stop_once_there(run: Stage, name: str) -> threading.Thread:
    """Ask the run to stop as soon as a file is there."""

    def wait() -> None:
        while not (run.folder / name).exists():
            time.sleep(0.01)
        run.stop.signal = "SIGTERM"

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_a_remedy_that_was_cut_off_is_settled_before_it_runs_again(stage: Make) -> None:
    slow = "run: 'echo r >> remedies; touch port-is-free; sleep 60'"
    run = stage(BODY.replace("run: touch port-is-free", slow), console=Person("1"))
    waiting = stop_once_there(run, "port-is-free")
    with pytest.raises(Interrupted):
        run.run()
    waiting.join()
    run.stop.signal, run.console = "", Person("1", "again")
    assert run.run(Answers(settle={"troubleshooting/one/1/free": "done"})).result == "passed"
    assert (run.folder / "remedies").read_text() == "r\n", "it had its effect, says the person"


LAST = (
    BODY[: BODY.index("troubleshooting")]
    + """
last_resort:
  - {id: rebuild, name: Build it anew, steps: [{id: new, run: touch rebuilt}]}
verification: {checks: [{id: built, run: test -e rebuilt}]}
"""
)


def test_the_last_resort_begins_only_by_a_word(stage: Make) -> None:
    run = stage(LAST, console=Person("the disk is gone"))
    assert run.run().result == "passed"
    assert run.of("last_resort.decided") == [{"taken": True, "by": "ann", "reason": "the disk is gone"}]
    assert run.of("run.finished")[0]["last_resort"] is True
    assert (run.folder / "rebuilt").exists()


@pytest.mark.parametrize(("said", "by"), [("", "ann"), ("no", "ann"), (None, "")])
def test_without_a_word_the_run_has_failed(stage: Make, said: str | None, by: str) -> None:
    run = stage(LAST, console=Talk() if said is None else Person(said))
    assert run.run().result == "failed"
    assert run.of("last_resort.decided") == [{"taken": False, "by": by, "reason": ""}]
    assert not (run.folder / "rebuilt").exists()
    assert run.of("run.finished")[0]["last_resort"] is False


def test_a_failed_verification_leads_there_too_and_is_asked_anew(stage: Make) -> None:
    good = LAST.replace("; test -e port-is-free", "")
    run = stage(good, console=Person("nothing helps"))
    assert run.run().result == "passed"
    assert [data["result"] for data in run.of("check.finished")] == ["failed", "passed"]
    assert [data["result"] for data in run.of("phase.finished")][-2:] == ["passed", "passed"]


def test_a_rehearsal_offers_no_last_resort(stage: Make) -> None:
    run = stage(LAST, console=Person(), started={"mode": "rehearse"})
    assert run.run().result == "failed"


def test_whoever_resumes_the_run_decides_about_the_last_resort(stage: Make) -> None:
    leaves = Leaves()
    run = stage(LAST, console=leaves)
    leaves.stage = run
    with pytest.raises(Interrupted):
        run.run()
    run.stop.signal, run.console = "", Person("it has to be")
    assert run.run().result == "passed"
