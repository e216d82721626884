"""Git steps, in real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rollback_gov.execution.process import Command, start
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.actions.test_terraform import ENV
from tests.execution.conftest import Stage
from tests.execution.test_crash import cut_journal, wait_for

Make = Callable[..., Stage]
PATH = "phases/one/a"


@dataclass
class Scene:
    """A repository ``app`` whose file went through v1, v2 and v3, each a tag."""

    folder: Path
    make: Make

    @property
    def app(self) -> Path:
        return self.folder / "app"

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.app, env=ENV, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, text: str, tag: str, file: str = "file") -> str:
        (self.app / file).write_text(text)
        self.git("add", file)
        self.git("commit", "--quiet", "--message", tag)
        self.git("tag", tag)
        return self.git("rev-parse", "HEAD")

    def stage(self, body: str, settings: str = "timeout: 30s") -> Stage:
        step = f"{{id: a, git: {{directory: app, {body}}}, {settings}}}"
        plan = f"parameters: {{VERSION: {{default: v1}}}}\nphases: [{{id: one, steps: [{step}]}}]"
        return self.make(plan, environ=dict(ENV), parameters={"VERSION": "v1"})

    @property
    def text(self) -> str:
        return (self.app / "file").read_text()

    @property
    def is_clean(self) -> bool:
        return self.git("status", "--porcelain") == "" and not (self.app / ".git" / "REVERT_HEAD").exists()


@pytest.fixture
def scene(tmp_path: Path, stage: Make) -> Scene:
    here = Scene(tmp_path, stage)
    here.app.mkdir()
    here.git("init", "--quiet", "--initial-branch=main")
    for tag in ("v1", "v2", "v3"):
        here.commit(f"{tag}\n", tag)
    return here


def detail(run: Stage) -> str:
    return str(run.of("step.finished")[-1]["detail"])


# There and back


@pytest.mark.parametrize("name", ["v1", "{parameter: VERSION}", "the full id"])
def test_a_checkout_of_what_is_pinned(scene: Scene, name: str) -> None:
    commit, head = scene.git("rev-parse", "v1"), scene.git("rev-parse", "HEAD")
    (scene.app / "untracked").write_text("is left alone")
    run = scene.stage(f"checkout: {name}".replace("the full id", commit))
    assert run.run().result == "passed", detail(run)
    assert (scene.text, scene.git("rev-parse", "HEAD")) == ("v1\n", commit)
    assert run.of("step.resolved") == [{"step": PATH, "attempt": 1, "commit": commit, "head": head}]
    assert scene.git("rev-parse", "main") == head
    assert run.of("step.finished")[0]["stderr"] == "outputs/phases.one.a.1.err"


def test_an_annotated_tag_and_a_branch_of_the_same_name(scene: Scene) -> None:
    scene.git("tag", "--annotate", "--message", "x", "rel", "v1")
    scene.git("branch", "rel", "v2")
    run = scene.stage("checkout: rel")
    assert run.run().result == "passed", detail(run)
    assert scene.text == "v1\n"


def test_a_revert_adds_a_commit_that_undoes_one(scene: Scene) -> None:
    commit = scene.git("rev-parse", "v3")
    run = scene.stage("revert: v3")
    assert run.run().result == "passed", detail(run)
    assert scene.text == "v2\n"
    assert f"This reverts commit {commit}" in scene.git("log", "-1", "--format=%B")
    assert scene.git("rev-parse", "--abbrev-ref", "HEAD") == "main"


@pytest.mark.parametrize(("body", "word"), [("checkout: v1", "checked out"), ("revert: v3", "reverted")])
def test_what_is_done_already_is_not_done_twice(scene: Scene, body: str, word: str) -> None:
    scene.stage(body).run()
    head = scene.git("rev-parse", "HEAD")
    shutil.rmtree(scene.folder / "incident")
    run = scene.stage(body)
    assert run.run().result == "passed"
    assert detail(run).startswith("Nothing to do:")
    assert detail(run).endswith(f"is {word} already.")
    assert scene.git("rev-parse", "HEAD") == head


def test_a_merge_is_reverted_with_its_mainline(scene: Scene) -> None:
    scene.git("checkout", "--quiet", "-b", "side", "v1")
    scene.commit("other\n", "side-1", "other")
    scene.git("checkout", "--quiet", "main")
    scene.git("merge", "--quiet", "--no-ff", "--message", "m", "side")
    scene.git("tag", "m")
    run = scene.stage("revert: m, mainline: 1")
    assert run.run().result == "passed", detail(run)
    assert not (scene.app / "other").exists()
    for body, said in (
        ("revert: m", "is a merge of 2: say with `mainline`"),
        ("revert: v3, mainline: 1", "is no merge"),
    ):
        shutil.rmtree(run.incident)
        scene.git("reset", "--quiet", "--hard", "m")
        run = scene.stage(body)
        assert run.run().result == "failed"
        assert said in detail(run)


def test_a_checkout_that_changes_what_lies_beside_the_plan_is_said(scene: Scene) -> None:
    """The plan's folder is the work tree itself."""
    scene.git("init", "--quiet", "--initial-branch=main", str(scene.folder))
    for text in ("old", "new"):
        (scene.folder / "script.sh").write_text(text)
        subprocess.run(["git", "add", "script.sh"], cwd=scene.folder, env=ENV, check=True)
        subprocess.run(["git", "commit", "-qm", text], cwd=scene.folder, env=ENV, check=True)
        subprocess.run(["git", "tag", text], cwd=scene.folder, env=ENV, check=True)
    run = scene.stage("checkout: old")
    run.plan = scene.make(
        "phases: [{id: one, steps: [{id: a, git: {checkout: old}, timeout: 30s}]}]", environ=dict(ENV)
    ).plan
    assert run.run().result == "passed", detail(run)
    assert "changes files beside the plan" in run.of("warning")[0]["message"]


