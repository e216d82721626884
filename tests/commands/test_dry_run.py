"""What a run would do, as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.dry_run import dry_run_text
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.itinerary import Choices
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.load import load_plan
from tests.cli.room import Room, at_terminal

BODY = """\
parameters:
  HOST: {default: shop.example.org}
  TOKEN: {secret: true}
point_of_no_return:
  description: the data was converted
  passed_when: {run: 'test -e converted'}
  forward_fix: [{id: mend, name: Mend it, budget: 30s, steps: [{id: go, run: ./mend.sh, timeout: 9s}]}]
safety_checks: [{id: disk, run: df --output=avail, expect: {stdout: {above: 100}}}]
baseline: [{id: orders, run: ./count.sh, save: orders.txt}]
capture: {items: [{id: log, run: tail log, save: log.txt}]}
phases:
  - id: drain
    name: Close the shop
    budget: 20s
    guard: before_point_of_no_return
    steps:
      - {id: close, name: Close the door, when: 'test -e door', run: "echo closing\\n./close.sh $HOST", timeout: 5s}
      - {id: ask, gate: {ask: Drop the tables?}}
  - id: data
    alternatives:
      - {id: quick, steps: [{id: down, run: ./down.sh, timeout: 5s, destructive: true, idempotent: true}]}
      - {id: dump, steps: [{id: load, http: {method: POST, url: 'https://db.example.org/load?key=hunter2'}}]}
scenarios: [{id: door-only, use_when: Only the door is open, phases: [drain, verification], sla: 30s}]
verification:
  budget: 10s
  checks:
    - {id: up, name: It answers, http: {url: 'https://shop.example.org/health'}, expect: {status: [200]}}
recovery: [{id: open, name: Open again, steps: [{id: unlock, run: ./open.sh, timeout: 5s}]}]
"""


def target(root: Path) -> Target:
    plan = Room(root, BODY).plan
    return Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")


def text(root: Path, choices: Choices | None = None) -> str:
    return dry_run_text(target(root), choices or Choices(), {"TOKEN": "hunter2"})


def test_everything_is_told_in_the_order_in_which_it_would_happen(tmp_path: Path) -> None:
    assert text(tmp_path).splitlines() == [
        "DRY RUN of op-3 (Shop 3) in production",
        "Nothing is run, sent or written.",
        "  HOST=shop.example.org",
        "  TOKEN=(secret)",
        "Is the point of no return passed? run test -e converted",
        "Safety check disk: run df --output=avail, expecting stdout: {above: 100}",
        "Baseline orders: orders.txt is checked",
        "Capture log into log.txt: run tail log",
        "Close the shop [20s]",
        "  phases/drain/close: Close the door (run, timeout 5s)",
        "      only when run test -e door",
        "      echo closing",
        "      ./close.sh $HOST",
        "  phases/drain/ask: ask (gate, no timeout of its own)",
        "      ask: Drop the tables?",
        "data [no budget, option quick]",
        "  phases/data/quick/down: down (run, timeout 5s, destructive, idempotent)",
        "      ./down.sh",
        "data [no budget, option dump if the one before fails]",
        "  phases/data/dump/load: load (http, no timeout of its own)",
        "      method: POST, url: https://db.example.org/load?key=***",
        "Verification [10s]",
        "  It answers: http url: https://shop.example.org/health, expecting status: [200]",
        "Open again [no budget]",
        "  recovery/open/unlock: unlock (run, timeout 5s)",
        "      ./open.sh",
        "Past the point of no return, in place of the guarded phases:",
        "Mend it [30s]",
        "  forward_fix/mend/go: go (run, timeout 9s)",
        "      ./mend.sh",
    ]


def test_a_scenario_and_a_chosen_option_change_the_way(tmp_path: Path) -> None:
    partial = text(tmp_path / "one", Choices(scenario="door-only"))
    assert "Close the shop [20s]" in partial
    assert "data [no budget" not in partial
    chosen = text(tmp_path / "two", Choices(options={"data": "dump"}))
    assert chosen.index("option dump]") < chosen.index("option quick if the one before fails]")


def test_data_is_written_as_a_plan_writes_it(tmp_path: Path) -> None:
    body = """\
point_of_no_return:
  description: gone
  passed_when: {ask: Is it gone?}
  forward_fix: [{id: a, steps: [{id: b, run: x}]}]
phases:
  - id: one
    steps:
      - {id: send, http: {method: PUT, url: 'http://x/', json: {on: true, sizes: [1, {deep: "2"}]}}}
