"""The canary plan: what it promises, its steps with the real kubectl, its expressions with the real promtool."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.model.duration import Duration
from rollback_gov.model.trigger import Trigger

from .cluster import Cluster, cluster
from .json_server import json_server
from .plan_facts import (
    longest_way,
    missing_settings,
    queries,
    scenario_seconds,
    scripts_that_do_not_fail,
    seconds_of,
    unused_files,
)
from .plan_runner import EXAMPLES, PlanRunner, plan_of
from .promql import INTERVAL, holds, prometheus
from .rollback import Rollback, of_type, rollback
from .web import web

FOLDER = EXAMPLES / "dwcp-canary"
PLAN = plan_of("dwcp-canary")
TRIGGERS = {trigger.id: trigger for trigger in PLAN.triggers}
MANUAL = {"customer-escalation", "security-vulnerability", "business-decision", "unexpected-behavior", "team-consensus"}
OLD = "registry.example.com/dwcp-manager@sha256:" + "a" * 64
NEW = (PLAN.parameters or {})["CANARY_IMAGE"].default or ""


# Promises


def test_it_is_verified_within_two_minutes_with_a_quarter_to_spare() -> None:
    assert PLAN.sla == Duration.parse("2m")
    assert seconds_of(PLAN) <= 0.75 * 120


@pytest.mark.parametrize("scenario", ["drain-only", "retire-only"])
def test_a_scenario_keeps_its_own_time(scenario: str) -> None:
    chosen = PLAN.scenario(scenario)
    assert chosen is not None
    assert chosen.sla is not None
    assert scenario_seconds(PLAN, scenario) <= chosen.sla.seconds


def test_a_phase_has_time_for_all_its_alternatives_one_after_the_other() -> None:
    for phase in PLAN.phases:
        assert phase.budget is not None
        assert sum(longest_way(way) for way in phase.ways) <= phase.budget.seconds, phase.id


def test_nothing_is_done_by_hand_and_nothing_sleeps() -> None:
    actions = {step.action for _, _, step in PLAN.every_step()}
    assert actions & {"manual", "wait"} == set()
    assert not [path for path in FOLDER.glob("scripts/*.sh") if "sleep" in path.read_text(encoding="utf-8")]


def test_a_destructive_step_may_be_run_again() -> None:
    destructive = [step for _, _, step in PLAN.every_step() if step.destructive]
    assert len(destructive) == 3
    assert all(step.idempotent and step.verify for step in destructive)


def test_data_are_compared_with_what_was_there_before() -> None:
    [check] = [check for check in PLAN.verification.checks if check.data_consistency]
    assert check.expect is not None
    assert check.expect.stdout is not None
    assert check.expect.stdout.equals is not None
    assert check.expect.stdout.equals.baseline in {saved.id for saved in PLAN.baseline if saved.required}


def test_scripts_are_used_and_fail_when_they_fail() -> None:
    assert unused_files(FOLDER, PLAN) == set()
    assert scripts_that_do_not_fail(FOLDER) == []


def test_every_environment_has_what_the_plan_asks_for() -> None:
    assert missing_settings(FOLDER, PLAN) == set()


# Triggers


def test_each_trigger_leads_somewhere() -> None:
    bands = {band.action: set(band.any) for band in PLAN.decision}
    assert bands["investigate"] == {"throughput-reduced", "baseline-unhealthy"}
    assert bands["rollback"] == set(TRIGGERS) - bands["investigate"]
    assert bands["rollback"] >= MANUAL


def window_seconds(expression: str) -> float:
    """The longest window of rates; events count over a window of their own and need no second sample in it."""
    found = re.findall(r"rate\([^\[]*\[(\w+)\]", expression)
    return max((Duration.parse(window).seconds for window in found), default=0.0)


@pytest.mark.parametrize("trigger", [t for t in PLAN.triggers if t.detect_within], ids=lambda trigger: trigger.id)
def test_a_trigger_can_fire_in_time(trigger: Trigger) -> None:
    every = (trigger.every or PLAN.watch.every).seconds
    held = trigger.for_.seconds if trigger.for_ else every * (trigger.count or 1)
    assert trigger.detect_within is not None
    assert INTERVAL + window_seconds(trigger.query.expr) + every + held <= trigger.detect_within.seconds


def test_detection_takes_less_than_five_minutes_for_whatever_is_measured() -> None:
    measured = [trigger for name, trigger in TRIGGERS.items() if name not in MANUAL]
    assert all(trigger.detect_within and trigger.detect_within <= Duration.parse("5m") for trigger in measured)


def expressions() -> dict[str, str]:
    found = {query.expr: query.expr for query in queries(PLAN) if query.expr}
    return {re.sub(r"\W+", "-", text)[:60] + str(len(text)): text for text in found}


@pytest.mark.parametrize("expression", expressions().values(), ids=expressions())
def test_without_any_series_there_is_no_value(expression: str, tmp_path: Path) -> None:
    """Silence is no zero: neither a good nor a bad one. (And Prometheus can parse the expression.)"""
    assert holds(tmp_path, expression, {}, minutes=10, value=None) == ""


REQUESTS = 'http_requests_total{job="dwcp-manager",version="%s",status="%s",pod="p"}'


def requests(version: str, *, good: int, bad: int) -> dict[str, str]:
    """Series of a version that answers so many requests well and badly between two samples."""
    series = {REQUESTS % (version, "200"): f"0+{good}x200"}
    return series | ({REQUESTS % (version, "503"): f"0+{bad}x200"} if bad else {})


def query_of(name: str, side: str = "query") -> str:
    trigger = TRIGGERS[name]
    limit = trigger.above or trigger.below
    assert limit is not None
    if side == "volume":
        assert trigger.volume is not None
        return trigger.volume.query.expr
    return trigger.query.expr if side == "query" else (limit.query.expr if limit.query else "")


@pytest.mark.parametrize(
    ("name", "good", "bad", "value"),
    [
        ("error-rate-high", 90, 10, 0.1),
        ("error-rate-high", 100, 0, 0.0),
        ("error-rate-max", 97, 3, 0.03),
        ("success-rate-low", 90, 10, 0.9),
        ("success-rate-low", 100, 0, 1.0),
    ],
)
def test_a_ratio_has_a_value_also_where_nothing_has_failed(
    name: str, good: int, bad: int, value: float, tmp_path: Path
) -> None:
    series = requests("canary", good=good, bad=bad)
    assert holds(tmp_path, query_of(name), series, minutes=10, value=value) == ""


def test_where_everything_fails_no_request_succeeds(tmp_path: Path) -> None:
    series = {REQUESTS % ("canary", "503"): "0+10x200"}
    assert holds(tmp_path, query_of("success-rate-low"), series, minutes=10, value=0.0) == ""
    assert holds(tmp_path, query_of("error-rate-high"), series, minutes=10, value=1.0) == ""


def test_the_other_canaries_of_the_cluster_do_not_count(tmp_path: Path) -> None:
    other = {'http_requests_total{job="shop",version="canary",status="503",pod="p"}': "0+100x200"}
    series = requests("canary", good=100, bad=0) | other
    assert holds(tmp_path, query_of("error-rate-high"), series, minutes=10, value=0.0) == ""


@pytest.mark.parametrize(("canary", "baseline"), [(5, 95), (95, 5)])
def test_the_smaller_side_decides_whether_there_is_enough_traffic(canary: int, baseline: int, tmp_path: Path) -> None:
    series = requests("canary", good=canary, bad=0) | requests("baseline", good=baseline, bad=0)
    assert holds(tmp_path, query_of("error-rate-high", "volume"), series, minutes=10, value=5 * 60 / INTERVAL) == ""


@pytest.mark.parametrize(("share", "work", "ratio"), [(5, 5, 1.0), (50, 50, 1.0), (5, 2, 0.4)])
def test_the_throughput_is_compared_per_request_at_any_share(
    share: int, work: int, ratio: float, tmp_path: Path
) -> None:
    series: dict[str, str] = {}
    for version, requests_, done in (("canary", share, work), ("baseline", 100 - share, 100 - share)):
        routed = f'istio_requests_total{{reporter="source",destination_service_name="dwcp-{version}"}}'
        seen_twice = f'istio_requests_total{{reporter="destination",destination_service_name="dwcp-{version}"}}'
        processed = f'bullshark_transactions_processed_total{{job="dwcp-manager",version="{version}"}}'
        series |= {routed: f"0+{requests_}x200", seen_twice: f"0+{requests_}x200", processed: f"0+{done}x200"}
    assert holds(tmp_path, query_of("throughput-low"), series, minutes=10, value=ratio) == ""
    assert holds(tmp_path, query_of("throughput-low", "limit"), series, minutes=10, value=1.0) == ""


COUNTERS = {
    "byzantine-attack-detected": "probft_byzantine_events_detected",
    "dag-corruption-detected": "bullshark_dag_validation_errors",
    "circuit-breaker-storm": "dwcp_circuit_breaker_trips_total",
}
LABELS = '{job="dwcp-manager",version="canary",pod="a"}'
UP = {f"up{LABELS}": "1x300"}


@pytest.mark.parametrize(("name", "metric"), COUNTERS.items())
def test_the_first_event_of_a_counter_that_is_born_with_it_is_seen(name: str, metric: str, tmp_path: Path) -> None:
    born_at_eight_minutes = {f"{metric}{LABELS}": "_x96 1x100"}
    assert holds(tmp_path, query_of(name), born_at_eight_minutes | UP, minutes=10, value=1.0) == ""
    naive = f"sum(increase({metric}{LABELS}[5m]))"
    assert holds(tmp_path, naive, born_at_eight_minutes, minutes=10, value=0.0) == ""


@pytest.mark.parametrize(("name", "metric"), COUNTERS.items())
def test_old_events_do_not_count(name: str, metric: str, tmp_path: Path) -> None:
    assert holds(tmp_path, query_of(name), {f"{metric}{LABELS}": "7x300"} | UP, minutes=10, value=0.0) == ""


@pytest.mark.parametrize(("name", "metric"), COUNTERS.items())
def test_without_any_event_the_value_is_zero_as_long_as_the_canary_is_scraped(
    name: str, metric: str, tmp_path: Path
) -> None:
    assert holds(tmp_path, query_of(name), UP, minutes=10, value=0.0) == ""
    assert holds(tmp_path, query_of(name), {f"up{LABELS}": "0x300"}, minutes=10, value=None) == ""


@pytest.mark.parametrize(("name", "metric"), COUNTERS.items())
def test_events_of_the_baseline_do_not_take_the_canary_back(name: str, metric: str, tmp_path: Path) -> None:
    baseline = {f'{metric}{{job="dwcp-manager",version="baseline",pod="b"}}': "_x96 5x100"}
    assert holds(tmp_path, query_of(name), baseline | UP, minutes=10, value=0.0) == ""


def test_trips_are_counted_in_five_minutes_and_not_per_second(tmp_path: Path) -> None:
    twelve = {f"dwcp_circuit_breaker_trips_total{LABELS}": "0x97 12x100"}
    above = f"({query_of('circuit-breaker-storm')}) > bool 10"
    assert holds(tmp_path, above, twelve | UP, minutes=10, value=1.0) == ""


def test_a_container_without_a_limit_has_no_share_of_it(tmp_path: Path) -> None:
    def memory(container: str, used: float, limit: float) -> Mapping[str, str]:
        labels = f'{{namespace="dwcp",pod="dwcp-canary-1",container="{container}"}}'
        return {
            f"container_memory_working_set_bytes{labels}": f"{used}x200",
            f"container_spec_memory_limit_bytes{labels}": f"{limit}x200",
        }

    expression = query_of("memory-exhaustion")
    unlimited = memory("sidecar", 300.0, 0.0)
    assert holds(tmp_path, expression, unlimited, minutes=10, value=None) == ""
    both = {**unlimited, **memory("dwcp", 96.0, 100.0), **memory("", 999.0, 100.0)}
    assert holds(tmp_path, expression, both, minutes=10, value=0.96) == ""


# Steps


def deployment(name: str, replicas: int, image: str, version: str) -> dict[str, Any]:
    labels = {"app": name, "app.kubernetes.io/version": version}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "dwcp-manager", "image": image}]}}
    return {
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


def routes(*targets: tuple[str, int]) -> dict[str, Any]:
    route = [{"destination": {"host": host}, "weight": weight} for host, weight in targets]
    metrics = {"name": "metrics", "route": [{"destination": {"host": "dwcp-metrics"}}]}
    http = [{"name": "primary", "timeout": "5s", "route": route}, metrics]
    return {"metadata": {"name": "dwcp-service"}, "spec": {"hosts": ["dwcp"], "http": http}}


@pytest.fixture
def kubernetes() -> Iterator[Cluster]:
    """A cluster before the change: the canary has one pod of the old version and gets no requests."""
    with cluster("dwcp") as held:
        held.put("deployments", deployment("dwcp-baseline", 6, OLD, "v2.3.6"))
        held.put("deployments", deployment("dwcp-canary", 1, OLD, "v2.3.6"))
        held.put("virtualservices", routes(("dwcp-baseline", 100)))
        held.put(
            "events", {"metadata": {"name": "started"}, "lastTimestamp": "2026-11-21T10:00:00Z", "reason": "Started"}
        )
        yield held


@pytest.fixture
def dag() -> Iterator[dict[str, Any]]:
    """The service's answers by path; its address under ``url``."""
    answers: dict[str, Any] = {
        "/api/v1/dag/checkpoints/latest": {"round": 812345, "digest": "sha256:11aa"},
        "/api/v1/dag/checkpoints/812345": {"round": 812345, "digest": "sha256:11aa"},
        "/health": {"status": "healthy"},
    }
    with json_server(lambda asked: (200 if asked.path in answers else 404, answers.get(asked.path))) as address:
        answers["url"] = address
        yield answers


