"""All documents of a run together: what people say in one, and what is missing in them."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.rehearsal_report import write_rehearsal
from rollback_gov.commands.report import write_all, write_documents, write_metrics
from rollback_gov.commands.report_check import check_reports
from rollback_gov.execution.journal import FILE
from rollback_gov.model.errors import UsageError
from rollback_gov.reports.markdown import INCIDENT, POST_MORTEM, ROLLBACK
from tests.reports import journals
from tests.reports.golden_runs import GOLDEN

CAUSE = "Which factors came together? Describe the system, blame nobody."
ENDED = datetime(2026, 1, 31, 12, 14, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with all its documents, as nobody wrote in them."""
    (tmp_path / ".rollback-gov").mkdir()
    folder = journals.passed().write(tmp_path / "incidents" / journals.STARTED["run"])
    write_all(folder)
    return folder


def text(run: Path, name: str) -> str:
    return (run / name).read_text(encoding="utf-8")


def write(run: Path, name: str, old: str, new: str) -> None:
    said = text(run, name)
    assert old in said
    (run / name).write_text(said.replace(old, new), encoding="utf-8")


def codes(run: Path, now: datetime = ENDED) -> list[tuple[str, str]]:
    return [(Path(item.file).name, item.code) for item in check_reports(str(run), run.parent, now)]


def test_all_documents_lie_beside_the_journal(run: Path) -> None:
    assert {path.name for path in run.iterdir()} == {
        *("incident.json", "incident_report.md", "post_mortem.md", "rollback_metrics.json", "rollback_report.md"),
        FILE,
    }


def test_what_is_written_in_one_document_stands_in_all(run: Path) -> None:
    write(run, "post_mortem.md", CAUSE, "The pool held ten.")
    write_all(run)
    for item in (INCIDENT, ROLLBACK, POST_MORTEM):
        assert "<!-- write: root-cause -->\nThe pool held ten.\n<!-- end -->" in text(run, item.file)

    write(run, "rollback_report.md", "The pool held ten.", "The pool held ten connections.")
    write_all(run)
    for item in (INCIDENT, ROLLBACK, POST_MORTEM):
        assert "<!-- write: root-cause -->\nThe pool held ten connections.\n<!-- end -->" in text(run, item.file)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    write_all(run)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_two_that_differ_are_left_alone_and_found(run: Path) -> None:
    write(run, "post_mortem.md", CAUSE, "The pool held ten.")
    write(run, "incident_report.md", CAUSE, "The traffic doubled.")
    write_all(run)
    assert "The pool held ten." in text(run, "post_mortem.md")
    assert "The traffic doubled." in text(run, "incident_report.md")
    assert CAUSE in text(run, "rollback_report.md")
    found = [item for item in check_reports(str(run), run.parent, ENDED) if item.code == "differs"]
    assert [Path(item.file).name for item in found] == ["incident_report.md", "post_mortem.md"]
    assert all("write it once" in item.message for item in found)


def test_the_impact_that_people_wrote_is_in_the_record_and_in_the_figures(run: Path) -> None:
    write(run, "incident_report.md", "- Downtime: NOT MEASURED", "- Downtime: 3m")
    write(run, "incident_report.md", "- Affected requests: NOT MEASURED", "- Affected requests: 2,847")
    write(run, "incident_report.md", "- Users: one login in forty fails", "- Users: one in thirty")
    write_metrics(run)
    figures = json.loads(text(run, "rollback_metrics.json"))
    assert figures["rollback_metrics"]["impact_metrics"]["downtime_seconds"] == 180
    assert figures["rollback_metrics"]["impact_metrics"]["affected_requests"] == 2847
    assert figures["provenance"]["impact_metrics"]["affected_requests"] == {
        "provenance": "entered",
        "source": "written in the report",
    }
    write_documents(run, (POST_MORTEM,))
    assert json.loads(text(run, "incident.json"))["impact"]["downtime"]["value"] == 180
    assert "- Affected requests: 2,847" in text(run, "post_mortem.md")
    assert "- **User impact**: one in thirty" in text(run, "post_mortem.md")


