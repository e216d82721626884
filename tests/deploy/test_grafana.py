"""The Grafana dashboard: Grafana's own model takes it, and every metric that it asks for is one that we give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import promql_parser
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client import Metric

from rollback_gov.commands.watch_metrics import Metrics
from rollback_gov.reports.metrics.families import FAMILIES, series_names
from tests.conftest import ROOT

FILE = ROOT / "deploy" / "grafana" / "rollback-gov.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ENVELOPE = {"__inputs", "__requires", "__elements", "id"}
"""What an import reads and the dashboard itself does not have."""
SEEDED = {
    "Rollback Count (7d)": "sum(increase(rollback_executed_total[7d]))",
    "Average Rollback Duration": "avg(rollback_duration_seconds)",
    "Rollback Success Rate": "sum(rate(rollback_success_total[7d])) / sum(rate(rollback_executed_total[7d]))",
    "Time to Detection": "histogram_quantile(0.95, sum(rate(rollback_detection_time_bucket[7d])) by (le))",
}


def expressions() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def lost(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Name what of ours a model does not have, or has otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key not in theirs:
                yield f"{path}/{key}"
            else:
                yield from lost(value, theirs[key], f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lost(one, other, f"{path}/{number}")
    elif ours != theirs:
        yield path


def test_grafanas_own_model_takes_all_of_it() -> None:
    body = {key: value for key, value in DASHBOARD.items() if key not in ENVELOPE}
    read = json.loads(json.dumps(Dashboard.from_json(body), cls=JSONEncoder))
    assert [path for path in lost(body, read) if not re.fullmatch(r"/templating/list/\d/definition", path)] == []


def test_a_key_that_it_does_not_know_would_be_noticed() -> None:
    body = {"uid": "x", "panels": [{"type": "stat", "titel": "x"}]}
    read = json.loads(json.dumps(Dashboard.from_json(body), cls=JSONEncoder))
    assert list(lost(body, read)) == ["/panels/0/titel"]


def test_an_import_asks_for_a_prometheus_and_every_query_goes_there() -> None:
    assert DASHBOARD["uid"] == "rollback-gov"
    assert DASHBOARD["id"] is None
    assert DASHBOARD["schemaVersion"] >= 38
    (asked,) = DASHBOARD["__inputs"]
    assert (asked["type"], asked["pluginId"]) == ("datasource", "prometheus")
    source, *narrowing = DASHBOARD["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert source["current"]["value"] == f"${{{asked['name']}}}"
    places = [*narrowing, *PANELS, *(target for panel in PANELS for target in panel["targets"])]
    assert {json.dumps(place["datasource"], sort_keys=True) for place in places} == {
        json.dumps({"type": "prometheus", "uid": f"${{{source['name']}}}"}, sort_keys=True)
    }


def test_every_kind_of_panel_is_required() -> None:
    required = {entry["id"] for entry in DASHBOARD["__requires"] if entry["type"] == "panel"}
    assert required == {panel["type"] for panel in PANELS}


def test_every_panel_has_its_number_its_place_and_says_what_it_shows() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in PANELS:
        assert panel["description"].endswith("."), panel["title"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.parametrize(("title", "expr"), list(expressions()))
def test_every_query_is_promql(title: str, expr: str) -> None:
    assert promql_parser.parse(expr) is not None, title


def test_the_panels_that_people_ask_for_first_ask_what_they_ask_for() -> None:
    shown = {panel["title"]: panel["targets"][0]["expr"] for panel in PANELS}
    narrowed = '{services=~"$services",environment=~"$environment"}'
    assert {title: shown[title].replace(narrowed, "") for title in SEEDED} == SEEDED
    assert [panel["title"] for panel in PANELS[:4]] == list(SEEDED)


def watch_names() -> set[str]:
    metrics = Metrics()
    metrics.listener("op-7", "production")
    families: list[Metric] = list(metrics.registry.collect())
    return {sample.name for family in families for sample in family.samples}


def test_every_metric_that_is_asked_for_is_one_that_we_give_and_labels_are_its_own() -> None:
    labels = {name: {*family.labels, "le"} for family in FAMILIES.values() for name in series_names(family)}
    labels |= {name: {"operation", "environment"} for name in watch_names()}
    asked = set[str]()
    for title, expr in expressions():
        for name, matchers in re.findall(r"\b(rollback_\w+)(\{[^}]*\})?", expr):
            assert name in labels, (title, name)
            assert set(re.findall(r"(\w+)=~", matchers)) <= labels[name], (title, name)
            asked.add(name)
    for variable in DASHBOARD["templating"]["list"][1:]:
        name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()  # type: ignore[union-attr]
        assert label in labels[name]
        assert variable["query"]["query"] == variable["definition"]
    unseen = {name for name in FAMILIES if not any(seen.startswith(name) for seen in asked)}
    assert unseen == {"rollback_window_seconds"}