@pytest.fixture
def runner(kubernetes: Cluster, dag: dict[str, Any], tmp_path: Path) -> PlanRunner:
    """The plan, pointed at that cluster and that service, with its baseline taken and the canary deployed."""
    for folder in ("baseline", "incident"):
        (tmp_path / folder).mkdir()
    runner = PlanRunner(
        example="dwcp-canary",
        plan=PLAN,
        variables={
            "KUBECONFIG": str(kubernetes.kubeconfig(tmp_path, "dwcp-test")),
            "KUBE_CONTEXT": "dwcp-test",
            "DWCP_URL": dag["url"],
        },
        baseline=tmp_path / "baseline",
        incident=tmp_path / "incident",
    )
    runner.keep_baseline()
    assert PLAN.rehearsal is not None
    assert PLAN.rehearsal.deploy is not None
    assert runner.script(PLAN.rehearsal.deploy.run).exit == 0
    return runner


def test_the_baseline_is_what_was_there_before_the_change(runner: PlanRunner) -> None:
    assert (runner.baseline / "version.txt").read_text(encoding="utf-8") == "v2.3.6\n"
    assert (runner.baseline / "dag-checkpoint.txt").read_text(encoding="utf-8") == "812345 sha256:11aa\n"
    saved = json.loads((runner.baseline / "canary-deployment.json").read_text(encoding="utf-8"))
    assert (saved["spec"]["replicas"], saved["spec"]["template"]["spec"]["containers"][0]["image"]) == (1, OLD)


