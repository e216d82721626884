"""The composite action: its steps run here as GitHub's runner would take them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from rollback_gov.cli.github_action import main
from rollback_gov.github.action.inputs import MODES
from rollback_gov.github.deployments import KEY
from tests.action.runner import ACTION, Job, defaults, environment, outputs_of, use
from tests.cli.room import Room
from tests.commands.test_post_mortem import run_folder
from tests.commands.test_settings import committed
from tests.conftest import ROOT
from tests.github.hub.commits import Commit
from tests.github.hub.deployments import deployed
from tests.github.hub.pulls import pull
from tests.github.hub.server import serving
from tests.github.hub.state import Hub
from tests.policy.subjects import SMALL

DEMO = str(ROOT / "plans-example" / "demo")
BASE = {"policy-from": "base", "changed-since": "base"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A checkout whose folder has a blank and a quote in its name."""
    folder = tmp_path / "the shop's checkout"
    folder.mkdir()
    return folder


def head(folder: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def small(folder: Path, name: str = "p.rollback.yaml", text: str = SMALL) -> None:
    (folder / name).write_text(text)
    committed(folder)


def test_plans_that_pass(shop: Path) -> None:
    job = use(shop, {"paths": DEMO})
    assert job.code == 0, job.log
    assert job.outputs["exit-code"] == "0"
    assert job.outputs["result"] == "passed"
    assert job.outputs["plans"] == "1"
    assert job.outputs["achieved-level"] == "3"
    assert job.findings()["version"] == 1


def test_findings_become_annotations_and_fail_the_job(shop: Path) -> None:
    plan = (ROOT / "plans-example" / "demo" / "plan.yaml").read_text()
    (shop / "plan.yaml").write_text(plan.replace("level: 3", "level: three", 1))
    job = use(shop, {"paths": "plan.yaml"})
    assert job.code == 1
    assert "::error file=plan.yaml,line=9" in job.log
    assert job.outputs["result"] == "findings"
    assert job.outputs["errors"] == "1"
    assert job.summary.startswith("## Rollback plans: ❌ findings that fail\n")


def test_files_for_other_programs_are_written_where_they_are_wanted(shop: Path) -> None:
    more = "markdown=a folder's/all.md\n\n text=all.txt\n"
    (shop / "a folder's").mkdir()
    job = use(
        shop,
        {"paths": DEMO, "sarif-file": "out.sarif", "junit-file": "out dir.xml", "outputs": more, "category": "a b"},
    )
    assert job.code == 0, job.log
    assert (shop / "a folder's" / "all.md").read_text() == job.summary
    assert "1 plan: " in (shop / "all.txt").read_text()
    found = json.loads((shop / "out.sarif").read_text())
    assert (found["version"], found["runs"][0]["automationDetails"]["id"]) == ("2.1.0", "a b/")
    assert (shop / "out dir.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize("kind", ["pull_request", "merge_group"])
def test_the_policy_is_that_of_what_is_merged_into(shop: Path, kind: str) -> None:
    small(shop)
    (shop / ".rollback-gov").mkdir()
    (shop / ".rollback-gov" / "policy.yaml").write_text('levels: {"2": {sla: 20m}}\n')
    committed(shop)
    base = head(shop)
    (shop / ".rollback-gov" / "policy.yaml").write_text('levels: {"2": {sla: 25m}}\n')
    committed(shop)
    event = {"pull_request": {"base": {"sha": base}}} if kind == "pull_request" else {"merge_group": {"base_sha": base}}
    unchanged = use(shop, BASE, event={"merge_group": {"base_sha": head(shop)}})
    assert "0 of 1 plans" in unchanged.log
    job = use(shop, BASE, event=event)
    assert ".rollback-gov/policy.yaml changed, so every plan is checked." in job.log
    assert "RG509" in job.log, "a change to the policy is a finding"


def test_a_push_has_no_base_and_everything_is_checked(shop: Path) -> None:
    small(shop)
    job = use(shop, BASE, event={"ref": "refs/heads/main"})
    assert job.outputs["plans"] == "1"


def test_a_base_that_was_not_fetched_fails_and_says_what_to_do(shop: Path) -> None:
    small(shop)
    job = use(shop, {"policy-from": "base"}, event={"pull_request": {"base": {"sha": "4" * 40}}})
    assert job.code == 2
    assert "There is no commit '4444444444444444444444444444444444444444' in this clone." in job.log
    assert "fetch-depth" in job.log


@pytest.mark.parametrize("base", ["4" * 40, ""])
def test_where_it_cannot_be_told_what_has_changed_everything_is_checked_and_that_is_said(shop: Path, base: str) -> None:
    small(shop)
    job = use(shop, {"changed-since": "base"}, event={"pull_request": {"base": {"sha": base}}} if base else {})
    assert (job.code, job.outputs["plans"]) == (0, "1"), job.log
    assert ("so everything is checked. In a shallow clone, fetch all of it: `fetch-depth: 0`." in job.log) == bool(base)


def test_the_check_of_a_fork_needs_no_token_and_sees_what_it_changed(shop: Path) -> None:
    """With the inputs of ``check.yml``, and a plan that the fork has broken."""
    small(shop)
    base = head(shop)
    small(shop, text=BAD)
    fork = {"pull_request": {"number": 1, "base": {"sha": base}, "head": {"sha": head(shop), "repo": {"fork": True}}}}
    job = use(shop, BASE, event=fork, secrets={"GITHUB_TOKEN": ""})
    assert (job.code, job.outputs["errors"], job.outputs["plans"]) == (1, "1", "1")
    assert "::error file=p.rollback.yaml,line=9" in job.log
    assert job.summary.startswith("## Rollback plans: ❌ findings that fail\n")
    assert use(shop, {"paths": DEMO}, event=fork).code == 0


def test_blanks_and_quotes_in_a_name_are_part_of_it(shop: Path) -> None:
    name = """a "plan"/it's $(touch owned) `x` ; & %0A.rollback.yaml"""
    (shop / name).parent.mkdir()
    small(shop, name, BAD)
    job = use(shop, {"paths": f"{name}\n", "sarif-file": """the "found" 's.sarif"""})
    assert (job.code, job.outputs["plans"], job.outputs["errors"]) == (1, "1", "1"), job.log
    assert """::error file=a "plan"/it's $(touch owned) `x` ; & %250A.rollback.yaml,line=9""" in job.log
    assert (shop / """the "found" 's.sarif""").is_file()
    assert not (shop / "owned").exists()


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A GitHub with pull request 1 of the shop."""
    with serving(Hub()) as hub:
        pull(hub.repository("acme/shop"), "linus", Commit("a" * 40, "linus"))
        yield hub


FEEDBACK = {"comment": "true", "check-run": "true"}
PULL = {"pull_request": {"number": 1, "head": {"sha": "a" * 40}, "base": {"sha": "0" * 40}}}
BAD = SMALL.replace("timeout: 2m", "timeout: 4m")
INSTEAD = "The findings are annotations of this step, and stand in the job's summary."


def told(shop: Path, hub: Hub, **more: str) -> Job:
    small(shop, text=BAD)
    return use(shop, FEEDBACK, event=PULL, secrets={**hub.environ, **more})


def test_a_check_run_takes_the_place_of_annotations_and_a_comment_is_written(shop: Path, hub: Hub) -> None:
    job = told(shop, hub)
    assert job.code == 1
    assert "::error " not in job.log
    assert "error RG105" in job.log, "the log has the findings all the same"
    (check,) = hub.repository("acme/shop").check_runs
    assert (check.head_sha, check.conclusion) == ("a" * 40, "failure")
    assert any(note["title"] == "RG105" for note in check.annotations)
    (comment,) = hub.repository("acme/shop").comments.values()
    assert "## Rollback plans: ❌ 1 finding to mend\n" in comment.body
    assert "::notice" not in job.log
    assert job.summary.startswith("## Rollback plans: ❌ findings that fail\n")


@pytest.mark.parametrize(
    ("denied", "secrets", "said"),
    [
        ({"checks", "pull-requests"}, {}, "There is no comment: GitHub answered with status 403: Resource not acc"),
        (
            {"checks"},
            {},
            "There is no check run: GitHub answered with status 403: Resource not accessible by integration.",
        ),
        (set(), {"GITHUB_TOKEN": ""}, "There is no feedback on GitHub: GITHUB_TOKEN is not set."),
    ],
)
def test_a_token_that_may_not_write_leaves_annotations_and_one_notice(
    shop: Path, hub: Hub, denied: set[str], secrets: dict[str, str], said: str
) -> None:
    hub.denied = denied
    job = told(shop, hub, **secrets)
    assert (job.code, job.outputs["errors"]) == (1, "1"), "feedback changes no outcome"
    assert "::error file=p.rollback.yaml,line=9" in job.log
    (notice,) = re.findall(r"^::notice title=rollback-gov::(.*)$", job.log, re.MULTILINE)
    assert notice.startswith(said)
    assert notice.endswith(INSTEAD)


def test_text_of_a_plan_is_no_command_where_it_is_shown_as_text(shop: Path, hub: Hub) -> None:
    small(shop, text=BAD.replace("id: undo, run", 'id: undo, "%0A::error::pwned\\n::error::pwned": 1, run'))
    job = use(shop, {"check-run": "true"}, event=PULL, secrets=hub.environ)
    token = re.findall(r"^::stop-commands::([0-9a-f]{32})$", job.log, re.MULTILINE)[0]
    shown = job.log.partition(f"::stop-commands::{token}\n")[2].partition(f"\n::{token}::\n")[0]
    assert "RG004" in shown
    assert not re.findall(r"^\s*::(?!stop-commands|[0-9a-f]{32}::)", job.log, re.MULTILINE)


def test_the_merge_queue_has_a_check_run_and_no_comment(shop: Path, hub: Hub) -> None:
    small(shop)
    event = {"merge_group": {"head_sha": "c" * 40, "base_sha": "0" * 40}}
    job = use(shop, FEEDBACK, event=event, secrets=hub.environ)
    assert job.code == 0, job.log
    assert [check.head_sha for check in hub.repository("acme/shop").check_runs] == ["c" * 40]
    assert not hub.repository("acme/shop").comments
    assert "::notice" not in job.log


def test_a_check_that_broke_has_nothing_to_tell(shop: Path, hub: Hub) -> None:
    small(shop)
    inputs = {**FEEDBACK, "policy-from": "nowhere"}
    job = use(shop, inputs, event=PULL, secrets=hub.environ)
    assert job.code == 2
    assert f"There is no feedback on GitHub; the log of this step says why. {INSTEAD}" in job.log
    assert hub.requests == []


def test_a_repository_without_plans_is_no_failure(shop: Path) -> None:
    job = use(shop)
    assert job.code == 0
    assert "::notice title=rollback-gov::There is no rollback plan to check." in job.log
    assert job.outputs["exit-code"] == "3"
    assert job.outputs["result"] == "nothing_to_check"


def gated(folder: Path) -> None:
    """A plan, and an environment to which nobody has a permit."""
    (folder / ".rollback-gov").mkdir()
    (folder / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")
    small(folder)


GATE = {"mode": "permit-verify", "plan": "p.rollback.yaml", "environment": "production"}


def test_what_a_gate_decided_is_in_the_audit_log_and_its_head_in_the_summary(shop: Path) -> None:
    gated(shop)
    job = use(shop, GATE)
    assert (job.code, job.outputs["reasons"]) == (1, "missing")
    branch = ["git", "cat-file", "blob", "rollback-gov-audit:log/000001.jsonl"]
    (line,) = subprocess.run(branch, cwd=shop, capture_output=True, check=True).stdout.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["by"], entry["data"]["reasons"]) == ("permit.denied", "linus", ["missing"])
    assert f"with 1 new: `1:{sha256(line).hexdigest()}`" in job.summary.splitlines()[-1]


def test_an_audit_log_that_cannot_be_written_changes_no_outcome(shop: Path) -> None:
    gated(shop)
    remote = shop.parent / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    subprocess.run(["git", "config", "receive.hideRefs", "refs/heads/rollback-gov-audit"], cwd=remote, check=True)
    subprocess.run(["git", "remote", "add", "origin", str(remote)], cwd=shop, check=True)
    job = use(shop, GATE)
    assert (job.code, job.outputs["reasons"]) == (1, "missing")
    assert "::warning title=rollback-gov::What was decided is not in the audit log" in job.log
    assert "Audit log" not in job.summary


def test_of_more_reasons_than_github_shows_nine_follow_a_pointer_to_the_log(shop: Path) -> None:
    gated(shop)
    small(shop, text=SMALL.replace("level: 2", "level: 4"))
    job = use(shop, {**GATE, "mode": "permit-issue"})
    errors = re.findall(r"^::error title=rollback-gov::(.*)$", job.log, re.MULTILINE)
    listed = re.findall(r"^- (\S+): ", job.log, re.MULTILINE)
    assert errors[0] == f"There are {len(listed)}; 9 of them follow. The full list is in the log."
    assert len(errors) == 10 < len(listed)
    assert errors[1].startswith("RG112: The plan does not say when to roll back")
    assert "| `RG112` | The plan does not say" in job.summary
    assert "- signature: Level 4 asks for a signed permit." in job.log


def test_reviews_are_asked_for_where_a_permit_is_issued(shop: Path) -> None:
    small(shop)
    inputs = {**GATE, "mode": "permit-issue", "reviews": "17"}
    assert "GITHUB_TOKEN is not set" in use(shop, inputs).log
    assert "does not read the input 'reviews'" in use(shop, {**GATE, "reviews": "17"}).log


@pytest.fixture
def empty() -> Iterator[Hub]:
    """A GitHub whose repository has a tag and nothing else."""
    with serving(Hub()) as hub:
        hub.repository("acme/shop").tags = {"v2"}
        yield hub


def test_a_rollback_is_shown_by_its_issue_and_among_the_deployments(shop: Path, empty: Hub) -> None:
    room = Room(shop)
    inputs = {"mode": "execute", "plan": str(room.plan), "environment": "production", "reason": "errors"}
    job = use(shop, {**inputs, "deployment": "true", "incident-issue": "true"}, secrets=empty.environ)
    assert (job.code, job.outputs["issue"]) == (0, "https://github.test/acme/shop/issues/1"), job.log
    assert list(empty.repository("acme/shop").issues) == [1]
    (one,) = empty.repository("acme/shop").deployments.values()
    assert (one.ref, one.task, one.states[-1]) == ("v2", "rollback", "success")


def test_how_a_deployment_ended_fails_no_job_where_github_does_not_take_it(shop: Path, empty: Hub) -> None:
    room = Room(shop)
    inputs = {"mode": "deployment", "plan": str(room.plan), "environment": "production"}
    job = use(shop, {**inputs, "deployment-result": "success"}, secrets=empty.environ)
    assert (job.code, job.outputs["exit-code"], job.outputs["deployment"]) == (0, "1", "")
    assert "::warning title=rollback-gov::GitHub does not show the deployment. GitHub has no deployment" in job.log
    payload = {KEY: {"operation": "op-3", "identity": "p", "services": ["shop"]}}
    one = deployed(empty.repository("acme/shop"), "v3", "production", payload=payload)
    job = use(shop, {**inputs, "deployment-result": "cancelled"}, secrets=empty.environ)
    assert (job.code, job.outputs["deployment"], one.states) == (0, "1", ["error"])
    job = use(shop, {**inputs, "deployment-result": "perhaps"}, secrets=empty.environ)
    assert (job.code, one.states) == (2, ["error"])


def test_a_phase_is_a_group_of_the_log_while_the_commands_of_its_steps_are_text(shop: Path) -> None:
    steps = "[{id: a, run: 'echo ::error::pwned', timeout: 5s}]"
    room = Room(shop, f"phases: [{{id: back, name: Go back, budget: 20s, steps: {steps}}}]\n")
    job = use(shop, {"mode": "execute", "plan": str(room.plan), "environment": "production", "reason": "errors"})
    stopped = job.log.partition("\n##[group]Go back")[0].rpartition("::stop-commands::")[2].split("\n")[0]
    inside = job.log.partition("\n##[group]Go back")[2].partition("\n##[endgroup]\n")[0]
    assert "    | ::error::pwned" in inside
    assert f"::{stopped}::" not in inside
    assert f"\n::{stopped}::\n" in job.log, "and then they count again"


_PRINT = "{id: a, run: 'echo at $DB_URL${ROLLBACK_GOV_SECRETS-}', timeout: 5s}"
PRINTS = f"phases: [{{id: back, name: Back, budget: 20s, steps: [{_PRINT}]}}]\n"
ROLL_BACK = {"mode": "execute", "environment": "production", "reason": "errors"}


def test_steps_have_their_secrets_and_nobody_sees_them(shop: Path) -> None:
    room = Room(shop, PRINTS)
    secrets = {"ROLLBACK_GOV_SECRETS": "DB_URL=db://shop%0A::x\nN=1\n"}
    job = use(shop, {**ROLL_BACK, "plan": str(room.plan)}, secrets=secrets)
    assert job.code == 0, job.log
    mask, rest = job.log.split("\n", 1)
    assert mask == "::add-mask::db://shop%250A::x", "the runner takes it for a command and shows no word of it"
    assert "::add-mask::" not in rest, "a short one would blot out the whole log"
    assert "    | at ***\n" in rest
    kept = (path.read_text("utf-8", "replace") for path in shop.rglob("*") if path.is_file())
    assert not any("db://" in text for text in [rest, job.summary, *kept])


def test_secrets_that_are_none_stop_before_anything_runs(shop: Path) -> None:
    room = Room(shop, PRINTS)
    job = use(shop, {**ROLL_BACK, "plan": str(room.plan)}, secrets={"ROLLBACK_GOV_SECRETS": "db://shop"})
    assert (job.code, room.events()) == (2, [])
    assert "::error title=rollback-gov::Line 1 of ROLLBACK_GOV_SECRETS is not NAME=VALUE" in job.log


@pytest.fixture
def looked_back(shop: Path) -> Path:
    """A run in whose post-mortem two actions are accepted."""
    return run_folder(shop)


class Step(NamedTuple):
    """How a step ended, and its files."""

    code: int
    written: str
    summary: str

    @property
    def outputs(self) -> dict[str, str]:
        return outputs_of(self.written)


@pytest.fixture
def post_mortem(shop: Path, empty: Hub, looked_back: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Step]:
    """The step in this process, without the second that GitHub wants between two writes."""
    files = {name: shop.parent / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    inputs = defaults() | {"mode": "report", "run": looked_back.name, "post-mortem": "true"}
    told = environment(shop.parent, None) | empty.environ | {name: str(file) for name, file in files.items()}
    monkeypatch.chdir(shop)
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def run() -> Step:
        code = main({**told, "ROLLBACK_GOV_INPUTS": json.dumps(inputs)})
        return Step(code, *(file.read_text() for file in files.values()))

    return run


def test_a_report_brings_the_post_mortem_into_a_pull_request(
    empty: Hub, looked_back: Path, post_mortem: Callable[[], Step], capsys: pytest.CaptureFixture[str]
) -> None:
    repository = empty.repository("acme/shop")
    step = post_mortem()
    assert (step.code, step.outputs["issue"]) == (0, "")
    (pull_request,) = repository.pulls.values()
    assert pull_request.title == "Post-mortem of the rollback of op-7 in production"
    address = f"https://github.test/acme/shop/pull/{pull_request.number}"
    assert step.outputs["pull-request"] == address
    assert Path(step.outputs["post-mortem"]) == looked_back / "post_mortem.md"
    assert f"::notice title=rollback-gov::The post-mortem is proposed: {address}\n" in capsys.readouterr().out
    assert [one.title for one in repository.issues.values()] == ["Enlarge the pool", "Alert on the pool"]
    again = post_mortem()
    assert (again.code, again.outputs["pull-request"], len(repository.pulls)) == (0, address, 1)


def test_what_github_does_not_take_of_a_post_mortem_is_an_error_and_the_rest_is_done(
    empty: Hub, post_mortem: Callable[[], Step], capsys: pytest.CaptureFixture[str]
) -> None:
    empty.denied = {"pull-requests"}
    step = post_mortem()
    assert (step.code, step.outputs["result"], step.outputs["pull-request"]) == (1, "findings", "")
    (error,) = re.findall(r"^::error title=rollback-gov::(.*)$", capsys.readouterr().out, re.MULTILINE)
    assert "permissions: {pull-requests: write}" in error
    assert "Open it by hand: https://github.test/acme/shop/compare/main...rollback-gov/post-mortem/" in error
    assert len(empty.repository("acme/shop").issues) == 2
    assert step.summary.startswith("# Incident report")


def test_a_report_that_nobody_can_send_is_written_all_the_same(shop: Path, looked_back: Path) -> None:
    job = use(shop, {"mode": "report", "run": looked_back.name, "post-mortem": "true"})
    assert (job.code, job.outputs["pull-request"]) == (2, "")
    assert "GITHUB_TOKEN is not set." in job.log
    assert Path(job.outputs["report"]).is_file()


def test_an_issue_that_nobody_may_write_takes_nothing_else_away(shop: Path, empty: Hub, looked_back: Path) -> None:
    empty.denied = {"issues"}
    inputs = {"mode": "report", "run": looked_back.name, "incident-issue": "true"}
    job = use(shop, inputs, secrets=empty.environ)
    assert (job.code, job.outputs["issue"], Path(job.outputs["incident-folder"])) == (2, "", looked_back)
    assert job.summary.startswith("# Incident report")
    assert "::warning title=rollback-gov::GitHub does not show the incident; the log of this step says why." in job.log
    assert "Resource not accessible by integration." in job.log


def test_inputs_are_data_whatever_stands_in_them(shop: Path) -> None:
    hostile = """$(touch owned) `touch owned` "quoted" 'single' ; touch owned ${{ github.token }}"""
    job = use(shop, {"paths": f"{hostile}\nplan dir/with blank.yaml"})
    assert job.code == 2
    assert "touch owned" in job.log
    assert not (shop / "owned").exists()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"mode": "execute", "plan": "p.yaml", "environment": "production"}, "needs the input 'reason'"),
        ({"comment": "perhaps"}, "it is true or false"),
        ({"mode": "report", "comment": "true"}, "The mode 'report' does not read the input 'comment'"),
        ({"claim": "true"}, "The mode 'validate' does not read the input 'claim'; it belongs to permit-verify."),
        ({"mode": "permit-verify", "plan": "p", "environment": "e", "claim": "perhaps"}, "it is true or false"),
        ({"mode": "rehearse", "plan": "p", "environment": "e", "parameters": "nothing"}, "each line is NAME=VALUE"),
        ({"mode": "permit-verify", "plan": "p", "environment": "e", "deployment": "true"}, "set `claim: true` beside"),
        ({"outputs": "sarif"}, "The input 'outputs' has the line 'sarif'; each line is FORMAT=FILE."),
        ({"mode": "deployment", "plan": "p", "environment": "e"}, "needs the input 'deployment-result'"),
    ],
)
def test_inputs_that_make_no_sense_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], inputs: dict[str, str], said: str
) -> None:
    given = {**defaults(), **inputs}
    assert main({"ROLLBACK_GOV_INPUTS": json.dumps(given), "RUNNER_TEMP": str(tmp_path)}) == 2
    log = capsys.readouterr().out
    assert log.startswith("::error title=rollback-gov::")
    assert said in log


def test_a_refusal_is_the_end_of_the_step(shop: Path) -> None:
    job = use(shop, {"mode": "deploy"})
    assert (job.code, job.outputs["exit-code"]) == (2, "")
    assert job.log == f"::error title=rollback-gov::There is no mode 'deploy'. Possible: {', '.join(MODES)}.\n"


def test_a_rollback_asks_for_no_event(shop: Path) -> None:
    """Only a check that is measured against the base has to know it."""
    room = Room(shop)
    broken = {"GITHUB_EVENT_PATH": str(shop / "nowhere.json")}
    assert use(shop, {**ROLL_BACK, "plan": str(room.plan)}, secrets=broken).code == 0
    refused = use(shop, {"policy-from": "base"}, secrets=broken)
    assert refused.code == 2
    assert "The event of the workflow cannot be read" in refused.log


def test_a_runner_that_can_be_told_nothing_changes_no_outcome(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"ROLLBACK_GOV_INPUTS": json.dumps({**defaults(), "paths": DEMO}), "RUNNER_TEMP": str(tmp_path)}
    nowhere = str(tmp_path / "no" / "where")
    assert main({**given, "GITHUB_OUTPUT": nowhere}) == 0
    assert f"::warning title=rollback-gov::The outputs of the step could not be written to {nowhere}: No such" in (
        capsys.readouterr().out
    )
    (tmp_path / "full").write_text("")
    assert main({**given, "RUNNER_TEMP": str(tmp_path / "full")}) == 2
    assert "Results have no place in" in capsys.readouterr().out


def test_inputs_reach_scripts_as_environment_variables_only() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_every_input_belongs_to_a_mode_or_to_the_installation() -> None:
    known = {name for names in MODES.values() for name in names} | {"mode", "version", "index-url", "python"}
    assert set(ACTION["inputs"]) == known


@pytest.mark.parametrize("name", sorted({name for names in MODES.values() for name in names}))
def test_the_description_of_an_input_names_the_modes_that_read_it(name: str) -> None:
    said = ACTION["inputs"][name]["description"].partition(":")[0].replace(" with claim", "")
    assert set(said.split(", ")) == {mode for mode, names in MODES.items() if name in names}


def trap(folder: Path, *modules: str) -> Path:
    """Put modules into a checkout that leave a mark when they are loaded; gives the mark."""
    for name in modules:
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"open({str(folder / 'owned')!r}, 'w').close()\n")
    return folder / "owned"


@pytest.mark.parametrize("environ", [{}, {"PYTHONPATH": "."}])
def test_no_module_of_the_checkout_is_taken_for_one_of_the_program(shop: Path, environ: dict[str, str]) -> None:
    """A pull request could let its own check pass by it."""
    mark = trap(shop, "rollback_gov/__init__.py", "click.py", "json.py", "yaml/__init__.py", "sitecustomize.py")
    small(shop, text=BAD)
    job = use(shop, secrets=environ)
    assert (job.code, job.outputs["errors"]) == (1, "1"), job.log
    assert not mark.exists()


def test_no_module_of_the_checkout_is_loaded_while_it_is_installed(shop: Path) -> None:
    mark = trap(shop, "venv.py", "pip/__init__.py", "pip/__main__.py", "ensurepip.py")
    python = shop.parent / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *venv*) set -- "$@" --without-pip;; esac\nexec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    environ = environment(shop.parent, None) | {"INPUT_PYTHON": str(python), "INPUT_VERSION": "", "PYTHONPATH": "."}
    script = ["bash", str(ROOT / "action" / "install.sh")]
    done = subprocess.run(script, env=environ, cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode != 0, "there is no pip in what was made"
    assert "No module named pip" in done.stderr
    assert not mark.exists()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("ROLLBACK_GOV_SLOW"), reason="at length: make test-slow")
def test_it_installs_what_is_pinned_and_nothing_else(tmp_path: Path) -> None:
    inputs = {"INPUT_PYTHON": sys.executable, "INPUT_VERSION": "", "INPUT_INDEX_URL": ""}
    environ = environment(tmp_path, None) | inputs | {"HOME": str(tmp_path)}  # for pip's cache
    script = ["bash", str(ROOT / "action" / "install.sh")]
    done = subprocess.run(script, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    program = tmp_path / "rollback-gov" / "bin" / "rollback-gov"
    assert subprocess.run([program, "validate", DEMO], cwd=tmp_path, check=False).returncode == 0
    frozen = subprocess.run(
        [program.with_name("python"), "-m", "pip", "freeze", "--all"], capture_output=True, text=True, check=True
    )
    pinned = {
        line.split()[0]
        for name in ("build.txt", "requirements.txt")
        for line in (ROOT / "action" / name).read_text().splitlines()
        if not line.startswith(" ")
    }
    found = {re.sub("[_.](?=.*==)", "-", line.lower()) for line in frozen.stdout.splitlines() if "==" in line}
    assert {line for line in found if not line.startswith("pip==")} <= pinned


def test_a_version_without_a_hash_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    nothing = tmp_path / "bin" / "python"
    nothing.write_text('#!/bin/sh\ncase "$*" in *venv*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python";; esac\n')
    nothing.chmod(0o755)
    environ = os.environ | {"RUNNER_TEMP": str(tmp_path), "INPUT_PYTHON": str(nothing), "INPUT_VERSION": "1.2.3"}
    script = ["bash", str(ROOT / "action" / "install.sh")]
    done = subprocess.run(script, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "VERSION@sha256:HASH" in done.stdout
