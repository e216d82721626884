"""Prometheus as the oracle: generated series, what our machines make of them, and ``promtool`` that checks it.

Every ``Case`` is one series with one alert. ``expectations`` steps our own machine over what an instant query would
have given at every evaluation, and writes down whether the alert is inactive, pending or firing, and since when;
``promtool`` evaluates Prometheus' own rules over the same samples and complains about every difference.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.observation import NoData, Observation
from rollback_gov.model.trigger import Trigger
from rollback_gov.sources.number import observe
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.follow import follow, like_prometheus
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.tick import Readings, Rules
from tests.servers import missing

LOOKBACK = 300
"""Seconds for which an instant query still sees a sample; since version 3, a sample of exactly that age no more."""
MISSING, STALE = "_", "stale"
SIGNS = {"above": ">", "below": "<", "at_least": ">=", "at_most": "<="}
NUMBERS = ("0", "1", "1.75", "2", "2.25", "3", "5", "-1", "1e300")
"""Around the thresholds 1.75, 2 and 2.25. All are exact in binary: ours are decimals, and 3 * 0.1 is 0.3 to us only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How often samples come, how often rules are evaluated (both in seconds), and for how long."""

    sampled: int
    evaluated: int
    samples: int
    left_open: bool = False
    """A sample that is as old as the lookback is too old."""

    @property
    def times(self) -> range:
        """When rules are evaluated: beyond the last sample, until no query sees it any more."""
        return range(0, self.sampled * self.samples + LOOKBACK + 2 * self.evaluated, self.evaluated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trigger and the samples of its series, by the expressions in it."""

    trigger: Trigger
    samples: Mapping[str, Sequence[str]]

    @property
    def rule(self) -> str:
        """The same condition in PromQL."""
        for name, sign in SIGNS.items():
            limit: Limit | None = getattr(self.trigger, name)
            if limit is not None:
                right = f"{limit.times} * {limit.query.expr}" if limit.query else str(limit.value)
                return f"{self.trigger.query.expr} {sign} {right}"
        raise AssertionError("the generator gives every trigger a comparison")


def generate(source: random.Random, grid: Grid, number: int) -> list[Case]:
    """Make up cases, each fifth of them compared with a second series."""
    return [_case(source, grid, index) for index in range(number)]


