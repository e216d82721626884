"""What people hear of whole runs, on channels that take only what their documentation takes."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.room import Room, wait_for
from tests.notify.services import ROUTING_KEY, SLACK_PATH, TEAMS_PATH, Services, services
from tests.notify.web import serve

CHANNELS = """\
channels:
  chat: {{kind: slack, url: '{url}{slack}', mention: channel}}
  teams: {{kind: teams, url: '{url}{teams}'}}
  pager: {{kind: pagerduty, url: '{url}/v2/enqueue', routing_key_env: PAGER_KEY}}
  hook: {{kind: webhook, url: '{hook}'}}
environments:
  production: {{class: production, contacts: [{{role: DBA, reach: hook, when: {{after: {after}}}}}]}}
  staging: {{class: staging}}
"""
TELL = "communication: {channels: [chat, teams, pager]}\n"
GOOD = """\
phases:
  - {id: drain, name: Stop traffic, budget: 10s, steps: [{id: stop, run: 'true', timeout: 5s}]}
  - {id: back, name: Go back, budget: 20s, steps: [{id: load, name: Load v2, run: 'true', timeout: 5s}]}
verification: {budget: 10s, checks: [{id: health, run: 'true'}, {id: errors, run: 'true'}]}
"""
BAD = "phases: [{id: back, name: Go back, budget: 20s, steps: [{id: load, run: exit 7, timeout: 5s}]}]\n"
REGIONS = "regions: {order: [eu, us], strategy: {max_parallel: 1, gate_between: none, max_failures: 0}}\n"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("PAGER_KEY", ROUTING_KEY)
    with services() as web:
        yield web
    assert web.refused == [], "every document has the documented shape"


def room(folder: Path, heard: Services, body: str, *, hook: str = "http://127.0.0.1:1", after: str = "10m") -> Room:
    """The contact of the environment is the channel ``hook``, to be called after a time."""
    channels = CHANNELS.format(url=heard.url, slack=SLACK_PATH, teams=TEAMS_PATH, hook=hook, after=after)
    return Room(folder, body, channels)


def titles(heard: Services) -> list[str]:
    return [document["text"] for document in heard.to(SLACK_PATH)]


def facts(document: Mapping[str, Any]) -> dict[str, str]:
    return {field["title"]: field["value"] for field in document["attachments"][0]["fields"]}


def test_a_rollback_that_succeeds(tmp_path: Path, heard: Services) -> None:
    here = room(tmp_path, heard, TELL + GOOD)
    assert here.gov(*here.execute("--yes"))[0] == 0
    assert titles(heard) == [
        "<!channel> :rotating_light: ROLLBACK INITIATED",
        ":arrows_counterclockwise: ROLLBACK UPDATE",
        ":arrows_counterclockwise: ROLLBACK UPDATE",
        "<!channel> :white_check_mark: ROLLBACK COMPLETE",
    ]
    first, drain, back, last = map(facts, heard.to(SLACK_PATH))
    assert first["Reason"] == "errors everywhere"
    assert (first["Current version"], first["Rolling back to"]) == ("shop v3", "shop v2")
    assert (first["SLA"], first["ETA"]) == ("1m", "40s")
    assert (drain["Status"], drain["Current"], drain["Next"]) == ("0 of 3 phases done", "Stop traffic", "Go back")
    assert (back["Status"], back["Current"], back["Next"]) == ("1 of 3 phases done", "Go back", "Verification")
    assert (last["Status"], last["Rolled back to"]) == ("2 of 2 checks passed", "shop v2")
    assert last["Next"].endswith("incident_report.md")
    verified = here.of("run.verified")[0]["seconds"]
    assert last["Duration"] == f"{verified:.1f}s"
    assert heard.incidents == {here.incident.name: ["trigger", "resolve"]}
    sent = here.of("message.sent")
    assert all(data["delivered"] for data in sent)
    assert len(sent) == 4 + 4 + 2, "the pager has no use for updates"


def test_a_rollback_that_fails_names_whom_to_call_and_stays_open(tmp_path: Path, heard: Services) -> None:
    people = "contacts: [{role: Head, reach: 555-1234, when: Everything is down}]\n"
    here = room(tmp_path, heard, TELL + people + BAD)
    assert here.gov(*here.execute("--yes"))[0] == 5
    last = heard.to(SLACK_PATH)[-1]
    assert last["text"] == "<!channel> :x: ROLLBACK FAILED"
    assert last["attachments"][0]["color"] == "danger"
    assert facts(last)["Contacts"] == "Head: 555-1234 (Everything is down); DBA: hook (after 10m)"
    assert heard.incidents == {here.incident.name: ["trigger", "trigger"]}


def test_a_rehearsal_pages_nobody_and_says_that_it_is_one(tmp_path: Path, heard: Services) -> None:
    here = room(tmp_path, heard, TELL + GOOD)
    words = ("execute", str(here.plan), "-e", "staging", "--reason", "trying it out", "--as", "ann", "--yes")
    assert here.gov(*words)[0] == 0
    assert heard.incidents == {}
    assert len(heard.to("/v2/change/enqueue")) == 2
    assert titles(heard)[0] == ":rotating_light: REHEARSAL: ROLLBACK INITIATED", "nobody is mentioned"


def test_of_several_regions_the_last_one_ends_the_incident(tmp_path: Path, heard: Services) -> None:
    here = room(tmp_path, heard, TELL + REGIONS + GOOD)
    assert here.gov(*here.execute("--yes"))[0] == 0
    assert heard.incidents == {here.incident.name: ["trigger", "resolve"]}
    told: dict[str, list[str]] = {}  # each region and the whole has a line of its own: no order between them
    for document, title in zip(heard.to(SLACK_PATH), titles(heard), strict=True):
        told.setdefault(facts(document)["Environment"], []).append(title)
    assert set(told) == {"production", "production (eu)", "production (us)"}
    assert "INITIATED" in told["production"][0]
    assert "COMPLETE" in told["production"][-1]


def test_one_region_that_was_chosen_is_the_whole_run(tmp_path: Path, heard: Services) -> None:
    here = room(tmp_path, heard, TELL + REGIONS + GOOD)
    assert here.gov(*here.execute("--yes", "--region", "us"))[0] == 0
    assert heard.incidents == {here.incident.name: ["trigger", "resolve"]}


def test_a_region_that_fails_keeps_the_incident_open(tmp_path: Path, heard: Services) -> None:
    here = room(tmp_path, heard, TELL + REGIONS + BAD)
    assert here.gov(*here.execute("--yes"))[0] == 5
    assert set(heard.incidents) == {here.incident.name}
    assert "resolve" not in heard.incidents[here.incident.name]


SLOW = """\
communication: {channels: [chat], progress_every: 1s}
phases:
  - id: back
    name: Go back
    budget: 20s
    steps: [{id: load, run: 'until test -e go; do sleep 0.05; done', timeout: 60s, idempotent: true}]
