"""The heart of the runner: given the way and the journal so far, the one thing to do now. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from rollback_gov.execution.itinerary import Itinerary, Leg
from rollback_gov.execution.state import GOOD, RunState
from rollback_gov.model.plan import Check, Plan, Saved
from rollback_gov.model.record import Record
from rollback_gov.model.step import Alternative, Step


class AskChecklist(Record, kw_only=False):
    """Go through items of a checklist that nobody was asked about yet. ``moment`` is ``before`` or ``after``."""

    moment: str
    items: tuple[str, ...]


class CheckPointOfNoReturn(Record, kw_only=False):
    """Find out whether going back is still possible."""


class CheckBaseline(Record, kw_only=False):
    """See that what was kept before the change is there and intact."""

    missing: tuple[Saved, ...]


class TakeCaptures(Record, kw_only=False):
    """Keep the state of this moment for the investigation."""

    items: tuple[Saved, ...]


class BeginPhase(Record, kw_only=False):
    """Enter a phase, or its next alternative."""

    leg: Leg
    way: Alternative


class RunStep(Record, kw_only=False):
    """Begin an attempt of a step."""

    leg: Leg
    path: str
    step: Step
    attempt: int


class SettleStep(Record, kw_only=False):
    """An attempt began and nobody wrote its end: find out, never guess."""

    leg: Leg
    path: str
    step: Step
    attempt: int


class EndPhase(Record, kw_only=False):
    """Leave a phase."""

    leg: Leg
    way: Alternative
    result: str


class AskByHand(Record, kw_only=False):
    """A step failed that a person may do instead. ``otherwise`` is what follows when nobody does."""

    path: str
    step: Step
    attempt: int
    otherwise: BeginPhase | OfferHelp | EndPhase


class OfferHelp(Record, kw_only=False):
    """All ways through a phase failed, the last one at the step of ``path``, and the plan knows such trouble."""

    leg: Leg
    path: str


class OfferLastResort(Record, kw_only=False):
    """Nothing else is left. A person decides whether the last resort begins."""


class RunCheck(Record, kw_only=False):
    """Evaluate one verification check."""

    check: Check


class EndVerification(Record, kw_only=False):
    """All checks are evaluated."""

    passed: bool


class Finish(Record, kw_only=False):
    """Nothing is left to do."""

    result: str
    detail: str


Instruction: TypeAlias = (
    AskChecklist
    | CheckPointOfNoReturn
    | CheckBaseline
    | TakeCaptures
    | BeginPhase
    | RunStep
    | SettleStep
    | EndPhase
    | AskByHand
    | OfferHelp
    | OfferLastResort
    | RunCheck
    | EndVerification
    | Finish
)


def next_instruction(plan: Plan, itinerary: Itinerary, state: RunState) -> Instruction:
    """Say what to do now. The same journal always gives the same answer."""
    preliminary = _preliminaries(plan, state)
    if preliminary is not None:
        return preliminary
    if state.aborted:
        # what is verified is rolled back, also when its cleaning up is given up
        return Finish("passed" if state.verified else "aborted", f"a person gave up at step '{state.aborted}'")
    legs = itinerary.last_resort if state.last_resort == "taken" else itinerary.legs
    for leg in legs:
        result = state.phase(leg.path).result
        if result == "failed":
            return _give_up(plan, state, phase_failed(leg.phase.id))
        if not result:
            return _in_phase(plan, leg, state)
    return _after_phases(plan, itinerary, state)


def phase_failed(phase: str) -> str:
    """Give the detail of a run that a phase made fail."""
    return f"phase '{phase}' failed"


def verification_failed(checks: Iterable[str]) -> str:
    """Give the detail of a run that these checks made fail."""
    return f"verification failed: {', '.join(checks)}"


def _preliminaries(plan: Plan, state: RunState) -> Instruction | None:
    items = tuple(item for item in plan.checklists.before if ("before", item) not in state.ticked)
    if items and not state.phases:
        return AskChecklist("before", items)
    point = plan.point_of_no_return
    if point is not None and not point.none and not state.point_of_no_return and state.last_resort != "taken":
        return CheckPointOfNoReturn()
    unchecked = tuple(saved for saved in plan.baseline if not _may_go_on(saved, state))
    if unchecked:
        return CheckBaseline(unchecked)
    uncaptured = tuple(item for item in plan.capture.items if item.id not in state.captured)
    return TakeCaptures(uncaptured) if uncaptured and not state.phases else None


def _may_go_on(saved: Saved, state: RunState) -> bool:
    """A refusal stays one until a person overrides it, in whichever process."""
    result = state.baseline.get(saved.id, "")
    return result == "intact" or (bool(result) and (not saved.required or "baseline" in state.overridden))


def _give_up(plan: Plan, state: RunState, detail: str) -> OfferLastResort | Finish:
    """The run has failed, unless there is a last resort that nobody decided about yet."""
    if plan.last_resort and not state.last_resort:
        return OfferLastResort()
    return Finish("failed", detail)


def _in_phase(plan: Plan, leg: Leg, state: RunState) -> Instruction:
    tried = state.phase(leg.path).tried
    if not tried:
        return CheckPointOfNoReturn() if _may_have_passed(plan, leg, state) else BeginPhase(leg, leg.ways[0])
    way = next(way for way in leg.ways if way.id == tried[-1])
    for path, step in leg.steps(way):
        instruction = _at_step(leg, path, step, state)
        if instruction is not None:
            return instruction
        if state.step(path).result not in GOOD and step.on_failure != "continue":
            otherwise = _after_failure(plan, leg, path, state)
            manual = step.on_failure == "manual"
            return AskByHand(path, step, state.step(path).attempt, otherwise) if manual else otherwise
    return EndPhase(leg, way, "passed")


def _may_have_passed(plan: Plan, leg: Leg, state: RunState) -> bool:
    """Say whether the point of no return is looked at once more: before what it guards begins, unless just seen."""
    guarded = {f"phases/{phase}" for phase in plan.guarded}
    return state.point_of_no_return_is_old and leg.path in guarded and not guarded & state.phases.keys()


def _at_step(leg: Leg, path: str, step: Step, state: RunState) -> Instruction | None:
    """What is left to do for one step; None when it has ended, well or badly."""
    current = state.step(path)
    if current.attempt == 0 and not current.result:
        return RunStep(leg, path, step, 1)
    if current.is_open:
        return SettleStep(leg, path, step, current.attempt)
    if current.settled == "run_again":
        return RunStep(leg, path, step, current.attempt + 1)
    retries = step.retry.times if step.retry else 0
    if current.result in ("failed", "timeout") and not current.settled and current.failures <= retries:
        return RunStep(leg, path, step, current.attempt + 1)
    return None


def _after_failure(plan: Plan, leg: Leg, path: str, state: RunState) -> BeginPhase | OfferHelp | EndPhase:
    """Another way, then the plan's troubleshooting, then the end of the phase."""
    tried = state.phase(leg.path).tried
    for candidate in leg.ways:
        if candidate.id not in tried:
            return BeginPhase(leg, candidate)
    known = leg.path.startswith("phases/") and any(trouble.phase == leg.phase.id for trouble in plan.troubleshooting)
    if known and leg.path not in state.given_up:
        return OfferHelp(leg, path)
    way = next(way for way in leg.ways if way.id == tried[-1])
    return EndPhase(leg, way, "failed")


def checks_of(plan: Plan, state: RunState) -> tuple[Check, ...]:
    """The verification that applies: past the point of no return, guarded checks say nothing."""
    return tuple(check for check in plan.verification.checks if not (check.guard and state.past_point_of_no_return))


def _after_phases(plan: Plan, itinerary: Itinerary, state: RunState) -> Instruction:
    checks = checks_of(plan, state)
    for check in checks:
        if check.id not in state.checks:
            return RunCheck(check)
    bad = [check.id for check in checks if check.severity == "fail" and state.checks[check.id] != "passed"]
    if not state.phase("verification").result:
        return EndVerification(passed=not bad)
    if bad:
        return _give_up(plan, state, verification_failed(bad))
    by_hand = (*plan.checklists.during, *plan.checklists.after, *plan.verification.manual)
    items = tuple(item for item in dict.fromkeys(by_hand) if ("after", item) not in state.ticked)
    if items:
        return AskChecklist("after", items)
    for leg in itinerary.recovery:
        result = state.phase(leg.path).result
        if not result:
            return _in_phase(plan, leg, state)
    return Finish("passed", "")
