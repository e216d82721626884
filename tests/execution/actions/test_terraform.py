"""Terraform steps: the real terraform with ``terraform_data``, real git repositories, real state files."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.process import Command, start
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import Interrupted
from rollback_gov.plans.load import load_plan
from tests.execution.conftest import HEAD, Stage, Talk
from tests.execution.crash_run import begin
from tests.execution.test_crash import cut_journal, wait_for

pytestmark = pytest.mark.skipif(not shutil.which("terraform"), reason="needs terraform")
Make = Callable[..., Stage]
PATH = "phases/one/a"
V1 = 'variable "note" {\n  default = "none"\n}\nresource "terraform_data" "web" { input = "v1" }\n'
V2 = V1.replace('"v1"', '"v2"') + 'resource "terraform_data" "extra" { input = "v2" }\n'
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
}


@dataclass
class Scene:
    """A repository whose folder ``infra`` went from v1 to v2, and v2 is live."""

    folder: Path
    make: Make
    env: dict[str, str] = field(default_factory=lambda: dict(ENV))

    @property
    def infra(self) -> Path:
        return self.folder / "infra"

    def sh(self, *argv: str, folder: Path | None = None) -> str:
        done = subprocess.run(argv, cwd=folder or self.infra, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 2), done.stderr
        return done.stdout

    def commit(self, text: str, tag: str, **more: str) -> str:
        for name, content in {"main.tf": text, **more}.items():
            (self.infra / name).write_text(content)
        self.sh("git", "add", "--force", *({"main.tf"} | set(more)))
        self.sh("git", "commit", "--quiet", "--message", tag)
        self.sh("git", "tag", tag)
        return self.sh("git", "rev-parse", "HEAD").strip()

    def apply(self) -> None:
        self.sh("terraform", "init", "-input=false", "-no-color")
        self.sh("terraform", "apply", "-auto-approve", "-input=false", "-no-color")

    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.infra / "terraform.tfstate").read_text()))

    def live(self) -> dict[str, str]:
        found = self.state()["resources"]
        return {each["name"]: each["instances"][0]["attributes"]["input"]["value"] for each in found}

    def stage(
        self, body: str = "configuration: v1, approval: none", settings: str = "timeout: 60s", **more: Any
    ) -> Stage:
        head = more.pop("head", "")
        step = f"{{id: a, terraform: {{directory: infra, {body}}}, {settings}}}"
        return self.make(f"{head}\nphases: [{{id: one, steps: [{step}]}}]", environ=dict(self.env), **more)


@pytest.fixture
def scene(tmp_path: Path, stage: Make) -> Scene:
    here = Scene(tmp_path, stage)
    here.infra.mkdir()
    here.sh("git", "init", "--quiet", folder=tmp_path)
    here.commit(V1, "v1")
    here.apply()
    here.commit(V2, "v2")
    here.apply()
    return here


def detail(run: Stage) -> str:
    return str(run.of("step.finished")[-1]["detail"])


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# Back to the configuration of before


def test_from_v2_back_to_v1_without_an_orphan_and_with_an_empty_plan_afterwards(scene: Scene) -> None:
    before, index = scene.state(), (scene.folder / ".git" / "index").read_bytes()
    run = scene.stage()
    assert run.run().result == "passed", detail(run)
    after = scene.state()
    assert scene.live() == {"web": "v1"}
    assert (after["lineage"], after["serial"] > before["serial"]) == (before["lineage"], True)
    commit = scene.sh("git", "rev-parse", "v1").strip()
    assert run.of("step.resolved")[0]["commit"] == commit
    assert run.of("step.resolved")[0]["changes"] == "0 to add, 1 to change, 1 to destroy"
    assert detail(run) == f"the configuration of {commit} is live"
    assert "Plan: 0 to add, 1 to change, 1 to destroy." in run.console.output
    assert "Apply complete!" in (run.incident / "outputs" / "phases.one.a.1.out").read_text()
    assert (scene.infra / "main.tf").read_text() == V2  # the work tree, its index and its folder stay as they were
    assert (scene.folder / ".git" / "index").read_bytes() == index
    assert not (run.incident / ".state" / "phases.one.a.1").exists()
    scene.sh("git", "checkout", "--quiet", "v1")
    assert "No changes." in scene.sh("terraform", "plan", "-input=false", "-no-color")


def test_what_is_live_already_asks_nobody(scene: Scene) -> None:
    run = scene.stage("configuration: v2")
    assert run.run().result == "passed"
    assert detail(run).startswith("Nothing to do: the configuration of ")
    assert run.of("gate.waiting") == []


def test_a_full_commit_id_targets_var_files_and_modules_beside_the_folder(scene: Scene) -> None:
    (scene.folder / "modules").mkdir()
    (scene.folder / "modules" / "m.tf").write_text('resource "terraform_data" "inner" { input = "m1" }\n')
    (scene.folder / ".gitattributes").write_text("modules export-ignore\n")
    scene.sh("git", "add", "modules", ".gitattributes", folder=scene.folder)
    text = V1.replace('"v1"', "var.note") + 'module "m" { source = "../modules" }\n'
    commit = scene.commit(text, "v3", **{"old.tfvars": 'note = "from the file"\n'})
    scene.commit(V2, "v4")
    run = scene.stage(
        f"configuration: {commit}, approval: none, var_files: [old.tfvars], targets: [terraform_data.web]"
    )
    assert run.run().result == "passed", detail(run)
    assert scene.live() == {"web": "from the file", "extra": "v2"}


def test_another_path_of_the_state_and_a_workspace(scene: Scene) -> None:
    backend = 'terraform {\n  backend "local" { path = "deep/my state.tfstate" }\n}\n'
    scene.commit(backend + V1, "v3")
    (scene.infra / "deep").mkdir()
    (scene.infra / "terraform.tfstate").unlink()
    scene.sh("terraform", "init", "-reconfigure", "-input=false", "-no-color")
    scene.sh("terraform", "workspace", "new", "eu")
    scene.sh("terraform", "apply", "-auto-approve", "-input=false", "-no-color")
    scene.commit(backend + V2, "v4")
    scene.sh("terraform", "apply", "-auto-approve", "-input=false", "-no-color")
    run = scene.stage("configuration: v3, approval: none, workspace: eu")
    assert run.run().result == "passed", detail(run)
    state = json.loads((scene.infra / "terraform.tfstate.d" / "eu" / "terraform.tfstate").read_text())
    assert [each["name"] for each in state["resources"]] == ["web"]
    shutil.rmtree(run.incident)
    nowhere = scene.stage("configuration: v3, approval: none, workspace: us")
    assert nowhere.run().result == "failed"
    assert 'Workspace "us" doesn\'t exist' in nowhere.console.output
    shutil.rmtree(run.incident)
    default = scene.stage("configuration: v3, approval: none")
    assert default.run().result == "failed"
    assert "my state.tfstate: nothing was applied from here" in detail(default)


def test_a_person_s_own_settings_change_nothing(scene: Scene) -> None:
    run = scene.stage()
    run.environ |= {
        "TF_CLI_ARGS_plan": "-destroy",
        "TF_WORKSPACE": "none",
        "TF_DATA_DIR": "/nonexistent",
        "GIT_DIR": "/x",
    }
    assert run.run().result == "passed", detail(run)
    assert scene.live() == {"web": "v1"}


def test_a_secret_variable_is_in_no_byte_of_the_incident_folder(scene: Scene) -> None:
    secret = "hunter2-of-the-tests"
    scene.commit(V1.replace('"v1"', "var.note") + 'output "o" { value = var.note }\n', "v3")
    run = scene.stage(
        "configuration: v3, approval: none, variables: {note: {parameter: TOKEN}}",
        head="parameters: {TOKEN: {secret: true}}",
        secrets=(secret,),
        parameters={"TOKEN": secret},
    )
    assert run.run().result == "passed", detail(run)
    assert scene.live() == {"web": secret}
    assert secret.encode() not in all_bytes(run.incident)
    assert secret not in run.console.output + "".join(run.console.lines)
    assert "***" in run.console.output


# Who agrees


def test_a_person_agrees_to_the_plan_that_was_shown(scene: Scene) -> None:
    run = scene.stage(
        "configuration: v1", console=Talk({"Apply this plan (0 to add, 1 to change, 1 to destroy)?": "bob"})
    )
    assert run.run().result == "passed", detail(run)
    assert run.of("gate.decided")[0]["by"] == "bob"
    assert run.of("gate.waiting")[0]["subject"] == run.of("step.resolved")[0]["plan_sha256"]


def test_a_no_applies_nothing(scene: Scene) -> None:
    run = scene.stage("configuration: v1", console=Talk({"Apply this plan": "no"}))
    assert run.run().result == "failed"
    assert run.results() == {PATH: "denied"}
    assert scene.live() == {"web": "v2", "extra": "v2"}


@pytest.mark.slow
def test_an_answer_about_another_plan_is_none(scene: Scene) -> None:
    run = scene.stage("configuration: v1", "timeout: 8s")
    run.incident.mkdir()
    for subject in ("", "0" * 64):
        leave(
            run.incident,
            Answer(step=PATH, decision="approved", by="bob", reason="", executable="", subject=subject),
            number=len(subject),
        )
    assert run.run().result == "failed"
    assert run.of("gate.decided")[0]["decision"] == "deadline"
    assert scene.live() == {"web": "v2", "extra": "v2"}


class Ahead(SystemClock):
    """The machine's clock after a while that nobody had to wait for."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def uptime(self) -> float:
        return super().uptime() + self.ahead

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead)


