"""Feedback on a pull request, from a repository with a plan to a GitHub that speaks HTTP and remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rollback_gov.cli.main import run
from rollback_gov.commands.feedback import Given, Wanted, give_feedback
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.load import load_plan
from rollback_gov.records.digests import digests
from rollback_gov.records.evidence import write_evidence
from rollback_gov.records.keys import public_text
from rollback_gov.records.snapshot import keep_plan
from tests.commands.test_settings import committed
from tests.github.hub.commits import Commit
from tests.github.hub.pulls import pull
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble
from tests.policy.rehearsals import NOW, rehearsal
from tests.policy.subjects import SMALL

HEAD, MERGE, QUEUE = "a" * 40, "b" * 40, "c" * 40
PLAN = "rollback/op-7/plan.yaml"
GOOD = (
    SMALL
    + """\
uses: [undo.sh, health.sh, version.sh, deploy.sh]
change: {live_version: ./version.sh}
rehearsal: {deploy: ./deploy.sh}
"""
)
PULL_EVENT = {"pull_request": {"number": 1, "head": {"sha": HEAD}}}
QUEUE_EVENT = {"merge_group": {"head_sha": QUEUE, "base_sha": MERGE}}


@pytest.fixture(autouse=True)
def _no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    monkeypatch.setattr("rollback_gov.github.patience.BACKOFF_SECONDS", 0.001)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub()) as hub:
        pull(hub.repository(), "linus", Commit(HEAD, "linus"))
        yield hub


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a plan that was rehearsed and changed since."""
    folder, key = tmp_path / "shop", Ed25519PrivateKey.generate()
    plan = folder / PLAN
    for place in (plan.parent, folder / ".rollback-gov"):
        place.mkdir(parents=True)
    plan.write_text(GOOD)
    for name in ("undo.sh", "health.sh", "version.sh", "deploy.sh"):
        (plan.parent / name).write_text("exit 0\n")
    (folder / ".rollback-gov" / "environments.yaml").write_text(
        "environments: {staging: {class: staging}, production: {class: production}}\n"
    )
    (folder / ".rollback-gov" / "trust.yaml").write_text(
        f"keys: [{{id: ci, public_key: {public_text(key)}, role: rehearsal-runner, person: ci}}]\n"
    )
    loaded = load_plan(plan)
    keep_plan(plan.parent, loaded.require())
    write_evidence(plan.parent, rehearsal(loaded.require(), digests(loaded.require(), loaded.files), {}), key)
    plan.write_text(GOOD.replace("timeout: 2m", "timeout: 4m").replace("Payments 3.2", "Payments 3.3"))
    committed(folder)
    monkeypatch.chdir(folder)
    return folder


def checked(folder: Path) -> Path:
    """Check the plans, and give the findings."""
    findings = folder.parent / "findings.json"
    run(["validate", "-q", "--today", NOW, "-o", f"json={findings}"])
    return findings


def wanted(hub: Hub, folder: Path, event: Any = PULL_EVENT, **changes: Any) -> Wanted:
    """Ask for both, as a job does."""
    path = folder.parent / "event.json"
    path.write_text(json.dumps(event))
    environ = hub.environ | {
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REPOSITORY": "team/service",
        "GITHUB_SHA": MERGE,
        "GITHUB_RUN_ID": "7",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SERVER_URL": "https://github.test",
        "PATH": "/usr/bin:/bin",
    }
    asked = Wanted(
        findings=checked(folder),
        pull="event",
        comment=True,
        check_run=True,
        environ=environ,
        now=datetime.fromisoformat(NOW).astimezone(UTC),
    )
    return replace(asked, **changes)


def body(hub: Hub) -> str:
    (one,) = hub.repository().comments.values()
    return one.body