def test_the_documents_of_regions_are_written_too(tmp_path: Path) -> None:
    run = tmp_path / "regional"
    shutil.copytree(GOLDEN / "regional", run)
    for path in run.rglob("*.md"):
        path.unlink()
    written = write_all(run)
    assert written.files["europe post-mortem"] == run / "regions" / "europe" / "post_mortem.md"
    assert "| `europe` | failed |" in text(run, "rollback_report.md")
    assert "region `europe`" in text(run / "regions" / "europe", "rollback_report.md")


def test_a_page_lies_beside_its_document(run: Path) -> None:
    written = write_documents(run, (POST_MORTEM,), html=True, out=run / "x" / "review.md")
    assert written.files["post-mortem (html)"] == run / "x" / "review.html"
    assert "<title>Rollback post-mortem: API v2.1 with a new login</title>" in text(run, "x/review.html")


def test_a_broken_template_is_named_and_the_document_is_there(run: Path) -> None:
    folder = run.parent.parent / ".rollback-gov" / "templates"
    folder.mkdir()
    (folder / "post_mortem.md.j2").write_text("# Ours\n{{ i.nothing }}", encoding="utf-8")
    (folder / "rollback_report.md.j2").write_text("# Ours: {{ i.identity.run }}", encoding="utf-8")
    written = write_all(run)
    assert [problem.partition(": ")[0] for problem in written.problems] == [f"{folder / 'post_mortem.md.j2'}, line 2"]
    assert text(run, "post_mortem.md").startswith("# Rollback post-mortem")
    assert text(run, "rollback_report.md").startswith("# Ours: op-7")


def test_a_draft_is_late_and_what_is_not_there_too(run: Path) -> None:
    day = timedelta(days=1, seconds=1)
    assert "deadline" not in [code for _, code in codes(run)]
    late = [name for name, code in codes(run, ENDED + day) if code == "deadline"]
    assert late == ["incident_report.md", "rollback_report.md"]
    (run / "post_mortem.md").unlink()
    assert ("post_mortem.md", "deadline") not in codes(run, ENDED + day)
    assert ("post_mortem.md", "deadline") in codes(run, ENDED + 2 * day)


def test_a_rehearsal_owes_nobody_a_post_mortem(tmp_path: Path) -> None:
    folder = journals.rehearsed().write(tmp_path / "run")
    assert check_reports(str(folder), tmp_path, ENDED + timedelta(days=9)) == ()


def test_people_of_the_record_are_people(run: Path) -> None:
    write(run, "post_mortem.md", "1. What else made it worse, or slower?", "1. Ines forgot to look.\n2. Kim forgot it.")
    assert [code for name, code in codes(run) if name == "post_mortem.md" and code == "blame"] == ["blame"]


def test_one_file_wherever_it_lies(run: Path) -> None:
    place = run.parent.parent / "docs" / "review.md"
    place.parent.mkdir()
    shutil.copyfile(run / "post_mortem.md", place)
    found = check_reports(str(place), run.parent, ENDED)
    assert {item.file for item in found} == {str(place)}
    assert "'summary'" in found[0].message
    inside = check_reports(str(run / "incident_report.md"), Path("nowhere"), ENDED)
    assert {Path(item.file).name for item in inside} == {"incident_report.md"}