def test_after_the_deployment_users_may_meet_the_canary(runner: PlanRunner, kubernetes: Cluster) -> None:
    assert PLAN.change.live_version is not None
    assert PLAN.change.to is not None
    assert runner.script(PLAN.change.live_version.run).stdout.strip() == PLAN.change.to["dwcp-manager"]
    assert runner.script("scripts/canary-weight.sh").stdout.strip() == "5"
    containers = kubernetes.get("deployments", "dwcp-canary")["spec"]["template"]["spec"]["containers"]
    assert containers == [{"name": "dwcp-manager", "image": NEW}]


def test_the_rollback_takes_the_traffic_and_then_the_pods(runner: PlanRunner, kubernetes: Cluster) -> None:
    assert not runner.step("phases/drain/routed").passed
    assert runner.step("phases/drain/route").passed
    assert runner.step("phases/drain/routed").passed
    assert runner.step("phases/baseline/pods").passed
    assert not runner.step("phases/retire/scale-to-zero/gone").passed
    assert runner.step("phases/retire/scale-to-zero/scale").passed
    assert runner.step("phases/retire/scale-to-zero/gone").passed
    assert kubernetes.listed("pods", "app=dwcp-canary") == []
    assert len(kubernetes.listed("pods", "app=dwcp-baseline")) == 6
    for check in ("routes", "version", "dag-intact"):
        assert runner.check(check).passed, check


