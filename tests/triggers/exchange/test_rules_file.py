"""Exported rules: promtool accepts them, and they fire when the watch fires."""

from __future__ import annotations

import json
import random
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.model.observation import NoData, Observation, Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.cases.notation import expand
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.exchange.rules_file import Exported, export
from rollback_gov.triggers.simulation import BEGIN, simulate
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Rules
from tests.conftest import need
from tests.execution.marks import SLOW
from tests.triggers.conftest import plan_of

PLAN = plan_of("""
watch: {every: 1m, mode: auto}
baseline: [{id: latency, run: "true", save: latency.txt}]
triggers:
  - {id: ratio, name: 'Errors {{ $value }}', query: {source: prometheus, expr: errors / requests}, above: 5%, for: 2m,
     unknown: reset, volume: {query: {source: prometheus, expr: requests}, at_least: 100}}
  - {id: floored, query: {source: prometheus, expr: errors}, unknown: reset, for: 1m, floor: 8,
     above: {query: {source: prometheus, expr: base}, times: "1.5"}}
  - {id: in-a-row, query: {source: prometheus, expr: requests}, below: 90, count: 3, unknown: reset}
  - {id: often, query: {source: prometheus, expr: errors}, at_least: 9, window: 5m, more_than: 2}
  - {id: slow, query: {source: prometheus, expr: p99}, above: {baseline: latency, times: 2}, for: 30s, every: 30s}
  - {id: between, query: {source: prometheus, expr: 'errors # how many'}, above: 3, below: 6, at_most: 5.5}
decision:
  - {action: investigate, any: [ratio, slow], within: 5m, then: rollback}
  - {action: rollback, any: [ratio, floored]}
""")
ROLES = {"errors": "errors", "requests": "requests", "base": "base", "errors # how many": "errors"}


