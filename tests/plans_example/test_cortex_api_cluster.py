"""What the cortex-api plan does to the cluster, with the real kubectl."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.plans_example.cortex_host import WEIGHT, Front, add_service
from tests.plans_example.json_server import json_server
from tests.plans_example.kubernetes_api import CONTEXT, NAMESPACE, KubernetesApi, kubernetes_api
from tests.plans_example.plan_runner import PlanRunner, runner
from tests.servers import Postgresql

API = "registry.example.com/cortex/api:v2.0.8@sha256:" + "1" * 64
AUTH = "registry.example.com/cortex/auth:v1.5.2@sha256:" + "2" * 64
NEW_API = "registry.example.com/cortex/api:v2.1.0@sha256:" + "3" * 64
NEW_AUTH = "registry.example.com/cortex/auth:v1.6.0@sha256:" + "4" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster into which v2.1 was deployed, as it was right after that."""

    api: KubernetesApi
    objects: dict[tuple[str, str], Any]
    database: str
    plan: PlanRunner


@pytest.fixture(scope="module")
def cluster(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Deploy v2.1 beside v2.0.8 once, as a rehearsal does."""
    folder = tmp_path_factory.mktemp("cluster")
    database = postgresql.create_database()
    postgresql.query(
        "CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('20251201120000');"
        "CREATE TABLE users (id bigint PRIMARY KEY, email text, password_hash text)",
        database,
    )
    with kubernetes_api(folder) as (api, kubeconfig), json_server(Front(api).answer) as address:
        for service, image in (("api", API), ("auth", AUTH)):
            add_service(api, service, image)
        images = {"API_IMAGE": API, "AUTH_IMAGE": AUTH, "RELEASE_API_IMAGE": NEW_API, "RELEASE_AUTH_IMAGE": NEW_AUTH}
        where = {"KUBECONFIG": str(kubeconfig), "KUBE_CONTEXT": CONTEXT, "NAMESPACE": NAMESPACE}
        sizes = {"API_REPLICAS": "4", "AUTH_REPLICAS": "3"}
        urls = {"DATABASE_URL": postgresql.url(database), "LOAD_BALANCER_URL": address}
        plan = runner("cortex-api", folder, **images, **where, **sizes, **urls)
        plan.keep_baseline("live-version", "database", "api-config", "auth-config")
        done = plan.script("scripts/deploy-release.sh")
        assert done.passed, done.stderr
        yield Cluster(api=api, objects=copy.deepcopy(api.objects), database=database, plan=plan)


@pytest.fixture
def api(cluster: Cluster) -> KubernetesApi:
    """The cluster's API server, put back to the state after the deployment."""
    cluster.api.objects = copy.deepcopy(cluster.objects)
    for memory in (cluster.api.logs, cluster.api.health, cluster.api.denied, cluster.api.stuck):
        memory.clear()
    return cluster.api


@pytest.fixture
def released(cluster: Cluster, api: KubernetesApi, postgresql: Postgresql, tmp_path: Path) -> PlanRunner:
    """The plan, pointed at that cluster; v2.1 has all the traffic."""
    database = postgresql.create_database(template=cluster.database)
    variables = {**cluster.plan.variables, "DATABASE_URL": postgresql.url(database)}
    return replace(cluster.plan, variables=variables, incident=tmp_path)


def _run_scenario(plan: PlanRunner, name: str) -> None:
    event = {"type": "run.started", "data": {"scenario": name}}
    (plan.incident / "journal.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_the_release_is_a_copy_that_selects_its_own_pods(released: PlanRunner, api: KubernetesApi) -> None:
    new = api.get("deployments", "api-service-v2.1")["spec"]
    assert new["selector"]["matchLabels"] == {"app": "api-service-v2.1"} == new["template"]["metadata"]["labels"]
    assert new["template"]["spec"]["containers"][0]["image"] == NEW_API
    assert new["template"]["spec"]["containers"][0]["envFrom"] == [{"configMapRef": {"name": "api-config-v2.1"}}]
    assert api.get("services", "api-service-v2-1")["spec"]["selector"] == {"app": "api-service-v2.1"}
    assert "clusterIP" not in api.get("services", "api-service-v2-1")["spec"]
    path = api.get("ingresses", "api-service-v2.1")["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"]["service"]["name"] == "api-service-v2-1"
    assert api.get("deployments", "api-service")["spec"]["template"]["spec"]["containers"][0]["image"] == API


def test_rolls_back(released: PlanRunner, api: KubernetesApi) -> None:
    steps = [
        "preparation/monitoring",
        "preparation/capacity",
        "stop-traffic/route",
        "stop-traffic/idle",
        "stop-traffic/stop-release-api",
        "stop-traffic/stop-release-auth",
        "application/api-config",
        "application/auth-config",
        "application/auth",
        "application/api",
        "application/rollout",
        "traffic/capacity",
        "traffic/shift-auth",
        "traffic/shift-api",
    ]
    for step in steps:
        done = released.step(f"phases/{step}")
        assert done.passed, f"{step}: {done.stdout} {done.stderr}"
    assert api.get("servicemonitors", "api-service")["spec"]["endpoints"][0]["interval"] == "5s"
    assert api.get("deployments", "api-service")["spec"]["replicas"] == 4
    assert api.get("deployments", "api-service-v2.1")["spec"]["replicas"] == 0
    _run_scenario(released, "")
    done = released.check("versions")
    assert done.passed, done.stderr
    for step in ("remove-release", "monitoring"):
        assert released.step(f"recovery/cleanup/{step}").passed
    assert not [name for _, name in api.objects if "v2.1" in name or "v2-1" in name]
    assert api.get("servicemonitors", "api-service")["spec"]["endpoints"][0]["interval"] == "30s"


@pytest.mark.slow
def test_a_partial_rollback_moves_the_traffic_gradually(
    released: PlanRunner, api: KubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    put = api.put

    def watching(resource: str, entry: dict[str, Any]) -> dict[str, Any]:
        if resource == "ingresses":
            seen.append(entry["metadata"]["annotations"][WEIGHT])
        return put(resource, entry)

    monkeypatch.setattr(api, "put", watching)
    assert released.script("scripts/traffic-shift.sh auth-service 4").passed
    assert seen == ["75", "50", "25", "0"]


def test_traffic_never_goes_to_nobody(released: PlanRunner, api: KubernetesApi) -> None:
    api.stuck.add("api-service")
    api.put("deployments", api.get("deployments", "api-service"))
    done = released.script("scripts/traffic-shift.sh api-service 0")
    assert (done.exit, "no ready replica" in done.stderr) == (1, True)
    assert released.script("scripts/traffic-share.sh api-service").stdout == "100\n"


@pytest.mark.parametrize(
    ("scenario", "moved", "passed"),
    [
        ("", ("api", "auth"), True),
        ("", ("auth",), False),
        ("auth-only", ("auth",), True),
        ("auth-only", ("api", "auth"), False),
        ("database-only", (), True),
        ("database-only", ("auth",), False),
    ],
)
def test_versions_are_judged_by_scenario(
    released: PlanRunner, scenario: str, moved: tuple[str, ...], passed: bool
) -> None:
    _run_scenario(released, scenario)
    for service in moved:
        assert released.script(f"scripts/traffic-shift.sh {service}-service 0").passed
    assert released.check("versions").passed is passed


def test_split_traffic_is_no_version(released: PlanRunner, api: KubernetesApi) -> None:
    api.get("ingresses", "api-service-v2.1")["metadata"]["annotations"][WEIGHT] = "50"
    assert "traffic is split" in released.check("versions").stderr


def test_what_has_traffic_is_not_removed(released: PlanRunner, api: KubernetesApi) -> None:
    assert released.script("scripts/traffic-shift.sh auth-service 0").passed
    done = released.step("recovery/cleanup/remove-release")
    assert done.passed
    assert "api-service-v2.1 stays: 100 % of the traffic go there" in done.stdout
    assert api.has("deployments", "api-service-v2.1")
    assert not api.has("deployments", "auth-service-v2.1")


def test_configuration_that_was_changed_is_put_back(released: PlanRunner, api: KubernetesApi) -> None:
    config = api.get("configmaps", "api-config")
    config["data"] = {"LEVEL": "debug", "ADDED": "yes"}
    api.put("configmaps", config)
    generation = api.get("deployments", "api-service")["metadata"]["generation"]
    for _ in range(2):
        done = released.step("phases/application/api-config")
        assert done.passed, done.stderr
    assert api.get("configmaps", "api-config")["data"] == {"LEVEL": "info"}
    assert api.get("deployments", "api-service")["metadata"]["generation"] == generation + 1


def test_images_without_a_digest_are_refused(released: PlanRunner) -> None:
    done = released.script("scripts/set-image.sh api-service api registry.example.com/cortex/api:v2.0.8")
    assert (done.exit, "has no digest" in done.stderr) == (2, True)


def test_requests_at_the_release_are_counted_without_probes(released: PlanRunner, api: KubernetesApi) -> None:
    lines = [{"event": "request", "path": path} for path in ("/api/v1/me", "/health", "/auth/login")]
    api.logs["api-service-v2.1"] = "starting\n" + "".join(json.dumps(line) + "\n" for line in lines)
    assert released.script("scripts/release-requests.sh").stdout == "4\n"  # two in each of two pods


def test_readiness_names_everything_that_is_missing(released: PlanRunner, api: KubernetesApi) -> None:
    api.denied |= {"patch ingresses"}
    del api.objects["deployments", "auth-service"]
    done = released.script("scripts/rollback-verify.sh", REDIS_HOST="127.0.0.1", REDIS_PORT="1")
    assert done.exit == 1
    for problem in ("kubectl may not patch ingresses", "no deployment auth-service", "the cache does not answer"):
        assert problem in done.stderr
    assert "database" not in done.stderr


def test_a_failure_can_be_injected_and_taken_back(released: PlanRunner, api: KubernetesApi) -> None:
    done = released.script("scripts/simulate-failure.sh")
    assert done.passed, done.stderr
    assert {"name": "AUTH_URL", "value": "http://127.0.0.1:9"} in _container(api, "api-service-v2.1")["env"]
    assert api.has("deployments", "rehearsal-load")
    assert released.script("scripts/stop-failure.sh").passed
    assert not _container(api, "api-service-v2.1").get("env")
    assert not api.has("deployments", "rehearsal-load")


@pytest.mark.slow
def test_the_next_rehearsal_begins_where_this_one_did(released: PlanRunner, api: KubernetesApi) -> None:
    done = released.script("scripts/reset-rehearsal.sh")
    assert done.passed, done.stderr
    assert released.script("scripts/live-version.sh").stdout == "v2.0.8\n"
    assert released.script("scripts/migration-level.sh").stdout == "0\n"
    assert not api.has("deployments", "api-service-v2.1")


def _container(api: KubernetesApi, deployment: str) -> dict[str, Any]:
    container: dict[str, Any] = api.get("deployments", deployment)["spec"]["template"]["spec"]["containers"][0]
    return container
