"""Questions to the world: true, false or unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from rollback_gov.execution.bash import ask_script
from rollback_gov.execution.context import Context
from rollback_gov.execution.expectation import evaluate
from rollback_gov.execution.outcome import CheckResult, Ending, Outcome, Verdict, overall
from rollback_gov.execution.request import send
from rollback_gov.model.action import Http
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Expect, Query

DEFAULT_SECONDS = 30.0
_KILLED = 128
"""A shell adds this to the number of the signal that ended a command."""
_SIGNALLED = range(_KILLED + 1, _KILLED + 65)


class Question(Protocol):
    """What probes, checks, safety checks and saved items have in common."""

    @property
    def run(self) -> str:
        """A bash script, or empty."""
        ...

    @property
    def http(self) -> Http | None:
        """A request, or None."""
        ...

    @property
    def query(self) -> Query | None:
        """A metric, or None."""
        ...

    @property
    def timeout(self) -> Duration | None:
        """How long the answer may take."""
        ...


class Condition(Question, Protocol):
    """A question with an expected answer."""

    @property
    def expect(self) -> Expect | None:
        """What the answer must be."""
        ...


def ask(context: Context, question: Question, *, name: str) -> Outcome:
    """Put the question once and give what came back."""
    seconds = question.timeout.seconds if question.timeout else DEFAULT_SECONDS
    if question.run:
        return ask_script(context, question.run, name=name, timeout=seconds)
    if question.http is not None:
        return send(context, question.http, timeout=seconds)
    if question.query is not None:
        return Outcome(reading=context.sources.read(question.query, context.clock.now().timestamp()))
    return Outcome(ending=Ending.ERROR, detail="There is nothing to ask.")


def judge(context: Context, expect: Expect | None, outcome: Outcome) -> tuple[CheckResult, ...]:
    """Hold an outcome against what was expected; what could not be tried is unknown. Secrets are masked."""
    if outcome.ending is not Ending.DONE:
        return (CheckResult("an answer", outcome.detail or outcome.ending.value, Verdict.UNKNOWN),)
    return evaluate(
        expect,
        outcome,
        baseline=context.baseline_value,
        read=lambda query: context.sources.read(query, context.clock.now().timestamp()),
        mask=context.masker.text,
    )


def answer(context: Context, question: Condition, *, name: str) -> tuple[Verdict, tuple[CheckResult, ...]]:
    """Put a question and judge the answer. A script that somebody killed has given none."""
    outcome = ask(context, question, name=name)
    if _was_killed(question.expect or Expect(), outcome):
        outcome = replace(outcome, ending=Ending.LOST, detail=f"killed by signal {(outcome.exit or 0) - _KILLED}")
    results = judge(context, question.expect, outcome)
    return overall(results), results


def decide(context: Context, question: Condition, *, name: str) -> tuple[Verdict, tuple[CheckResult, ...]]:
    """Put a yes-or-no question. A script or server that could not answer is unknown, never a no.

    By the convention of ``test`` and ``grep`` exit code 1 is a no and anything above is a failure; where output is
    expected, only a script that succeeded has answered. A status of 500 or more is no answer either.
    """
    outcome = ask(context, question, name=name)
    if outcome.ending is Ending.DONE and _failed_to_answer(question.expect or Expect(), outcome):
        said = f"status {outcome.status}" if outcome.status else f"exit code {outcome.exit}"
        return Verdict.UNKNOWN, (CheckResult("an answer", said, Verdict.UNKNOWN),)
    results = judge(context, question.expect, outcome)
    return overall(results), results


def _was_killed(expect: Expect, outcome: Outcome) -> bool:
    """Say whether the exit code is that of a script, or of its last command, that a signal ended."""
    code = outcome.exit or 0
    return outcome.ending is Ending.DONE and code in _SIGNALLED and code not in (expect.exit or ())


def _failed_to_answer(expect: Expect, outcome: Outcome) -> bool:
    about_output = expect != Expect(exit=expect.exit, status=expect.status)
    if outcome.exit is not None:
        wanted = expect.exit or (0,)
        return outcome.exit not in wanted and (about_output or (outcome.exit > 1 and not expect.exit))
    if outcome.status is not None and not expect.status:
        return outcome.status >= 500 or (about_output and not 200 <= outcome.status < 300)
    return False


def describe(results: tuple[CheckResult, ...]) -> str:
    """Say what was expected and seen, for people."""
    return "; ".join(f"expected {result.expected}, saw {result.observed}" for result in results)