def test_the_drain_leaves_the_other_routes_alone(runner: PlanRunner, kubernetes: Cluster) -> None:
    assert runner.step("phases/drain/route").passed
    assert runner.step("phases/drain/route").passed
    http = kubernetes.get("virtualservices", "dwcp-service")["spec"]["http"]
    assert http == routes(("dwcp-baseline", 100))["spec"]["http"]


def test_the_drain_refuses_a_route_that_is_not_the_one_that_is_meant(runner: PlanRunner, kubernetes: Cluster) -> None:
    changed = routes(("dwcp-baseline", 95), ("dwcp-canary", 5))
    changed["spec"]["http"].reverse()
    kubernetes.put("virtualservices", changed)
    done = runner.step("phases/drain/route")
    assert not done.passed
    assert "testing value /spec/http/0/name failed" in done.stderr


def test_then_a_person_may_put_the_whole_routing_back(runner: PlanRunner, kubernetes: Cluster) -> None:
    changed = routes(("dwcp-baseline", 95), ("dwcp-canary", 5))
    changed["spec"]["http"].reverse()
    kubernetes.put("virtualservices", changed)
    [remedy] = PLAN.troubleshooting[0].remedies
    assert runner.script(remedy.run).exit == 0
    assert kubernetes.get("virtualservices", "dwcp-service")["spec"] == routes(("dwcp-baseline", 100))["spec"]
    assert runner.check("routes").passed


