"""The command line of ``report``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
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


def test_a_post_mortem_is_proposed_on_github(
    incidents: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in hub.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    words = ["report", "post-mortem", "op-7-first", "--incidents", str(incidents)]
    assert run(words) == 0
    document = incidents / "op-7-first" / "post_mortem.md"
    row = "| 1 | What will be done? |  |  | open |"
    rows = "| 1 | Enlarge the pool | ann | 2026-02-10 | open |\n| 2 | Forget it | ann | soon | open |"
    document.write_text(document.read_text("utf-8").replace(row, rows), "utf-8")
    capsys.readouterr()

    assert run([*words, "--to-github", "team/service"]) == 1

    said = capsys.readouterr()
    assert "pull request  https://github.test/team/service/pull/1\n" in said.out
    assert "issue  https://github.test/team/service/issues/2\n" in said.out
    assert said.err == "NOTICE: No issue is opened for an action that has no due date: Forget it\n"

    document.write_text(document.read_text("utf-8").replace("soon", "2026-03-01"), "utf-8")
    assert run([*words, "--to-github", "team/service", "--json", "--html"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["pull"], len(told["issues"]), told["troubles"]) == ("https://github.test/team/service/pull/1", 2, [])
    assert Path(told["post-mortem (html)"]).is_file()


@pytest.mark.slow
def test_two_processes_at_once_propose_one_post_mortem(incidents: Path, hub: Hub) -> None:
    words = ["report", "post-mortem", "op-7-first", "--incidents", str(incidents)]
    assert run(words) == 0
    document = incidents / "op-7-first" / "post_mortem.md"
    row = "| 1 | What will be done? |  |  | open |"
    document.write_text(document.read_text("utf-8").replace(row, "| 1 | Enlarge it | ann | 2026-02-10 | |"), "utf-8")
    command = [sys.executable, "-m", "rollback_gov", *words, "--to-github", "team/service"]
    both = [subprocess.Popen(command, env={**os.environ, **hub.environ}, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(hub.repository().pulls) == 1
    assert [one.title for one in hub.repository().issues.values() if one.state == "open"] == ["Enlarge it"]


@pytest.mark.parametrize("document", ["incident", "post-mortem"])
def test_a_repository_is_named_by_owner_and_name(
    incidents: Path, capsys: pytest.CaptureFixture[str], document: str
) -> None:
    assert run(["report", document, "op-7-first", "--incidents", str(incidents), "--to-github", "../x"]) == 2
    assert "is not OWNER/NAME" in capsys.readouterr().err


def test_an_issue_without_a_token_is_wrong_usage_and_the_report_is_there(
    incidents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    words = ["report", "incident", "op-7-first", "--incidents", str(incidents), "--to-github", "team/service"]

    assert run(words) == 2

    assert "GITHUB_TOKEN is not set." in capsys.readouterr().err
    assert (incidents / "op-7-first" / "incident_report.md").is_file()


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["rollback"], {"rollback": "rollback_report.md", "record": "incident.json"}),
        (["post-mortem"], {"post-mortem": "post_mortem.md", "record": "incident.json"}),
        (
            ["post-mortem", "--html"],
            {"post-mortem": "post_mortem.md", "post-mortem (html)": "post_mortem.html", "record": "incident.json"},
        ),
        (
            ["incident", "--html"],
            {"report": "incident_report.md", "report (html)": "incident_report.html", "record": "incident.json"},
        ),
        (["metrics"], {"metrics": "rollback_metrics.json"}),
    ],
)
def test_each_document_has_its_command(
    incidents: Path, capsys: pytest.CaptureFixture[str], words: list[str], files: dict[str, str]
) -> None:
    name, *options = words
    assert run(["report", name, "op-7-first", "--incidents", str(incidents), "--json", *options]) == 0

    folder = incidents / "op-7-first"
    assert json.loads(capsys.readouterr().out) == {key: str(folder / file) for key, file in files.items()}
    assert all((folder / file).is_file() for file in files.values())


def test_all_documents_at_once(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "all", "op-7-second", "--incidents", str(incidents)]) == 0

    names = {path.name for path in (incidents / "op-7-second").iterdir()}
    assert names >= {"post_mortem.md", "rollback_report.md", "failure_record.json", "rollback_metrics.json"}
    assert "metrics      " in capsys.readouterr().out


def test_a_broken_template_is_a_warning_with_its_line(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = incidents.parent / ".rollback-gov" / "templates"
    folder.mkdir(parents=True)
    (folder / "rollback_report.md.j2").write_text("{% nonsense %}", encoding="utf-8")

    assert run(["report", "rollback", "op-7-first", "--incidents", str(incidents)]) == 0

    assert f"warning: {folder / 'rollback_report.md.j2'}, line 1: " in capsys.readouterr().err
    assert (incidents / "op-7-first" / "rollback_report.md").read_text("utf-8").startswith("# Rollback report")


def test_a_check_says_what_is_missing_and_where(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["report", "post-mortem", "op-7-first", "--incidents", str(incidents)])
    capsys.readouterr()

    assert run(["report", "check", "op-7-first", "--incidents", str(incidents)]) == 1

    out = capsys.readouterr().out
    file = incidents / "op-7-first" / "post_mortem.md"
    line = file.read_text("utf-8").splitlines().index("<!-- write: lucky -->") + 2
    assert f"{file}:{line}: unfilled: nobody has written the part 'lucky'\n" in out
    assert f"{file}:1: deadline: still a draft; it was due at 2026-02-02T12:14:00Z\n" in out


def test_a_check_as_json(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "check", "op-7-first", "--incidents", str(incidents), "--json"]) == 1

    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(Path(item["file"]).name, item["code"]) for item in findings] == [
        ("incident_report.md", "deadline"),
        ("post_mortem.md", "deadline"),
    ]


@pytest.mark.parametrize("name", ["op-7-rehearsed/", "op-7-rehearsed//", "latest/"])
def test_a_run_may_be_named_as_a_shell_completes_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    journals.rehearsed().write(tmp_path / "op-7-rehearsed")

    assert run(["report", "check", name, "--incidents", str(tmp_path)]) == 0

    assert capsys.readouterr().out == "The documents are whole.\n"


def test_documents_that_are_whole_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journals.rehearsed().write(tmp_path / "op-7-rehearsed")

    assert run(["report", "check", "op-7-rehearsed", "--incidents", str(tmp_path)]) == 0

    assert capsys.readouterr().out == "The documents are whole.\n"


def test_a_rehearsal_out_of_its_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rollback_gov.records.evidence import write_evidence
    from tests.reports.test_documents import REHEARSED

    path = write_evidence(tmp_path, REHEARSED, None)

    assert run(["report", "rehearsal", str(path)]) == 0

    report = path.with_name(path.name.removesuffix(".dsse.json") + ".md")
    assert capsys.readouterr().out == f"rehearsal  {report}\n"
    text = report.read_text("utf-8")
    assert "- **Record**: unsigned, payload `" in text
    assert "- **Result**: passed" in text
