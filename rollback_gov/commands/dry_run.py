"""What a run would do, as text. Nothing is run, sent or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rollback_gov.commands.argument_vectors import PROGRAMS, argument_vectors
from rollback_gov.commands.target import Target
from rollback_gov.execution.attempt import DEFAULT_SECONDS
from rollback_gov.execution.itinerary import Choices, Leg, plan_itinerary
from rollback_gov.execution.masking import Masker, secret_values
from rollback_gov.execution.regions.turn import in_words
from rollback_gov.model.document import to_document
from rollback_gov.model.plan import Plan
from rollback_gov.model.step import Step
from rollback_gov.plans import parameters


def dry_run_text(target: Target, choices: Choices, environ: Mapping[str, str]) -> str:
    """Print every phase and command with the names of its parameters. Raises UsageError like a real run."""
    plan = target.loaded.require()
    environment = target.workspace.environment(target.environment)
    lanes = target.lanes if target.is_regional else (target,)
    values = {lane.region: parameters.resolve(plan, environment, environ, lane.values) for lane in lanes}
    masker = Masker(secret_values(environ).union(*(parameters.secrets(plan, one) for one in values.values())))
    shown = _the_same(parameters.shown(plan, one) for one in values.values())
    lines = [
        f"DRY RUN of {plan.metadata.operation} ({plan.metadata.title}) in {target.environment}",
        "Nothing is run, sent or written.",
        *_regions(plan, values),
        *_before(plan),
    ]
    itinerary = plan_itinerary(plan, choices)
    for leg in itinerary.legs:
        lines += _leg(leg, shown, choices.skip)
    lines += [f"Verification [{plan.verification.budget or 'no budget'}]"]
    lines += [f"  {check.name or check.id}: {_asks(to_document(check))}" for check in plan.verification.checks]
    for leg in itinerary.recovery:
        lines += _leg(leg, shown)
    if plan.forward_fix:
        lines.append("Past the point of no return, in place of the guarded phases:")
        for leg in plan_itinerary(plan, choices, forward_fix=True).legs:
            lines += _leg(leg, shown) if leg.path.startswith("forward_fix/") else []
    return masker.text("\n".join(lines))


def _regions(plan: Plan, values: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The parameters, and how regions follow one another where all of them are meant."""
    if plan.regions is not None and len(values) > 1:
        yield f"In {len(values)} regions: {in_words(plan.regions.strategy)}. In each of them:"
    for region, own in values.items():
        if len(values) > 1:
            yield f"Region {region}"
        yield from (f"  {name}={value}" for name, value in sorted(parameters.shown(plan, own).items()))


def _the_same(values: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Give what all regions have in common; where they differ, the parameter's name stands for its value."""
    first, *others = values
    return {name: value if all(one[name] == value for one in others) else f"${name}" for name, value in first.items()}


def _before(plan: Plan) -> Iterator[str]:
    point = plan.point_of_no_return
    if point is not None and not point.none:
        asks = _asks(to_document(point.passed_when)) if point.passed_when else "a person is asked"
        yield f"Is the point of no return passed? {asks}"
    for check in plan.safety_checks:
        yield f"Safety check {check.id}: {_asks(to_document(check))}"
    for saved in plan.baseline:
        yield f"Baseline {saved.id}: {saved.save} is checked"
    for item in plan.capture.items:
        yield f"Capture {item.id} into {item.save}: {_asks(to_document(item))}"


def _leg(leg: Leg, values: Mapping[str, str], skip: Mapping[str, str] | None = None) -> Iterator[str]:
    for number, way in enumerate(leg.ways):
        option = f", option {way.id}{' if the one before fails' if number else ''}" if way.id else ""
        yield f"{leg.phase.title} [{leg.phase.budget or 'no budget'}{option}]"
        for path, step in leg.steps(way):
            reason = (skip or {}).get(f"{leg.phase.id}/{step.id}", "")
            yield from [f"  {path}: skipped, {reason}"] if reason else _step(path, step, values, leg)


def _step(path: str, step: Step, values: Mapping[str, str], leg: Leg) -> Iterator[str]:
    marks = [word for word, on in (("destructive", step.destructive), ("idempotent", step.idempotent)) if on]
    limit = f"timeout {step.timeout}" if step.timeout else "no timeout of its own"
    yield f"  {path}: {step.title} ({', '.join([step.action, limit, *marks])})"
    if step.when is not None:
        yield f"      only when {_asks(to_document(step.when))}"
    if step.action in PROGRAMS:
        seconds = step.timeout.seconds if step.timeout else leg.budget_seconds or DEFAULT_SECONDS
        yield from (f"      {line}" for line in argument_vectors(step, values, seconds=seconds))
        return
    payload = step.payload if isinstance(step.payload, str) else _flow(to_document(step.payload))
    for line in payload.rstrip("\n").splitlines():
        yield f"      {line}"


def _asks(document: Mapping[str, object]) -> str:
    what = next((f"{key} {_flow(document[key])}" for key in ("run", "http", "query", "ask") if key in document), "")
    return " ".join(what.split()) + (f", expecting {_flow(document['expect'])}" if "expect" in document else "")


def _flow(value: object, *, inside: bool = False) -> str:
    """Write plain data as a plan writes it; a value that stands alone needs no name."""
    if isinstance(value, Mapping) and set(value) == {"value"}:
        return _flow(value["value"], inside=inside)
    if isinstance(value, Mapping):
        entries = ", ".join(f"{key}: {_flow(entry, inside=True)}" for key, entry in value.items())
        return f"{{{entries}}}" if inside else entries
    if isinstance(value, list):
        return f"[{', '.join(_flow(entry, inside=True) for entry in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
