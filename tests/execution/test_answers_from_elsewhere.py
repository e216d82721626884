"""Every question that a terminal can answer can be answered from elsewhere: who, what and why is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import Answer, answers, leave
from rollback_gov.execution.named_questions import about, is_gate
from rollback_gov.model.errors import Refused
from tests.execution.conftest import Hands, Stage

Make = Callable[..., Stage]
FAILS = "run: 'echo x >> tries; test -e fixed'"
TROUBLE = f"""
phases:
  - {{id: one, steps: [{{id: a, {FAILS}}}]}}
troubleshooting:
  - phase: one
    when: port in use
    investigate: [{{name: Who has it, run: echo nginx}}]
    remedies: [{{id: free, name: Free the port, run: touch fixed}}]
"""


class Waits(Stage):
    """A stage without a terminal, where people elsewhere have an hour; answers come as soon as they are asked for."""

    said: dict[str, list[tuple[str, str]]]

    @property
    def context(self) -> Context:
        return replace(super().context, patience=3600.0, leisure=3600.0, notify=self._told)

    def _told(self, event: str, fields: Any) -> None:
        self.sent.append((event, fields))
        if event == "gate" and self.said.get(fields["step"]):
            decision, reason = self.said[fields["step"]].pop(0)
            answer = Answer(step=fields["step"], decision=decision, by="bob", reason=reason, executable="")
            leave(self.incident, answer, number=len(self.sent))


@pytest.fixture
def waits(stage: Make) -> Make:
    def make(body: str, **said: list[tuple[str, str]]) -> Stage:
        plain = stage(body)
        waiting = Waits(folder=plain.folder, plan=plain.plan, clock=Hands())
        waiting.said = {name.replace("__", "/").replace("_", "-"): list(word) for name, word in said.items()}
        return waiting

    return make


def decided(run: Stage) -> list[tuple[str, str, str, str]]:
    names = ("step", "decision", "by", "reason")
    return [tuple(data[name] for name in names) for data in run.of("gate.decided")]


def test_a_remedy_and_another_try(waits: Make) -> None:
    run = waits(TROUBLE, help__phases__one=[("1", "nginx has it"), ("again", "")])
    assert run.run().result == "passed"
    assert decided(run) == [
        ("help/phases/one", "1", "bob", "nginx has it"),
        ("help/phases/one", "again", "bob", ""),
    ]
    assert run.of("gate.waiting")[0]["choices"] == ["1", "again", "stop"]
    assert run.of("step.settled")[-1]["by"] == "bob"
    assert "nginx\n" in run.console.output, "somebody looks, though not here"
    assert (run.folder / "tries").read_text() == "x\nx\n"


def test_silence_gives_the_phase_up_when_the_time_is_over(waits: Make) -> None:
    run = waits(TROUBLE)
    assert run.run().result == "failed"
    assert decided(run) == [("help/phases/one", "deadline", "", "")]
    assert run.of("help.closed") == [{"phase": "phases/one", "by": ""}]
    assert run.of("gate.decided")[0]["seconds"] == pytest.approx(3600, abs=5)


def test_a_step_that_failed_is_done_by_hand(waits: Make) -> None:
    body = f"phases: [{{id: one, steps: [{{id: a, {FAILS}, on_failure: manual}}]}}]"
    run = waits(body, by_hand__phases__one__a=[("approved", "with the old script")])
    assert run.run().result == "passed"
    assert run.of("step.finished")[-1]["detail"] == "done by bob: with the old script"


def test_a_step_that_nobody_did_by_hand_has_failed(waits: Make) -> None:
    body = f"phases: [{{id: one, steps: [{{id: a, {FAILS}, on_failure: manual}}]}}]"
    run = waits(body, by_hand__phases__one__a=[("denied", "no key")])
    assert run.run().result == "failed"
    assert decided(run) == [("by-hand/phases/one/a", "denied", "bob", "no key")]


LAST = f"""
phases: [{{id: one, steps: [{{id: a, {FAILS}}}]}}]
last_resort: [{{id: rebuild, name: Build it anew, steps: [{{id: new, run: touch rebuilt}}]}}]
"""


@pytest.mark.parametrize(("word", "taken"), [(("approved", "the disk is gone"), True), (("denied", "wait"), False)])
def test_the_last_resort(waits: Make, word: tuple[str, str], taken: bool) -> None:
    run = waits(LAST, last_resort=[word])
    assert run.run().result == ("passed" if taken else "failed")
    assert run.of("last_resort.decided") == [{"taken": taken, "by": "bob", "reason": word[1]}]


def test_the_checklist_after_the_rollback_waits_and_the_one_before_does_not(waits: Make) -> None:
    body = "checklists: {before: [Alert confirmed], after: [Login works, Team told]}\nphases: [{id: one, steps: []}]"
    run = waits(body.replace("steps: []", "steps: [{id: a, run: 'true'}]"), checklist__after=[("2", "nobody is up")])
    assert run.run().result == "passed"
    ticked = [(data["item"], data["done"], data["by"]) for data in run.of("checklist")]
    assert ticked == [("Alert confirmed", False, ""), ("Login works", True, "bob"), ("Team told", False, "bob")]
    assert [data["step"] for data in run.of("gate.waiting")] == ["checklist/after"]


PONR = """
point_of_no_return: {description: the tables are gone, passed_when: {ask: Are the tables gone?}}
phases: [{id: one, steps: [{id: a, run: 'true'}]}]
"""


def test_the_point_of_no_return(waits: Make) -> None:
    run = waits(PONR, point_of_no_return=[("no", "I see them")])
    assert run.run().result == "passed"
    assert [(data["passed"], data["by"]) for data in run.of("point_of_no_return.checked")] == [("no", "bob")]


def test_the_point_of_no_return_of_which_nobody_knows(waits: Make) -> None:
    run = waits(PONR)
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert decided(run) == [("point-of-no-return", "deadline", "", "")]


def crashed(run: Stage, script: str) -> None:
    """Leave an intent without an end, as a process that was killed does."""
    from rollback_gov.execution.journal import Journal

    journal = Journal(run.context.folder, run.context.clock)
    run.begin(journal)
    journal.append("phase.started", {"phase": "phases/one", "title": "one", "alternative": "", "budget_seconds": 0})
    intent = {"step": "phases/one/a", "title": "a", "action": "run", "attempt": 1, "deadline": "2099-01-01T00:00:00Z"}
    rest = {"timeout_seconds": 5, "script_sha256": script, "destructive": False, "idempotent": False}
    journal.append("step.intent", intent | rest)
    journal.close()
    state = run.incident / ".state" / "phases.one.a.1" / "00001"
    state.mkdir(parents=True)
    (state / "process").write_text("elsewhere\n4194303 (x) X" + " 0" * 20 + "\n")


@pytest.mark.parametrize(("choice", "result"), [("again", "passed"), ("done", "passed"), ("abort", "aborted")])
def test_a_step_whose_end_nobody_knows(waits: Make, choice: str, result: str) -> None:
    run = waits("phases: [{id: one, steps: [{id: a, run: touch a}]}]", unknown__phases__one__a=[(choice, "I looked")])
    crashed(run, "")
    assert run.run().result == result
    assert decided(run) == [("unknown/phases/one/a", choice, "bob", "I looked")]
    assert run.of("step.settled")[0]["by"] == "bob"
    assert (run.folder / "a").exists() == (choice == "again")
    assert list(answers(run.incident)) == [], "it counted, once"


def test_a_step_whose_end_nobody_knows_waits_and_is_then_left_to_whoever_resumes(waits: Make) -> None:
    run = waits("phases: [{id: one, steps: [{id: a, run: touch a}]}]")
    crashed(run, "")
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert decided(run) == [("unknown/phases/one/a", "deadline", "", "")]


def test_an_answer_that_lies_there_counts_without_waiting(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: touch a}]}]")
    crashed(run, "")
    answer = Answer(step="unknown/phases/one/a", decision="done", by="bob", reason="", executable="")
    leave(run.incident, answer, number=1)
    assert run.run().result == "passed"
    assert not (run.folder / "a").exists()


@pytest.mark.parametrize("decision", ["perhaps", "approved", "denied", "1"])
def test_what_is_no_choice_is_no_answer(stage: Make, decision: str) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: touch a}]}]")
    crashed(run, "")
    answer = Answer(step="unknown/phases/one/a", decision=decision, by="bob", reason="", executable="")
    leave(run.incident, answer, number=1)
    with pytest.raises(Refused):
        run.run()


def test_names_of_questions(tmp_path: Path) -> None:
    assert about("unknown/phases/one/a") == "phases/one/a"
    assert about("help/phases/one") == "phases/one"
    assert about("phases/one/a") == "phases/one/a"
    assert [
        is_gate(name) for name in ("phases/one/a", "regions/before-eu", "failure", "override/tools", "timeout")
    ] == [
        True,
        True,
        False,
        False,
        False,
    ]