def checked(exported: Exported, folder: Path) -> Path:
    file = folder / "rules.yaml"
    file.write_text(exported.text, encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{exported.count} rules found" in done.stdout
    return file


def rule(exported: Exported, name: str) -> dict[str, Any]:
    return next(rule for group in exported.groups for rule in group["rules"] if rule["alert"] == name)


def test_each_machine_is_a_rule_and_promtool_accepts_them(tmp_path: Path) -> None:
    need("promtool")
    exported = export(PLAN, {"latency": Decimal("0.25")})
    assert yaml.safe_load(checked(exported, tmp_path).read_text())["groups"] == list(exported.groups)
    assert [(group["interval"], len(group["rules"])) for group in exported.groups] == [("30s", 1), ("1m", 5)]
    assert rule(exported, "ratio")["for"] == "2m"
    assert rule(exported, "ratio")["labels"] == {"operation": "op-7", "trigger": "ratio", "action": "rollback"}
    assert rule(exported, "slow")["expr"] == "vector(scalar(p99)) > 0.5 and vector(scalar(p99)) < Inf"
    assert rule(exported, "slow")["labels"]["action"] == "investigate"
    assert rule(exported, "in-a-row")["labels"]["action"] == "none"
    assert rule(exported, "in-a-row")["for"] == "2m"
    assert "for" not in rule(exported, "often")
    assert exported.left_out == {}
    assert set(exported.differences) == {"in-a-row", "often", "slow"}


def test_what_prometheus_cannot_say_is_named() -> None:
    plan = plan_of("""
baseline: [{id: latency, run: "true", save: latency.txt}]
triggers:
  - {id: health, query: {source: health, url: 'http://m/'}, below: 1}
  - {id: volume, query: {source: prometheus, expr: x}, below: 1,
     volume: {query: {source: http, url: 'http://m'}, at_least: 1}}
  - {id: baseline, query: {source: prometheus, expr: x}, above: {baseline: latency}}
  - {id: nothing, query: {source: prometheus, expr: x}, count: 1}
  - {id: wrong, query: {source: prometheus, expr: 'x) or (y'}, above: 1}
  - {id: text, query: {source: prometheus, expr: '"x"'}, above: 1}
  - {id: dead, query: {source: prometheus, expr: x}, above: 1, alive: {source: prometheus, expr: up},
     control: {source: prometheus, expr: up}}
""")
    exported = export(plan, {})
    assert exported.left_out == {
        "health": "its value is read from health, not by PromQL",
        "volume": "its volume is read from http, not by PromQL",
        "baseline": "it is compared with the baseline 'latency', of which no number was kept",
        "nothing": "it compares its value with nothing",
        "wrong": "one of its queries is no PromQL: unexpected right parenthesis ')'",
        "text": "one of its queries gives no number",
    }
    assert exported.differences == {
        "dead": ("no data is a breach for the trigger while nothing is alive, and never for the alert",)
    }
    assert exported.count == 1
    for line in exported.text.splitlines()[1:8]:
        assert line.startswith(("# left out: ", "# differs: "))


def test_what_a_plan_says_stays_in_its_comment() -> None:
    exported = export(
        plan_of(r"""
triggers:
  - {id: a, query: {source: prometheus, expr: "x(\"\ngroups: [{name: evil, rules: []}]\n\")"}, above: 1}
  - {id: b, query: {source: "metrics\ngroups: []\n"}, above: 1}
"""),
        {},
    )
    assert set(exported.left_out) == {"a", "b"}
    assert yaml.safe_load(exported.text) == {"groups": []}
    assert [line[:12] for line in exported.text.splitlines()] == [
        "# Written by",
        "# left out: ",
        "# left out: ",
        "groups: []",
    ]


def test_a_number_needs_no_scalar_and_a_comment_reaches_no_bracket(tmp_path: Path) -> None:
    need("promtool")
    plan = plan_of("""
triggers:
  - {id: number, query: {source: prometheus, expr: time() % 60}, above: 30}
  - {id: comment, query: {source: prometheus, expr: "up # ) or vector(1"}, below: 1}
""")
    exported = export(plan, {})
    checked(exported, tmp_path)
    assert rule(exported, "number")["expr"].startswith("vector(time() % 60) > 30 and ")
    assert rule(exported, "comment")["expr"].startswith("vector(scalar(up # ) or vector(1\n)) < 1 and ")


def test_a_text_of_the_plan_is_no_template(tmp_path: Path) -> None:
    """``{{`` begins a template in an annotation: a plan's name could make Prometheus do anything that templates can."""
    need("promtool")
    plan = plan_of("""
triggers:
  - {id: a, name: '{{ range query "up" }}{{ .Value }}{{ end }}', above: 1,
     query: {source: prometheus, expr: 'x{l="{{"}'}}
""")
    exported = export(plan, {})
    rules = checked(exported, tmp_path)
    annotations = {"summary": '{{ range query "up" }}{{ .Value }}{{ end }}'}
    annotations["description"] = rule(exported, "a")["annotations"]["description"].replace('{{ "{{" }}', "{{")
    labels = rule(exported, "a")["labels"]
    test = {
        "interval": "1m",
        "input_series": [{"series": 'x{l="{{"}', "values": "5x5"}],
        "alert_rule_test": [
            {
                "eval_time": "1m",
                "alertname": "a",
                "exp_alerts": [{"exp_labels": labels, "exp_annotations": annotations}],
            }
        ],
    }
    promtool_agrees(rules, [test], tmp_path)


def promtool_agrees(rules: Path, tests: list[dict[str, Any]], folder: Path) -> None:
    file = folder / "tests.yaml"
    file.write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


def series(chance: random.Random, numbers: list[str]) -> str:
    """Half an hour of samples, one a minute; what is missing is missing at once, because it is stale before."""
    words = [chance.choice([*numbers, *numbers, "stale", "NaN"]) for _ in range(31)]
    return " ".join(words[index] if chance.random() < 0.4 or not index else words[index - 1] for index in range(31))


SERIES = {"errors": ["0", "4", "5", "6", "8", "9", "12", "20", "Inf"], "requests": ["80", "99", "100", "200"]}
SERIES["base"] = ["2", "5", "6", "8"]


def answer(expr: str, samples: dict[str, Observation], at: int) -> Observation:
    """What Prometheus answers, worked out by hand."""
    if expr != "errors / requests":
        seen = samples[ROLES[expr]]
        return Value(seen.number, (BEGIN + at) / 1000) if isinstance(seen, Value) else seen
    errors, requests = samples["errors"], samples["requests"]
    if isinstance(errors, Value) and isinstance(requests, Value):
        return Value(errors.number / requests.number, (BEGIN + at) / 1000)
    return NoData("one of them is missing")


def first_firing(name: str, rules: Rules, texts: dict[str, str]) -> int | None:
    """Minute at which the watch fires the trigger first."""
    expanded = {key: expand(text) for key, text in texts.items()}

    def read(trigger: Trigger, at: int) -> dict[str, Observation] | None:
        samples = {key: values[at // 60_000] for key, values in expanded.items()}
        return {role: answer(query.expr, samples, at) for role, query in queries(trigger).items()}

    only = Rules(triggers=(rules.trigger(name),), every=rules.every, mode="auto")
    for tick in simulate(only, read, 30 * 60_000):
        if tick.states[name].status is Status.FIRED:
            return round(tick.at * 1000 - BEGIN) // 60_000
    return None


NAMES = ("ratio", "floored", "in-a-row", "often", "between")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=SLOW) for seed in range(1, 12))])
def test_an_alert_fires_when_the_trigger_fires(tmp_path: Path, seed: int) -> None:
    """Up to the first firing they say the same at every minute: after it a trigger stays fired, and an alert does not.

    Missing samples are written as stale ones: without a mark Prometheus would look back for five minutes.
    """
    need("promtool")
    exported, rules = export(PLAN, {"latency": Decimal(1)}), Rules.of(PLAN)
    chance, tests, fired = random.Random(seed), [], 0
    for _ in range(12):
        texts = {name: series(chance, numbers) for name, numbers in SERIES.items()}
        looks: list[dict[str, Any]] = []
        for name in NAMES:
            first = first_firing(name, rules, texts)
            fired += first is not None
            said = rule(exported, name)
            notes = {key: text.replace('{{ "{{" }}', "{{") for key, text in said["annotations"].items()}
            alert = {"exp_labels": said["labels"], "exp_annotations": notes}
            for minute in range(31 if first is None else first + 1):
                expected = [alert] if minute == first else []
                looks.append({"eval_time": f"{minute}m", "alertname": name, "exp_alerts": expected})
        inputs = [{"series": name, "values": text} for name, text in texts.items()]
        tests.append({"interval": "1m", "input_series": inputs, "alert_rule_test": looks})
    assert fired > 20, "the series fire too rarely to show anything"
    promtool_agrees(checked(exported, tmp_path), tests, tmp_path)