def test_somebody_agrees_from_elsewhere_and_waiting_is_not_terraform_s_time(scene: Scene) -> None:
    """Of its ten minutes the person takes two thirds, and so does what comes afterwards."""
    from rollback_gov.execution.journal import FILE, read_journal

    run = scene.stage("configuration: v1", "timeout: 600s")
    run.clock = clock = Ahead()

    def said(type_: str) -> bool:
        journal = run.incident / FILE
        return journal.exists() and f'"{type_}"' in journal.read_text()

    def agree() -> None:
        wait_for(lambda: said("gate.waiting"))
        waiting = next(e.data for e in read_journal(run.incident / FILE) if e.type == "gate.waiting")
        clock.ahead += 400
        answer = Answer(step=PATH, decision="approved", by="bob", reason="", executable="", subject=waiting["subject"])
        leave(run.incident, answer, number=1)
        wait_for(lambda: said("gate.decided"))
        clock.ahead += 400

    thread = threading.Thread(target=agree)
    thread.start()
    try:
        assert run.run().result == "passed", detail(run)
    finally:
        thread.join()
    assert scene.live() == {"web": "v1"}


# What is refused, and what fails


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("HEAD~1", "'HEAD~1' moves: name the full commit id (today "),
        ("main", "'main' moves: name the full commit id (today "),
        ("v9", "'v9' is neither a full commit id nor a tag of "),
        ("--upload-pack=x", "'--upload-pack=x' is neither a full commit id nor a tag of "),
        ("0" * 40, f"The commit {'0' * 40} is not in "),
    ],
)
def test_only_what_is_pinned_is_gone_back_to(scene: Scene, name: str, said: str) -> None:
    scene.sh("git", "branch", "--force", "--move", "main")
    run = scene.stage(
        "configuration: {parameter: VERSION}, approval: none",
        head="parameters: {VERSION: {default: v1}}",
        parameters={"VERSION": name},
    )
    assert run.run().result == "failed"
    assert detail(run).startswith(said)
    assert scene.live() == {"web": "v2", "extra": "v2"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("configuration: v1, approval: none, var_files: [no.tfvars]", "has no file no.tfvars; commit it"),
        ("configuration: v1, approval: none, variables: {nope: x}", ""),
        ("configuration: broken, approval: none", "terraform: "),
    ],
)
def test_what_terraform_says_is_said(scene: Scene, body: str, said: str) -> None:
    scene.commit('resource "terraform_data" "web" { nope = 1 }\n', "broken")
    run = scene.stage(body)
    assert run.run().result == ("failed" if said else "passed")
    assert said in detail(run)