baseline: [{id: before, run: ./count.sh, save: before.txt}]
verification:
  checks: [{id: rate, query: {source: manual, signal: reports}, expect: {at_most: {times: 2, baseline: before}}}]
"""
    plan = Room(tmp_path, body).plan
    target = Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")
    told = dry_run_text(target, Choices(), {})
    assert "Is the point of no return passed? ask Is it gone?" in told
    assert "      method: PUT, url: http://x/, json: {on: true, sizes: [1, {deep: 2}]}" in told
    assert "  rate: query source: manual, signal: reports, expecting at_most: {baseline: before, times: 2}" in told


@pytest.mark.parametrize("none", ["", "point_of_no_return: {none: stateless}\n"])
def test_without_a_point_of_no_return_there_is_no_question(none: str, tmp_path: Path) -> None:
    plan = Room(tmp_path, f"{none}phases: [{{id: one, steps: [{{id: a, run: x}}]}}]\n").plan
    target = Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")
    assert "point of no return" not in dry_run_text(target, Choices(), {})


def test_a_missing_value_is_wrong_usage_as_in_a_real_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Secret TOKEN is not set"):
        dry_run_text(target(tmp_path), Choices(), {})
    assert not (tmp_path / "incidents").exists()


PROGRAMS = """\
parameters:
  CONTEXT: {default: prod-eu}
  TOKEN: {secret: true}
phases:
  - id: one
    budget: 60s
    steps:
      - id: undo
        kubernetes: {rollout_undo: deployment/web, namespace: shop, context: {parameter: CONTEXT}}
        timeout: 20s
      - {id: recorded, kubernetes: {rollout_undo: d/web, to_revision: {baseline: rev}, namespace: shop}}
      - {id: third, kubernetes: {rollout_undo: d/web, to_revision: 3, namespace: shop}}
      - id: infra
        terraform:
          directory: infra
          configuration: v1
          workspace: eu
          variables: {token: {parameter: TOKEN}, size: a b}
          targets: [a.b]
        timeout: 30s
      - {id: quiet, terraform: {directory: infra, configuration: v1, approval: none}}
      - {id: code, git: {directory: app, checkout: v1}}
      - {id: merge, git: {revert: {parameter: CONTEXT}, mainline: 1}}
baseline: [{id: rev, run: 'true', save: rev.txt}]
"""


def test_steps_that_run_programs_are_told_as_argument_vectors(tmp_path: Path) -> None:
    plan = Room(tmp_path, PROGRAMS).plan
    aim = Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")
    told = dry_run_text(aim, Choices(), {"TOKEN": "it's hunter2"})
    lines = [line.strip() for line in told.splitlines()]
    place = "--context=prod-eu --namespace=shop"
    for line in [
        f"KUBERC=off kubectl rollout history deployment/web {place} --request-timeout=10s",
        "KUBERC=off kubectl rollout undo deployment/web '--to-revision=<the one before the live one>' "
        f"{place} --request-timeout=18.0s",
        "KUBERC=off kubectl rollout undo d/web '--to-revision=<what the baseline rev says>' "
        "--namespace=shop --request-timeout=55.0s",
        "KUBERC=off kubectl rollout undo d/web --to-revision=3 --namespace=shop --request-timeout=55.0s",
        "git read-tree '<full id of v1>'",
        "in <private folder>, with the state of infra:",
        "TF_IN_AUTOMATION=1 TF_VAR_token='(secret)' TF_VAR_size='a b' terraform workspace select -no-color eu",
        "TF_IN_AUTOMATION=1 TF_VAR_token='(secret)' TF_VAR_size='a b' terraform plan -no-color -input=false "
        "-detailed-exitcode -lock-timeout=5s -out=rollback.plan -target=a.b",
        "TF_IN_AUTOMATION=1 TF_VAR_token='(secret)' TF_VAR_size='a b' terraform apply -no-color -input=false "
        "-lock-timeout=5s rollback.plan",
        "git -c advice.detachedHead=false checkout --detach '<full id of v1>'",
        "git revert --no-edit --mainline=1 '<full id of prod-eu>'",
    ]:
        assert line in lines
    assert lines.count("a person agrees to the plan that was shown") == 1
    assert "hunter2" not in told


def test_what_a_plan_says_takes_over_no_terminal(tmp_path: Path) -> None:
    room = Room(tmp_path, 'phases: [{id: one, steps: [{id: a, gate: {ask: "go \\e[31mred"}}]}]\n')
    with at_terminal(room, *room.execute("--dry-run")) as seat:
        seat.read_until("ask: go ?[31mred")
