"""The command line of ``report``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.github.conftest import hub
from tests.github.hub.state import Hub
from tests.reports import journals

__all__ = ["hub"]


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    """Two runs, the failed one later."""
    folder = tmp_path / "incidents"
    for number, (name, story) in enumerate({"op-7-first": journals.passed(), "op-7-second": journals.failed()}.items()):
        _touch(story.write(folder / name), 1_000_000 + number)
    return folder


def _touch(folder: Path, when: int) -> None:
    import os

    os.utime(folder, (when, when))


def test_a_run_by_its_id(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "incident", "op-7-first", "--incidents", str(incidents)]) == 0

    report = incidents / "op-7-first" / "incident_report.md"
    assert f"report  {report}\n" in capsys.readouterr().out
    assert "| Outcome | passed |" in report.read_text(encoding="utf-8")


def test_the_latest_run_without_a_name(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "incident", "--incidents", str(incidents)]) == 0

    assert str(incidents / "op-7-second" / "incident_report.md") in capsys.readouterr().out


def test_a_run_by_its_folder_into_a_file(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = incidents.parent / "report.md"

    assert run(["report", "incident", str(incidents / "op-7-first"), "--out", str(out)]) == 0

    assert f"report  {out}\n" in capsys.readouterr().out
    assert out.is_file()
    assert not (incidents / "op-7-first" / "incident_report.md").exists()


def test_as_json(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "incident", "op-7-first", "--incidents", str(incidents), "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "report": str(incidents / "op-7-first" / "incident_report.md"),
        "record": str(incidents / "op-7-first" / "incident.json"),
    }


def test_an_unknown_run_names_the_nearest(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "incident", "op-7-frist", "--incidents", str(incidents)]) == 2

    error = capsys.readouterr().err
    assert "There is no run 'op-7-frist'" in error
    assert "op-7-first" in error


def test_a_folder_without_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "incident", "--incidents", str(tmp_path)]) == 2

    assert "There is no run 'latest'" in capsys.readouterr().err


def test_a_place_that_cannot_be_written(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (incidents / "file").write_text("in the way", encoding="utf-8")

    assert run(["report", "incident", "op-7-first", "--incidents", str(incidents), "--out", f"{incidents}/file/x"]) == 2

    assert "Cannot write the report" in capsys.readouterr().err


def test_the_issue_says_what_the_file_says_and_people_wrote(
    incidents: Path,
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in hub.environ.items():
        monkeypatch.setenv(name, value)
    out = incidents.parent / "report.md"
    words = ["report", "incident", "op-7-first", "--incidents", str(incidents), "--out", str(out), "--json"]
    assert run(words) == 0
    out.write_text(out.read_text("utf-8").replace("Which factors came together?", "The pool was too small."), "utf-8")
    capsys.readouterr()

    assert run([*words, "--to-github", "team/service"]) == 0

    assert json.loads(capsys.readouterr().out)["issue"] == "https://github.test/team/service/issues/1"
    (issue,) = hub.repository().issues.values()
    assert issue.title == "Rollback of op-7 in production: passed"
    assert issue.body.endswith(out.read_text(encoding="utf-8"))
    assert "The pool was too small." in issue.body
    assert not (incidents / "op-7-first" / "incident_report.md").exists()


def test_an_issue_without_a_token_is_wrong_usage_and_the_report_is_there(
    incidents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    words = ["report", "incident", "op-7-first", "--incidents", str(incidents), "--to-github", "team/service"]

    assert run(words) == 2

    assert "GITHUB_TOKEN is not set." in capsys.readouterr().err
    assert (incidents / "op-7-first" / "incident_report.md").is_file()
