from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.dashboard_build import Place, read_history, write_page
from rollback_gov.commands.report import write_all
from rollback_gov.model.errors import UsageError
from rollback_gov.reports.dashboard.figures import Share
from tests.reports.golden_runs import GOLDEN
from tests.reports.journals import Story, passed

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
TABLE = "| 1 | What will be done? |  |  | open |"


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    (tmp_path / ".rollback-gov").mkdir()
    return Path(shutil.copytree(GOLDEN, tmp_path / "incidents"))


def place(incidents: Path, page: Path | None = None) -> Place:
    return Place(incidents=incidents, page=page or incidents / "dashboard.html", environ={})


def test_runs_with_links_to_their_reports_from_where_the_page_lies(incidents: Path) -> None:
    view = read_history(place(incidents), NOW)
    assert (view.rollbacks, view.kept, view.unreadable) == (4, Share(4, 6), ())
    links = {clock.place if clock.place != "production" else clock.run[:11]: clock.report for clock in view.clocks}
    assert links["op-orders-2"] in ("./passed/incident_report.html", "./failed/incident_report.html")
    assert links["production, asia"] == "./regional/regions/asia/incident_report.md"
    from_elsewhere = read_history(place(incidents, incidents.parent / "public" / "index.html"), NOW)
    assert from_elsewhere.clocks[0].report.startswith("./../incidents/")


def test_a_report_that_is_not_there_is_not_linked_and_a_name_is_quoted(tmp_path: Path) -> None:
    passed().write(tmp_path / "incidents" / "a")
    write_all(Story().start(run="op b").end("failed", 3).write(tmp_path / "incidents" / 'op "b"#1'))
    view = read_history(place(tmp_path / "incidents"), NOW)
    assert {clock.report for clock in view.clocks} == {"", "./op%20%22b%22%231/incident_report.md"}


def test_accepted_actions_come_out_of_the_documents(incidents: Path) -> None:
    document = incidents / "failed" / "post_mortem.md"
    taken_on = "| 1 | Keep two backups | @ann | 2026-12-10 | open |"
    document.write_text(document.read_text(encoding="utf-8").replace(TABLE, taken_on), encoding="utf-8")
    (action,) = read_history(place(incidents), NOW).actions
    assert (action.text, action.owner, action.due) == ("Keep two backups", "@ann", "2026-12-10")
    assert action.report == "./failed/incident_report.html"


def test_what_cannot_be_read_is_told_and_stops_nothing(incidents: Path) -> None:
    journal = incidents / "passed" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"seconds":4.861', b'"seconds":4.862'))
    (incidents / "failed" / "post_mortem.md").unlink()
    (incidents / "failed" / "post_mortem.md").mkdir()
    (incidents.parent / ".rollback-gov" / "policy.yaml").write_text("levels: 3\n", encoding="utf-8")
    view = read_history(place(incidents), NOW)
    assert [item.where for item in view.unreadable] == [".rollback-gov", "failed", "passed"]
    assert "chain is broken" in view.unreadable[2].reason or "digest" in view.unreadable[2].reason
    assert not [item for item in view.unreadable if str(incidents.parent) in item.reason]
    assert view.rollbacks == 3
    assert view.plans == ()


def test_deployments_are_read_and_what_is_wrong_with_one_is_told(incidents: Path) -> None:
    trail = Trail(root=incidents.parent, environ={})
    for number, environment in enumerate(("production", "moon")):
        data = {"permit": str(number) * 64, "environment": environment}
        now = datetime(2026, 11, 30, 9, number, tzinfo=UTC)
        assert trail.record("permit.claimed", operation="op-orders-2", by="ann", now=now, data=data) == ""
    trail.send()
    view = read_history(place(incidents), NOW)
    assert (view.dora.deployments, view.dora.failed) == (1, 1)
    (told,) = view.unreadable
    assert (told.where, told.reason) == (
        "deployments",
        "A permit of op-orders-2 was used for 'moon', which nobody knows.",
    )


def test_whoever_serves_the_page_says_where_a_run_leads_to(incidents: Path) -> None:
    served = replace(place(incidents), reach=lambda folder: f"/?run={folder.name}")
    assert "/?run=resumed" in {clock.report for clock in read_history(served, NOW).clocks}


def test_half_of_a_character_in_a_journal_is_no_reason_to_have_no_page(tmp_path: Path) -> None:
    Story().start(title="half \ud800", services=["half \ud800"]).end("failed", 3).write(tmp_path / "incidents" / "a")
    where = place(tmp_path / "incidents")
    write_page(read_history(where, NOW), where)
    assert "half \N{REPLACEMENT CHARACTER} could not meet its SLA" in where.page.read_text(encoding="utf-8")


def test_the_page_is_the_same_for_the_same_records(incidents: Path) -> None:
    where, texts = place(incidents), set()
    for _ in range(2):
        write_page(read_history(where, NOW), where)
        texts.add(where.page.read_bytes())
    assert len(texts) == 1
    assert str(incidents.parent.parent).encode() not in texts.pop()


def test_without_any_run_there_is_a_page_that_says_so(tmp_path: Path) -> None:
    where = place(tmp_path / "incidents", tmp_path / "page.html")
    write_page(read_history(where, NOW), where)
    assert "There is no rollback of production here." in where.page.read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_named(incidents: Path) -> None:
    (incidents / "taken").write_text("")
    where = place(incidents, incidents / "taken" / "page.html")
    view = read_history(where, NOW)
    with pytest.raises(UsageError, match=r"Cannot write .*page\.html: "):
        write_page(view, where)
