"""A case file beside its plan: read, checked against the plan, and every series expanded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Place
from rollback_gov.model.observation import Observation
from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger import Trigger
from rollback_gov.model.trigger_tests import Case, Series, TriggerTests
from rollback_gov.plans.explanations import suggest
from rollback_gov.plans.load import load_settings
from rollback_gov.plans.problem import DocumentError, Problem, shorten
from rollback_gov.plans.scalars import map_scalar
from rollback_gov.plans.source import Source, read_source
from rollback_gov.plans.source_map import SourceMap
from rollback_gov.triggers.cases.notation import NotationError, expand
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.machine import interval

MOST_TICKS = 100_000
"""Of one case: days at an interval of seconds, and a few seconds of computing."""
Expanded = Mapping[str, Mapping[str, tuple[Observation, ...]]]
"""Trigger -> role -> samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCase:
    """A case with its series, and where it and its expectations stand."""

    case: Case
    series: Expanded
    place: Place
    expected_at: tuple[Place, ...]


def load_cases(path: Path, plan: Plan) -> tuple[LoadedCase, ...]:
    """Read a case file for a plan. Raises UsageError with every problem, each with its line and column."""
    try:
        source = read_source(path)
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint=error.hint) from error
    tests, source_map = load_settings(source, "trigger-tests-v1", TriggerTests)
    cases: list[LoadedCase] = []
    wrong: list[str] = []
    for index, case in enumerate(tests.cases):
        at: tuple[str | int, ...] = ("cases", index)
        series, said = _expanded(case, at, source, source_map)
        wrong += said
        wrong += [_sentence(problem, source_map) for problem in _problems(case, at, plan)]
        expected = tuple(source_map.place((*at, "expect", number)) for number in range(len(case.expect)))
        cases.append(LoadedCase(case=case, series=series, place=source_map.place(at), expected_at=expected))
    if wrong:
        lines = "\n".join(f"  - {sentence}" for sentence in wrong)
        raise UsageError(f"{path} does not fit the plan.\n{lines}")
    return tuple(cases)


def roles(series: Series) -> dict[str, str]:
    """Give the texts that were written, by role."""
    return {name: text for name in Series.__dataclass_fields__ if (text := getattr(series, name))}


def _expanded(
    case: Case, at: tuple[str | int, ...], source: Source, source_map: SourceMap
) -> tuple[Expanded, list[str]]:
    """Expand every series; sentences for those that are no series, at the very word."""
    expanded: dict[str, dict[str, tuple[Observation, ...]]] = {}
    wrong: list[str] = []
    for name, series in (case.series or {}).items():
        expanded[name] = {}
        for role, text in roles(series).items():
            try:
                expanded[name][role] = expand(text)
            except NotationError as error:
                path = _written_at((*at, "series", name), role, source_map)
                wrong.append(f"{_word_at(source, source_map, path, error)}: {error}")
    return expanded, wrong


def _written_at(path: tuple[str | int, ...], role: str, source_map: SourceMap) -> tuple[str | int, ...]:
    """A text in the place of a trigger's series is that of its own query."""
    node = source_map.node(path)
    return (*path, role) if node is not None and isinstance(node.value, dict) else path


def _word_at(source: Source, source_map: SourceMap, path: tuple[str | int, ...], error: NotationError) -> Place:
    node = source_map.node(path)
    places = map_scalar(source.lines, node) if node else None
    if not places:
        return source_map.place(path)
    line, column = places.at(error.start)
    return Place(source.name, line + 1, column + 1)


def _problems(case: Case, at: tuple[str | int, ...], plan: Plan) -> Iterator[Problem]:
    """Find what the plan does not have, and what the case lacks."""
    known = {trigger.id: trigger for trigger in plan.triggers}
    for name, series in (case.series or {}).items():
        path = (*at, "series", name)
        yield from _unknown("trigger", name, known, path, at_key=True)
        if name in known:
            yield from _roles(known[name], series, path)
    for signal in case.reports or {}:
        signals = {trigger.query.signal for trigger in plan.triggers if trigger.query.signal}
        yield from _unknown("signal", signal, signals, (*at, "reports", signal), at_key=True)
    for name in case.baseline or {}:
        ids = {saved.id for saved in plan.baseline}
        yield from _unknown("baseline", name, ids, (*at, "baseline", name), at_key=True)
    yield from _expectations(case, at, plan, known)
    longest = max(expectation.at.milliseconds for expectation in case.expect)
    shortest = min(interval(trigger, plan.watch.every).milliseconds for trigger in plan.triggers)
    if longest // shortest > MOST_TICKS:
        yield _problem(f"That is more than {MOST_TICKS} ticks after the beginning.", (*at, "expect"), "Look earlier.")


def _expectations(case: Case, at: tuple[str | int, ...], plan: Plan, known: Mapping[str, Trigger]) -> Iterator[Problem]:
    read = {name for name, trigger in known.items() if name in (case.series or {}) or trigger.query.signal}
    for number, expectation in enumerate(case.expect):
        path = (*at, "expect", number)
        decision = expectation.decision
        if not (expectation.triggers or decision or expectation.nothing):
            yield _problem("This expects nothing at all.", path, "Say `triggers`, `decision` or `nothing: true`.")
        for name in expectation.triggers or {}:
            yield from _unknown("trigger", name, known, (*path, "triggers", name), at_key=True)
            if name in known and name not in read:
                message = f"The case gives trigger '{name}' no series, so it is never read."
                yield _problem(message, (*path, "triggers", name), f"Add series/{name}.", at_key=True)
        if decision is None:
            continue
        for index, name in enumerate(decision.triggers):
            yield from _unknown("trigger", name, known, (*path, "decision", "triggers", index))
        if decision.scenario:
            ids = {scenario.id for scenario in plan.scenarios}
            yield from _unknown("scenario", decision.scenario, ids, (*path, "decision", "scenario"))
        if decision.band is not None and decision.band >= len(plan.decision):
            message = f"There is no row {decision.band} in the plan's decision; it has {len(plan.decision)}, from 0."
            yield _problem(message, (*path, "decision", "band"))


def _roles(trigger: Trigger, series: Series, path: tuple[str | int, ...]) -> Iterator[Problem]:
    wanted = queries(trigger)
    for role in roles(series):
        if role not in wanted:
            message = f"Trigger '{trigger.id}' reads no '{role}'."
            yield _problem(message, (*path, role), f"It reads: {', '.join(wanted)}.", at_key=True)
    for role in wanted:
        if role not in roles(series):
            yield _problem(f"Trigger '{trigger.id}' also reads '{role}', and the case gives no series for it.", path)


def _unknown(
    kind: str, name: str, known: Collection[str], path: tuple[str | int, ...], *, at_key: bool = False
) -> Iterator[Problem]:
    if name not in known:
        hint = suggest(name, sorted(known)) if known else f"The plan has no {kind}."
        yield _problem(f"The plan has no {kind} '{shorten(name)}'.", path, hint, at_key=at_key)


def _problem(message: str, path: tuple[str | int, ...], hint: str = "", *, at_key: bool = False) -> Problem:
    return Problem(code="RG008", message=message, path=path, hint=hint, at_key=at_key)


def _sentence(problem: Problem, source_map: SourceMap) -> str:
    place = source_map.place(problem.path, at_key=problem.at_key)
    return f"{place}: {problem.message} {problem.hint}".strip()
