"""Values of a plan on their way into a program's argument vector."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.model.expect import Argument, FromParameter


def value_of(argument: Argument, parameters: Mapping[str, str]) -> str:
    """Give the text itself, or the parameter's value."""
    return parameters[argument.parameter] if isinstance(argument, FromParameter) else argument


def within(seconds: float) -> str:
    """Give a program a little less time than it has, so that it says itself what it waited for."""
    margin = max(0.5, min(seconds / 10, 5))
    return f"{max(seconds - margin, seconds / 2, 0.1):.1f}s"


class Unanswered(Exception):  # noqa: N818 - carried to the one place that makes it the step's outcome
    """A program that was asked something gave no answer; ``outcome`` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


def refused(detail: str) -> Unanswered:
    """Give what ends a try with a sentence before anything was changed."""
    return Unanswered(Outcome(ending=Ending.ERROR, detail=detail))


def answered(program: str, outcome: Outcome) -> str:
    """Give what a program printed. Raises Unanswered, with its own words, when it failed."""
    if outcome.ending is Ending.DONE and outcome.exit == 0:
        return outcome.stdout
    raise Unanswered(outcome if outcome.ending is not Ending.DONE else complaint(program, outcome))


def complaint(program: str, outcome: Outcome) -> Outcome:
    """Turn an exit code into an error that says what the program said."""
    if outcome.exit == 127:
        return Outcome(ending=Ending.ERROR, detail=f"{program} is not on PATH.")
    said = last_words(outcome) or f"exit code {outcome.exit}"
    return Outcome(ending=Ending.ERROR, detail=f"{program}: {said}")


def last_words(outcome: Outcome) -> str:
    """Give the last line that a program wrote about its trouble."""
    return next((line.strip() for line in reversed(outcome.stderr.splitlines()) if line.strip()), "")[:400]
