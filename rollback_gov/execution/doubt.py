"""After a journal whose end is missing: each next step may have been begun already, until one shows that it was not.

Lines are shipped to a mirror beside the run, and a full disk takes none, so what happened after the last line is not
known. Steps follow one another: once a step is known not to have had its effect, none after it can have begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rollback_gov.execution.full_disk import FULL, WHOLE
from rollback_gov.execution.itinerary import Leg, plan_itinerary
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import RunStep, next_instruction
from rollback_gov.execution.run import choices_of
from rollback_gov.execution.state import RunState, fold
from rollback_gov.execution.task import action_module
from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Plan
from rollback_gov.model.step import Step

MISSING = "missing"
_SAY_NOTHING = frozenset({"message.sent", "warning"})
_LOOKED = frozenset({"verify", "action", "person"})
"""Ways to settle a step in which somebody looked at the world."""
_NOT_BEGUN = frozenset({"run_again", "abort"})


def end_may_be_missing(events: Sequence[Event], *, mirrored: bool) -> bool:
    """Say whether a journal may lack its last lines: it comes from a mirror, or its disk was full.

    Nothing follows the orderly end of a process, so a journal that ends with it is whole.
    """
    last = next((event.type for event in reversed(events) if event.type not in _SAY_NOTHING), "")
    if last in ("run.interrupted", "run.finished"):
        return False
    types = [event.type for event in events if event.type in (FULL, WHOLE, "run.resumed")]
    return mirrored or types[-1:] == [FULL]


class Doubt:
    """Listens to a journal and marks the next step as possibly begun, as long as there is doubt.

    A mark is a ``step.finished`` with the result ``interrupted``: the step is asked for its ``verify``, runs again if
    it is idempotent, or a person decides. ``needed`` answers a step's ``when``: what is not needed is not marked.
    """

    def __init__(self, plan: Plan, journal: Journal, needed: Callable[[Step], bool]) -> None:
        self._plan = plan
        self._journal = journal
        self._needed = needed
        self._state: RunState = fold(journal.events)
        steps = list(_steps_of(plan, self._state))
        self._steps = {path: step for _, path, step in steps}
        self._leave_open = {
            path for leg, path, step in steps if step.on_failure != "stop" or len(leg.ways) > 1 or step.when is not None
        }
        """Steps that others may follow although they had no effect, so that it says nothing about those."""
        self._after_help = {path for _, path, _ in steps if path.startswith("recovery/") and plan.last_resort}
        """What follows a last resort. It and every other help come after a failure, which shows nothing about them."""
        self.is_alive = self._is_cut = False
        for event in journal.events:
            self._learn(event)

    def begin(self, *, open_steps: bool) -> None:
        """Mark what comes next, and with ``open_steps`` what the journal leaves open.

        That is for a machine that is gone, and for an end that is missing: no trace of a script proves nothing then.
        """
        if open_steps:
            for path, step in list(self._state.steps.items()):
                if step.is_open and not step.result and not _is_repeatable(self._steps.get(path)):
                    self._mark(path, step.attempt, "it had begun, and nothing shows what became of it")
        self._look(untouched=not open_steps)

    def __call__(self, event: Event) -> None:
        """Look after each event whether a step comes next."""
        self._state.take(event)
        self._learn(event)
        self._look(untouched=True)

    def _learn(self, event: Event) -> None:
        if event.type == "run.resumed" and event.data.get("tail") == MISSING:
            self.is_alive = self._is_cut = True
        elif event.type == "step.settled" and event.data["how"] in _LOOKED:
            path = event.data["step"]
            shows = event.data["outcome"] in _NOT_BEGUN and path in self._steps and path not in self._leave_open
            self.is_alive = self.is_alive and not shows

    def _look(self, *, untouched: bool) -> None:
        if not self._is_cut:
            return
        choices = choices_of(self._state.started)
        way = plan_itinerary(self._plan, choices, forward_fix=self._state.past_point_of_no_return)
        instruction = next_instruction(self._plan, way, self._state)
        if not isinstance(instruction, RunStep) or (untouched and instruction.path in self._state.steps):
            return
        if not self.is_alive and instruction.path in self._steps and instruction.path not in self._after_help:
            return
        step, stem = instruction.step, f"{instruction.leg.phase.id}/{instruction.step.id}"
        skipped = instruction.path.startswith("phases/") and stem in choices.skip
        if not skipped and not _is_repeatable(step) and self._needed(step):
            self._mark(instruction.path, instruction.attempt, "it may have begun: the end of the journal is missing")

    def _mark(self, path: str, attempt: int, detail: str) -> None:
        data = {"step": path, "attempt": attempt, "result": "interrupted", "exit": None, "seconds": 0.0}
        rest: Mapping[str, Any] = {"checks": [], "tries": 0, "stdout": "", "stderr": "", "recovered": ""}
        self._journal.append("step.finished", {**data, "detail": detail, **rest, "doubted": True})


def _steps_of(plan: Plan, state: RunState) -> Iterator[tuple[Leg, str, Step]]:
    """Every step of the run's ways, with its path and its phase; those of help are not among them."""
    for forward_fix in (False, True):
        itinerary = plan_itinerary(plan, choices_of(state.started), forward_fix=forward_fix)
        for leg in (*itinerary.legs, *itinerary.recovery):
            for way in leg.ways:
                yield from ((leg, path, step) for path, step in leg.steps(way))


def _is_repeatable(step: Step | None) -> bool:
    """Its action changes nothing outside."""
    try:
        return step is not None and bool(getattr(action_module(step.action), "SAFE_TO_REPEAT", False))
    except UsageError:
        return False