def test_an_apply_that_fails_says_why(scene: Scene) -> None:
    broken = 'resource "terraform_data" "web" {\n  provisioner "local-exec" { command = "exit 3" }\n}\n'
    scene.commit(broken, "fails")
    scene.commit(V2, "v3")
    scene.sh("terraform", "state", "rm", "terraform_data.web")
    run = scene.stage("configuration: fails, approval: none")
    assert run.run().result == "failed"
    assert detail(run) == "terraform: local-exec provisioner error"


def test_an_apply_that_leaves_differences_is_no_rollback(scene: Scene) -> None:
    scene.commit('resource "terraform_data" "web" { input = timestamp() }\n', "restless")
    run = scene.stage("configuration: restless, approval: none")
    assert run.run().result == "failed"
    assert detail(run).startswith("It was applied, and terraform still finds differences from the configuration of ")


def test_a_folder_that_the_commit_has_not(scene: Scene) -> None:
    scene.sh("git", "checkout", "--quiet", "--orphan", "other")
    scene.sh("git", "rm", "-r", "--quiet", "--cached", ".", folder=scene.folder)
    (scene.folder / "README").write_text("x")
    scene.sh("git", "add", "README", folder=scene.folder)
    scene.sh("git", "commit", "--quiet", "--message", "x", folder=scene.folder)
    scene.sh("git", "tag", "bare", folder=scene.folder)
    run = scene.stage("configuration: bare, approval: none")
    assert run.run().result == "failed"
    assert detail(run).endswith("has no folder infra/")
    shutil.rmtree(run.incident)
    shutil.rmtree(scene.infra)
    run = scene.stage()
    assert run.run().result == "failed"
    assert detail(run).startswith("There is no folder")


