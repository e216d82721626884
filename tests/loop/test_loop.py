"""From the plan to the report, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loop.conftest import Repository
from tests.loop.forging import forge_permit
from tests.loop.test_gate import ago


def test_a_rehearsal_leaves_signed_evidence_of_what_it_proved(repository: Repository) -> None:
    repository.rehearse("staging")
    names = sorted(path.name.split("-", 1)[1] for path in repository.folder.glob("evidence/*.dsse.json"))
    assert names == ["staging-service-only.dsse.json", "staging.dsse.json"]
    assert (repository.folder / "staging-service" / "version").read_text() == "1\n"


def test_an_automatic_rehearsal_waits_for_the_trigger(repository: Repository) -> None:
    said = repository.gov("rehearse", str(repository.plan), "-e", "blue", "--scenario", "full", "--yes")
    assert "waiting for trigger down" in said
    assert "(unsigned)" in said


def test_a_rehearsal_that_deploys_nothing_proves_nothing(repository: Repository) -> None:
    repository.edit("deploy: {run: 'echo 2 >", "deploy: {run: 'echo 1 >")
    said = repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes", ends=5)
    assert "nothing was deployed: version 1 ran before and after" in said


def test_a_trigger_that_does_not_fire_is_said(repository: Repository) -> None:
    repository.edit("run: 'echo 9 >", "run: 'echo 1 >")
    repository.edit("timeout: 10s", "timeout: 500ms")
    said = repository.gov("rehearse", str(repository.plan), "-e", "blue", "--yes", ends=1)
    assert "did not fire trigger 'down' within 0.5 s" in said
    assert (repository.folder / "blue-service" / "errors").read_text() == "0\n", "the injection was stopped"


def test_production_is_no_place_for_a_rehearsal(repository: Repository) -> None:
    assert "is production" in repository.gov("rehearse", str(repository.plan), "-e", "production", ends=2)


def change(repository: Repository, version: str = "2") -> Path:
    repository.capture()
    service = repository.folder / "production-service"
    (service / "version").write_text(f"{version}\n")
    return service


def test_execute_without_a_permit_warns_records_and_goes_on(repository: Repository) -> None:
    service = change(repository)
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    assert "WARNING: there is no valid permit; the rollback goes on" in said
    assert "Rollback PASSED" in said
    assert (service / "version").read_text() == "1\n"
    report = next(Path("incidents").glob("*execute/incident_report.md")).read_text()
    assert "none that is valid" in report
    assert "overrode `permit`" in report
    reason = next(Path("incidents").glob("*execute/rollback_reason.md")).read_text()
    assert "errors" in reason
    assert "NOT MEASURED" in reason


@pytest.mark.parametrize("name", ["trust", "policy"])
@pytest.mark.parametrize("content", ["[", "nonsense: true", "levels: {3: {sla: 10h}}"])
def test_broken_settings_of_a_gate_never_stop_a_rollback(repository: Repository, name: str, content: str) -> None:
    service = change(repository)
    (repository.folder / "permits").mkdir()
    (repository.root / ".rollback-gov" / f"{name}.yaml").write_text(content)
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    assert "The permit could not be verified" in said
    assert (service / "version").read_text() == "1\n"


def expire(repository: Repository) -> None:
    forge_permit(repository, issued=ago(days=3), not_before=ago(days=3), expires=ago(days=1))


def change_the_script(repository: Repository) -> None:
    """What was rehearsed, approved and permitted is not what runs."""
    repository.edit("set -euo pipefail", "set -euo pipefail; true", repository.folder / "scripts" / "back.sh")


def lose_the_evidence(repository: Repository) -> None:
    for path in repository.folder.glob("evidence/*.dsse.json"):
        path.write_text("[")


@pytest.mark.parametrize("spoil", [expire, change_the_script])
def test_a_permit_that_no_longer_counts_never_stops_a_rollback(
    issued: Repository, spoil: Callable[[Repository], None]
) -> None:
    service = change(issued)
    spoil(issued)
    said = issued.gov("execute", str(issued.plan), "-e", "production", "--reason", "errors", "--yes")
    assert "WARNING: there is no valid permit; the rollback goes on" in said
    assert (service / "version").read_text() == "1\n"
    assert "overrode `permit`" in next(Path("incidents").glob("*execute/incident_report.md")).read_text()


def test_evidence_that_is_damaged_never_stops_a_rollback(issued: Repository) -> None:
    service = change(issued)
    lose_the_evidence(issued)
    issued.gov("execute", str(issued.plan), "-e", "production", "--reason", "errors", "--yes")
    assert (service / "version").read_text() == "1\n"


def test_a_report_that_cannot_be_written_changes_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(repository)
    monkeypatch.setattr("rollback_gov.commands.report.RECORD", "no/such/folder\0")
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    assert "the report could not be written" in said
    assert "Rollback PASSED" in said


def test_a_run_that_was_refused_stands_in_nobodys_way(repository: Repository) -> None:
    change(repository)
    data = repository.folder / "baseline" / "production" / "data.txt"
    data.write_text("damaged")
    execute = ("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    assert "baseline" in repository.gov(*execute, ends=1)
    data.write_text("precious\n")
    repository.gov(*execute)


def test_execute_takes_the_forward_fix_when_it_is_too_late(repository: Repository) -> None:
    service = change(repository)
    (service / "converted").touch()
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    assert (service / "version").read_text() == "3\n"


def test_watch_decides_and_executes(repository: Repository) -> None:
    repository.rehearse()
    service = change(repository)
    (service / "errors").write_text("7\n")
    said = repository.gov("watch", str(repository.plan), "-e", "production", "--for", "10s")
    assert "decision: rollback" in said
    assert (service / "version").read_text() == "1\n"
    record = json.loads(next(Path("incidents").glob("*execute/incident.json")).read_text())
    assert record["trigger_type"] == "automatic"
    assert record["reason"]["trigger"] == "down"


def test_a_failed_rollback_ends_with_5_and_the_ladder(repository: Repository) -> None:
    change(repository)
    repository.edit('echo 1 > "$SERVICE/version"', "exit 3", repository.folder / "scripts" / "back.sh")
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes", ends=5)
    assert "ESCALATION level 1" in said
    assert "Rollback FAILED: phase 'service' failed" in said


def test_a_run_that_needs_a_person_can_be_resumed(repository: Repository) -> None:
    service = change(repository)
    (repository.folder / "baseline" / "production" / "data.txt").write_text("damaged")
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes", ends=1)
    assert "--override baseline" in said
    said = repository.gov("resume", "latest", "--override", "baseline", ends=2)
    assert "An override needs a reason" in said
    (service / "data").write_text("damaged")
    repository.gov("resume", "latest", "--override", "baseline", "--override-reason", "looked at it", "--yes")
    assert (service / "version").read_text() == "1\n"
    said = repository.gov("resume", "latest", ends=2)
    assert "has ended" in said


def test_a_refused_tool_is_refused_again_on_resume(repository: Repository) -> None:
    change(repository)
    repository.edit("sla: 5m", "tools: [no-such-tool]\nsla: 5m")
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes", ends=1)
    assert "the plan needs no-such-tool, which is not on PATH" in said
    assert "no-such-tool" in repository.gov("resume", "latest", "--yes", ends=1)
    more = ("--override", "tools", "--override-reason", "only the scenario needs it")
    repository.gov("resume", "latest", "--yes", *more)


def test_a_changed_plan_is_not_resumed_in_silence(repository: Repository) -> None:
    change(repository)
    (repository.folder / "baseline" / "production" / "data.txt").write_text("damaged")
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes", ends=1)
    repository.edit("budget: 1m", "budget: 2m")
    said = repository.gov("resume", "latest", "--override", "baseline", "--override-reason", "x", "--yes", ends=1)
    assert "what the plan runs has changed" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-e", "nowhere", "--reason", "x"], "There is no environment 'nowhere'"),
        (["-e", "production"], "Say why there is a rollback"),
        (["-e", "production", "--reason", "x", "--scenario", "no"], "The plan has no scenario 'no'"),
        (["-e", "production", "--reason", "x", "--option", "service=b"], "has no alternative 'b'"),
        (["-e", "production", "--reason", "x", "--from", "quiet"], "--because"),
        (["-e", "production", "--reason", "x", "--from", "no", "--because", "y"], "There is no phase 'no'"),
        (["-e", "production", "--reason", "x", "--skip", "no/no", "--because", "y"], "There is no step 'no/no'"),
        (["-e", "production", "--reason", "x", "--param", "SPEED=warp"], "Parameter SPEED is 'warp'"),
        (["-e", "production", "--reason", "x", "--param", "NO=1"], "There is no parameter 'NO'"),
        (["-e", "production", "--reason", "x", "--param", "NO"], "is not NAME=VALUE"),
    ],
)
def test_wrong_usage_is_one_clear_sentence(repository: Repository, arguments: list[str], message: str) -> None:
    assert message in repository.gov("execute", str(repository.plan), "--yes", *arguments, ends=2)
    assert not list(Path("incidents").glob("*execute/journal.jsonl"))


def test_from_and_skip_are_recorded_with_their_reason(repository: Repository) -> None:
    service = change(repository, "1")
    more = ("--from", "quiet", "--skip", "service/back", "--because", "done by hand")
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes", *more)
    assert (service / "version").read_text() == "1\n"
    assert "done by hand" in next(Path("incidents").glob("*execute/journal.jsonl")).read_text()


def test_status_and_report_of_the_latest_run(repository: Repository) -> None:
    change(repository)
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    said = repository.gov("status")
    assert ": passed (" in said
    assert "  phases/service: passed" in said
    assert json.loads(repository.gov("status", "--json"))["state"] == "passed"
    said = repository.gov("report", "incident")
    assert "incident_report.md" in said
    assert "Did you mean" in repository.gov("report", "incident", "op-9-2", ends=2)


def test_what_people_wrote_survives_a_new_report(repository: Repository) -> None:
    change(repository)
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    report = next(Path("incidents").glob("*execute/incident_report.md"))
    question = "Which factors came together? Describe the system, blame nobody."
    repository.edit(question, "A pool without an end.", report)
    repository.gov("report", "incident")
    text = report.read_text()
    assert "A pool without an end." in text
    assert question not in text


def test_a_dry_run_changes_nothing(repository: Repository) -> None:
    before = sorted(path for path in repository.root.rglob("*") if ".git/" not in str(path))
    said = repository.gov("execute", str(repository.plan), "-e", "production", "--dry-run")
    assert "scripts/back.sh" in said
    assert sorted(path for path in repository.root.rglob("*") if ".git/" not in str(path)) == before


def test_a_gate_is_approved_from_elsewhere(repository: Repository) -> None:
    assert "and waits for nobody" in approve_nothing(repository)


def approve_nothing(repository: Repository) -> str:
    change(repository)
    repository.gov("execute", str(repository.plan), "-e", "production", "--reason", "errors", "--yes")
    return repository.gov("approve", "latest", ends=2)
