"""Triggers as a file of Prometheus alert rules: a second detector, that shares nothing with the watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger import Trigger
from rollback_gov.records.text import one_line
from rollback_gov.triggers.decision import ORDER
from rollback_gov.triggers.exchange.expression import NotExpressible, expression
from rollback_gov.triggers.explain import explain
from rollback_gov.triggers.machine import ConsecutiveMachine, DurationMachine, WindowMachine, interval, machine_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The rules, and what they do not say: ``left_out`` triggers with the reason, ``differences`` of those inside."""

    groups: tuple[Mapping[str, Any], ...]
    left_out: Mapping[str, str]
    differences: Mapping[str, tuple[str, ...]]

    @property
    def count(self) -> int:
        """How many rules there are."""
        return sum(len(group["rules"]) for group in self.groups)

    @property
    def text(self) -> str:
        """The file, with what it does not say on top."""
        import yaml

        said = [f"left out: {name}: {reason}" for name, reason in self.left_out.items()]
        said += [f"differs: {name}: {text}" for name, texts in self.differences.items() for text in texts]
        # What stands in a comment comes from a plan, and must not reach the next line.
        head = "".join(f"# {one_line(line)}\n" for line in ["Written by rollback-gov triggers export.", *said])
        groups = [dict(group) for group in self.groups]
        return head + str(yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True, width=10_000))


def export(plan: Plan, baseline: Mapping[str, Decimal]) -> Exported:
    """Write every trigger that PromQL can express as an alert rule, one group an interval."""
    found: list[tuple[Duration, Mapping[str, Any]]] = []
    left_out: dict[str, str] = {}
    differences: dict[str, tuple[str, ...]] = {}
    for trigger in plan.triggers:
        try:
            rule = _rule(trigger, plan, baseline)
        except NotExpressible as error:
            left_out[trigger.id] = str(error)
            continue
        found.append((interval(trigger, plan.watch.every), rule))
        differences[trigger.id] = tuple(_differences(trigger, plan.watch.every))
    ordered = sorted(found, key=lambda entry: entry[0])
    groups = [
        {
            "name": f"rollback-gov {plan.metadata.operation} every {every}",
            "interval": str(every),
            "rules": [rule for _, rule in rules],
        }
        for every, rules in groupby(ordered, key=lambda entry: entry[0])
    ]
    told = {name: texts for name, texts in differences.items() if texts}
    return Exported(groups=tuple(groups), left_out=left_out, differences=told)


def _rule(trigger: Trigger, plan: Plan, baseline: Mapping[str, Decimal]) -> dict[str, Any]:
    every = plan.watch.every
    machine = machine_of(trigger, every)
    holds = 0
    if isinstance(machine, DurationMachine):
        holds = machine.holds
    elif isinstance(machine, ConsecutiveMachine):
        holds = (machine.count - 1) * interval(trigger, every).milliseconds
    lasting = {"for": str(Duration(holds))} if holds else {}
    return {
        "alert": trigger.id,
        "expr": expression(trigger, every, baseline),
        **lasting,
        "labels": {"operation": plan.metadata.operation, "trigger": trigger.id, "action": _action(trigger, plan)},
        "annotations": {
            "summary": _untemplated(trigger.name or trigger.id),
            "description": _untemplated(explain(trigger, every)),
        },
    }


def _action(trigger: Trigger, plan: Plan) -> str:
    """Give the strongest action to which the firing of this trigger can lead; ``none`` where it leads to nothing."""
    if not plan.decision:
        return "rollback"
    actions = [
        band.action
        for band in plan.decision
        if trigger.id in {*band.any, *band.all, *band.of} or (band.at_least and not (band.any or band.of))
    ]
    return max(actions, key=ORDER.index, default="none")


def _untemplated(text: str) -> str:
    """Annotations are templates to Prometheus; a plan's text stays text."""
    return text.replace("{{", '{{ "{{" }}')


def _differences(trigger: Trigger, every: Duration) -> Iterator[str]:
    """Say where a rule decides otherwise than the watch."""
    machine = machine_of(trigger, every)
    step = interval(trigger, every)
    if isinstance(machine, WindowMachine):
        if trigger.unknown == "reset":
            yield "a reading that cannot be evaluated starts the trigger anew, and the alert keeps its breaches"
    elif trigger.unknown == "hold" and (isinstance(machine, ConsecutiveMachine) or machine.holds):
        yield "a reading that cannot be evaluated freezes the trigger, and starts the alert anew"
    if isinstance(machine, ConsecutiveMachine) and machine.count > 1:
        yield f"{machine.count} readings in a row are as many evaluations (every {step}), be the samples new or not"
    if isinstance(machine, WindowMachine):
        yield f"breaches are counted at evaluations (every {step}), be the samples new or not"
    if trigger.alive is not None and trigger.control is not None:
        yield "no data is a breach for the trigger while nothing is alive, and never for the alert"
