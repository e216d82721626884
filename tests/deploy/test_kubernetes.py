"""The manifest of two replicas: its command is one of ours, and its rights are those that a lease needs, no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.cli.watch import command
from rollback_gov.triggers.lease import Lease
from rollback_gov.triggers.lease_kubernetes import KubernetesLeases
from tests.conftest import ROOT, need
from tests.plans_example.kubernetes_api import KubernetesApi, kubernetes_api
from tests.triggers.test_lease import cluster

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@pytest.fixture(scope="module")
def manifest() -> dict[tuple[str, str], Any]:
    documents = yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "watch.yaml").read_text())
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}


def test_it_runs_two_replicas_of_a_command_that_there_is(manifest: dict[tuple[str, str], Any]) -> None:
    spec = manifest["Deployment", "rollback-gov-watch"]["spec"]
    assert spec["replicas"] == 2
    (container,) = spec["template"]["spec"]["containers"]
    assert container["command"][:2] == ["rollback-gov", "watch"]
    context = command.make_context("watch", [*container["command"][2:], *container["args"]])
    assert context.params["every_plan"]
    assert context.params["stay"]
    assert context.params["mode"] == "auto"
    assert context.params["leases"] == "kubernetes:rollback-gov"
    port = str(container["ports"][0]["containerPort"])
    assert context.params["metrics_listen"].endswith(f":{port}")
    assert spec["template"]["metadata"]["annotations"]["prometheus.io/port"] == port


def test_names_fit_together(manifest: dict[tuple[str, str], Any]) -> None:
    account = manifest["ServiceAccount", "rollback-gov-watch"]["metadata"]
    deployment = manifest["Deployment", "rollback-gov-watch"]
    pod = deployment["spec"]["template"]
    assert pod["spec"]["serviceAccountName"] == account["name"]
    for selector in (deployment["spec"], manifest["PodDisruptionBudget", "rollback-gov-watch"]["spec"]):
        assert selector["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    for (kind, _), binding in manifest.items():
        if kind == "RoleBinding":
            assert binding["subjects"] == [{"kind": "ServiceAccount", **account}]
            role = manifest["Role", binding["roleRef"]["name"]]
            assert role["metadata"]["namespace"] == binding["metadata"]["namespace"]
    (container,) = pod["spec"]["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {entry["name"] for entry in pod["spec"]["volumes"]}


@pytest.mark.slow
def test_the_rights_are_those_that_a_lease_needs(
    manifest: dict[tuple[str, str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("kubectl")
    used: set[tuple[str, str]] = set()
    answer = KubernetesApi.answer

    def noted(api: KubernetesApi, method: str, target: str, body: Any, content_type: str) -> tuple[int, Any]:
        if "/namespaces/" in target and not target.startswith("/openapi"):
            used.add((target.partition("/namespaces/")[2].split("/")[1].partition("?")[0], VERBS[method]))
        return answer(api, method, target, body, content_type)

    monkeypatch.setattr(KubernetesApi, "answer", noted)
    with kubernetes_api(tmp_path) as (_, config):
        store = KubernetesLeases("", "op-7.production", cluster(config))
        first, second = Lease(store, "rollback"), Lease(store, "rollback")
        first.take(at="2026-01-31T12:00:00.000Z", reason="errors")
        second.take(at="2026-01-31T12:00:00.000Z", reason="errors")
        first.settle("passed")
        first.set_aside()
    (rule,) = manifest["Role", "rollback-gov-leases"]["rules"]
    assert rule["apiGroups"] == ["coordination.k8s.io"]
    assert used == {(resource, verb) for resource in rule["resources"] for verb in rule["verbs"]}


def test_nothing_is_wide_open(manifest: dict[tuple[str, str], Any]) -> None:
    assert not any(kind.startswith("Cluster") for kind, _ in manifest)
    for (kind, _), role in manifest.items():
        if kind == "Role":
            for rule in role["rules"]:
                assert "*" not in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])
    pod = manifest["Deployment", "rollback-gov-watch"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
