"""Gates: silence is no, and whoever started the run does not approve it alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from rollback_gov.execution.inbox import Answer, answers, leave
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.model.errors import Interrupted
from tests.execution.conftest import Stage, Talk
from tests.execution.test_crash import wait_for

Make = Callable[..., Stage]
PATH = "phases/one/ask"


def gate(more: str) -> str:
    return f"phases: [{{id: one, steps: [{{id: ask, gate: {{ask: Go on?{more}}}}}, {{id: b, run: touch b}}]}}]"


def answer(run: Stage, decision: str, by: str, reason: str = "", *, step: str = PATH, number: int = 1) -> None:
    run.incident.mkdir(exist_ok=True)
    leave(run.incident, Answer(step=step, decision=decision, by=by, reason=reason, executable=""), number=number)


def decided(run: Stage) -> tuple[str, str, str]:
    (data,) = run.of("gate.decided")
    return data["decision"], data["by"], data["reason"]


@pytest.mark.parametrize(
    ("decision", "by", "reason", "result"),
    [
        ("approved", "bob", "", "passed"),
        ("denied", "bob", "too late", "failed"),
        ("denied", "ann", "I was wrong", "failed"),
        ("approved", "ann", "alone at night", "passed"),
    ],
)
def test_an_answer_from_elsewhere(stage: Make, decision: str, by: str, reason: str, result: str) -> None:
    run = stage(gate(", deadline: 20s"))
    answer(run, decision, by, reason)
    assert run.run().result == result
    assert decided(run) == (decision, by, reason)
    reviewed = [{"check": f"gate {PATH}", "reason": reason, "by": by}]
    assert run.of("override") == (reviewed if (decision, by) == ("approved", "ann") else [])


@pytest.mark.parametrize(
    ("by", "step"), [("ann", PATH), ("bob", "phases/one/another"), ("bob", "phases/one/ask2"), ("bob", "one/ask")]
)
def test_answers_that_do_not_count(stage: Make, by: str, step: str) -> None:
    run = stage(gate(", deadline: 300ms"))
    answer(run, "approved", by, step=step)
    assert run.run().result == "failed"
    assert decided(run) == ("deadline", "", "deny")


def test_the_first_answer_counts(stage: Make) -> None:
    run = stage(gate(", deadline: 60s"))
    answer(run, "denied", "bob", "no", number=1)
    answer(run, "approved", "cy", number=2)
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["detail"] == "denied by bob: no"


def test_an_answer_may_come_while_the_gate_waits(stage: Make) -> None:
    run = stage(gate(", deadline: 60s"))

    def answers_when_asked() -> None:
        journal = run.incident / FILE
        wait_for(lambda: journal.exists() and '"gate.waiting"' in journal.read_text())
        answer(run, "approved", "bob")

    thread = threading.Thread(target=answers_when_asked)
    thread.start()
    assert run.run().result == "passed"
    thread.join()
    assert run.of("gate.decided")[0]["seconds"] < 30, "half of its deadline"
    assert run.of("gate.decided")[0]["executable"] == run.of("run.started")[0]["digests"]["executable"]


@pytest.mark.parametrize(("on_deadline", "result"), [("deny", "failed"), ("escalate", "failed"), ("proceed", "passed")])
def test_a_deadline_decides_as_the_plan_says(stage: Make, on_deadline: str, result: str) -> None:
    run = stage(gate(f", deadline: 50ms, on_deadline: {on_deadline}"))
    assert run.run().result == result
    assert decided(run) == ("deadline", "", on_deadline)
    assert (run.folder / "b").exists() == (result == "passed")


def test_whoever_may_answer_is_told_how(stage: Make) -> None:
    run = stage(gate(", deadline: 50ms"))
    run.run()
    assert "    gate: Go on?" in run.console.lines
    assert f"    from elsewhere: rollback-gov approve run-1 {PATH}" in run.console.lines
    (told,) = (fields for event, fields in run.sent if event == "gate")
    assert (told["step"], told["text"], told["role"]) == (PATH, "Go on?", "")
    assert told["answer"] == f"rollback-gov approve run-1 {PATH}"
    waiting = run.of("gate.waiting")[0]
    assert (waiting["step"], waiting["ask"], waiting["deadline"][:2]) == (PATH, "Go on?", "20")
    assert told["deadline"] == waiting["deadline"].replace("T", " ").replace("Z", " UTC")


@pytest.mark.parametrize(
    ("answers", "result", "decision"),
    [
        ({"Who approves": "bob"}, "passed", ("approved", "bob", "")),
        ({"Who approves": " bob "}, "passed", ("approved", "bob", "")),
        ({"Who approves": "no"}, "failed", ("denied", "ann", "")),
        ({"Who approves": ""}, "failed", ("denied", "ann", "")),
        ({"Who approves": "ann", "Why is it approved": ""}, "failed", ("denied", "ann", "")),
        ({"Who approves": "ann", "Why is it approved": "alone"}, "passed", ("approved", "ann", "alone")),
    ],
)
def test_at_the_terminal(stage: Make, answers: dict[str, str], result: str, decision: tuple[str, str, str]) -> None:
    run = stage(gate(""), console=Talk(answers))
    assert run.run().result == result
    assert decided(run) == decision


class Late(Talk):
    """A terminal at which nobody answers at first."""

    def __init__(self) -> None:
        super().__init__({"Who": "bob"})
        self.silent = 2

    def ask(self, question: str, seconds: float) -> str | None:
        self.silent -= 1
        return None if self.silent >= 0 else super().ask(question, seconds)


def test_a_terminal_is_asked_until_somebody_answers(stage: Make) -> None:
    run = stage(gate(""), console=Late())
    assert run.run().result == "passed"


def test_without_anybody_to_ask_and_without_a_deadline_the_answer_is_no(stage: Make) -> None:
    run = stage(gate(""))
    assert run.run().result == "failed"
    assert decided(run) == ("denied", "", "nobody can be asked and the gate has no deadline")


def test_a_gate_that_was_interrupted_asks_again(stage: Make) -> None:
    run = stage(gate(", deadline: 20s"))
    thread = threading.Timer(0.2, lambda: setattr(run.stop, "signal", "SIGTERM"))
    thread.start()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    run.stop.signal = ""
    answer(run, "approved", "bob")
    assert run.run().result == "passed"
    assert [data["how"] for data in run.of("step.settled")] == ["idempotent"]
    assert len(run.of("gate.waiting")) == 2


def test_time_at_gates_is_measured_apart(stage: Make) -> None:
    run = stage(gate(", deadline: 200ms, on_deadline: proceed"))
    began = time.monotonic()
    run.run()
    end = run.of("run.finished")[0]
    assert 0.2 <= end["gate_seconds"] <= time.monotonic() - began
    assert run.of("phase.finished")[0]["gate_seconds"] == end["gate_seconds"]


def test_a_deadline_that_escalates_calls_more_people_and_gives_them_as_long(stage: Make) -> None:
    ladder = "\nescalation: [{on: running, after: 1h, level: 1, actions: [Call the head], notify: [pager]}]"
    run = stage(gate(", deadline: 300ms, on_deadline: escalate") + ladder)
    assert run.run().result == "failed"
    assert [data["actions"] for data in run.of("escalated")] == [["Call the head"]]
    assert run.of("gate.decided")[0]["seconds"] >= 0.6
    assert [event for event, _ in run.sent].count("escalated") == 1


def test_without_a_ladder_the_channels_of_the_plan_hear_of_it(stage: Make) -> None:
    run = stage(gate(", deadline: 300ms, on_deadline: escalate"))
    assert run.run().result == "failed"
    assert ("escalated", {"text": "nobody has decided: Go on?"}) in run.sent


def test_an_answer_is_used_up_by_its_question(stage: Make) -> None:
    """Whoever tries a denied gate again, as troubleshooting offers, has people asked anew."""
    run = stage(gate(", deadline: 50ms"))
    answer(run, "denied", "bob", "not yet")
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["detail"] == "denied by bob: not yet"
    assert list(answers(run.incident)) == []


def test_silence_is_told_as_silence(stage: Make) -> None:
    run = stage(gate(", deadline: 50ms, on_deadline: escalate"))
    run.run()
    assert run.of("step.finished")[0]["detail"] == "nobody decided in time"


# A process that dies before it can act on what was decided


def cut_after(run: Stage, type_: str) -> None:
    """Leave the journal as a process does that dies right after a line."""
    path = run.incident / FILE
    lines = path.read_bytes().splitlines(keepends=True)
    last = next(number for number, line in enumerate(lines, 1) if b'"type":"%s"' % type_.encode() in line)
    path.write_bytes(b"".join(lines[:last]))


@pytest.mark.parametrize(("decision", "result"), [("approved", "passed"), ("denied", "failed")])
def test_what_was_decided_stays_decided(stage: Make, decision: str, result: str) -> None:
    run = stage(gate(", deadline: 20s"))
    answer(run, decision, "bob", "seen")
    run.run()
    cut_after(run, "gate.decided")
    assert run.run().result == result
    assert decided(run) == (decision, "bob", "seen"), "nobody was asked twice"
    assert f"    decided before the process died: {decision} by bob" in run.console.lines


def test_silence_stays_silence(stage: Make) -> None:
    run = stage(gate(", deadline: 50ms"))
    run.run()
    cut_after(run, "gate.decided")
    answer(run, "approved", "bob")
    assert run.run().result == "failed"
    assert decided(run) == ("deadline", "", "deny")


def test_other_scripts_than_those_that_were_approved_are_asked_about_anew(stage: Make) -> None:
    run = stage(gate(", deadline: 20s"))
    answer(run, "approved", "bob")
    run.run()
    cut_after(run, "gate.decided")
    journal = Journal(run.incident, run.clock)
    journal.append("override", {"check": "plan-changed", "reason": "mended", "by": "ann"})
    journal.close()
    answer(run, "approved", "cy", number=2)
    assert run.run().result == "passed"
    assert [data["by"] for data in run.of("gate.decided")] == ["bob", "cy"]


def test_a_starter_who_approved_is_reviewed_whenever_the_process_died(stage: Make) -> None:
    run = stage(gate(", deadline: 20s"))
    answer(run, "approved", "ann", "alone")
    run.run()
    cut_after(run, "gate.decided")
    assert run.run().result == "passed"
    assert run.of("override") == [{"check": f"gate {PATH}", "reason": "alone", "by": "ann"}]


# Who started the run, and who goes on with it


@pytest.mark.parametrize(
    ("by", "reason", "result"),
    [("ann", "", "passed"), ("amy", "", "failed"), (" Amy", "", "failed"), ("amy", "alone at night", "passed")],
)
def test_who_goes_on_with_a_run_did_not_start_it(stage: Make, by: str, reason: str, result: str) -> None:
    run = stage(gate(", deadline: 300ms"))
    run.started = {"started_by": "amy"}
    answer(run, "approved", by, reason)
    assert run.run().result == result
    reviewed = [{"check": f"gate {PATH}", "reason": reason, "by": by}]
    assert run.of("override") == (reviewed if reason else [])


def test_the_starter_is_asked_why_at_the_terminal_of_whoever_goes_on(stage: Make) -> None:
    run = stage(gate(""), console=Talk({"Who approves": "amy", "amy started this run": "alone"}))
    run.started = {"started_by": "amy"}
    assert run.run().result == "passed"
    assert run.of("override") == [{"check": f"gate {PATH}", "reason": "alone", "by": "amy"}]


@pytest.mark.parametrize(("seen", "result"), [("0" * 64, "failed"), ("", "passed")])
def test_an_answer_about_other_scripts_does_not_count(stage: Make, seen: str, result: str) -> None:
    run = stage(gate(", deadline: 300ms"))
    run.incident.mkdir(exist_ok=True)
    leave(run.incident, Answer(step=PATH, decision="approved", by="bob", reason="", executable=seen), number=1)
    assert run.run().result == result


def test_what_is_approved_after_the_plan_changed_is_what_runs_then(stage: Make) -> None:
    run = stage(gate(", deadline: 300ms"))
    journal = Journal(run.context.folder, run.clock)
    run.begin(journal)
    journal.append("run.resumed", {"by": "ann", "tail": "whole", "executable": "1" * 64})
    journal.close()
    leave(run.incident, Answer(step=PATH, decision="approved", by="bob", reason="", executable="1" * 64), number=1)
    assert run.run().result == "passed"
    assert run.of("gate.decided")[0]["executable"] == "1" * 64
