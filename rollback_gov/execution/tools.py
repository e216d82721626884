"""Which of a plan's tools the chosen way needs: what only another scenario runs must not stop this one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rollback_gov.execution.itinerary import Itinerary, Leg
from rollback_gov.model.plan import Plan
from rollback_gov.model.step import Phase, Step
from rollback_gov.model.tools import IMPLIED

_READ_BYTES = 262_144


def missing_tools(
    plan: Plan, itinerary: Itinerary, folder: Path, missing: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Split missing tools into those that this way needs, and those that only steps outside of it name.

    A tool that no step names at all is taken to be needed: a script that is not listed may call it.
    """
    on_the_way = _text(plan, folder, _scripts_on_the_way(plan, itinerary))
    anywhere = _text(plan, folder, _scripts(step for _, _, step in plan.every_step()))
    tools = list(missing)
    elsewhere = [tool for tool in tools if not _names(tool, on_the_way) and _names(tool, anywhere)]
    return [tool for tool in tools if tool not in elsewhere], elsewhere


def _scripts_on_the_way(plan: Plan, itinerary: Itinerary) -> Iterator[str]:
    """Everything that this run may run by itself, the forward fix too: nobody knows yet whether it is needed."""
    yield from _scripts(_steps_of_legs((*itinerary.legs, *itinerary.recovery)))
    yield from _scripts(_steps_of_phases(plan.forward_fix))
    yield from (check.run for check in plan.verification.checks)
    yield from (check.run for check in plan.safety_checks)
    yield from (item.run for item in plan.capture.items)
    point = plan.point_of_no_return
    if point is not None and point.passed_when is not None:
        yield point.passed_when.run


def _steps_of_legs(legs: Iterable[Leg]) -> Iterator[Step]:
    return (step for leg in legs for way in leg.ways for step in way.steps)


def _steps_of_phases(phases: Iterable[Phase]) -> Iterator[Step]:
    return (step for phase in phases for step in phase.all_steps)


def _scripts(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield step.run
        yield from IMPLIED.get(step.action, ())
        yield from (probe.run for probe in (step.when, step.verify) if probe is not None)


def _text(plan: Plan, folder: Path, scripts: Iterable[str]) -> str:
    """Join scripts with the files under ``uses`` that they name, and those that these name in turn."""
    text, left = "\n".join(scripts), list(plan.uses)
    while found := [name for name in left if name in text]:
        left = [name for name in left if name not in found]
        text += "\n" + "\n".join(_read(folder / name) for name in found)
    return text


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_READ_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _names(tool: str, text: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(tool)}(?![\w-])", text) is not None
