"""A rehearsal of all regions: each is deployed, fails, is rolled back and gives evidence of its own."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import Room

PLAN = """\
parameters: {HOST: {default: nowhere}}
regions: {order: [asia, europe], parameters: {asia: {HOST: as}, europe: {HOST: eu}}}
phases:
  - id: back
    steps: [{id: go, run: 'test ! -e "broken-$HOST"; echo v2 > "version-$HOST"', timeout: 5s}]
verification: {checks: [{id: live, run: cat "version-$HOST", expect: {stdout: {equals: v2}}}]}
scenarios: [{id: quick, use_when: Small, phases: [back, verification]}]
rehearsal: {deploy: {run: 'echo v3 > "version-$HOST"'}}
"""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    head = Room(tmp_path, PLAN, "environments: {staging: {class: staging}}\n")
    text = head.plan.read_text().replace("to: {shop: v3}}", 'to: {shop: v3}, live_version: cat "version-$HOST"}')
    head.plan.write_text(text)
    for host in ("as", "eu"):
        (head.plan.parent / f"version-{host}").write_text("v2\n")
    return head


def rehearse(room: Room, *more: str) -> tuple[int, str, str]:
    return room.gov("rehearse", str(room.plan), "-e", "staging", "--manual", "--yes", *more)


def evidence(room: Room) -> list[dict[str, str]]:
    paths = sorted((room.plan.parent / "evidence").glob("*.json"))
    documents = [json.loads(path.read_text()) for path in paths]
    payloads = [json.loads(b64decode(document["payload"])) for document in documents]
    return [payload["predicate"] for payload in payloads]


def test_every_region_gives_its_own_evidence(room: Room) -> None:
    code, out, err = rehearse(room)
    assert (code, err) == (0, "")
    found = {(record["region"], record["scenario"]): record for record in evidence(room)}
    assert set(found) == {("asia", ""), ("europe", ""), ("asia", "quick"), ("europe", "quick")}
    assert {record["result"] for record in found.values()} == {"passed"}
    record = found[("europe", "quick")]
    assert record["run"].endswith("-rehearse-2.europe") or record["run"].endswith("-rehearse.europe")
    assert "[europe] Rehearsal in staging, europe: quick" in out


def test_a_region_that_fails_stops_the_rehearsal_of_the_next(room: Room) -> None:
    (room.plan.parent / "broken-as").touch()
    code, out, _ = rehearse(room, "--scenario", "full")
    assert code == ExitCode.ROLLBACK_FAILED
    (record,) = evidence(room)
    assert (record["region"], record["result"]) == ("asia", "failed")
    assert "Region europe does not begin" in out
    run = room.incident.name
    code, _, err = room.gov("resume", run)
    assert code == ExitCode.USAGE
    assert f"The run {run} has ended" in err


def test_one_region_alone(room: Room) -> None:
    assert rehearse(room, "--scenario", "full", "--region", "europe")[0] == 0
    (record,) = evidence(room)
    assert record["region"] == "europe"


def test_a_change_that_cannot_be_deployed_in_one_region_keeps_the_evidence_of_the_others(room: Room) -> None:
    text = room.plan.read_text().replace("deploy: {run: '", "deploy: {run: 'test $HOST != eu; ")
    room.plan.write_text(text)
    code, out, err = rehearse(room, "--scenario", "full")
    assert code == ExitCode.FINDINGS
    assert "europe: The change could not be deployed for the rehearsal" in err
    assert "evidence" in out
    (record,) = evidence(room)
    assert record["region"] == "asia"
    code, _, err = room.gov("resume", room.incident.name)
    assert code == ExitCode.USAGE
    assert "cannot go on as a whole" in err
