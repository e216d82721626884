"""The three small examples as their users run them: whole runs through the command line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.room import wait_for
from tests.plans_example.json_server import json_server
from tests.plans_example.kubernetes_api import CONTEXT, NAMESPACE, KubernetesApi
from tests.plans_example.plan_runner import runner
from tests.plans_example.rollback import Rollback, rollback
from tests.plans_example.small_hosts import LoadBalancer, N8n, commit
from tests.plans_example.test_small_examples import PREVIOUS, RELEASE
from tests.servers import missing


def captured(made: Rollback) -> Rollback:
    """Keep the baseline with the tool."""
    kept = made.call("capture")
    assert kept.returncode == 0, kept.stdout
    return made


def deploy(made: Rollback, folder: Path, **more: str) -> None:
    """Make the change as a rehearsal does."""
    folder.mkdir()
    plan = runner(made.folder.name, folder, **made.parameters, **made.environ, **more)
    done = plan.script("scripts/deploy.sh")
    assert done.passed, done.stderr


@pytest.mark.slow
def test_a_deployment_goes_back_to_the_recorded_revision_though_there_was_another_in_between(
    api: KubernetesApi, tmp_path: Path
) -> None:
    api.deployment("payment-service", PREVIOUS, container="payment")
    made = captured(
        rollback(
            "kubernetes",
            tmp_path / "kubernetes",
            environment={},
            environ={"KUBECONFIG": str(tmp_path / "kubeconfig")},
            parameters={"KUBE_CONTEXT": CONTEXT, "NAMESPACE": NAMESPACE, "PREVIOUS_IMAGE": PREVIOUS},
        )
    )
    for number, image in enumerate((RELEASE, RELEASE.replace("v3.2.0", "v3.2.1"))):
        deploy(made, tmp_path / f"deploy-{number}", RELEASE_IMAGE=image)

    done = made.call("execute", "--yes", "--reason", "payments fail")

    assert done.returncode == 0, done.stdout
    [resolved] = made.events("step.resolved")
    assert (resolved["revision"], resolved["live"]) == (1, 3)
    [container] = api.get("deployments", "payment-service")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == PREVIOUS
    assert {check["result"] for check in made.events("check.finished")} == {"passed"}
    assert [phase["alternative"] for phase in made.events("phase.started")] == ["revision", ""]


def test_a_workflow_goes_back_and_a_test_customer_goes_in(tmp_path: Path) -> None:
    n8n = N8n()
    before = {name: n8n.workflow[name] for name in n8n.writable}
    with json_server(n8n.answer) as address:
        endpoints = {
            "workflow": f"{address}/api/v1/workflows/{n8n.id}",
            "webhook": f"{address}/webhook/customer-onboarding",
        }
        made = captured(
            rollback(
                "n8n",
                tmp_path / "n8n",
                environment={"endpoints": endpoints},
                environ={"N8N_API_KEY": n8n.key},
                parameters={"N8N_URL": address, "WORKFLOW_ID": n8n.id},
            )
        )
        deploy(made, tmp_path / "deploy")
        assert n8n.workflow["name"] == "Customer onboarding v4.5"
        done = made.call("execute", "--yes", "--reason", "customers get two mails")

    assert done.returncode == 0, done.stdout
    assert {name: n8n.workflow[name] for name in n8n.writable} == before
    assert (n8n.workflow["active"], n8n.customers) == (True, 1)
    assert n8n.key not in done.stdout


class TestTerraform:
    @pytest.fixture
    def load_balancer(self) -> LoadBalancer:
        return LoadBalancer()

    @pytest.fixture
    def made(self, load_balancer: LoadBalancer, tmp_path: Path) -> Iterator[Rollback]:
        """Configuration 14 and 15, each in a commit of its own; 15 is live, the baseline was taken at 14."""
        _ = shutil.which("terraform") or missing("terraform")
        with json_server(load_balancer.answer) as address:
            parameters = {
                "LOAD_BALANCER_URL": address,
                "LOAD_BALANCER_ADMIN_URL": address,
                "TF_HTTP_ADDRESS": f"{address}/state",
                "TF_VAR_admin_url": address,
            }
            made = rollback(
                "terraform",
                tmp_path / "terraform",
                environment={"endpoints": {"load-balancer": address}},
                parameters=parameters,
            )
            directory = made.folder / "load-balancer"
            newer = (directory / "main.tf").read_text(encoding="utf-8")
            before = commit(directory, newer.replace("version        = 15", "version        = 14"))
            release = commit(directory, newer)
            pinned = {"PREVIOUS_CONFIGURATION": before, "RELEASE_CONFIGURATION": release}
            made = replace(made, parameters={**parameters, **pinned})
            where = {"TERRAFORM_DIRECTORY": str(directory)}
            deploy(replace(made, parameters=parameters), tmp_path / "14", **where, RELEASE_CONFIGURATION=before)
            captured(made)
            deploy(made, tmp_path / "15", **where)
            yield made

    def test_a_configuration_goes_back_when_somebody_agrees_to_the_plan(
        self, made: Rollback, load_balancer: LoadBalancer
    ) -> None:
        with made.start("execute", "--reason", "configuration 15 drops requests") as running:
            wait_for(lambda: made.events("gate.waiting"), seconds=60)
            made.approve("apply", person="bob")
            output, _ = running.communicate(timeout=120)
        assert running.returncode == 0, output
        assert load_balancer.configuration["version"] == 14
        assert [each["name"] for each in load_balancer.state["resources"]] == ["load_balancer"]
        assert made.events("gate.decided")[0]["by"] == "bob"
        assert made.events("step.resolved")[0]["commit"] == made.parameters["PREVIOUS_CONFIGURATION"]
        assert "Plan: 1 to add, 0 to change, 1 to destroy." in output
        assert {check["check"]: check["result"] for check in made.events("check.finished")}["no-drift"] == "passed"
