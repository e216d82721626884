"""Writing a run's documents."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from threading import Thread

import pytest
from jsonschema import Draft7Validator

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.execute import execute
from rollback_gov.commands.report import write_incident, write_text
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.journal import FILE, JournalError
from rollback_gov.model.errors import UsageError
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans.load import load_plan
from rollback_gov.resources import resource
from tests.reports import journals
from tests.reports.journals import Story

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A change | with a pipe, owner: team, level: 2}
change: {services: [api], from: {api: v1}, to: {api: v2}}
sla: 1m
capture:
  items: [{id: state, run: echo down, save: state.txt}]
phases:
  - id: restore
    name: Restore
    budget: 20s
    alternatives:
      - {id: quick, steps: [{id: go, run: 'echo broken >&2; exit 7', timeout: 5s}]}
      - {id: slow, steps: [{id: walk, run: echo v1 > version, timeout: 5s}]}
verification:
  budget: 10s
  checks: [{id: version, name: Version 1 answers, run: cat version, expect: {stdout: {equals: v1}}}]
"""


def test_both_documents_are_written_beside_the_journal(tmp_path: Path) -> None:
    folder = journals.passed().write(tmp_path / "op-7")
    report, record = write_incident(folder)
    assert (report, record) == (folder / "incident_report.md", folder / "incident.json")
    assert report.read_text(encoding="utf-8").startswith("# Incident report: API v2.1 with a new login\n")
    assert json.loads(record.read_text(encoding="utf-8"))["sla"]["duration"]["value"] == 840
    assert sorted(path.name for path in folder.iterdir()) == ["incident.json", "incident_report.md", FILE]


def test_the_report_can_go_elsewhere_and_the_record_stays(tmp_path: Path) -> None:
    folder = journals.passed().write(tmp_path / "op-7")
    report, record = write_incident(folder, tmp_path / "docs" / "incidents" / "today.md")
    assert report == tmp_path / "docs" / "incidents" / "today.md"
    assert report.is_file()
    assert record == folder / "incident.json"


def test_what_people_wrote_stays_when_the_run_goes_on(tmp_path: Path) -> None:
    whole = journals.passed()
    begun = Story()
    begun.lines = whole.lines[:12]
    folder = begun.write(tmp_path / "op-7")
    report, _ = write_incident(folder)
    text = report.read_text(encoding="utf-8")
    assert "**The run has not ended.**" in text
    written = text.replace("Which factors came together?", "The pool was too small (größer!).")
    report.write_bytes(written.encode("utf-8").replace("ö".encode(), b"\xf6"))

    whole.write(folder)
    write_incident(folder)

    again = report.read_bytes()
    assert b"The pool was too small (gr\xf6\xc3\x9fer!)." in again
    assert b"The run has not ended." not in again


def test_a_real_run_is_told_from_what_it_recorded(tmp_path: Path) -> None:
    path = tmp_path / "rollback" / "op-1" / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(PLAN, encoding="utf-8")
    (tmp_path / ".rollback-gov").mkdir()
    environments = "environments: {production: {class: production}}\n"
    (tmp_path / ".rollback-gov" / "environments.yaml").write_text(environments, encoding="utf-8")
    target = Target(loaded=load_plan(path), workspace=Workspace.around(path), environment="production")
    world = World(person="ann", environ={"PATH": os.environ["PATH"]})
    reason = RollbackReason(text="errors | everywhere", decided_by="ann", impact="nobody can log in")

    summary = execute(target, RunOptions(reason=reason), world)

    text = summary.report.read_text(encoding="utf-8")
    assert "| Restore | `quick` | failed |" in text
    assert "| Restore | `slow` | passed |" in text
    assert "the phase went on with alternative 'slow' |" in text
    assert "| Reason | errors \\| everywhere |" in text
    assert f"| Started by | ann on {socket.gethostname()} |" in text
    record = json.loads((summary.folder / "incident.json").read_text(encoding="utf-8"))
    schema = json.loads(resource("schemas", "incident-v1.schema.json").read_text(encoding="utf-8"))
    assert list(Draft7Validator(schema).iter_errors(record)) == []
    assert record["outcome"] == "passed"
    assert record["execution"]["attempts"]["value"] == 2
    assert record["captures"][0]["result"] == "kept"
    assert [failure["result"] for failure in record["failures"]] == ["failed"]


def test_text_that_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    folder = Story().start().add("warning", message="half a character: \ud83d").write(tmp_path / "op-7")
    report, record = write_incident(folder)
    assert "half a character: \N{REPLACEMENT CHARACTER}" in report.read_text(encoding="utf-8")
    assert json.loads(record.read_text(encoding="utf-8"))["warnings"] == ["half a character: \ud83d"]


def test_a_damaged_journal_is_not_told(tmp_path: Path) -> None:
    folder = journals.passed().write(tmp_path / "op-7")
    path = folder / FILE
    path.write_bytes(path.read_bytes().replace(b'"seconds":840', b'"seconds":84'))
    with pytest.raises(JournalError, match="chain is broken"):
        write_incident(folder)


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    folder = journals.passed().write(tmp_path / "op-7")
    path = folder / FILE
    path.write_bytes(path.read_bytes()[:-20])
    report, _ = write_incident(folder)
    assert "**The run has not ended.**" in report.read_text(encoding="utf-8")


def test_a_journal_without_a_run_leaves_no_documents(tmp_path: Path) -> None:
    folder = Story().add("rehearsal.version", moment="before", version="v1").write(tmp_path / "op-7")
    with pytest.raises(UsageError, match="never started"):
        write_incident(folder)
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = journals.passed().write(tmp_path / "op-7")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match=r"Cannot write the report to .*file") as caught:
        write_incident(folder, tmp_path / "file" / "report.md")
    assert "rollback-gov report incident" in caught.value.hint


def test_a_failed_run_leaves_a_failure_record_that_people_complete(tmp_path: Path) -> None:
    folder = journals.failed().write(tmp_path / "op-7")
    write_incident(folder)
    path = folder / "failure_record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["rollback_failure"]["lessons_learned"].append("Test the restore in staging")
    path.write_text(json.dumps(record), encoding="utf-8")
    write_incident(folder)
    kept = json.loads(path.read_text(encoding="utf-8"))["rollback_failure"]
    assert kept["lessons_learned"] == ["Test the restore in staging"]


@pytest.mark.parametrize("text", ["not json", "[" * 100_000])
def test_a_failure_record_that_is_none_is_left_alone(tmp_path: Path, text: str) -> None:
    folder = journals.failed().write(tmp_path / "op-7")
    path = folder / "failure_record.json"
    path.write_text(text, encoding="utf-8")
    write_incident(folder)
    assert path.read_text(encoding="utf-8") == text


def test_a_run_that_passed_leaves_no_failure_record(tmp_path: Path) -> None:
    folder = journals.passed().write(tmp_path / "op-7")
    write_incident(folder)
    assert not (folder / "failure_record.json").exists()


def test_of_two_who_write_a_report_at_once_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one begins and ends while the first is between writing and putting it in its place."""
    place, write_bytes = tmp_path / "report.md", Path.write_bytes

    def meanwhile(self: Path, data: bytes) -> int:
        size = write_bytes(self, data)
        if data == b"first":
            other = Thread(target=lambda: write_text(place, "second", errors="strict", retry="x"))
            other.start()
            other.join()
        return size

    monkeypatch.setattr(Path, "write_bytes", meanwhile)
    write_text(place, "first", errors="strict", retry="x")
    assert place.read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
