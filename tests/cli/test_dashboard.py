"""The command line of ``dashboard build``."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.cli import room as rooms
from tests.cli.room import Room
from tests.reports.golden_runs import GOLDEN

NOW = ("--now", "2026-12-01T12:00:00Z")


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    (tmp_path / ".rollback-gov").mkdir()
    return Path(shutil.copytree(GOLDEN, tmp_path / "incidents"))


def test_the_answer_is_printed_and_the_page_lies_by_the_runs(
    incidents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dashboard", "build", "--incidents", str(incidents), *NOW]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "orders and checkout could not meet their SLA. 2 of 6 rollbacks with an SLA (each region counts) took too long "
        "or were never verified: 2 of 3 services.",
        str(incidents / "dashboard.html"),
    ]
    assert "as of 2026-12-01 12:00 UTC" in (incidents / "dashboard.html").read_text(encoding="utf-8")


def test_the_same_facts_as_json(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dashboard", "build", "--incidents", str(incidents), "--json", *NOW]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    assert document["answer"]["headline"] == "orders and checkout could not meet their SLA"
    assert (document["kept"], document["rollbacks"], document["now"]) == (
        {"part": 4, "whole": 6},
        4,
        "2026-12-01T12:00:00Z",
    )
    assert document["missing"] == ["orders", "checkout"]
    assert document["services"][0]["kept"] == {"part": 3, "whole": 5}
    assert len(document["clocks"]) == 6
    assert not {"clocks", "missed"} & document["services"][0].keys()
    regional = next(clock for clock in document["clocks"] if clock["met"] is False)
    assert regional["causes"][0]["over"] is None
    assert not (incidents / "dashboard.html").exists()


def test_json_and_a_page(incidents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "public" / "index.html"
    assert run(["dashboard", "build", "--incidents", str(incidents), "--out", str(out), "--json", *NOW]) == 0
    assert json.loads(capsys.readouterr().out)["rollbacks"] == 4
    assert out.is_file()


@pytest.mark.parametrize(("since", "rollbacks"), [("2026-11-30", 4), ("2026-12-01", 0), ("2d", 4), ("90m", 0)])
def test_since_a_day_or_for_a_time(
    incidents: Path, since: str, rollbacks: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dashboard", "build", "--incidents", str(incidents), "--json", "--since", since, *NOW]) == 0
    assert json.loads(capsys.readouterr().out)["rollbacks"] == rollbacks


def test_a_beginning_that_is_none(incidents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dashboard", "build", "--incidents", str(incidents), "--since", "spring"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "'spring' is neither a day such as 2026-09-01 nor a span of time such as 90d." in said


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def test_html_in_a_plan_that_really_ran_shows_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    head = rooms.HEAD.replace("title: Shop 3", f"title: {hostile}").replace("owner: shop team", f"owner: {hostile}")
    monkeypatch.setattr(rooms, "HEAD", head.replace("services: [shop]", f"services: ['{hostile}']"))
    body = rooms.QUICK.replace("name: Go back", f"name: {hostile}").replace("run: echo v2", "run: exit 3")
    room = Room(tmp_path / "repository", body=body)
    code, _, err = room.gov(*room.execute("--no-ladder"))
    assert code == 5, err
    assert room.gov("dashboard", "build")[0] == 0
    page = (room.root / "incidents" / "dashboard.html").read_text(encoding="utf-8")
    assert "img" not in Tags(page).tags
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 3
