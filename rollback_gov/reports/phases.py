"""How the phases went, each with its budget and the alternative that was taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rollback_gov.model.event import Event
from rollback_gov.reports.fact import Derived, Entered, Fact, Measured, NotMeasured, Seconds, derive
from rollback_gov.reports.log import NOT_ENDED, Data, Log, between


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFact:
    """One way through a phase. ``result`` is ``passed``, ``failed``, ``not ended`` or ``not begun``.

    ``alternative`` is empty in a phase without any. ``seconds`` of the last alternative count from the beginning of the
    phase, because the budget is that of the phase.
    """

    path: str
    title: str
    alternative: str
    result: str
    seconds: Fact[Seconds]
    gate_seconds: Fact[Seconds]
    budget: Fact[Seconds]
    within_budget: Fact[bool]


def last_ways(ways: Iterable[PhaseFact]) -> tuple[PhaseFact, ...]:
    """Give each phase once, in its last way, in the order in which they first began."""
    return tuple({way.path: way for way in ways}.values())


def phases(log: Log) -> tuple[PhaseFact, ...]:
    """Give the phases in the order in which they began, and then those that never did."""
    return (*_begun(log), *_not_begun(log))


def _begun(log: Log) -> Iterator[PhaseFact]:
    starts = tuple(log.all("phase.started"))
    ends = {(data["phase"], data["alternative"]): data for data in log.data("phase.finished")}
    for number, start in enumerate(starts):
        data = start.data
        end = ends.get((data["phase"], data["alternative"]))
        following = next((later for later in starts[number + 1 :] if later.data["phase"] == data["phase"]), None)
        if end is not None:
            yield _ended(data, end)
        elif following is not None:
            yield _given_up(start, following)
        else:
            yield _open(data, "not ended", NOT_ENDED)


def _not_begun(log: Log) -> Iterator[PhaseFact]:
    begun = {data["phase"] for data in log.data("phase.started")}
    why = "it never began" if log.finished else NOT_ENDED
    for planned in log.started.get("phases", ()):
        if planned["path"] not in begun:
            yield _open({**planned, "phase": planned["path"], "alternative": ""}, "not begun", why)


def _ended(data: Data, end: Data) -> PhaseFact:
    seconds, budget = Measured(Seconds(end["seconds"]), "journal, phase.finished"), _budget(data)
    return PhaseFact(
        path=data["phase"],
        title=data["title"],
        alternative=data["alternative"],
        result=end["result"],
        seconds=seconds,
        gate_seconds=Measured(Seconds(end["gate_seconds"]), "journal, phase.finished"),
        budget=budget,
        within_budget=derive(budget, lambda limit: seconds.value <= limit, "seconds against the budget"),
    )


def _given_up(start: Event, following: Event) -> PhaseFact:
    """The journal writes no end for an alternative that failed: the next one begins."""
    data, took = start.data, between(start.at, following.at)
    other = NotMeasured(f"the phase went on with alternative '{following.data['alternative']}'")
    return PhaseFact(
        path=data["phase"],
        title=data["title"],
        alternative=data["alternative"],
        result="failed",
        seconds=took if isinstance(took, NotMeasured) else Derived(took, "until the next alternative began"),
        gate_seconds=other,
        budget=_budget(data),
        within_budget=other,
    )


def _open(data: Data, result: str, why: str) -> PhaseFact:
    return PhaseFact(
        path=data["phase"],
        title=data["title"],
        alternative=data["alternative"],
        result=result,
        seconds=NotMeasured(why),
        gate_seconds=NotMeasured(why),
        budget=_budget(data),
        within_budget=NotMeasured(why),
    )


def _budget(data: Data) -> Fact[Seconds]:
    limit = data["budget_seconds"]
    return Entered(Seconds(limit), "plan") if limit else NotMeasured("the plan gives it no budget")
