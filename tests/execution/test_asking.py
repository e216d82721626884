"""Asking people: as long as one is there, and until the answer makes sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from rollback_gov.execution.asking import NotUnderstood, ask_person
from rollback_gov.execution.context import Context
from rollback_gov.execution.stop import Stop
from tests.execution.conftest import Stage, Talk

Make = Callable[..., Stage]
WORDS = {"yes": True, "no": False}


@dataclass
class Script(Talk):
    """A terminal at which the given lines are typed; None is a moment without an answer."""

    typed: Iterator[str | None] = field(default_factory=lambda: iter(()))
    stop: Stop = field(default_factory=Stop)
    interactive: bool = True
    asked: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def ask(self, question: str, seconds: float) -> str | None:
        self.asked.append(question)
        try:
            return next(self.typed)
        except StopIteration:
            self.stop.signal = "SIGINT"
            return None


def at(stage: Make, *typed: str | None) -> tuple[Context, Script]:
    stop = Stop()
    console = Script(typed=iter(typed), stop=stop)
    scene = stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]", console=console, stop=stop)
    return scene.context, console


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["yes"], True),
        ([" no "], False),
        (["", "perhaps", None, "yes"], True),
        ([None, None], None),
        ([], None),
    ],
)
def test_a_yes_or_a_no_and_nothing_else(stage: Make, typed: list[str | None], answer: bool | None) -> None:
    context, console = at(stage, *typed)
    assert ask_person(context, "Go on?", WORDS.get) is answer
    assert set(console.asked) == {"Go on?"}


def test_what_was_understood_is_the_answer(stage: Make) -> None:
    context, console = at(stage, "one", "5")
    assert ask_person(context, "How many?", lambda said: int(said) if said.isdigit() else None) == 5
    assert console.asked == ["How many?"] * 2


def test_an_answer_that_counts_as_nothing_in_python_is_still_an_answer(stage: Make) -> None:
    context, _ = at(stage, "")
    assert ask_person(context, "Why?", str) == ""


def test_nobody_is_asked_without_a_terminal(stage: Make) -> None:
    context, console = at(stage, "yes")
    console.interactive = False
    assert ask_person(context, "Go on?", WORDS.get) is None
    assert console.asked == []


def test_nobody_is_asked_when_the_run_is_to_stop(stage: Make) -> None:
    context, console = at(stage, "yes")
    context.stop.signal = "SIGTERM"
    assert ask_person(context, "Go on?", WORDS.get) is None
    assert console.asked == []


def test_a_terminal_that_goes_away_ends_the_question(stage: Make) -> None:
    context, console = at(stage, None)

    def leave() -> Iterator[None]:
        console.interactive = False
        yield None

    console.typed = leave()
    assert ask_person(context, "Go on?", WORDS.get) is None


def test_what_was_not_understood_is_said_and_asked_again(stage: Make) -> None:
    context, console = at(stage, "perhaps", "yes")
    assert ask_person(context, "Go on?", WORDS.get) is True
    assert console.lines == ["    That was not understood: 'perhaps'."]


def test_whoever_reads_an_answer_says_what_is_wrong_with_it(stage: Make) -> None:
    def read(said: str) -> str:
        if said == "yes":
            raise NotUnderstood("Please write your name.")
        return said

    context, console = at(stage, "yes", "ann")
    assert ask_person(context, "Who?", read) == "ann"
    assert console.lines == ["    Please write your name."]


def test_a_terminal_at_which_only_nonsense_is_typed_is_asked_no_more(stage: Make) -> None:
    context, console = at(stage, *["what?"] * 9)
    assert ask_person(context, "Go on?", WORDS.get) is None
    assert console.asked == ["Go on?"] * 5
    assert console.lines[-1].endswith("5 answers made no sense; nobody is asked here any more.")
    assert ask_person(context, "Another question?", {"what?": 1}.get) == 1


def test_time_goes_on_while_somebody_thinks(stage: Make) -> None:
    ticks: list[int] = []
    context, _ = at(stage, None, None, "yes")
    ask_person(replace(context, tick=lambda: ticks.append(1)), "Go on?", WORDS.get)
    assert len(ticks) == 3
