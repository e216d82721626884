"""The workflows: GitHub would accept them, an auditor of workflows has nothing to say, and nothing in them floats."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.github.action.inputs import read_inputs
from rollback_gov.plans.source import read_source, source_of
from rollback_gov.plans.yaml_reader import read_yaml
from tests.action.runner import ACTION
from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(path: Path) -> Any:
    return read_yaml(read_source(path))[0]


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_github_would_accept_it(path: Path) -> None:
    schema = "vendor.github-actions" if path.name == "action.yml" else "vendor.github-workflows"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_an_auditor_of_workflows_has_nothing_to_say() -> None:
    program = Path(sys.executable).with_name("zizmor")
    command = [str(program), "--offline", "--persona", "auditor", "--no-progress", "--strict-collection"]
    places = [str(ROOT / name) for name in (".github", "action.yml", "action")]
    done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr


def evaluated(name: str, text: str) -> str:
    """Give an input of the action as a caller who gives everything would have it."""
    is_switch = ACTION["inputs"][name]["default"] == "false"
    return "true" if is_switch else re.sub(r"\$\{\{.*?\}\}", "x", text)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_have_what_they_need_and_no_more(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 120
        if environment := job.get("environment"):
            shown = environment["deployment"]
            assert shown == "${{ inputs.custom-protection-rules }}", "else GitHub shows what is not deployed"
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            uses = step.get("uses", "")
            assert not uses or uses == "$/action" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", uses), uses
            if uses.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            if uses == "$/action":
                assert set(step.get("with", {})) <= set(ACTION["inputs"])
                read_inputs(json.dumps({name: evaluated(name, text) for name, text in step["with"].items()}))
    for line in path.read_text().splitlines():
        if re.search(r"uses: \S+@[0-9a-f]{40}", line):
            assert re.search(r"# v\d+\.\d+\.\d+$", line), line
        if re.search(r": (read|write)\b", line):
            assert " # " in line, f"a grant without its reason: {line}"


def test_the_check_with_feedback_is_the_check_and_feedback() -> None:
    """GitHub refuses a called job that asks for more than its caller grants, so there are two; they must not drift."""
    plain, more = (read(ROOT / ".github" / "workflows" / f"{name}.yml") for name in ("check", "check-feedback"))
    called, calling = plain["on"]["workflow_call"], more["on"]["workflow_call"]
    for name in ("comment", "check-run"):
        assert calling["inputs"].pop(name)["type"] == "boolean"
        assert more["jobs"]["check"]["steps"][1]["with"].pop(name)
    assert more["jobs"]["check"]["steps"][1].pop("env") == {"GITHUB_TOKEN": "${{ github.token }}"}
    assert plain["jobs"]["check"].pop("permissions") == {"contents": "read"}
    granted = {"contents": "read", "checks": "write", "pull-requests": "write"}
    assert more["jobs"]["check"].pop("permissions") == granted
    assert (called, plain["jobs"]) == (calling, more["jobs"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_checked_before_a_merge_is_no_workflow_with_more_rights(path: Path) -> None:
    """`pull_request_target` runs with the repository's rights; a filter by path leaves a required check pending."""
    triggers = read(path)["on"]
    assert "pull_request_target" not in triggers
    assert "workflow_run" not in triggers
    for trigger in triggers.values():
        assert "paths" not in (trigger or {})


def examples() -> list[tuple[str, Any]]:
    """Give the jobs that docs/github.md tells people to write."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "github.md").read_text(), re.MULTILINE | re.DOTALL)
    jobs: list[tuple[str, Any]] = []
    for text in blocks:
        document = read_yaml(source_of(textwrap.dedent(text).replace("…", "x").encode(), "github.md"))[0]
        document = document.get("jobs", document)
        jobs += [
            (name, job) for name, job in document.items() if isinstance(job, dict) and {"uses", "steps"} & set(job)
        ]
    return jobs


@pytest.mark.parametrize(("name", "job"), examples())
def test_what_people_are_told_to_write_is_what_the_workflows_and_the_action_take(name: str, job: Any) -> None:
    if uses := job.get("uses"):
        called = re.fullmatch(r"OWNER/rollback-gov/(\.github/workflows/[\w-]+\.yml)@SHA", uses)
        assert called is not None
        workflow = read(ROOT / called[1])
        takes = workflow["on"]["workflow_call"]
        needed = {each for each, item in takes["inputs"].items() if item.get("required")}
        assert needed <= set(job.get("with", {})) <= set(takes["inputs"]), "GitHub refuses the run at its start"
        assert set(job.get("secrets", {})) <= set(takes.get("secrets", {}))
        (inner,) = workflow["jobs"].values()
        assert {*inner["permissions"].items()} <= {*job["permissions"].items()}, "as it does for what is not granted"
    for step in job.get("steps", []):
        if step.get("uses") == "OWNER/rollback-gov@SHA":
            read_inputs(json.dumps({key: str(value) for key, value in step["with"].items()}))
        elif "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]), step["uses"]


def test_nothing_but_permits_comes_out_of_an_artefact(tmp_path: Path) -> None:
    """Whoever can replace the artefact would bring a trust.yaml of his own, and a permit that it trusts."""
    found, workspace = tmp_path / "rollback-permit", tmp_path / "the shop's checkout"
    permit = "rollback/op 7/permits/production.dsse.json"
    for name in (
        permit,
        ".rollback-gov/trust.yaml",
        "rollback/op 7/plan.yaml",
        "rollback/op 7/permits/x.sh",
        "click.py",
    ):
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text("of somebody\n")
    workspace.mkdir()
    (step,) = (
        step for step in read(ROOT / ".github/workflows/deploy-gate.yml")["jobs"]["gate"]["steps"] if "run" in step
    )
    environ = {**os.environ, "RUNNER_TEMP": str(tmp_path), "GITHUB_WORKSPACE": str(workspace)}
    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", step["run"]], env=environ, cwd=workspace, check=True)
    assert [path.relative_to(workspace).as_posix() for path in workspace.rglob("*") if path.is_file()] == [permit]


def test_a_secret_of_an_environment_is_called_there_as_it_is_here() -> None:
    """A job with an environment gets its secrets by the names that the called workflow declares, and no other."""
    for path in WORKFLOWS:
        used = set(re.findall(r"secrets\.(\w+)", path.read_text()))
        declared = set((read(path)["on"].get("workflow_call") or {}).get("secrets") or {})
        assert used == declared, path.name
        assert all(name.startswith("ROLLBACK_GOV_") for name in declared)


def test_a_form_has_no_more_fields_than_github_enterprise_shows() -> None:
    assert len(read(ROOT / ".github" / "workflows" / "rollback.yml")["on"]["workflow_dispatch"]["inputs"]) <= 10


def test_the_action_can_be_named_from_workflows_of_other_repositories() -> None:
    assert (ROOT / "action" / "action.yml").resolve() == ROOT / "action.yml"


def test_everything_that_is_pinned_has_its_hash() -> None:
    for name in ("build.txt", "requirements.txt"):
        text = (ROOT / "action" / name).read_text().replace("\\\n", " ")
        for line in text.splitlines():
            assert re.match(r"[\w.-]+==\S+", line), line
            assert "--hash=sha256:" in line, line


def test_what_the_program_needs_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["cel"]]
    pinned = (ROOT / "action" / "requirements.txt").read_text().lower().replace("_", "-")
    for requirement in needed:
        name = re.match(r"[\w.-]+", requirement)
        assert name is not None
        assert f"\n{name[0].lower().replace('.', '-')}==" in f"\n{pinned}", requirement
