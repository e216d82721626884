"""The command: where the figures go, and what is said."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rollback_gov.execution.journal import FILE
from tests.cli.room import Room
from tests.commands.gateways import receive
from tests.conftest import ROOT
from tests.monitoring import start_node_exporter
from tests.reports.metrics.runs import story


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path)
    story(decided=0, breach=-1, operation="op-3", services=["shop"]).write(room.root / "incidents" / "op-3-1")
    return room


def names(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text)}


def test_they_are_printed_for_prometheus(room: Room) -> None:
    code, out, err = room.gov("metrics")
    assert (code, err) == (0, "")
    assert 'rollback_executed_total{services="shop",environment="production"} 1\n' in out
    assert {"rollback_executed", "rollback_plans", "rollback_metrics_timestamp_seconds"} <= names(out)


def test_of_another_folder_and_of_runs_elsewhere(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (room.root / "incidents").rename(room.root / "moved")
    somewhere = room.root / "rollback" / "op-3"
    assert "rollback_duration_seconds" not in room.gov("metrics")[1]
    code, out, _ = room.gov("metrics", str(somewhere), "--incidents", "moved")
    assert code == 0
    assert 'rollback_duration_seconds{operation="op-3",services="shop",environment="production"} 300\n' in out


def test_a_file_is_replaced_whole_and_anybody_may_read_it(room: Room) -> None:
    place = room.root / "collector" / "rollback.prom"
    before = os.umask(0o022)
    try:
        assert room.gov("metrics", "--out", str(place)) == (0, f"Written to {place}.\n", "")
    finally:
        os.umask(before)
    assert names(place.read_text()) >= {"rollback_executed"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o644
    assert [path.name for path in place.parent.iterdir()] == ["rollback.prom"]


def test_a_node_exporter_shows_it(room: Room) -> None:
    folder = room.root / "collector"
    room.gov("metrics", "--out", str(folder / "rollback.prom"))
    with start_node_exporter(folder) as server, urlopen(f"{server.url}/metrics", timeout=60) as answer:
        shown = answer.read().decode()
    assert "node_textfile_scrape_error 0\n" in shown
    assert 'rollback_executed_total{environment="production",services="shop"} 1\n' in shown
    assert names((folder / "rollback.prom").read_text()) <= names(shown)


def test_who_reads_meanwhile_sees_a_whole_file(room: Room) -> None:
    place, seen, done = room.root / "rollback.prom", set[str](), threading.Event()
    room.gov("metrics", "--out", str(place))

    def read() -> None:
        while not done.is_set():
            seen.add(place.read_text().splitlines()[-1].partition(" ")[0])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(10):
            room.gov("metrics", "--out", str(place))
    finally:
        done.set()
        reader.join()
    assert seen == {"rollback_metrics_timestamp_seconds"}


def test_a_place_that_cannot_be_written_is_said(room: Room) -> None:
    code, out, err = room.gov("metrics", "--out", str(room.plan / "x.prom"))
    assert (code, out) == (2, "")
    assert f"Cannot write {room.plan / 'x.prom'}: " in err


def test_they_are_pushed(room: Room) -> None:
    with receive(200) as web:
        code, out, _ = room.gov("metrics", "--push", web.url, "--job", "nightly", "--group", "repository=shop")
        assert (code, out) == (0, f"Pushed to {web.url}/metrics/job/nightly/repository/shop.\n")
        assert names(web.put[0]) >= {"rollback_executed"}


def test_a_push_that_fails_comes_after_the_file_and_is_an_error(room: Room) -> None:
    with receive(500) as web:
        code, out, err = room.gov("metrics", "--out", "x.prom", "--push", web.url)
    assert (code, out) == (2, "")
    assert "status 500" in err
    assert (room.root / "x.prom").exists()


def test_both_and_json(room: Room) -> None:
    with receive(200) as web:
        code, out, _ = room.gov("metrics", "--out", "x.prom", "--push", web.url)
        assert (code, out) == (0, f"Written to x.prom.\nPushed to {web.url}/metrics/job/rollback-gov.\n")
        code, out, _ = room.gov("metrics", "--out", "x.prom", "--push", web.url, "--json")
    assert (code, json.loads(out)["version"]) == (0, 1)


def test_the_figures_of_dora(room: Room) -> None:
    code, out, _ = room.gov("metrics", "--dora", "--since", "3650d")
    assert code == 0
    assert [line.split() for line in out.splitlines() if line.startswith("shop")] == [
        ["shop", "0", "0", "-", "1", "6m"]
    ]
    whole = json.loads(room.gov("metrics", "--json", "--since", "3650d")[1])["dora"]["whole"]
    assert (whole["unmatched_failures"], whole["recovery_seconds"]) == (1, 360)
    whole = json.loads(room.gov("metrics", "--json", "--since", "2026-01-31")[1])["dora"]
    assert (whole["since"], whole["whole"]["failures"]) == ("2026-01-31T00:00:00Z", 1)
    for wrong in ("soon", "9000-01-01"):
        assert room.gov("metrics", "--since", wrong)[0] == 2
    assert json.loads(room.gov("metrics", "--json", "--since", "1h")[1])["dora"]["whole"]["failures"] == 0


def test_what_cannot_be_read_is_said_and_counted(room: Room) -> None:
    damaged = room.root / "incidents" / "op-3-2"
    damaged.mkdir()
    (damaged / FILE).write_text("nothing\n")
    report = room.root / "incidents" / "op-3-1" / "incident_report.md"
    report.mkdir()
    evidence = room.plan.parent / "evidence"
    evidence.mkdir()
    (evidence / "x.dsse.json").write_text("{")
    glasses = room.root / ".rollback-gov" / "break-glass"
    glasses.mkdir()
    (glasses / "x.dsse.json").write_text("{")
    (room.root / "rollback" / "op-4").mkdir()
    (room.root / "rollback" / "op-4" / "plan.yaml").write_text("metadata: [")
    code, out, err = room.gov("metrics")
    assert code == 0
    for kind in ("run", "report", "plan", "evidence", "break-glass"):
        assert f'rollback_unreadable_records{{kind="{kind}"}} 1\n' in out
    assert len([line for line in err.splitlines() if line.startswith("warning: ")]) == 5
    assert "rollback_executed_total" in out


def test_the_dashboard_is_the_one_that_lies_in_deploy(room: Room) -> None:
    there = (ROOT / "deploy" / "grafana" / "rollback-gov.json").read_text(encoding="utf-8")
    assert room.gov("metrics", "--grafana") == (0, there, "")
    assert room.gov("metrics", "--grafana", "--out", "d.json")[0] == 0
    assert (room.root / "d.json").read_text(encoding="utf-8") == there


@pytest.mark.parametrize("other", [["--json"], ["--dora"], ["--push", "http://127.0.0.1:1"]])
def test_nothing_else_goes_with_it(room: Room, other: list[str]) -> None:
    code, out, err = room.gov("metrics", "--grafana", *other)
    assert (code, out) == (2, "")
    assert "only --out goes with it" in err