def test_a_patch_without_a_type_is_refused_by_the_api(runner: PlanRunner) -> None:
    done = runner.script(
        'kubectl --context "$KUBE_CONTEXT" -n dwcp patch virtualservice dwcp-service -p \'{"spec":{}}\''
    )
    assert done.exit != 0
    assert "strategic-merge-patch+json is not supported" in done.stderr


def test_option_b_gives_the_canary_what_it_was_however_often_it_was_changed(
    runner: PlanRunner, kubernetes: Cluster
) -> None:
    assert PLAN.rehearsal is not None
    assert PLAN.rehearsal.simulate_failure is not None
    assert runner.script(PLAN.rehearsal.simulate_failure.run).exit == 0
    assert not runner.step("phases/retire/as-before/previous").passed
    for _ in range(2):
        assert runner.step("phases/retire/as-before/restore").passed
    assert runner.step("phases/retire/as-before/rolled-out").passed
    assert runner.step("phases/retire/as-before/previous").passed
    spec = kubernetes.get("deployments", "dwcp-canary")["spec"]
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]) == (1, {"name": "dwcp-manager", "image": OLD})


def test_option_b_does_not_go_back_to_the_new_version(runner: PlanRunner) -> None:
    """Nothing is done with a baseline that was taken after the change."""
    runner.keep_baseline("canary-deployment")
    done = runner.step("phases/retire/as-before/restore")
    assert not done.passed
    assert "it was taken after the change" in done.stderr