def test_terraform_that_is_not_there(scene: Scene, tmp_path: Path) -> None:
    run = scene.stage()
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").symlink_to(shutil.which("git") or "")
    run.environ["PATH"] = str(tools)
    assert run.run().result == "failed"
    assert detail(run) == "terraform is not on PATH."


def test_a_state_that_somebody_has_locked(scene: Scene) -> None:
    run = scene.stage(settings="timeout: 12s")
    info = {"ID": "123-456", "Operation": "OperationTypeApply", "Who": "bob@host", "Created": "2026-01-31T12:00:00Z"}
    (scene.infra / ".terraform.tfstate.lock.info").write_text(json.dumps(info))
    with (scene.infra / "terraform.tfstate").open("r+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        assert run.run().result == "failed"
    assert detail(run).startswith("The state is locked by bob@host since 2026-01-31 12:00:00")
    assert detail(run).endswith("terraform force-unlock 123-456")
    assert scene.live() == {"web": "v2", "extra": "v2"}


# What a crash leaves


def crash(run: Stage, after: str) -> Path:
    run.run()
    cut_journal(run, after=after)
    return run.incident / ".state" / "phases.one.a.1" / "00001"


def settled(run: Stage) -> list[tuple[str, str]]:
    return [(data["how"], data["outcome"]) for data in run.of("step.settled")]


def test_between_plan_and_apply_it_is_planned_again(scene: Scene) -> None:
    shutil.copytree(scene.infra, scene.folder / "kept")
    run = scene.stage()
    crash(run, "step.resolved")
    shutil.rmtree(scene.infra)
    shutil.copytree(scene.folder / "kept", scene.infra)
    assert run.run().result == "passed"
    assert settled(run) == [("action", "run_again")]
    assert scene.live() == {"web": "v1"}


def test_during_apply_the_orphan_is_seen_through_and_a_fresh_plan_says_that_it_was_done(scene: Scene) -> None:
    run = scene.stage()
    state = crash(run, "step.resolved")
    process = start(state / "apply", Command(("sh", "-c", "sleep 1; touch applied"), run.environ, run.folder))
    assert process.child is not None
    process.child.returncode = 0
    assert run.run().result == "passed"
    os.waitpid(process.pid, 0)
    assert (run.folder / "applied").exists()
    assert settled(run) == [("action", "run_again")]
    assert detail(run).startswith("Nothing to do")


def test_a_runner_that_is_killed_while_terraform_applies(scene: Scene) -> None:
    """Terraform goes on alone; whoever comes later waits for it, plans again, and finds nothing to do."""
    command = f"touch {scene.folder}/begun; sleep 2; echo once >> {scene.folder}/effect"
    slow = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" { command = "COMMAND" }\n}\n'
    scene.commit(V1 + slow.replace("COMMAND", command), "slow")
    scene.commit(V2, "v3")
    step = "{id: a, terraform: {directory: infra, configuration: slow, approval: none}, timeout: 60s}"
    (scene.folder / "plan.yaml").write_text(f"{HEAD}phases: [{{id: one, steps: [{step}]}}]")
    runner = begin(scene.folder)
    wait_for((scene.folder / "begun").exists, seconds=60)
    runner.kill()
    runner.join()
    run = Stage(folder=scene.folder, plan=load_plan(scene.folder / "plan.yaml").require(), environ=dict(scene.env))
    assert run.run().result == "passed"
    assert settled(run) == [("action", "run_again")]
    assert detail(run).startswith("Nothing to do")
    assert (scene.folder / "effect").read_text() == "once\n"


def test_an_apply_whose_shim_died_is_waited_for_too(scene: Scene) -> None:
    run = scene.stage()
    state = crash(run, "step.resolved")
    process = start(
        state / "apply", Command(("sh", "-c", "kill -9 $PPID; sleep 1; touch applied"), run.environ, run.folder)
    )
    assert process.child is not None
    process.child.wait()
    assert run.run().result == "passed"
    assert (run.folder / "applied").exists()


def test_an_apply_that_is_stopped_is_planned_again(scene: Scene) -> None:
    slow = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" { command = "touch begun; sleep 30" }\n}\n'
    scene.commit(V1 + slow.replace("touch begun", f"touch {scene.folder}/begun"), "slow")
    run = scene.stage("configuration: slow, approval: none")
    stop = run.stop

    def end() -> None:
        wait_for((scene.folder / "begun").exists)
        stop.signal = "SIGTERM"

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    scene.commit(V1, "quick")
    run.stop = Stop()
    assert run.of("step.finished")[-1]["result"] == "interrupted"
    serial = scene.state()["serial"]
    assert serial > 0