"""


def test_in_a_long_step_people_hear_of_it_again_and_contacts_are_called(tmp_path: Path, heard: Services) -> None:
    with serve() as hook:
        here = room(tmp_path, heard, SLOW, hook=hook.url, after="1s")
        process = here.process(*here.execute("--yes"))
        wait_for(lambda: len(heard.to(SLACK_PATH)) >= 5)
        (here.plan.parent / "go").touch()
        assert process.communicate(timeout=60)[0]
    updates = [facts(document) for document in heard.to(SLACK_PATH) if "UPDATE" in document["text"]]
    assert len(updates) >= 3
    assert {update["Current"] for update in updates[1:]} == {"Go back: load"}
    called = [document for document in hook.posted if document["event"] == "escalated"]
    assert [document["fields"]["text"] for document in called] == ["Call DBA: hook"]
    assert [document["event"] for document in hook.posted] == ["escalated", "completed"], "and hears how it ended"
    assert [data["contact"] for data in here.of("escalated")] == ["DBA"]


@pytest.mark.slow
def test_whoever_was_escalated_to_hears_the_end_from_the_process_that_goes_on(tmp_path: Path, heard: Services) -> None:
    with serve() as hook:
        here = room(tmp_path, heard, SLOW, hook=hook.url, after="1s")
        process = here.process(*here.execute("--yes"))
        wait_for(lambda: any(data["event"] == "escalated" for data in here.of("message.sent")))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        (here.plan.parent / "go").touch()
        assert here.gov("resume", "latest", "--yes")[0] == 0
    assert [document["event"] for document in hook.posted] == ["escalated", "completed"]


def test_a_contact_for_a_failure_is_called_by_the_process_that_goes_on_for_that_alone(
    tmp_path: Path, heard: Services
) -> None:
    with serve() as hook:
        people = "contacts: [{role: Vendor, reach: hook, when: {after: 500ms, while: failed}}]\n"
        here = room(tmp_path, heard, people + BAD, hook=hook.url)
        assert here.gov(*here.execute("--yes", "--no-ladder"))[0] == 5
        assert hook.posted == []
        assert here.gov("resume", "latest", "--yes")[0] == 5
        assert [document["fields"]["text"] for document in hook.posted] == ["Call Vendor: hook"]
        code, _, errors = here.gov("resume", "latest", "--yes")
    assert (code, "has ended" in errors) == (2, True)
    assert [data["contact"] for data in here.of("escalated")] == ["Vendor"]