@pytest.mark.parametrize("said", ["# Notes\n", "# Incident report: x\n", "| Incident | `op-7` |\n"])
def test_a_file_that_is_no_document_of_a_run(tmp_path: Path, said: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(said, encoding="utf-8")
    with pytest.raises(UsageError, match="no document of a run"):
        check_reports(str(path), tmp_path, ENDED)


def test_the_report_of_a_rehearsal_keeps_what_people_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copyfile(GOLDEN / "rehearsed" / FILE, folder / FILE)
    place, problem = write_rehearsal(str(folder), tmp_path)
    assert (place, problem) == (folder / "rehearsal_report.md", "")
    write(folder, "rehearsal_report.md", "1. What does the plan have to say", "1. Nothing: what does the plan have")
    write_rehearsal(str(folder), tmp_path)
    assert "1. Nothing: what does" in text(folder, "rehearsal_report.md")
    found = check_reports(str(folder), tmp_path, ENDED)
    assert [item.message for item in found] == [
        "nobody has written the part 'problems'",
        "nobody has written the part 'follow-up'",
    ]
    assert check_reports(str(place), tmp_path, ENDED) == found
    late = check_reports(str(folder), tmp_path, datetime(2026, 12, 9, tzinfo=UTC))
    assert [item.code for item in late] == ["deadline", "unfilled", "unfilled"]


def test_a_run_that_was_no_rehearsal_has_no_such_report(run: Path) -> None:
    with pytest.raises(UsageError, match="no rehearsal report: Only a rehearsal"):
        write_rehearsal(str(run), run.parent)


def test_a_file_that_is_no_evidence(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "x.dsse.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"x\.dsse\.json is no evidence of a rehearsal: ."):
        write_rehearsal(str(folder / "x.dsse.json"), tmp_path)
    with pytest.raises(UsageError, match=r"is no evidence of a rehearsal\."):
        write_rehearsal(str(tmp_path / "y.dsse.json"), tmp_path)


def test_a_document_that_cannot_be_read_is_named(run: Path) -> None:
    (run / "post_mortem.md").unlink()
    (run / "post_mortem.md").mkdir()
    with pytest.raises(UsageError, match=r"Cannot read .*post_mortem\.md: Is a directory\."):
        write_all(run)


def test_what_somebody_wrote_around_the_parts_is_kept_beside_and_told(run: Path) -> None:
    write(run, "incident_report.md", "## Timeline", "The vendor has a known defect.\n\n## Timeline")
    (problem,) = write_all(run).problems
    assert problem == (
        f"{run / 'incident_report.md'} was changed around the parts for people, where everything is written anew. "
        "As it was, it lies in incident_report.edited.md: move what is to stay between markers."
    )
    assert "The vendor has a known defect." in text(run, "incident_report.edited.md")
    assert "The vendor has a known defect." not in text(run, "incident_report.md")
    assert write_all(run).problems == ()

    write(run, "incident_report.md", "## Timeline", "So has the driver.\n\n## Timeline")
    assert "incident_report.edited-2.md" in write_all(run).problems[0]
    assert "The vendor has a known defect." in text(run, "incident_report.edited.md")


def test_of_an_older_version_nobody_says_that_people_changed_what_it_wrote(run: Path) -> None:
    old = re.sub(r"\n<!-- around the parts: .* -->\n", "", text(run, "incident_report.md"))
    (run / "incident_report.md").write_text(old.replace("## Timeline", "## What happened"), encoding="utf-8")
    (problem,) = write_all(run).problems
    assert problem == (
        f"{run / 'incident_report.md'} is of a version that does not tell what people changed around the parts for "
        "them, where everything is written anew. As it was, it lies in incident_report.edited.md: move what is to "
        "stay between markers."
    )
    assert "## What happened" in text(run, "incident_report.edited.md")
    assert write_all(run).problems == ()


def test_a_marker_that_somebody_deleted_costs_nothing_that_was_written(run: Path) -> None:
    write(run, "incident_report.md", f"<!-- write: root-cause -->\n{CAUSE}", "The pool held ten.")
    write_all(run)
    assert "The pool held ten." in text(run, "incident_report.edited.md")
    assert CAUSE in text(run, "incident_report.md")


def test_a_run_that_goes_on_writes_its_report_anew_and_keeps_no_copy(run: Path) -> None:
    lines = (run / FILE).read_bytes().splitlines(keepends=True)
    (run / FILE).write_bytes(b"".join(lines[:12]))
    write_all(run)
    (run / FILE).write_bytes(b"".join(lines))
    assert write_all(run).problems == ()
    assert not list(run.glob("*.edited*"))


def test_a_file_that_is_no_document_of_ours_is_not_overwritten_for_ever(run: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("My notes.\n", encoding="utf-8")
    assert "notes.edited.md" in write_documents(run, (INCIDENT,), out=notes).problems[0]
    assert text(tmp_path, "notes.edited.md") == "My notes.\n"


def test_the_report_of_a_rehearsal_keeps_what_was_written_around_its_parts_too(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOLDEN / "rehearsed", tmp_path / "incidents" / "rehearsed"))
    place, told = write_rehearsal(str(folder), folder.parent)
    assert told == ""
    place.write_text(f"Seen by the board.\n\n{place.read_text(encoding='utf-8')}", encoding="utf-8")
    assert "rehearsal_report.edited.md" in write_rehearsal(str(folder), folder.parent)[1]
    assert "Seen by the board." in text(folder, "rehearsal_report.edited.md")
