"""Ids and what refers to them, inside one plan (RG007, RG008)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Any

from rollback_gov.model.action import Git, Kubernetes, Revision, Terraform
from rollback_gov.model.expect import FromParameter, Header, Limit, Same
from rollback_gov.model.plan import Plan
from rollback_gov.plans.problem import Problem, shorten

Path = tuple[str | int, ...]
_OF_BASELINE = frozenset({Limit, Same, Revision})
_OF_PARAMETER = frozenset({Header, FromParameter})
_OF_COMMIT = frozenset({Git, Terraform})
_MOVES = r"^(\w+_)?HEAD$|^(\w+_)?HEAD[~^@]|^@|[~^]|@\{|^refs/(heads|remotes)/"


def check_references(plan: Plan) -> Iterator[Problem]:
    """Find ids that stand twice and names that nothing carries."""
    yield from _duplicates(plan)
    yield from _scenario_references(plan)
    yield from _trigger_references(plan)
    yield from _value_references(plan)
    yield from _other_references(plan)


def _duplicates(plan: Plan) -> Iterator[Problem]:
    fix = plan.point_of_no_return
    lists: list[tuple[Path, Iterable[Any]]] = [
        (("phases",), plan.phases),
        (("point_of_no_return", "forward_fix"), fix.forward_fix if fix else ()),
        (("recovery",), plan.recovery),
        (("last_resort",), plan.last_resort),
        (("scenarios",), plan.scenarios),
        (("triggers",), plan.triggers),
        (("baseline",), plan.baseline),
        (("capture", "items"), plan.capture.items),
        (("safety_checks",), plan.safety_checks),
        (("verification", "checks"), plan.verification.checks),
    ]
    for path, entries in lists:
        yield from _twice((((*path, index), entry.id) for index, entry in enumerate(entries)), path[-1])
    for path, phase in plan.every_phase():
        yield from _twice(
            (((*path, "alternatives", n), way.id) for n, way in enumerate(phase.alternatives)), "alternatives"
        )
    for _, group in groupby(plan.every_step(), key=lambda entry: id(entry[1])):
        steps = list(group)
        yield from _twice(((place, step.id) for place, _, step in steps), f"phase '{steps[0][1].id}'")


def _twice(entries: Iterable[tuple[Path, str]], where: str | int) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, name in entries:
        if name in seen:
            message = f"The id '{shorten(name)}' stands twice in {where}."
            yield Problem(
                code="RG007",
                message=message,
                path=(*path, "id"),
                hint="Ids must differ; give it another one.",
            )
        seen.add(name)


def _unknown(path: Path, kind: str, name: str, known: Collection[str], *, at_key: bool = False) -> Iterator[Problem]:
    if name not in known:
        from rollback_gov.plans.explanations import suggest

        hint = suggest(name, sorted(known)) if known else f"No {kind} is defined here."
        message = f"There is no {kind} '{shorten(name)}'."
        yield Problem(code="RG008", message=message, path=path, hint=hint, at_key=at_key)


def _scenario_references(plan: Plan) -> Iterator[Problem]:
    phases = {phase.id: phase for phase in plan.phases}
    for number, scenario in enumerate(plan.scenarios):
        for index, selection in enumerate(scenario.phases):
            path: Path = ("scenarios", number, "phases", index)
            yield from _unknown((*path, "id"), "phase", selection.id, [*phases, "verification"])
            if selection.id in phases:
                known = [step.id for step in phases[selection.id].all_steps]
                for place, step in enumerate(selection.steps):
                    yield from _unknown((*path, "steps", place), "step", step, known)
        for phase, option in (scenario.options or {}).items():
            path = ("scenarios", number, "options", phase)
            yield from _unknown(path, "phase", phase, phases, at_key=True)
            if phase in phases:
                yield from _unknown(path, "alternative", option, [way.id for way in phases[phase].alternatives])


def _trigger_references(plan: Plan) -> Iterator[Problem]:
    triggers = [trigger.id for trigger in plan.triggers]
    scenarios = [scenario.id for scenario in plan.scenarios]
    for number, band in enumerate(plan.decision):
        for key, names in (("any", band.any), ("all", band.all), ("of", band.of)):
            for index, name in enumerate(names):
                yield from _unknown(("decision", number, key, index), "trigger", name, triggers)
        if band.scenario:
            yield from _unknown(("decision", number, "scenario"), "scenario", band.scenario, scenarios)
    injection = plan.rehearsal.simulate_failure if plan.rehearsal else None
    if injection and injection.expect_trigger:
        path = ("rehearsal", "simulate_failure", "expect_trigger")
        yield from _unknown(path, "trigger", injection.expect_trigger, triggers)
    for index, name in enumerate(plan.rehearsal.scenarios if plan.rehearsal else ()):
        yield from _unknown(("rehearsal", "scenarios", index), "scenario", name, scenarios)


def _value_references(plan: Plan) -> Iterator[Problem]:
    baselines = [saved.id for saved in plan.baseline]
    for path, record in plan.records:
        kind = type(record)
        if kind in _OF_BASELINE and record.baseline:
            yield from _unknown((*path, "baseline"), "baseline entry", record.baseline, baselines)
        elif kind in _OF_PARAMETER and record.parameter:
            yield from _unknown((*path, "parameter"), "parameter", record.parameter, plan.parameters or {})
            yield from _exposed(path, record, plan) if kind is FromParameter else ()
        elif kind in _OF_COMMIT:
            yield from _moving(path, record)
        elif kind is Kubernetes:
            yield from _unknown((*path, "apply"), "file under `uses`", record.apply, ("", *plan.uses))
            yield from _unselected(path, record)


def _exposed(path: Path, record: FromParameter, plan: Plan) -> Iterator[Problem]:
    parameter = (plan.parameters or {}).get(record.parameter)
    if parameter is not None and parameter.secret:
        message = f"The secret '{record.parameter}' would be an argument, which everybody on the machine can see."
        hint = "Give it to the program through its environment; parameters are there already."
        yield Problem(code="RG005", message=message, path=(*path, "parameter"), hint=hint)


def _moving(path: Path, record: Git | Terraform) -> Iterator[Problem]:
    """Names that lead elsewhere tomorrow. Whether another one is a tag or a branch, only the repository knows."""
    for key in ("configuration", "checkout", "revert"):
        name = getattr(record, key, "")
        if isinstance(name, str) and re.search(_MOVES, name):
            message = f"'{shorten(name)}' means another commit tomorrow."
            hint = "Name the full commit id, or a tag."
            yield Problem(code="RG005", message=message, path=(*path, key), hint=hint)


def _unselected(path: Path, record: Kubernetes) -> Iterator[Problem]:
    """A kind alone would mean all of them."""
    takes_selector = record.verb in ("wait", "delete")
    if takes_selector and ("/" in record.target) == bool(record.selector):
        message = f"'{record.verb}' needs a name (KIND/NAME) or a `selector`, and not both."
        hint = "Name one object, or say which labels the objects have."
        yield Problem(code="RG005", message=message, path=(*path, record.verb), hint=hint)
    elif record.selector and not takes_selector:
        message = f"'{record.verb}' takes no selector."
        yield Problem(code="RG005", message=message, path=(*path, "selector"), hint="Remove it.", at_key=True)


def _other_references(plan: Plan) -> Iterator[Problem]:
    checks = [check.id for check in plan.verification.checks]
    for number, window in enumerate(plan.watch_after):
        for index, name in enumerate(window.checks):
            yield from _unknown(("watch_after", number, "checks", index), "check", name, checks)
    phases = [phase.id for _, phase in plan.every_phase()]
    for number, trouble in enumerate(plan.troubleshooting):
        yield from _unknown(("troubleshooting", number, "phase"), "phase", trouble.phase, [*phases, "verification"])
    if plan.regions:
        for region in plan.regions.parameters or {}:
            yield from _unknown(("regions", "parameters", region), "region", region, plan.regions.order, at_key=True)