def test_a_pull_request_is_told_everything(hub: Hub, shop: Path) -> None:
    given = give_feedback(wanted(hub, shop))
    assert given == Given(
        check_run="https://github.test/team/service/runs/1",
        comment="https://github.test/team/service/pull/1#issuecomment-1",
        complete=True,
    )
    said = body(hub)
    assert said.startswith("<!-- rollback-gov feedback 7.1 -->\n## Rollback plans: ❌ ")
    assert f"| `{PLAN}` | 2 | " in said
    assert "**What runs differently** since it was rehearsed in staging on 2025-12-09:\n" in said
    assert "- `phase undo: step undo: timeout 2m -> 4m`\n" in said
    assert "Payments 3.3" not in said, "wording does not run"
    assert "To be rehearsed again: `phase undo`.\n" in said
    assert "- `2025-12-09 the whole plan in staging (passed) counts until " in said
    assert "- `RG402 Phase 'undo' changed since the rehearsal of 2025-12-09." in said
    assert "**Missing for a permit** to `production`:\n" in said
    assert "Could not be evaluated" not in said
    (check,) = hub.repository().check_runs
    assert (check.head_sha, check.name, check.conclusion, check.external_id) == (
        HEAD,
        "rollback-gov",
        "failure",
        "7.1.",
    )
    assert check.summary == said.partition("\n")[2]
    assert {note["path"] for note in check.annotations} == {PLAN}


def test_it_is_all_good_once_everything_is_mended(hub: Hub, shop: Path) -> None:
    give_feedback(wanted(hub, shop))
    (shop / PLAN).write_text(GOOD)
    give_feedback(wanted(hub, shop))
    assert "\n## Rollback plans: ✅ all good\n" in body(hub)
    assert "**What runs** is what was rehearsed in staging on 2025-12-09.\n" in body(hub)
    assert [one.conclusion for one in hub.repository().check_runs] == ["failure", "success"]


@pytest.mark.parametrize(
    ("event", "head", "comments"),
    [(PULL_EVENT, HEAD, 1), (QUEUE_EVENT, QUEUE, 0), ({"ref": "refs/heads/main"}, MERGE, 0)],
)
def test_it_stands_where_people_look(hub: Hub, shop: Path, event: Any, head: str, comments: int) -> None:
    given = give_feedback(wanted(hub, shop, event))
    assert given.trouble == "", "a merge group has nothing to comment on, and that is no trouble"
    assert hub.repository().check_runs[0].head_sha == head
    assert len(hub.repository().comments) == comments


def test_a_pull_request_can_be_named(hub: Hub, shop: Path) -> None:
    give_feedback(wanted(hub, shop, {}, pull="1"))
    assert hub.repository().check_runs[0].head_sha == HEAD
    assert body(hub)
    assert "status 404" in give_feedback(wanted(hub, shop, {}, pull="99")).trouble


def test_without_a_commit_there_is_no_check_run(hub: Hub, shop: Path) -> None:
    asked = wanted(hub, shop, {})
    given = give_feedback(replace(asked, environ={**asked.environ, "GITHUB_SHA": ""}))
    assert given.trouble.startswith("There is no check run: Nobody knows for which commit it is.")


@pytest.mark.parametrize(
    ("denied", "left", "trouble"),
    [
        ({"checks"}, "comment", "There is no check run: GitHub answered with status 403: Resource not accessible"),
        ({"pull-requests"}, "check_run", "There is no comment: GitHub answered with status 403"),
        ({"checks", "pull-requests"}, "", "There is no comment: "),
    ],
)
def test_what_a_token_may_not_is_told_and_the_rest_is_done(
    hub: Hub, shop: Path, denied: set[str], left: str, trouble: str
) -> None:
    hub.denied = denied
    given = give_feedback(wanted(hub, shop))
    assert given.trouble.startswith(trouble)
    assert given.complete == (left == "check_run")
    assert {name for name in ("check_run", "comment") if getattr(given, name)} == {left} - {""}


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"GITHUB_TOKEN": ""}, "There is no feedback on GitHub: GITHUB_TOKEN is not set."),
        ({"GITHUB_API_URL": "http://127.0.0.1:1"}, "GitHub could not be reached"),
        ({"GITHUB_REPOSITORY": ""}, "There is no feedback on GitHub: Nobody knows which repository"),
        ({"GITHUB_EVENT_PATH": "/nowhere"}, "There is no feedback on GitHub: The event of the workflow cannot be read"),
    ],
)
def test_what_is_missing_fails_nothing(
    hub: Hub, shop: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], trouble: str
) -> None:
    monkeypatch.setattr("rollback_gov.github.patience.TIMES", 0)
    asked = wanted(hub, shop)
    given = give_feedback(replace(asked, environ={**asked.environ, **change}))
    assert trouble in given.trouble
    assert (given.check_run, given.comment, given.complete) == ("", "", False)


