"""A rehearsal of all regions: each is deployed, fails, is rolled back and gives evidence of its own."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.journal import FILE
from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import Room, wait_for

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
    text = room.plan.read_text().replace("deploy: {run: '", "deploy: {run: 'test $HOST != eu || test -e lift-eu; ")
    room.plan.write_text(text)
    code, out, err = rehearse(room, "--scenario", "full")
    assert code == ExitCode.FINDINGS
    assert "europe: The change could not be deployed for the rehearsal" in err
    assert "evidence" in out
    (record,) = evidence(room)
    assert record["region"] == "asia"
    code, _, err = room.gov("resume", room.incident.name)
    assert code == ExitCode.FINDINGS
    assert "europe: The change could not be deployed for the rehearsal" in err
    (room.plan.parent / "lift-eu").touch()
    code, out, err = room.gov("resume", "latest")
    assert (code, err) == (0, "")
    assert "deployed now, perhaps again" in out
    assert "europe  passed" in out
    assert {record["region"]: record["result"] for record in evidence(room)} == {"asia": "passed", "europe": "passed"}


HANGS = """\
phases:
  - id: back
    steps:
      - {id: one, run: 'echo one >> "log-$HOST"', timeout: 5s}
      - id: go
        run: touch "reached-$HOST"; until test -e "let-$HOST"; do sleep 0.02; done; echo v2 > "version-$HOST"
        timeout: 60s
"""


def killed(room: Room, reached: Callable[[], bool], *more: str) -> None:
    """Begin a rehearsal and kill it with -9 when it has come so far."""
    process = room.process("rehearse", str(room.plan), "-e", "staging", "--yes", "--scenario", "full", *more)
    try:
        wait_for(reached)
    finally:
        process.kill()
        said = process.communicate()
    assert said[1] == ""


def test_a_rehearsal_of_regions_goes_on_as_a_whole_after_its_death(room: Room) -> None:
    text = room.plan.read_text()
    before, after = text.index("phases:"), text.index("verification:")
    room.plan.write_text(text[:before] + HANGS + text[after:])
    (room.plan.parent / "let-as").touch()
    killed(room, (room.plan.parent / "reached-eu").exists, "--manual", "--participant", "sre")
    (room.plan.parent / "let-eu").touch()
    code, out, err = room.gov("resume", "latest")
    assert (code, err) == (0, ""), out
    assert {record["region"]: record["result"] for record in evidence(room)} == {"asia": "passed", "europe": "passed"}
    assert {"".join(record["participants"]) for record in evidence(room)} == {"sre"}
    assert (room.plan.parent / "log-eu").read_text() == "one\n", "no finished step runs again"
    assert out.count("  evidence  ") == 1, "that of the region that had ended lies there already"
    code, _, err = room.gov("resume", room.incident.name)
    assert (code, "has ended" in err) == (ExitCode.USAGE, True)


def test_what_died_while_it_was_deployed_keeps_its_first_look_at_the_world(room: Room) -> None:
    text = room.plan.read_text()
    script = 'echo v3 > "version-$HOST"; touch reached; until test -e let; do sleep 0.02; done'
    room.plan.write_text(text.replace('echo v3 > "version-$HOST"', script))
    killed(room, (room.plan.parent / "reached").exists)
    (room.plan.parent / "let").touch()
    code, out, err = room.gov("resume", "latest")
    assert (code, err) == (0, ""), out
    assert out.count("it is deployed now, perhaps again") == 1
    versions = [(record["version_before"], record["version_deployed"]) for record in evidence(room)]
    assert versions == [("v2", "v3")] * 2


def test_a_failure_that_was_injected_before_the_death_is_not_injected_again(room: Room) -> None:
    text = room.plan.read_text().replace(
        "rehearsal: {deploy",
        """\
watch: {every: 100ms}
triggers: [{id: errors, query: {source: exec, run: 'test -e let && echo 5 || echo 0'}, above: 1}]
rehearsal: {simulate_failure: {run: 'echo "$HOST" >> injected', expect_trigger: errors, timeout: 30s}, deploy""",
    )
    room.plan.write_text(text)
    killed(room, lambda: '"rehearsal.injected"' in journal_of(room, "asia"))
    (room.plan.parent / "let").touch()
    code, out, err = room.gov("resume", "latest")
    assert (code, err) == (0, ""), out
    assert {record["triggered"] for record in evidence(room)} == {"automatic"}
    assert (room.plan.parent / "injected").read_text() == "as\neu\n"


def journal_of(room: Room, region: str) -> str:
    paths = list(room.root.glob(f"incidents/*/regions/{region}/{FILE}"))
    return paths[0].read_text() if paths else ""


def test_a_rehearsal_of_one_goes_on_and_gives_its_evidence(room: Room) -> None:
    text = room.plan.read_text()
    before, after = text.index("phases:"), text.index("verification:")
    room.plan.write_text(text[:before] + HANGS + text[after:])
    killed(room, (room.plan.parent / "reached-eu").exists, "--manual", "--region", "europe")
    (room.plan.parent / "let-eu").touch()
    code, out, err = room.gov("resume", "latest", "--json")
    assert (code, err) == (0, "")
    (record,) = evidence(room)
    assert (record["region"], record["result"]) == ("europe", "passed")
    assert [entry["result"] for entry in json.loads(out)["evidence"]] == ["passed"]
    code, _, err = room.gov("resume", room.incident.name)
    assert (code, "has ended" in err) == (ExitCode.USAGE, True)
