"""The same decisions again, out of the readings that a decision log kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.model.number import parse_number
from rollback_gov.model.plan import Plan
from rollback_gov.triggers.form import FORM
from rollback_gov.triggers.line import FIRST, Line, LogError, read_lines
from rollback_gov.triggers.log import started_data, tick_data, tick_readings
from rollback_gov.triggers.state import State, from_document
from rollback_gov.triggers.tick import Rules, tick


def replay(lines: Iterable[str], plan: Plan) -> tuple[str, ...]:
    """Compute every tick of a log anew from its readings and the plan, and give the log that results.

    It equals ``lines`` byte for byte when the plan's triggers and bands are those of the watch. A log may begin
    with any of its parts. Raises LogError for a damaged log, and for one that is not of this plan.
    """
    result: list[str] = []
    rules, states, previous, form = Rules.of(plan), dict[str, State](), FIRST, FORM
    for line in read_lines(lines, partly=True):
        data = line.data
        if not result:
            if line.seq != 1 and line.type not in ("started", "continued"):
                raise LogError(f"Line {line.seq} is the first of the decision log, and no part begins with it.")
            previous = line.previous
        try:
            if line.type in ("started", "continued"):
                rules, kept = _started(plan, data)
                # Where the log goes on, the states are what came of the lines before; without those, what it says.
                states = kept if line.type == "started" or not result else states
                form = data.get("form", 1)
                data = started_data(rules, states=states, about=_about(data))
            elif line.type == "tick":
                clock_set = int(data.get("clock_set", 0))
                done = tick(rules, states, tick_readings(data), line.at, clock_set=clock_set, form=form)
                states, data = dict(done.states), tick_data(done, form=form)
        except (LookupError, ValueError, TypeError, OverflowError):
            raise LogError(f"Line {line.seq} of the decision log does not fit this plan.") from None
        again = Line(seq=line.seq, at=line.at, type=line.type, data=data, previous=previous)
        result.append(again.text)
        previous = again.digest
    return tuple(result)


def _started(plan: Plan, data: Mapping[str, Any]) -> tuple[Rules, dict[str, State]]:
    rules = Rules.of(
        plan,
        every=Duration.parse(data["every"]),
        mode=data["mode"],
        baseline={name: parse_number(number) for name, number in data["baseline"].items()},
    )
    return rules, {name: from_document(state) for name, state in data["states"].items()}


def _about(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in ("mode", "every", "baseline", "states")}