def test_an_injected_failure_can_be_stopped(runner: PlanRunner, kubernetes: Cluster) -> None:
    def variables() -> Any:
        [container] = kubernetes.get("deployments", "dwcp-canary")["spec"]["template"]["spec"]["containers"]
        return container.get("env")

    assert PLAN.rehearsal is not None
    injection = PLAN.rehearsal.simulate_failure
    assert injection is not None
    assert runner.script(injection.run).exit == 0
    assert variables() == [{"name": "DWCP_FAULT_ERROR_RATE", "value": "0.3"}]
    assert runner.script(injection.stop).exit == 0
    assert variables() is None


def test_a_baseline_that_lacks_pods_is_noticed(runner: PlanRunner, kubernetes: Cluster) -> None:
    kubernetes.get("deployments", "dwcp-baseline")["status"]["readyReplicas"] = 4
    assert runner.script("scripts/baseline-missing.sh").stdout.strip() == "2"
    assert not runner.step("phases/baseline/pods").passed


def test_pods_that_stay_are_not_taken_for_gone(runner: PlanRunner, kubernetes: Cluster) -> None:
    kubernetes.controller = False
    assert runner.step("phases/retire/scale-to-zero/scale").passed
    assert not runner.step("phases/retire/scale-to-zero/gone").passed


def test_data_that_changed_since_the_baseline_are_noticed(runner: PlanRunner, dag: dict[str, Any]) -> None:
    assert runner.check("dag-intact").passed
    dag["/api/v1/dag/checkpoints/812345"]["digest"] = "sha256:22bb"
    assert not runner.check("dag-intact").passed


def test_a_round_that_is_gone_is_noticed(runner: PlanRunner, dag: dict[str, Any]) -> None:
    del dag["/api/v1/dag/checkpoints/812345"]
    done = runner.check("dag-intact")
    assert (done.exit != 0, done.passed) == (True, False)


def test_the_evidence_is_kept_while_the_pods_are_there(runner: PlanRunner, kubernetes: Cluster) -> None:
    [first, second] = [pod["metadata"]["name"] for pod in kubernetes.listed("pods", "app=dwcp-canary")]
    kubernetes.logs = {first: "panic: byzantine\n"}
    for name in ("canary-logs", "canary-deployment", "routing", "events"):
        runner.capture(name)
    kept = {path.name: path.read_text(encoding="utf-8") for path in (runner.incident / "captures").iterdir()}
    assert f"[pod/{first}/dwcp-manager] panic: byzantine" in kept["canary-logs.txt"]
    assert f"[pod/{second}/dwcp-manager] a line of {second}" in kept["canary-logs.txt"]
    assert [item["kind"] for item in yaml.safe_load(kept["canary-state.yaml"])["items"]][:1] == ["Deployment"]
    assert yaml.safe_load(kept["virtual-service.yaml"])["spec"]["http"][0]["route"][1]["weight"] == 5
    assert "started" in kept["cluster-events.txt"]


def test_pods_that_hang_are_ended_by_a_remedy(runner: PlanRunner, kubernetes: Cluster) -> None:
    [remedy] = PLAN.troubleshooting[1].remedies
    assert runner.script(remedy.run).exit == 0
    assert kubernetes.listed("pods", "app=dwcp-canary") == []
    assert len(kubernetes.listed("pods", "app=dwcp-baseline")) == 6


def test_without_a_cluster_no_script_says_that_all_is_well(runner: PlanRunner, kubernetes: Cluster) -> None:
    for name in ("canary-weight", "live-version", "canary-replicas", "baseline-missing", "canary-is-previous"):
        done = runner.script(f"scripts/{name}.sh", KUBECONFIG="/dev/null")
        assert done.exit != 0, name


