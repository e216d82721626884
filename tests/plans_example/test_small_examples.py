"""What all five examples have in common, and the three small ones against real programs and servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.workspace import Workspace
from rollback_gov.plans.load import load_plan
from tests.plans_example.json_server import json_server
from tests.plans_example.kubernetes_api import CONTEXT, NAMESPACE, KubernetesApi
from tests.plans_example.plan_runner import EXAMPLES, PlanRunner, plan_of, runner
from tests.plans_example.small_hosts import LoadBalancer, N8n, commit
from tests.servers import missing

LEVELS = {"cortex-api": 3, "multi-region": 4, "kubernetes": 2, "terraform": 2, "n8n": 2}
SCRIPTS = sorted(path for name in LEVELS for path in (EXAMPLES / name / "scripts").glob("*.sh"))


@pytest.mark.parametrize(("example", "level"), LEVELS.items())
class TestEveryExample:
    def test_is_a_plan_of_its_level(self, example: str, level: int) -> None:
        loaded = load_plan(EXAMPLES / example / "plan.yaml")
        assert loaded.findings == ()
        assert loaded.require().metadata.level == level

    def test_satisfies_its_level(self, example: str, level: int) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "rollback_gov", "validate", "-o", "json", str(EXAMPLES / example / "plan.yaml")],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        findings = json.loads(done.stdout)
        assert done.returncode == 0, done.stdout
        codes = {finding["code"] for plan in findings["plans"] for finding in plan["findings"]}
        assert all(code.startswith("RG4") for code in codes), codes

    def test_environments_give_every_parameter_a_value(self, example: str, level: int) -> None:
        plan = plan_of(example)
        environments = Workspace.around(EXAMPLES / example / "plan.yaml").environments.environments
        classes = {environment.class_ for environment in environments.values()}
        assert classes >= ({"staging", "production"} if level == 2 else {"staging", "production-like", "production"})
        for name, environment in environments.items():
            given = set(environment.parameters or {})
            needed = {key for key, item in (plan.parameters or {}).items() if item.default is None and not item.secret}
            assert needed <= given, name
            assert given <= set(plan.parameters or {}), name

    def test_lists_every_file_that_it_runs(self, example: str, level: int) -> None:
        folder = EXAMPLES / example
        there = {str(path.relative_to(folder)) for part in ("scripts", "sql") for path in (folder / part).glob("*")}
        assert set(plan_of(example).uses) == there

    def test_timeouts_of_a_way_fit_into_the_budget_of_its_phase(self, example: str, level: int) -> None:
        for _, phase in plan_of(example).every_phase():
            for way in phase.ways:
                steps = [step for step in way.steps if step.gate is None]
                seconds = sum(step.timeout.seconds for step in steps if step.timeout)
                seconds += sum(step.wait.seconds for step in steps if step.wait)
                assert phase.budget is not None
                assert seconds <= phase.budget.seconds, f"{phase.id}/{way.id}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
class TestEveryScript:
    def test_stops_at_the_first_error(self, script: Path) -> None:
        text = script.read_text(encoding="utf-8")
        if script.name == "common.sh":
            assert not os.access(script, os.X_OK)
            assert "# Sourced" in text
        else:
            assert os.access(script, os.X_OK)
            assert text.startswith("#!/usr/bin/env bash\n#")
            assert "\nset -euo pipefail\n" in text

    def test_is_bash(self, script: Path) -> None:
        subprocess.run(["bash", "-n", str(script)], check=True, capture_output=True, timeout=60)


REHEARSAL_ONLY = [path for path in SCRIPTS if "# Rehearsals only" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("script", REHEARSAL_ONLY, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_what_is_for_rehearsals_does_nothing_in_production(script: Path, tmp_path: Path) -> None:
    names = ("KUBE_CONTEXT", "NAMESPACE", "DATABASE_URL", "N8N_URL", "N8N_API_KEY", "TERRAFORM_DIRECTORY")
    environ = dict.fromkeys(names, "none") | {"WORKFLOW_ID": "none", "REGION": "eu-west-1"}
    done = subprocess.run(
        [str(script)],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ENVIRONMENT": "production", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "does nothing in production" in done.stderr) == (2, True)


PREVIOUS = "registry.example.com/payments/payment-service:v3.1.8@sha256:" + "1" * 64
RELEASE = "registry.example.com/payments/payment-service:v3.2.0@sha256:" + "2" * 64


class TestKubernetes:
    @pytest.fixture
    def payment(self, api: KubernetesApi, tmp_path: Path) -> PlanRunner:
        api.deployment("payment-service", PREVIOUS, container="payment")
        where = {"KUBECONFIG": str(tmp_path / "kubeconfig"), "KUBE_CONTEXT": CONTEXT, "NAMESPACE": NAMESPACE}
        images = {"PREVIOUS_IMAGE": PREVIOUS, "RELEASE_IMAGE": RELEASE}
        plan = runner("kubernetes", tmp_path, **where, **images)
        plan.keep_baseline()
        return plan

    def deploy(self, plan: PlanRunner) -> None:
        assert plan.plan.rehearsal is not None
        assert plan.plan.rehearsal.deploy is not None
        done = plan.judged(plan.plan.rehearsal.deploy)
        assert done.passed, done.stderr

    def test_goes_back_to_the_recorded_revision(self, payment: PlanRunner) -> None:
        self.deploy(payment)
        assert not payment.check("version").passed
        done = payment.step("phases/undo/revision/undo")
        assert done.passed, done.stderr
        for check in ("image", "health", "version"):
            assert payment.check(check).passed, check

    def test_a_second_deployment_in_between_changes_nothing(self, payment: PlanRunner) -> None:
        self.deploy(payment)
        payment.variables["RELEASE_IMAGE"] = RELEASE.replace("v3.2.0", "v3.2.1")
        self.deploy(payment)
        assert payment.step("phases/undo/revision/undo").passed
        assert payment.check("version").passed

    def test_may_be_run_again(self, payment: PlanRunner) -> None:
        self.deploy(payment)
        assert payment.step("phases/undo/revision/undo").passed
        done = payment.step("phases/undo/revision/undo")
        assert "nothing to do" in done.stdout, "revision 1 is revision 3 by now"
        assert payment.check("version").passed

    def test_only_the_image_where_the_revision_is_gone(self, payment: PlanRunner) -> None:
        self.deploy(payment)
        for step in ("set-image", "rollout-image"):
            done = payment.step(f"phases/undo/image/{step}")
            assert done.passed, done.stderr
        assert payment.check("version").passed

    def test_a_baseline_of_another_version_is_refused(self, payment: PlanRunner) -> None:
        self.deploy(payment)
        done = payment.script("scripts/record-revision.sh")
        assert done.exit != 0
        assert "v3.2.0" in done.stderr

    def test_replicas_that_are_not_ready_are_noticed(self, payment: PlanRunner, api: KubernetesApi) -> None:
        self.deploy(payment)
        api.stuck.add("payment-service")
        assert payment.step("phases/undo/revision/undo").passed
        done = payment.check("image")
        assert (done.passed, "not every one of 2 replicas" in done.stderr) == (False, True)
        assert "nothing" in payment.check("version").stderr

    @pytest.mark.parametrize("answer", [(200, {"status": "degraded"}), (500, {"status": "healthy"})])
    def test_one_sick_pod_is_enough(self, payment: PlanRunner, api: KubernetesApi, answer: tuple[int, Any]) -> None:
        api.health["payment-service"] = answer
        assert not payment.check("health").passed

    def test_no_pod_at_all_is_no_health(self, payment: PlanRunner, api: KubernetesApi) -> None:
        del api.objects["pods", "payment-service-0"], api.objects["pods", "payment-service-1"]
        done = payment.check("health")
        assert (done.passed, "there is no pod" in done.stderr) == (False, True)


class TestN8n:
    @pytest.fixture
    def n8n(self) -> N8n:
        return N8n()

    @pytest.fixture
    def plan(self, n8n: N8n, tmp_path: Path) -> Iterator[PlanRunner]:
        with json_server(n8n.answer) as address:
            plan = runner("n8n", tmp_path, N8N_URL=address, WORKFLOW_ID=n8n.id, N8N_API_KEY=n8n.key)
            plan.keep_baseline()
            assert plan.script("scripts/deploy.sh").passed
            yield plan

    def test_the_change_is_another_version(self, plan: PlanRunner) -> None:
        assert plan.script("scripts/live-version.sh").stdout == "v4.5\n"
        assert not plan.check("same-workflow").passed

    def test_goes_back_to_the_workflow_of_before(self, plan: PlanRunner) -> None:
        done = plan.step("phases/restore/workflow/put")
        assert done.passed, done.stderr
        assert plan.check("same-workflow").passed
        assert plan.script("scripts/live-version.sh").stdout == "v4.4\n"

    def test_an_export_as_it_is_would_be_refused(self, plan: PlanRunner, n8n: N8n, tmp_path: Path) -> None:
        (tmp_path / "export.json").write_text(json.dumps(n8n.workflow), encoding="utf-8")
        put = '. scripts/common.sh; put_workflow < "$EXPORT"'
        done = plan.script(put, EXPORT=str(tmp_path / "export.json"))
        assert done.exit == 22
        assert plan.script('scripts/restore-workflow.sh "$EXPORT"', EXPORT=str(tmp_path / "export.json")).passed

    def test_one_node_goes_back_alone(self, plan: PlanRunner, n8n: N8n) -> None:
        plan.variables["NODE_NAME"] = "Create account"
        done = plan.step("phases/restore/one-node/put-node")
        assert done.passed, done.stderr
        nodes = {node["name"]: node for node in n8n.workflow["nodes"]}
        assert nodes["Create account"]["parameters"] == {"url": "https://accounts.example.com/v1/accounts"}
        assert "Is it a test?" in nodes
        assert plan.check("same-workflow").passed

    @pytest.mark.parametrize(("node", "reason"), [("", "NODE_NAME"), ("Is it a test?", "before the change")])
    def test_a_node_that_was_not_there_cannot_come_back(self, plan: PlanRunner, node: str, reason: str) -> None:
        plan.variables["NODE_NAME"] = node
        done = plan.step("phases/restore/one-node/put-node")
        assert (done.passed, reason in done.stderr) == (False, True)

    @pytest.mark.parametrize(("last", "passed"), [("success", True), ("error", False), ("running", False)])
    def test_the_last_execution_must_have_succeeded(self, plan: PlanRunner, n8n: N8n, last: str, passed: bool) -> None:
        n8n.last = last
        assert plan.check("execution").passed is passed

    def test_a_wrong_key_is_a_failure_everywhere(self, plan: PlanRunner) -> None:
        plan.variables["N8N_API_KEY"] = "wrong"
        assert not plan.step("phases/restore/workflow/put").passed
        assert not plan.check("same-workflow").passed
        assert not plan.check("execution").passed


class TestTerraform:
    @pytest.fixture
    def load_balancer(self) -> LoadBalancer:
        return LoadBalancer()

    @pytest.fixture
    def plan(self, load_balancer: LoadBalancer, tmp_path: Path) -> Iterator[PlanRunner]:
        """A repository with configuration 14 and 15, each in a commit of its own; 14 is live."""
        if not shutil.which("terraform"):
            missing("terraform")
        directory = tmp_path / "repository" / "load-balancer"
        directory.mkdir(parents=True)
        newer = (EXAMPLES / "terraform/load-balancer/main.tf").read_text(encoding="utf-8")
        older = newer.replace("version        = 15", "version        = 14").replace("= 30", "= 60")
        commits = [commit(directory, text) for text in (older, newer)]
        with json_server(load_balancer.answer) as address:
            plan = runner(
                "terraform",
                tmp_path,
                LOAD_BALANCER_ADMIN_URL=address,
                TF_VAR_admin_url=address,
                TF_HTTP_ADDRESS=f"{address}/state",
                TERRAFORM_DIRECTORY=str(directory),
                PREVIOUS_CONFIGURATION=commits[0],
                RELEASE_CONFIGURATION=commits[1],
            )
            assert plan.script("scripts/deploy.sh", RELEASE_CONFIGURATION=commits[0]).passed
            plan.keep_baseline()
            yield plan

    def test_notices_the_change_and_the_way_back(self, plan: PlanRunner, load_balancer: LoadBalancer) -> None:
        assert plan.check("no-drift").passed
        assert plan.script("scripts/deploy.sh").passed
        assert load_balancer.configuration["version"] == 15
        done = plan.check("no-drift")
        assert (done.passed, "version        = 15 -> 14" in done.stdout) == (False, True)
        assert not plan.check("live-configuration").passed
        assert plan.script("scripts/deploy.sh", RELEASE_CONFIGURATION=plan.variables["PREVIOUS_CONFIGURATION"]).passed
        assert plan.check("no-drift").passed
        assert plan.check("live-configuration").passed

    def test_an_old_state_over_the_new_one_rolls_nothing_back(
        self, plan: PlanRunner, load_balancer: LoadBalancer
    ) -> None:
        old = load_balancer.state
        assert plan.script("scripts/deploy.sh").passed
        load_balancer.state = old
        assert plan.check("no-drift").passed, "Terraform has no idea that anything is wrong"
        assert not plan.check("live-configuration").passed

    def test_the_commit_must_be_there(self, plan: PlanRunner) -> None:
        assert plan.step("phases/previous-configuration/configuration-is-there").passed
        plan.variables["PREVIOUS_CONFIGURATION"] = "0" * 40
        assert not plan.step("phases/previous-configuration/configuration-is-there").passed
