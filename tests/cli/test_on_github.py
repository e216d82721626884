"""A rollback that GitHub shows while it goes on: the real command line, a GitHub that remembers, and its troubles."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads

import pytest

from rollback_gov.commands.run_on_github import OnGitHub, shown_on_github, stands
from rollback_gov.commands.world import World
from rollback_gov.github.deployments import KEY
from rollback_gov.model.event import Event
from tests.cli.room import GATED, QUICK, Room, wait_for
from tests.github.hub.deployments import Status, deployed
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble

BOTH = ("--to-github", "team/service", "--deployment", "--yes")
HOSTILE = QUICK.replace("Go back", '"Fixes #1 @team/all <img src=x> ``` [x](https://evil.test) | -->"')


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("rollback_gov.github.patience.BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    monkeypatch.setattr("rollback_gov.commands.run_on_github.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("rollback_gov.commands.run_on_github.CLOSING_SECONDS", 60.0)
    monkeypatch.setattr("rollback_gov.commands.run_on_github.HURRY_SECONDS", 60.0)
    with serving(Hub()) as hub:
        job = {"GITHUB_REPOSITORY": "team/service", "GITHUB_SERVER_URL": "https://github.test", "GITHUB_RUN_ID": "77"}
        for name, value in {**hub.environ, **job}.items():
            monkeypatch.setenv(name, value)
        hub.repository().tags = {"v2"}
        one = deployed(hub.repository(), "v3", "production", payload={KEY: subject()})
        one.statuses.append(Status(1, "success"))
        yield hub
    for thread in enumerate_threads():
        if thread.name == "beside the run":  # else it would go on telling, and the next test's hub hears it
            thread.join(60)


def subject() -> dict[str, object]:
    return {"operation": "op-3", "identity": "p", "services": ["shop"]}


def states(hub: Hub) -> list[list[str]]:
    return [one.states for one in hub.repository().deployments.values()]


def test_a_rollback_is_shown_from_its_beginning_to_its_end(tmp_path: Path, hub: Hub) -> None:
    room = Room(tmp_path)
    code, _, errors = room.gov(*room.execute(*BOTH))
    assert (code, errors.count("NOTICE")) == (0, 0), errors
    (issue,) = hub.repository().issues.values()
    assert issue.title == "Rollback of op-3 in production: passed"
    assert issue.labels == ["rollback", "severity: medium"]
    assert "[`op-3-" in issue.body
    assert "](https://github.test/team/service/actions/runs/77)" in issue.body
    assert "| Permit | none |" in issue.body
    assert "| Plan | `plan.yaml` |" in issue.body, "it lies in no repository"
    assert "# Incident report: Shop 3" in issue.body
    assert [one[-1] for one in states(hub)] == ["inactive", "success"]
    restored = hub.repository().deployments[2]
    assert (restored.ref, restored.payload[KEY]["identity"]) == ("v2", room.incident.name)
    assert room.gov("report", "incident", room.incident.name, "--to-github", "team/service")[0] == 0
    assert len(hub.repository().issues) == 1, "one issue a run, whoever writes it"


def when_it_waits(hub: Hub, room: Room, *words: str) -> Thread:
    """Run a command elsewhere as soon as the issue says that the run waits."""

    def do() -> None:
        wait_for(lambda: any(one.title.endswith("waits for a person") for one in hub.repository().issues.values()))
        room.process(words[0], room.incident.name, *words[1:]).communicate(timeout=60)

    thread = Thread(target=do)
    thread.start()
    return thread


def test_a_run_that_waits_is_gone_on_with(tmp_path: Path, hub: Hub) -> None:
    room = Room(tmp_path, GATED)
    ending = when_it_waits(hub, room, "cancel", "--reason", "lunch", "--as", "ben")
    assert room.gov(*room.execute(*BOTH, "--wait", "30s"))[0] == 130
    ending.join()
    (issue,) = hub.repository().issues.values()
    assert issue.title.endswith(": not ended")
    assert states(hub) == [["success", "failure"], ["in_progress"]]
    issue.state = "closed"
    answering = when_it_waits(hub, room, "approve", "ask", "--as", "ben")
    assert room.gov("resume", room.incident.name, *BOTH, "--wait", "30s")[0] == 0
    answering.join()
    assert (issue.title[-6:], issue.state, len(hub.repository().issues)) == ("passed", "closed", 1)
    assert states(hub) == [["success", "failure", "inactive"], ["in_progress", "success"]]


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ("run.started", "goes on"),
        ("run.started gate.waiting message.sent", "waits for a person"),
        ("run.started manual.waiting", "waits for a person"),
        ("run.started gate.waiting gate.decided", "goes on"),
        ("run.started gate.waiting gate.decided run.finished message.sent", ""),
    ],
)
def test_how_a_run_stands_is_said_in_words(types: str, said: str) -> None:
    events = [Event(seq=1, at="", monotonic=0, type=name, data={}, previous="") for name in types.split()]
    assert stands(tuple(events)) == said


def test_a_rollback_that_fails_and_breaks_its_sla(tmp_path: Path, hub: Hub) -> None:
    room = Room(tmp_path, QUICK.replace("echo v2", "sleep 0.2; exit 1"))
    room.plan.write_text(room.plan.read_text().replace("sla: 1m", "sla: 100ms").replace("20s", "50ms"))
    assert room.gov(*room.execute(*BOTH, "--no-ladder"))[0] == 5
    (issue,) = hub.repository().issues.values()
    assert issue.title.endswith(": failed")
    assert issue.labels == ["rollback", "severity: medium", "sla: breached"]
    assert [one[-1] for one in states(hub)] == ["failure", "failure"]


def test_text_of_a_plan_is_nothing_but_text(tmp_path: Path, hub: Hub) -> None:
    room = Room(tmp_path, HOSTILE)
    room.plan.write_text(room.plan.read_text().replace("title: Shop 3", "title: 'closes #7 @team/all <b> -->'"))
    assert room.gov(*room.execute(*BOTH))[0] == 0
    body = hub.repository().issues[1].body
    assert "#&#8203;7 @&#8203;team/all &lt;b&gt; --&gt;" in body
    for harm in ("#7", "@team", "<img", "<b>", "[x]("):
        assert harm not in body
    assert body.count("-->") == body.count("<!--"), "nothing breaks out of a comment"


@pytest.mark.parametrize("status", [401, 403, 404, 502])
def test_what_github_refuses_changes_nothing_and_is_said_once(tmp_path: Path, hub: Hub, status: int) -> None:
    room = Room(tmp_path)
    hub.troubles = [Trouble(status, "no", times=999)]
    code, _, errors = room.gov(*room.execute(*BOTH))
    assert code == 0
    assert errors.count("NOTICE: GitHub does not show the incident.") == 1
    assert errors.count("NOTICE: GitHub does not show the rollback's deployments.") == 1
    assert [method for method, _ in hub.requests].count("POST") == 0


def test_without_a_right_to_one_the_other_is_shown(tmp_path: Path, hub: Hub) -> None:
    room = Room(tmp_path)
    hub.troubles = [Trouble(403, "Resource not accessible", operation="issues/list-for-repo", times=99)]
    _, _, errors = room.gov(*room.execute(*BOTH))
    assert "Give the job `permissions: {issues: write}`" in errors
    assert "deployments" not in errors
    assert [one[-1] for one in states(hub)] == ["inactive", "success"]


def test_a_dead_github_delays_no_step(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.commands.run_on_github.CLOSING_SECONDS", 0.2)
    room = Room(tmp_path)
    hub.troubles = [Trouble(200, seconds=60.0, times=99)]
    began = time.monotonic()
    code, _, errors = room.gov(*room.execute(*BOTH))
    assert (code, time.monotonic() - began < 30) == (0, True), "its first answer comes later than that"
    assert "NOTICE: GitHub took too long: what it shows of the run may not be its end." in errors
    (ended,) = room.of("run.finished")
    assert ended["result"] == "passed"


def test_a_version_that_is_no_tag_is_said(tmp_path: Path, hub: Hub) -> None:
    room = Room(tmp_path)
    hub.repository().tags = set()
    _, _, errors = room.gov(*room.execute("--deployment", "--yes"))
    assert errors.count("NOTICE: Which commit came back is not known") == 1
    assert states(hub) == [["success", "failure", "inactive"]]
    assert hub.repository().issues == {}


def test_a_defect_is_named_by_its_kind_alone(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.incident_issue.publish", lambda *_: json.loads("secret"))
    room = Room(tmp_path)
    code, _, errors = room.gov(*room.execute("--to-github", "team/service", "--yes"))
    assert (code, "NOTICE: GitHub does not show the incident (JSONDecodeError)." in errors) == (0, True)


def test_who_looks_on_hears_it_all_the_same(tmp_path: Path, hub: Hub) -> None:
    heard: list[Event] = []
    event = Event(seq=1, at="", monotonic=0, type="step.finished", data={}, previous="")
    wish = OnGitHub(issues="team/service", deployment=False, root=tmp_path)
    with shown_on_github(wish, World(person="ann", environ={}, hear=heard.append), pytest.fail) as world:
        world.hear(event)
    assert heard == [event]


@pytest.mark.parametrize("name", ["service", "team/service/x", "../service", "team/ser vice", "https://github.com/a/b"])
def test_a_repository_is_named_by_owner_and_name(tmp_path: Path, name: str) -> None:
    room = Room(tmp_path)
    code, _, errors = room.gov(*room.execute("--to-github", name))
    assert (code, "is not OWNER/NAME" in errors) == (2, True)