@pytest.mark.parametrize("script", sorted(FOLDER.glob("scripts/*.sh")), ids=lambda path: path.stem)
def test_a_script_says_which_variable_it_lacks(script: Path) -> None:
    done = subprocess.run([script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert re.search(r"(KUBE_CONTEXT|DWCP_URL|BASELINE): the ", done.stderr)


def test_what_the_plan_does_in_the_cluster_is_what_its_role_allows(runner: PlanRunner, kubernetes: Cluster) -> None:
    """Every request of a whole rollback with both options, its captures and its remedies."""
    assert PLAN.rehearsal is not None
    assert PLAN.rehearsal.simulate_failure is not None
    runner.script(PLAN.rehearsal.simulate_failure.run)
    for name in ("canary-logs", "canary-deployment", "routing", "events"):
        runner.capture(name)
    assert runner.step("phases/drain/route").passed
    runner.step("phases/baseline/pods")
    runner.step("phases/retire/as-before/restore")
    assert runner.step("phases/retire/as-before/rolled-out").passed
    assert runner.step("phases/retire/scale-to-zero/scale").passed
    for trouble in PLAN.troubleshooting:
        for remedy in trouble.remedies:
            assert runner.script(remedy.run).exit == 0
    assert runner.step("last_resort/reinforce/scale").passed
    assert runner.step("last_resort/reinforce/ready").passed

    role = next(item for item in yaml.safe_load_all((FOLDER / "access.yaml").read_bytes()) if item["kind"] == "Role")
    allowed = {
        (verb, group, resource)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert kubernetes.asked - allowed == set()
    assert len(kubernetes.asked) > 10


# All of it, by the command line


METRICS = """\
http_requests_total{{status="200"}} {0}
http_request_duration_seconds_bucket{{le="0.1"}} {0}
http_request_duration_seconds_bucket{{le="+Inf"}} {0}
bullshark_transactions_processed_total {0}
http_requests_in_flight 0
"""


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that sees a baseline with many requests and a canary with few."""
    with (
        web(lambda _, __, ___: (200, METRICS.format(time.time() * 100))) as baseline,
        web(lambda _, __, ___: (200, METRICS.format(time.time() * 5))) as canary,
        prometheus(
            tmp_path_factory.mktemp("prometheus"),
            {
                baseline.removeprefix("http://"): "job=dwcp-manager,version=baseline",
                canary.removeprefix("http://"): "job=dwcp-manager,version=canary",
            },
        ) as address,
    ):
        yield address


@pytest.fixture
def repository(runner: PlanRunner, kubernetes: Cluster, dag: dict[str, Any], metrics: str, tmp_path: Path) -> Rollback:
    """The plan in a repository of its own, after the deployment; its baseline was taken before."""
    names = ("KUBECONFIG", "KUBE_CONTEXT", "DWCP_URL")
    environment = {
        "parameters": {name: runner.variables[name] for name in names},
        "endpoints": dict.fromkeys(("dwcp", "baseline", "canary"), dag["url"]),
        "sources": {"prometheus": {"kind": "prometheus", "url": metrics}},
    }
    repository = rollback("dwcp-canary", tmp_path / "repository", environment=environment)
    kubernetes.put("virtualservices", routes(("dwcp-baseline", 100)))
    kubernetes.put("deployments", deployment("dwcp-canary", 1, OLD, "v2.3.6"))
    captured = repository.call("capture")
    assert captured.returncode == 0, captured.stdout
    assert PLAN.rehearsal is not None
    assert PLAN.rehearsal.deploy is not None
    assert runner.script(PLAN.rehearsal.deploy.run).exit == 0
    return repository


def execute(repository: Rollback, *options: str) -> list[dict[str, Any]]:
    done = repository.call("execute", "--reason", "Error rate of the canary", "--yes", *options)
    assert done.returncode == 0, done.stdout
    events = repository.journal()
    assert {check["result"] for check in of_type(events, "check.finished")} == {"passed"}
    assert {entry["result"] for entry in of_type(events, "baseline.checked")} == {"intact"}
    assert of_type(events, "run.finished")[0]["sla_met"] is True
    return events


def results(events: list[dict[str, Any]]) -> dict[str, str]:
    return {step["step"].removeprefix("phases/"): step["result"] for step in of_type(events, "step.finished")}


WELL = {"baseline/pods": "passed", "baseline/answers": "passed", "baseline/alarm": "not_needed"}
DRAINED = {"drain/route": "passed", "drain/routed": "passed", "drain/idle": "passed"}


@pytest.mark.slow
def test_the_whole_rollback(repository: Rollback, kubernetes: Cluster) -> None:
    events = execute(repository)
    retired = {"retire/scale-to-zero/scale": "passed", "retire/scale-to-zero/gone": "passed"}
    assert results(events) == DRAINED | WELL | retired
    assert kubernetes.listed("pods", "app=dwcp-canary") == []
    assert kubernetes.get("virtualservices", "dwcp-service")["spec"] == routes(("dwcp-baseline", 100))["spec"]
    captures = repository.captures()
    assert set(captures) == {item.save for item in PLAN.capture.items}
    assert captures["canary-logs.txt"].count("a line of dwcp-canary-") == 2


@pytest.mark.slow
def test_where_the_canary_cannot_be_scaled_it_becomes_what_it_was(repository: Rollback, kubernetes: Cluster) -> None:
    kubernetes.refused.add(("patch", "apps", "deployments/scale"))
    restored = {f"retire/as-before/{step}": "passed" for step in ("restore", "rolled-out", "previous")}
    assert results(execute(repository)) == DRAINED | WELL | {"retire/scale-to-zero/scale": "failed"} | restored
    [container] = kubernetes.get("deployments", "dwcp-canary")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == OLD


@pytest.mark.slow
def test_the_scenario_that_keeps_the_pods(repository: Rollback, kubernetes: Cluster) -> None:
    assert results(execute(repository, "--scenario", "drain-only")) == DRAINED | WELL
    assert len(kubernetes.listed("pods", "app=dwcp-canary")) == 2


@pytest.mark.slow
def test_the_patch_is_refused_and_the_remedy_of_the_plan_puts_the_routing_back(
    repository: Rollback, kubernetes: Cluster
) -> None:
    changed = routes(("dwcp-baseline", 95), ("dwcp-canary", 5))
    changed["spec"]["http"].reverse()
    kubernetes.put("virtualservices", changed)
    with repository.at_terminal("execute", "--reason", "Error rate of the canary", "--no-ladder") as ann:
        ann.answer("Number", "0")
        ann.answer("the numbers of what is not", "")
        said = ann.answer("What now? a number runs that remedy", "1")
        assert "testing value /spec/http/0/name failed" in said
        assert "remedy 1: Put the whole routing back to what the baseline kept (destructive)" in said
        said = ann.answer("What now?", "again")
        assert "Put the whole routing back to what the baseline kept: passed" in said
        ann.answer("the numbers of what is not", "")
        code, seen = ann.end()
    assert code == 0, seen
    assert kubernetes.listed("pods", "app=dwcp-canary") == []
    assert kubernetes.get("virtualservices", "dwcp-service")["spec"] == routes(("dwcp-baseline", 100))["spec"]
    [verified] = repository.events("run.verified")
    assert verified["seconds"] < 120, "its SLA, with somebody who had to decide on the way"


def test_a_dry_run_asks_the_cluster_for_nothing(runner: PlanRunner, kubernetes: Cluster, tmp_path: Path) -> None:
    parameters = {name: runner.variables[name] for name in ("KUBECONFIG", "KUBE_CONTEXT", "DWCP_URL")}
    endpoints = dict.fromkeys(("dwcp", "baseline", "canary"), "http://127.0.0.1:9")
    repository = rollback(
        "dwcp-canary", tmp_path / "repository", environment={"parameters": parameters, "endpoints": endpoints}
    )
    kubernetes.asked.clear()
    done = repository.call("execute", "--reason", "To see", "--dry-run")
    assert done.returncode == 0, done.stdout
    assert "kubectl patch virtualservice/dwcp-service --type=json" in done.stdout
    assert kubernetes.asked == set()