def _case(source: random.Random, grid: Grid, index: int) -> Case:
    expr, other = f"m{index}", f"b{index}"
    samples = {expr: list(islice(_samples(source), grid.samples))}
    limit = Limit(value=Decimal(source.choice(["1.75", "2", "2.25"])))
    if index % 5 == 4:
        samples[other] = list(islice(_samples(source), grid.samples))
        limit = Limit(
            query=Query(source="prometheus", expr=other), times=Decimal(source.choice(["1", "0.5", "2", "0"]))
        )
    holds = source.choice([0, 1, grid.evaluated, 3 * grid.evaluated // 2, 3 * grid.evaluated, 240, 360])
    comparison: dict[str, Any] = {source.choice(list(SIGNS)): limit}
    query = Query(source="prometheus", expr=expr)
    trigger = Trigger(id=f"A{index}", query=query, for_=Duration(holds * 1000), **comparison)
    return Case(trigger=trigger, samples=samples)


def _samples(source: random.Random) -> Iterator[str]:
    """Give samples without end: stretches of numbers, and between them whatever can go wrong."""
    while True:
        low = source.random() < 0.5
        for _ in range(source.randrange(1, 9)):
            yield source.choice(NUMBERS[:4] if low else NUMBERS[3:])
        kind = source.choices(["NaN", "Inf", "-Inf", STALE, MISSING, "gap", "number"], [2, 2, 1, 2, 2, 2, 3])[0]
        if kind == "gap":
            yield from [MISSING] * source.randrange(4, 30)
        elif kind != "number":
            yield from [kind] * source.choice([1, 1, 2, 3])


def instant(samples: Sequence[str], grid: Grid, at: int) -> str:
    """Give what an instant query sees: the newest sample that is not too old, unless its series has ended."""
    newest = min(at // grid.sampled, len(samples) - 1)
    oldest = (at - LOOKBACK) // grid.sampled + 1 if grid.left_open else -((LOOKBACK - at) // grid.sampled)
    seen = [samples[index] for index in range(newest, max(0, oldest) - 1, -1) if samples[index] != MISSING]
    return seen[0] if seen and seen[0] != STALE else ""


def history(cases: Sequence[Case], grid: Grid) -> Iterator[tuple[float, Readings]]:
    """Give what our machines are told, evaluation by evaluation, with infinity as a number."""
    asked = {case.trigger.id: (case, queries(case.trigger)) for case in cases}
    for at in grid.times:
        yield (
            float(at),
            {
                name: {
                    role: _observed(instant(case.samples[query.expr], grid, at), at) for role, query in roles.items()
                }
                for name, (case, roles) in asked.items()
            },
        )


def _observed(text: str, at: int) -> Observation:
    return observe(text, float(at), infinite=True) if text else NoData("the expression gave no series")


def expectations(cases: Sequence[Case], grid: Grid) -> dict[int, Mapping[str, State]]:
    """Give how each trigger of ours stands after each evaluation, as Prometheus counts: what is over is inactive."""
    every = Duration(grid.evaluated * 1000)
    rules = Rules(triggers=tuple(like_prometheus(case.trigger) for case in cases), every=every, mode="observe")
    return {round(followed.tick.at): followed.states for followed in follow(rules, history(cases, grid))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What promtool said, and how much it was asked."""

    agrees: bool
    text: str
    assertions: int
    firing: int


def grids() -> tuple[Grid, ...]:
    """Give the grids to try: as many samples as evaluations, more of them, fewer, and neither a multiple of the other.

    Skips the test where there is no promtool; with CI=true that is a failure.
    """
    program = shutil.which("promtool") or missing("promtool")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    is_new = int(re.findall(r"version (\d+)", done.stdout + done.stderr)[0]) > 2
    return (
        Grid(sampled=60, evaluated=60, samples=60, left_open=is_new),
        Grid(sampled=15, evaluated=60, samples=240, left_open=is_new),
        Grid(sampled=60, evaluated=15, samples=30, left_open=is_new),
        Grid(sampled=45, evaluated=30, samples=60, left_open=is_new),
    )


def ask(folder: Path, cases: Sequence[Case], grid: Grid, expected: Mapping[int, Mapping[str, State]]) -> Answer:
    """Let promtool check for each alert at each evaluation whether it fires, and since when it is pending or firing."""
    rules = [{"alert": case.trigger.id, "expr": case.rule, "for": str(case.trigger.for_)} for case in cases]
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    inputs = [{"series": expr, "values": " ".join(samples)} for case in cases for expr, samples in case.samples.items()]
    alerts = [_firing(at, name, state) for at, states in expected.items() for name, state in states.items()]
    test = {
        "interval": f"{grid.sampled}s",
        "input_series": inputs,
        "alert_rule_test": alerts,
        "promql_expr_test": [_since(at, states) for at, states in expected.items()],
    }
    document = {"rule_files": ["rules.json"], "evaluation_interval": f"{grid.evaluated}s", "tests": [test]}
    (folder / "test.json").write_text(json.dumps(document))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    return Answer(
        agrees=done.returncode == 0,
        text=(done.stdout + done.stderr)[-4000:],
        assertions=len(alerts),
        firing=sum(bool(alert["exp_alerts"]) for alert in alerts),
    )


def _firing(at: int, name: str, state: State) -> dict[str, Any]:
    fires = state.status is Status.FIRED
    return {"eval_time": f"{at}s", "alertname": name, "exp_alerts": [{"exp_labels": {}}] if fires else []}


def _since(at: int, states: Mapping[str, State]) -> dict[str, Any]:
    """Prometheus keeps in a series of its own since when an alert is pending or firing."""
    samples = [
        {"labels": f'ALERTS_FOR_STATE{{alertname="{name}"}}', "value": state.first_breach // 1000}
        for name, state in states.items()
        if state.first_breach is not None
    ]
    return {"expr": "ALERTS_FOR_STATE", "eval_time": f"{at}s", "exp_samples": samples}
