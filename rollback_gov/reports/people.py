"""Where people took part: gates, overrides, and what they did or decided by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rollback_gov.reports.fact import Fact, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import NOT_ENDED, Log
from rollback_gov.reports.steps import StepFact


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFact:
    """A gate. ``decision`` is ``approved``, ``denied``, ``deadline`` or ``waiting``; ``by`` is empty for a deadline."""

    at: str
    step: str
    ask: str
    deadline: str
    decision: str = "waiting"
    by: str = ""
    reason: str = ""
    waited: Fact[Seconds]
    executable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A refusal that somebody decided to go on in spite of; it is to be reviewed."""

    at: str
    check: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Something that a person did or decided while the rollback ran. ``kind`` says in a word what it was."""

    kind: str
    what: str
    by: str


def gates(log: Log) -> tuple[GateFact, ...]:
    """Give the gates in the order in which they began to wait; one that nobody has answered waits."""
    found: dict[str, list[GateFact]] = {}
    order: list[tuple[str, int]] = []
    for event in log.all("gate.waiting", "gate.decided"):
        data, mine = event.data, found.setdefault(event.data["step"], [])
        if event.type == "gate.waiting" or not mine:
            order.append((data["step"], len(mine)))
            ask, deadline = data.get("ask", ""), data.get("deadline", "")
            unanswered = NotMeasured(NOT_ENDED)
            mine.append(GateFact(at=event.at, step=data["step"], ask=ask, deadline=deadline, waited=unanswered))
        if event.type == "gate.decided":
            waited = Measured(Seconds(data["seconds"]), "journal, gate.decided")
            rest = {name: data[name] for name in ("decision", "by", "reason", "executable")}
            mine[-1] = replace(mine[-1], waited=waited, **rest)
    return tuple(found[step][number] for step, number in order)


def overrides(log: Log) -> tuple[Override, ...]:
    """Give what was overridden, by whom and why."""
    events = log.all("override")
    return tuple(
        Override(at=event.at, **{key: event.data[key] for key in ("check", "reason", "by")}) for event in events
    )


def interventions(log: Log, attempts: tuple[StepFact, ...]) -> tuple[Intervention, ...]:
    """Give everything that took a person: steps by hand, unknown ends, gates, questions, help, a cancel, a resume."""
    return (*_by_hand(attempts), *_gates(log), *_questions(log), *_resumed(log))


def _by_hand(attempts: tuple[StepFact, ...]) -> Iterator[Intervention]:
    for step in attempts:
        if step.settled and step.by:
            decided = f"{step.path}: {step.settled.replace('_', ' ')}"
            yield Intervention(kind="unknown end decided", what=decided, by=step.by)
        elif step.result == "by_hand" or (step.action == "manual" and step.result == "passed"):
            yield Intervention(kind="done by hand", what=step.path, by=step.detail.removeprefix("done by "))


def _gates(log: Log) -> Iterator[Intervention]:
    for gate in gates(log):
        if gate.by:
            yield Intervention(kind="gate decided", what=f"{gate.step}: {gate.decision}", by=gate.by)


def _questions(log: Log) -> Iterator[Intervention]:
    for data in log.data("point_of_no_return.checked"):
        if data["by"]:
            yield Intervention(kind="question answered", what=f"point of no return: {data['passed']}", by=data["by"])
    for data in log.data("help.closed"):
        if data["by"]:
            yield Intervention(kind="question answered", what=f"{data['phase']}: given up", by=data["by"])
    for data in log.data("last_resort.decided"):
        if data["by"]:
            what = "the last resort is begun" if data["taken"] else "the last resort is not begun"
            yield Intervention(kind="question answered", what=what, by=data["by"])
    for data in log.data("cancel.requested"):
        yield Intervention(kind="cancelled", what=data["reason"], by=data["by"])


def _resumed(log: Log) -> Iterator[Intervention]:
    """A region goes on when its run does, or when another worker takes it over, for which nobody has to come."""
    region = log.started.get("region")
    if region and log.started["run"].endswith(f".{region}"):
        return
    for data in log.data("run.resumed"):
        yield Intervention(kind="resumed", what="the run, after its process had ended", by=data["by"])