# What is refused


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("HEAD", "'HEAD' moves: name the full commit id (today "),
        ("HEAD~1", "'HEAD~1' moves"),
        ("main", "'main' moves"),
        ("v1~0", "'v1~0' moves"),
        ("main@{0}", "'main@{0}' moves"),
        ("nothing", "'nothing' is neither a full commit id nor a tag of "),
        ("-f", "'-f' is neither"),
        ("f" * 40, f"The commit {'f' * 40} is not in "),
    ],
)
@pytest.mark.parametrize("verb", ["checkout", "revert"])
def test_names_that_are_not_pinned(scene: Scene, verb: str, name: str, said: str) -> None:
    run = scene.stage(f"{verb}: {{parameter: VERSION}}")
    run.parameters["VERSION"] = name
    assert run.run().result == "failed"
    assert detail(run).startswith(said)
    assert scene.text == "v3\n"


@pytest.mark.parametrize("verb", ["checkout", "revert"])
def test_a_dirty_tree_is_refused_with_its_files(scene: Scene, verb: str) -> None:
    scene.commit("x", "v4", "a file")
    (scene.app / "file").write_text("changed")
    (scene.app / "a file").unlink()
    run = scene.stage(f"{verb}: v3")
    assert run.run().result == "failed"
    assert "has changes: a file, file. Commit them" in detail(run)
    assert scene.text == "changed"


def test_many_files_are_counted(scene: Scene) -> None:
    for number in range(12):
        (scene.app / f"f{number:02}").write_text("x")
    scene.git("add", ".")
    run = scene.stage("checkout: v1")
    assert run.run().result == "failed"
    assert "f09 and 2 more." in detail(run)


def test_a_commit_of_another_line_is_not_reverted(scene: Scene) -> None:
    scene.git("checkout", "--quiet", "-b", "side", "v1")
    scene.commit("x", "side-1", "other")
    scene.git("checkout", "--quiet", "main")
    run = scene.stage("revert: side-1")
    assert run.run().result == "failed"
    assert "is no part of what is checked out" in detail(run)


def test_an_untracked_file_in_the_way_stays(scene: Scene) -> None:
    scene.commit("tracked", "v4", "other")
    scene.git("rm", "--quiet", "other")
    scene.git("commit", "--quiet", "--message", "gone")
    (scene.app / "other").write_text("precious")
    run = scene.stage("checkout: v4")
    assert run.run().result == "failed"
    assert detail(run).startswith("git: error: The following untracked working tree files would be overwritten")
    assert (scene.app / "other").read_text() == "precious"


def test_a_conflict_is_named_and_abandoned(scene: Scene) -> None:
    run = scene.stage("revert: v2")
    assert run.run().result == "failed"
    assert detail(run) == "git: conflicts in file; the revert was abandoned, the work tree is as before."
    assert scene.is_clean
    assert scene.text == "v3\n"


def test_no_repository_no_folder_and_no_git(scene: Scene) -> None:
    shutil.rmtree(scene.app / ".git")
    run = scene.stage("checkout: v1")
    run.environ["GIT_CEILING_DIRECTORIES"] = str(scene.folder)
    assert run.run().result == "failed"
    assert detail(run).startswith("git: fatal: not a git repository")
    shutil.rmtree(run.incident)
    run.environ["PATH"] = "/nonexistent"
    assert run.run().result == "failed"
    assert detail(run) == "git is not on PATH."
    shutil.rmtree(run.incident)
    shutil.rmtree(scene.app)
    assert run.run().result == "failed"
    assert detail(run).startswith("There is no folder ")