@pytest.mark.parametrize("raw", [b"<html>", b'{"id": '])
def test_an_answer_that_is_none_is_told(hub: Hub, shop: Path, raw: bytes) -> None:
    hub.troubles = [Trouble(200, raw=raw, times=99)]
    given = give_feedback(wanted(hub, shop))
    assert "There is no check run: " in given.trouble
    assert "There is no comment: " in given.trouble


def test_three_thousand_findings(hub: Hub, shop: Path) -> None:
    asked = wanted(hub, shop)
    document = json.loads(asked.findings.read_text())
    (one, *_), document["plans"][0]["findings"] = document["plans"][0]["findings"], []
    document["plans"][0]["findings"] = [{**one, "line": number + 1} for number in range(3_000)]
    asked.findings.write_text(json.dumps(document))
    assert give_feedback(asked).complete
    assert [note["start_line"] for note in hub.repository().check_runs[0].annotations] == list(range(1, 3_001))
    assert hub.repository().check_runs[0].requests == [50] * 60
    assert "- and 2970 more\n" in body(hub)


def test_a_check_run_that_stops_in_the_middle_is_not_complete(hub: Hub, shop: Path) -> None:
    asked = wanted(hub, shop)
    document = json.loads(asked.findings.read_text())
    document["plans"][0]["findings"] = document["plans"][0]["findings"][:1] * 120
    asked.findings.write_text(json.dumps(document))
    hub.troubles = [Trouble(422, operation="checks/update")]
    given = give_feedback(asked)
    assert not given.complete
    assert given.trouble.startswith("The check run has 50 of 120 annotations: GitHub answered with status 422")


def test_where_there_is_no_plan_nobody_is_disturbed(hub: Hub, shop: Path) -> None:
    (shop / PLAN).unlink()
    assert give_feedback(wanted(hub, shop)).comment == ""
    assert hub.repository().check_runs[0].conclusion == "neutral"


def test_findings_cannot_name_a_file_elsewhere(hub: Hub, shop: Path) -> None:
    secret = shop.parent / "plan.yaml"
    secret.write_text(SMALL)
    asked = wanted(hub, shop)
    document = json.loads(asked.findings.read_text())
    document["plans"][0]["file"] = "../plan.yaml"
    asked.findings.write_text(json.dumps(document))
    give_feedback(asked)
    assert "**Evidence" not in body(hub)


def test_what_cannot_be_said_of_plans_is_told(hub: Hub, shop: Path) -> None:
    asked = wanted(hub, shop)
    (shop / ".rollback-gov" / "environments.yaml").write_text("environments: 1\n")
    given = give_feedback(asked)
    assert given.trouble.startswith("What is said of the plans is not complete: ")
    assert given.complete
    assert "RG402" in body(hub)


def test_what_cannot_be_evaluated_stands_in_the_comment(hub: Hub, shop: Path) -> None:
    give_feedback(wanted(hub, shop, environments=("moon",)))
    assert "**Could not be evaluated**:\n\n- `the permit to moon: There is no environment 'moon'" in body(hub)


def test_a_plan_that_was_never_rehearsed_and_one_that_cannot_be_read(hub: Hub, shop: Path) -> None:
    import shutil

    asked = wanted(hub, shop)
    shutil.rmtree((shop / PLAN).parent / "evidence")
    give_feedback(asked)
    assert "**Evidence**: the plan was never rehearsed.\n" in body(hub)
    (shop / PLAN).write_text("metadata: [")
    give_feedback(asked)
    assert "**Evidence**" not in body(hub)


def test_of_a_plan_that_was_not_kept_only_the_parts_are_known(hub: Hub, shop: Path) -> None:
    for kept in (shop / PLAN).parent.glob("evidence/plans/*.json"):
        kept.unlink()
    (shop / PLAN).write_text(GOOD.replace("timeout: 2m", "timeout: 4m"))
    give_feedback(wanted(hub, shop))
    assert "(the plan of then was not kept)`" in body(hub)


@pytest.mark.parametrize(("text", "said"), [(None, "cannot be read"), ("{", "is not JSON"), ("{}", "are no findings")])
def test_findings_that_are_none_are_wrong_usage(hub: Hub, shop: Path, text: str | None, said: str) -> None:
    asked = wanted(hub, shop)
    asked.findings.unlink()
    if text is not None:
        asked.findings.write_text(text)
    with pytest.raises(UsageError, match=said):
        give_feedback(asked)
