"""Who let a workflow run go on, against a GitHub that speaks HTTP, and which of it counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.github.connection import connect
from rollback_gov.github.run_approvals import run_approvals
from rollback_gov.model.errors import UsageError
from rollback_gov.model.evidence import Digests
from rollback_gov.records.reviews import Reviewed, ReviewedChange, decide
from tests.github.hub.commits import Commit
from tests.github.hub.state import ANSWERS, Hub, Trouble
from tests.github.hub.users import user
from tests.github.hub.workflow_runs import WorkflowRun

TABLE = yaml.safe_load((Path(__file__).parent / "run_approvals.yaml").read_text(encoding="utf-8"))
CASES = {row["name"]: row for row in TABLE}
PLAN, SCRIPT, SHA, NOW = "rollback/op-7/plan.yaml", "rollback/op-7/back.sh", "a" * 40, "2026-01-31T12:00:00Z"
TODAY = Digests(plan="a" * 64, executable="b" * 64, sections={}, phases={}, files={})
PLANS = {"same": TODAY, "other": replace(TODAY, plan="c" * 64), "none": None}


def told(hub: Hub, run: int = 7) -> ReviewedChange:
    with connect(hub.environ, needs="actions: read") as connection:
        return run_approvals(connection.get_repo("team/service"), run, "permits", [PLAN, SCRIPT, PLAN], NOW)


def waiting(hub: Hub, *said: str) -> WorkflowRun:
    for login in ("linus", "carl", "starter"):
        user(hub, login)
    rows = [(login, state, (name,)) for login, state, name in map(str.split, said)]
    one = hub.repository().workflow_runs[7] = WorkflowRun(7, SHA, said=rows)
    hub.repository().history = {PLAN: [Commit("1" * 40, "linus")], SCRIPT: [Commit("2" * 40, "linus", "carl")]}
    return one


@pytest.mark.parametrize("name", CASES)
def test_whose_approval_counts(hub: Hub, name: str) -> None:
    row = CASES[name]
    waiting(hub, *row["said"])
    logins = {said.split()[0] for said in row["said"]}
    hub.repository().permissions = dict.fromkeys(logins, "write") | row.get("may", {})
    seen: list[str] = []

    def digests_at(commit: str) -> Digests | None:
        seen.append(commit)
        return PLANS[row.get("plan", "same")]

    found = decide(told(hub), TODAY, digests_at)
    assert [review.login for review in found.valid] == row["counts"]
    assert {one.login: one.code.value for one in found.rejected} == row.get("codes", {})
    assert set(seen) <= {SHA}, "what they approved is the run's commit"
    for review in found.valid:
        assert (review.commit, review.at, review.pull_request, review.workflow_run) == (SHA, NOW, 0, 7)


def test_each_file_is_asked_for_once(hub: Hub) -> None:
    waiting(hub)
    assert told(hub).excluded.authors >= {"linus", "linus@example.org"}
    assert len(hub.asked("/commits")) == 2


def test_a_file_that_too_many_have_written_is_said(hub: Hub) -> None:
    waiting(hub)
    hub.repository().history[PLAN] = [Commit(f"{number:040x}", "linus") for number in range(501)]
    with pytest.raises(UsageError, match=r"More than 500 commits change rollback/op-7/plan\.yaml"):
        told(hub)


@pytest.mark.parametrize("operation", ["actions/get-workflow-run", "actions/get-reviews-for-run"])
def test_a_page_in_the_place_of_an_answer_is_said(hub: Hub, operation: str) -> None:
    waiting(hub)
    hub.troubles = [Trouble(200, raw=b"<html>Log in</html>", operation=operation)]
    with pytest.raises(UsageError, match="is not GitHub's API"):
        told(hub)


@pytest.mark.parametrize("status", [403, 404, 502])
@pytest.mark.parametrize("operation", ["actions/get-workflow-run", "actions/get-reviews-for-run", "repos/list-commits"])
def test_what_github_does_not_tell_is_no_approval(hub: Hub, operation: str, status: int) -> None:
    waiting(hub, "ada approved permits")
    hub.troubles = [Trouble(status, "no", operation=operation, times=9)]
    with pytest.raises(UsageError, match=f"status {status}: no"):
        told(hub)


def test_a_state_that_nobody_knows_is_not_passed_over(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(hub)
    odd: list[Any] = [{"state": "perhaps", "environments": [{"name": "permits"}], "user": {}, "comment": ""}]
    monkeypatch.setitem(ANSWERS, "actions/get-reviews-for-run", lambda hub, call: (200, odd))
    monkeypatch.setattr("tests.github.hub.description.check_response", lambda *_: None)
    with pytest.raises(UsageError, match="an approval in the state 'perhaps'"):
        told(hub)


def test_who_says_no_in_one_place_has_not_said_yes_in_the_other(hub: Hub) -> None:
    waiting(hub, "ada approved permits", "grace approved permits")
    hub.repository().permissions = {"ada": "write", "grace": "write"}
    yes = decide(told(hub), TODAY, lambda _: TODAY)
    waiting(hub, "ada rejected permits")
    no = decide(told(hub), TODAY, lambda _: TODAY)
    for both in (yes.and_also(no), no.and_also(yes)):
        assert [one.login for one in both.valid] == ["grace"]
    assert [one.login for one in yes.and_also(Reviewed()).valid] == ["ada", "grace"]
