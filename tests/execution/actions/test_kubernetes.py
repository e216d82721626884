"""Kubernetes steps: the real kubectl against a small API server."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.answers import Answers
from rollback_gov.execution.attempt import Attempts
from rollback_gov.execution.process import Command, start
from rollback_gov.execution.rollout import Rollouts
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.conftest import Stage
from tests.execution.test_crash import cut_journal
from tests.plans_example.kubernetes_api import CONTEXT, NAMESPACE, KubernetesApi, kubernetes_api

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")
Make = Callable[..., Stage]
PATH = "phases/one/a"


@dataclass
class Scene:
    """A cluster with a deployment ``web`` that went through images v1, v2 and v3."""

    api: KubernetesApi
    kubeconfig: Path
    make: Make

    def stage(self, body: str, settings: str = "timeout: 20s") -> Stage:
        kubernetes = f"{{namespace: {NAMESPACE}, context: {{parameter: CLUSTER}}, {body}}}"
        step = f"{{id: a, kubernetes: {kubernetes}, {settings}}}"
        plan = (
            f"parameters: {{CLUSTER: {{default: {CONTEXT}}}}}\nuses: [web.yaml]\nphases: [{{id: one, steps: [{step}]}}]"
        )
        plan += "\nbaseline: [{id: revision, run: 'true', save: revision.txt}]"
        environ = {"PATH": os.environ["PATH"], "KUBECONFIG": str(self.kubeconfig), "HOME": str(self.kubeconfig.parent)}
        return self.make(plan, environ=environ, parameters={"CLUSTER": CONTEXT})

    def image(self) -> str:
        template = self.api.get("deployments", "web")["spec"]["template"]
        return str(template["spec"]["containers"][0]["image"])

    def set_image(self, image: str) -> None:
        import copy

        deployment = copy.deepcopy(self.api.get("deployments", "web"))
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image
        self.api.put("deployments", deployment)


@pytest.fixture
def scene(tmp_path: Path, stage: Make) -> Iterator[Scene]:
    (tmp_path / "web.yaml").write_text("kind: ConfigMap\n")
    with kubernetes_api(tmp_path) as (api, kubeconfig):
        api.deployment("web", "web:v1", container="web")
        here = Scene(api, kubeconfig, stage)
        here.set_image("web:v2")
        here.set_image("web:v3")
        yield here


def detail(run: Stage) -> str:
    return str(run.of("step.finished")[-1]["detail"])


# What the verbs do


@pytest.mark.parametrize(
    ("body", "image"),
    [
        ("rollout_undo: deployment/web", "web:v2"),
        ("rollout_undo: deployment/web, to_revision: 1", "web:v1"),
        ("set_image: deployment/web, images: {web: 'web:v9'}", "web:v9"),
        ("patch: deployment/web, patch_type: merge, content: {spec: {replicas: 5}}", "web:v3"),
    ],
)
def test_it_is_done(scene: Scene, body: str, image: str) -> None:
    run = scene.stage(body)
    assert run.run().result == "passed", detail(run)
    assert scene.image() == image
    assert run.of("step.finished")[0]["stdout"] == "outputs/phases.one.a.1.out"


def test_scale_restart_wait_status_and_delete(scene: Scene) -> None:
    for body in ("scale: deployment/web, replicas: 7", "rollout_restart: deployment/web"):
        assert scene.stage(body).run().result == "passed"
        shutil.rmtree(scene.kubeconfig.parent / "incident")
    web = scene.api.get("deployments", "web")
    assert web["spec"]["replicas"] == 7
    assert "kubectl.kubernetes.io/restartedAt" in web["spec"]["template"]["metadata"]["annotations"]
    for body in ("rollout_status: deployment/web", "wait: deployment/web, condition: Available"):
        assert scene.stage(body).run().result == "passed"
        shutil.rmtree(scene.kubeconfig.parent / "incident")
    run = scene.stage("delete: deployment/web", "timeout: 3s")
    run.run()
    assert not scene.api.has("deployments", "web")


def test_a_json_patch(scene: Scene) -> None:
    change = "[{op: replace, path: /spec/replicas, value: 4}]"
    run = scene.stage(f"patch: deployment/web, patch_type: json, content: {change}")
    assert run.run().result == "passed"
    assert scene.api.get("deployments", "web")["spec"]["replicas"] == 4


def test_expectations_about_what_kubectl_prints(scene: Scene) -> None:
    run = scene.stage(
        "scale: deployment/web, replicas: 3", "timeout: 9s, expect: {stdout: {contains: scaled}}, idempotent: true"
    )
    assert run.run().result == "passed"
    shutil.rmtree(run.incident)
    assert scene.stage("rollout_status: deployment/web", "expect: {stdout: {contains: lost}}").run().result == "failed"


# Where an undo goes


def test_what_was_resolved_is_written_down_before_anything_is_done(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web")
    run.run()
    (resolved,) = run.of("step.resolved")
    assert (resolved["step"], resolved["attempt"], resolved["revision"], resolved["live"]) == (PATH, 1, 2, 3)
    types = [event.type for event in run.events]
    assert types.index("step.intent") < types.index("step.resolved") < types.index("step.finished")


def test_an_undo_that_is_repeated_does_not_flip_back(scene: Scene) -> None:
    """The second try of the same step finds its target live, though "the one before" is another one by then."""
    run = scene.stage(
        "rollout_undo: deployment/web", "retry: 1, idempotent: true, expect: {stdout: {contains: nothing}}"
    )
    assert run.run().result == "passed"
    assert scene.image() == "web:v2"
    assert [data["result"] for data in run.of("step.finished")] == ["failed", "passed"]


def test_the_revision_that_the_baseline_recorded(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web, to_revision: {baseline: revision}")
    folder = run.context.baseline_folder
    folder.mkdir(parents=True)
    (folder / "revision.txt").write_text("1\n")
    (folder / "baseline.json").write_text("{}")
    assert run.run(Answers(overrides={"baseline": "a test"})).result == "passed"
    assert scene.image() == "web:v1"


@pytest.mark.parametrize(("text", "said"), [("", "it is missing"), ("v1", "v1")])
def test_a_baseline_that_names_no_revision(scene: Scene, text: str, said: str) -> None:
    run = scene.stage("rollout_undo: deployment/web, to_revision: {baseline: revision}")
    if text:
        run.context.baseline_folder.mkdir(parents=True)
        (run.context.baseline_folder / "revision.txt").write_text(text)
    assert run.run(Answers(overrides={"baseline": "a test"})).result == "failed"
    assert detail(run) == f"The baseline 'revision' names no revision ({said})."


def test_a_revision_that_is_not_there(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web, to_revision: 9")
    assert run.run().result == "failed"
    assert detail(run).startswith("deployment/web has no revision 9 (it has: 1, 2, 3)")
    assert scene.image() == "web:v3"


@pytest.mark.slow
def test_a_revision_that_was_used_again_is_found_under_its_new_number(scene: Scene) -> None:
    for revision, image in ((1, "web:v1"), (3, "web:v3"), (1, "web:v1"), (4, "web:v1")):
        run = scene.stage(f"rollout_undo: deployment/web, to_revision: {revision}")
        assert run.run().result == "passed", detail(run)
        assert scene.image() == image
        shutil.rmtree(run.incident)


def test_what_is_live_already_is_left_alone(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web, to_revision: 3")
    assert run.run().result == "passed"
    assert detail(run) == "deployment/web runs what it is to go back to; nothing to do."


def test_nothing_before_the_first(scene: Scene) -> None:
    scene.api.deployment("lone", "lone:v1", container="lone")
    run = scene.stage("rollout_undo: deployment/lone")
    assert run.run().result == "failed"
    assert detail(run) == "deployment/lone has no revision before the live one (1)."


@pytest.mark.parametrize(
    ("history", "known", "said"),
    [
        ([], {}, "statefulset/db has no revisions to go back to."),
        ([1, 2], {"revision": 9, "template": "of nine"}, "statefulset/db has no revision 9 (it has: 1, 2)"),
        ([1, 2], {}, "statefulset/db has no revision 7 (it has: 1, 2)"),
    ],
)
def test_histories_in_which_there_is_nowhere_to_go(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, history: list[int], known: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(Rollouts, "revisions", lambda _: history)
    monkeypatch.setattr(Rollouts, "template", lambda _, number: f"of {number}")
    monkeypatch.setattr(Attempts, "recall", lambda *_: known)
    run = scene.stage("rollout_undo: statefulset/db, to_revision: 7")
    assert run.run().result == "failed"
    assert detail(run).startswith(said)


# When it fails


@pytest.mark.slow
def test_kubectl_says_itself_what_it_waited_for(scene: Scene) -> None:
    scene.api.stuck.add("web")
    scene.set_image("web:v4")
    run = scene.stage("rollout_status: deployment/web", "timeout: 7s")
    assert run.run().result == "failed"
    assert detail(run) == "expected exit code 0, saw 1: error: timed out waiting for the condition"


def test_a_workload_that_is_not_there(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/none")
    assert run.run().result == "failed"
    assert "NotFound" in detail(run)


@pytest.mark.parametrize("body", ["rollout_undo: deployment/web", "rollout_status: deployment/web"])
def test_kubectl_that_is_not_there(scene: Scene, body: str) -> None:
    run = scene.stage(body)
    run.environ["PATH"] = "/nonexistent"
    assert run.run().result == "failed"
    assert detail(run) == "kubectl is not on PATH."


def test_a_cluster_that_the_kubeconfig_does_not_know(scene: Scene) -> None:
    run = scene.stage("scale: deployment/web, replicas: 1")
    run.parameters["CLUSTER"] = "elsewhere"
    assert run.run().result == "failed"
    assert 'context "elsewhere" does not exist' in detail(run)
    assert scene.api.get("deployments", "web")["spec"]["replicas"] == 2


def test_it_ends_when_the_run_is_stopped(scene: Scene) -> None:
    scene.api.stuck.add("web")
    scene.set_image("web:v4")
    run = scene.stage("rollout_status: deployment/web")
    run.stop = Stop()
    import threading

    threading.Timer(1, lambda: setattr(run.stop, "signal", "SIGTERM")).start()
    with pytest.raises(Interrupted):
        run.run()


# What a crash leaves


def crash(run: Stage, after: str) -> Path:
    """Run, then forget everything after an event, as if the process had died there."""
    with suppress(Interrupted, Refused):
        run.run()
    cut_journal(run, after=after)
    return run.incident / ".state" / "phases.one.a.1" / "00001"


def leave(state: Path, argv: tuple[str, ...], run: Stage) -> None:
    """A program that a process before us started, to its end; its exit code is lost when the program says so."""
    process = start(state, Command(argv, run.environ, run.folder))
    assert process.child is not None
    process.child.wait()


def settled(run: Stage) -> list[tuple[str, str]]:
    return [(data["how"], data["outcome"]) for data in run.of("step.settled")]


def test_an_undo_whose_end_is_unknown_is_settled_by_what_is_live(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web")
    leave(crash(run, "step.resolved"), ("sh", "-c", "kill -9 $PPID"), run)
    assert scene.image() == "web:v2"
    assert run.run().result == "passed"
    assert settled(run) == [("action", "done")]
    assert scene.image() == "web:v2"


def test_an_undo_that_never_reached_the_cluster_is_done_once(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web")
    state = crash(run, "step.resolved")
    scene.set_image("web:v3")
    leave(state, ("sh", "-c", "kill -9 $PPID"), run)
    assert run.run().result == "passed"
    assert settled(run) == [("action", "run_again")]
    assert scene.image() == "web:v2"


@pytest.mark.parametrize(("happened", "outcome"), [(True, "done"), (False, "run_again")])
def test_a_restart_is_settled_by_its_mark(scene: Scene, happened: bool, outcome: str) -> None:
    run = scene.stage("rollout_restart: deployment/web")
    before = scene.api.get("deployments", "web")
    state = crash(run, "step.resolved")
    if not happened:
        scene.api.put("deployments", before)
    leave(state, ("sh", "-c", "kill -9 $PPID"), run)
    assert run.run().result == "passed"
    assert settled(run) == [("action", outcome)]


def test_its_exit_code_is_taken(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web")
    leave(crash(run, "step.resolved"), ("echo", "rolled back"), run)
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["recovered"] == "found"


def test_before_it_resolved_anything_nothing_was_done(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web")
    crash(run, "step.intent")
    scene.set_image("web:v3")
    assert run.run().result == "passed"
    assert settled(run) == [("never_started", "run_again")]


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("scale: deployment/web, replicas: 3", [("action", "run_again")]),
        ("rollout_status: deployment/web", [("action", "run_again")]),
        ("delete: pod/gone", [("action", "done")]),
        ("rollout_restart: deployment/web", [("action", "run_again")]),
        ("delete: deployment/web, context: test", []),
        ("patch: deployment/web, patch_type: json, content: []", []),
    ],
)
def test_what_may_be_repeated_is_and_of_the_rest_a_person_says(
    scene: Scene, body: str, how: list[tuple[str, str]]
) -> None:
    run = scene.stage(body.replace(", context: test", ""))
    state = crash(run, "step.intent")
    if not scene.api.has("deployments", "web"):
        scene.api.deployment("web", "web:v3", container="web")
    leave(state, ("sh", "-c", "kill -9 $PPID"), run)
    if "restart" in body:
        time.sleep(1.1)  # kubectl refuses two restarts within one second
    if how:
        assert run.run().result == "passed"
    else:
        with pytest.raises(Refused, match="a person has to say"):
            run.run()
    assert settled(run) == how


def test_a_cluster_that_does_not_answer_settles_nothing(scene: Scene) -> None:
    run = scene.stage("rollout_undo: deployment/web")
    leave(crash(run, "step.resolved"), ("sh", "-c", "kill -9 $PPID"), run)
    scene.kubeconfig.write_text("{}")
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