# Stopped, and killed


def hook(scene: Scene, name: str, text: str) -> None:
    path = scene.app / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_revert_that_is_stopped_leaves_nothing_half_done(scene: Scene) -> None:
    hook(scene, "prepare-commit-msg", f"touch {scene.folder}/begun; sleep 30")
    run = scene.stage("revert: v3")

    def end() -> None:
        wait_for((scene.folder / "begun").exists)
        run.stop.signal = "SIGTERM"

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert scene.is_clean
    assert scene.text == "v3\n"
    (scene.app / ".git" / "hooks" / "prepare-commit-msg").unlink()
    run.stop = Stop()
    assert run.run().result == "passed"
    assert scene.text == "v2\n"


def test_a_revert_that_takes_too_long_leaves_nothing_half_done(scene: Scene) -> None:
    hook(scene, "prepare-commit-msg", "sleep 30")
    run = scene.stage("revert: v3", "timeout: 2s")
    assert run.run().result == "failed"
    assert run.results() == {PATH: "timeout"}
    assert scene.is_clean


def crash(run: Stage, *, after: str) -> Path:
    run.run()
    cut_journal(run, after=after)
    return run.incident / ".state" / "phases.one.a.1" / "00001"


def settled(run: Stage) -> list[tuple[str, str]]:
    return [(data["how"], data["outcome"]) for data in run.of("step.settled")]


@pytest.mark.parametrize("body", ["checkout: v1", "revert: v3"])
def test_after_a_crash_what_is_checked_out_tells(scene: Scene, body: str) -> None:
    run = scene.stage(body)
    crash(run, after="step.resolved")
    head = scene.git("rev-parse", "HEAD")
    assert run.run().result == "passed"
    assert settled(run) == [("action", "done")]
    assert scene.git("rev-parse", "HEAD") == head


def test_a_secret_that_is_spelled_like_a_part_of_the_commit_does_not_make_it_forget(scene: Scene) -> None:
    run = scene.stage("checkout: v1")
    run.secrets = (scene.git("rev-parse", "v1")[4:8],)
    crash(run, after="step.resolved")
    assert run.run().result == "passed"
    assert settled(run) == [("action", "done")]


@pytest.mark.parametrize("after", ["step.intent", "step.resolved"])
@pytest.mark.parametrize("body", ["checkout: v1", "revert: v3"])
def test_what_did_not_happen_happens(scene: Scene, body: str, after: str) -> None:
    run = scene.stage(body)
    crash(run, after=after)
    scene.git("checkout", "--quiet", "main")
    scene.git("reset", "--quiet", "--hard", "v3")
    assert run.run().result == "passed"
    assert settled(run) == [("action", "run_again")]
    assert scene.text == ("v1\n" if "checkout" in body else "v2\n")


def test_a_revert_that_was_cut_off_is_abandoned_and_done_again(scene: Scene) -> None:
    run = scene.stage("revert: v3")
    crash(run, after="step.resolved")
    scene.git("reset", "--quiet", "--hard", "v3")
    scene.git("revert", "--no-commit", "v3")
    assert (scene.app / ".git" / "REVERT_HEAD").exists()
    assert run.run().result == "passed"
    assert settled(run) == [("action", "run_again")]
    assert scene.is_clean
    assert scene.text == "v2\n"


def test_an_orphan_is_seen_through_before_anybody_looks(scene: Scene) -> None:
    run = scene.stage("checkout: v1")
    state = crash(run, after="step.resolved")
    scene.git("checkout", "--quiet", "main")
    late = Command(("sh", "-c", "sleep 0.5; git checkout --quiet v1"), dict(ENV), scene.app)
    process = start(state / "git", late)
    assert process.child is not None
    process.child.returncode = 0
    assert run.run().result == "passed"
    os.waitpid(process.pid, 0)
    assert settled(run) == [("action", "done")]


def test_what_somebody_else_staged_since_is_not_reset(scene: Scene) -> None:
    run = scene.stage("revert: v3")
    crash(run, after="step.resolved")
    scene.git("reset", "--quiet", "--hard", "v3")
    (scene.app / "file").write_text("somebody's work")
    scene.git("add", "file")
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
    assert scene.text == "somebody's work"


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_tree_that_says_nothing_clear_is_a_question_to_a_person(scene: Scene, harm: str) -> None:
    run = scene.stage("checkout: v1")
    crash(run, after="step.resolved")
    (scene.app / "file").write_text("half")
    if harm == "gone":
        shutil.rmtree(scene.app / ".git")
        run.environ["GIT_CEILING_DIRECTORIES"] = str(scene.folder)
    with pytest.raises(Refused, match="a person has to say"):
        run.run()
