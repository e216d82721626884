"""What people report."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Value
from rollback_gov.sources.book import SourceBook
from rollback_gov.sources.manual import report, set_aside

QUERY = Query(source="manual", signal="user_reports")


def book(path: Path | None) -> SourceBook:
    return SourceBook(environ={}, parameters={}, reports=path)


def test_reports_of_a_signal_add_up(tmp_path: Path) -> None:
    path = tmp_path / "watch" / "reports.jsonl"
    report(path, signal="user_reports", count=3, at=100.0, by="ana")
    report(path, signal="data_inconsistency", count=1, at=110.0, by="ana")
    report(path, signal="user_reports", count=2, at=120.5, by="bo")
    assert book(path).read(QUERY, 200.0) == Value(Decimal(5), 120.5)


def test_within_a_time_older_reports_and_those_of_the_future_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    for at in (100.0, 200.0, 300.0):
        report(path, signal="user_reports", count=1, at=at, by="ana")
    hourly = Query(source="manual", signal="user_reports", over=Duration(100_000))
    assert book(path).read(hourly, 299.0) == Value(Decimal(1), 200.0)


def test_nothing_reported_is_zero(tmp_path: Path) -> None:
    assert book(tmp_path / "reports.jsonl").read(QUERY, 200.0) == Value(Decimal(0), 200.0)


@pytest.mark.parametrize("line", ["{", "{}", '{"at": 5, "signal": "user_reports", "count": 1}', "[]"])
def test_a_file_that_cannot_be_read_as_reports_is_an_error(tmp_path: Path, line: str) -> None:
    path = tmp_path / "reports.jsonl"
    path.write_text(line + "\n")
    seen = book(path).read(QUERY, 200.0)
    assert isinstance(seen, Error)
    assert seen.reason == "reports.jsonl cannot be read as reports: line 1 is none; correct or remove it"


def test_a_file_of_reports_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "reports.jsonl").mkdir()
    assert book(tmp_path / "reports.jsonl").read(QUERY, 200.0) == Error(
        "reports.jsonl cannot be read as reports: Is a directory"
    )


@pytest.mark.parametrize("torn", ["{", '{"at": "2026-01-31T12:00', "\u00e4"])
def test_a_report_that_was_torn_does_not_count_and_spoils_no_other(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "reports.jsonl"
    report(path, signal="user_reports", count=3, at=100.0, by="ana")
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    assert book(path).read(QUERY, 200.0) == Value(Decimal(3), 100.0)
    report(path, signal="user_reports", count=2, at=150.0, by="ana")
    assert book(path).read(QUERY, 200.0) == Value(Decimal(5), 150.0)


def test_a_disk_that_is_full_leaves_the_reports_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    report(path, signal="user_reports", count=3, at=100.0, by="ana")
    before = path.read_bytes()
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from rollback_gov.sources.manual import report\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 10}, {len(before) + 10}))\n"
        "report(Path(sys.argv[1]), signal='user_reports', count=2, at=150.0, by='ana')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert "OSError" in done.stderr
    assert path.read_bytes() == before


def test_reports_that_are_set_aside_count_no_more(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    assert set_aside(path, at=0.0) is None
    report(path, signal="user_reports", count=3, at=100.0, by="ana")
    assert set_aside(path, at=150.0) == tmp_path / "reports.before-19700101-000230.jsonl"
    report(path, signal="user_reports", count=1, at=180.0, by="ana")
    assert book(path).read(QUERY, 200.0) == Value(Decimal(1), 180.0)


def test_a_book_that_knows_no_reports_says_so() -> None:
    assert book(None).read(QUERY, 200.0) == Error("nothing is known about where people report")
