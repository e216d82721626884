"""Testing a plan's triggers with its case files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.commands.triggers_look import with_triggers
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.cases.load import load_cases
from rollback_gov.triggers.cases.run import CaseResult, run_case

BESIDE = "triggers*.test.yaml"
"""Case files that are found beside a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of the cases of a plan. ``missing`` says what no case has shown, one sentence each."""

    plan: str
    files: tuple[str, ...]
    cases: tuple[CaseResult, ...]
    missing: tuple[str, ...]

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases of which something did not come as expected."""
        return tuple(case for case in self.cases if case.mismatches)


def try_cases(path: Path, files: Sequence[Path]) -> Tested:
    """Run the cases of these files, or of those beside the plan. Raises UsageError where there is none or a bad one."""
    plan = with_triggers(load_plan(path).require())
    chosen = [*files] or sorted(path.parent.glob(BESIDE))
    if not chosen:
        raise UsageError(
            f"There is no case file beside {path}.",
            hint=f"Name one, or write {path.parent / 'triggers.test.yaml'}; docs/trigger-tests.md shows how.",
        )
    cases = tuple(run_case(case, plan) for file in chosen for case in load_cases(file, plan))
    missing = tuple(_missing(plan, cases))
    return Tested(plan=str(path), files=tuple(map(str, chosen)), cases=cases, missing=missing)


def _missing(plan: Plan, cases: Sequence[CaseResult]) -> Iterator[str]:
    """Say which triggers and rows of the decision no expectation has shown both ways."""
    fired, quiet = ({name for case in cases for name in getattr(case, what)} for what in ("fired", "quiet"))
    for trigger in plan.triggers:
        if trigger.id not in fired:
            yield f"No case shows that trigger {trigger.id} fires."
        if trigger.id not in quiet:
            yield f"No case shows that trigger {trigger.id} stays quiet."
    decided, passed_over = (
        {row for case in cases for row in getattr(case, what)} for what in ("decided", "passed_over")
    )
    for number, action in dict(enumerate(band.action for band in plan.decision)).items() or {-1: "rollback"}.items():
        row = f"row {number} of the decision ({action})" if number >= 0 else "a rollback"
        if number not in decided:
            yield f"No case shows that {row} is decided."
        if number not in passed_over:
            yield f"No case shows that {row} is not decided."
