"""``rollback-gov triggers backtest`` from the outside, on a real Prometheus that knows six days."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rollback_gov.cli import triggers_backtest
from rollback_gov.cli.main import run
from rollback_gov.triggers.line import stamp
from tests.triggers.conftest import PLAN
from tests.triggers.past import INCIDENTS, TRIGGERS, Past, past

__all__ = ["past"]
DAY = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02")
BAD = "2026-01-01T10:00:00Z/2026-01-01T10:30:00Z"


def backtest(past: Past, *more: str, plan: Path | None = None) -> int:
    return run(["triggers", "backtest", str(plan or past.target.loaded.path), "-e", "production", *more])


def test_without_incidents_it_shows_what_would_have_happened(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(past, *DAY) == 0
    assert capsys.readouterr().out.splitlines() == [
        "op-7 in production, 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z: 1441 ticks",
        "errors: would have fired 1 time; 1 of 1441 readings could not be evaluated",
        "  2026-01-01T10:05:00Z for 27m: 0.0988836 is above 0.02 for 5m",
        "latency: would not have fired",
        "What would have been decided:",
        "  2026-01-01T10:05:00Z rollback, for 28m: errors: 0.0988836 is above 0.02 for 5m",
    ]


def test_what_was_found_and_what_was_false(past: Past, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    entries = [{"name": one.name, "from": stamp(one.begins), "to": stamp(one.ends)} for one in INCIDENTS]
    file = tmp_path / "incidents.yaml"
    file.write_text(json.dumps({"incidents": entries}))
    assert backtest(past, "--from", "2026-01-01", "--to", "2026-01-07", "--incidents", str(file)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("6 of 6 incidents found, 5m after in the median (")
    assert said[-1].endswith("); 0 false rollbacks.")
    assert "  found 2 of 6 incidents, missed bad deployment, short and small, with a restart, at night; " in "\n".join(
        said
    )


def test_a_false_rollback_and_a_missed_incident_are_findings(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(past, *DAY, "--incident", "2026-01-01T20:00:00Z/2026-01-01T21:00:00+00:00") == 1
    said = capsys.readouterr().out
    assert "rollback FALSE, for 28m" in said
    assert "  2026-01-01T20:00:00Z incident 1: MISSED" in said
    assert said.endswith("0 of 1 incident found; 1 false rollback.\n")


def test_how_long_before_an_incident(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    late = "2026-01-01T10:15:00/2026-01-01T10:30:00Z"
    assert backtest(past, *DAY, "--incident", late) == 0
    assert "incident 1: rollback 10m before its beginning" in capsys.readouterr().out
    assert backtest(past, *DAY, "--incident", late, "--around", "8m") == 1


def test_json(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(past, *DAY, "--incident", BAD, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["from"] == "2026-01-01T00:00:00.000Z"
    assert document["ticks"] == 1441
    assert document["triggers"]["latency"] == {
        "readings": 1441,
        "unknown": 0,
        "firings": [],
        "found": [
            {
                "name": "incident 1",
                "from": "2026-01-01T10:00:00.000Z",
                "to": "2026-01-01T10:30:00.000Z",
                "alarm": None,
                "delay_seconds": None,
            }
        ],
        "missed": ["incident 1"],
        "false": [],
        "median_delay_seconds": None,
    }
    assert document["decisions"] == [
        {
            "action": "rollback",
            "at": "2026-01-01T10:05:00.000Z",
            "over": "2026-01-01T10:33:00.000Z",
            "reason": "errors: 0.0988836 is above 0.02 for 5m",
        }
    ]
    assert document["rollbacks"]["found"][0]["delay_seconds"] == 300
    assert backtest(past, *DAY, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["rollbacks"] is None
    assert "found" not in document["triggers"]["errors"]


def test_an_interval_of_its_own(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(past, *DAY, "--every", "5m") == 0
    assert "289 ticks" in capsys.readouterr().out


def test_as_prometheus_would(past: Past, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = past.target.loaded.path.with_name("infinite.yaml")
    expr = "1 / ((time() < bool 1767232800) + (time() >= bool 1767236400))"
    plan.write_text(
        f"{PLAN}triggers: [{{id: endless, query: {{source: metrics, expr: '{expr}'}}, above: 1, every: 5m}}]\n"
    )
    assert backtest(past, *DAY, plan=plan) == 0
    assert "endless: would not have fired; 12 of 289 readings" in capsys.readouterr().out
    assert backtest(past, *DAY, "--like-prometheus", plan=plan) == 0
    said = capsys.readouterr().out
    assert "Judged as Prometheus' own alerts would" in said
    assert "  2026-01-01T02:00:00Z for 1h: Infinity is above 1" in said


def test_what_has_no_history_is_named_and_the_rest_is_tested(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    plan = past.target.loaded.path.with_name("mixed.yaml")
    plan.write_text(
        PLAN + TRIGGERS + "  - {id: probe, query: {source: health, url: 'http://127.0.0.1:1/'}, below: 1}\n"
    )
    assert backtest(past, *DAY, plan=plan) == 0
    assert "probe: not looked at, because health only knows of now" in capsys.readouterr().out.splitlines()


NOW_ONLY = """\
triggers:
  - {id: probe, query: {source: health, url: 'http://127.0.0.1:1/'}, below: 1}
  - {id: script, query: {source: exec, run: echo 1}, above: 1}
"""


def test_without_any_history_there_is_nothing_to_do(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    plan = past.target.loaded.path.with_name("now.yaml")
    plan.write_text(PLAN + NOW_ONLY)
    assert backtest(past, *DAY, plan=plan) == 2
    assert "No trigger of the plan has a history: exec, health only knows of now." in capsys.readouterr().err


def test_a_time_without_any_data_is_nothing_to_check(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(past, "--from", "2025-06-01", "--to", "2025-06-02", "--incident", BAD) == 3
    assert capsys.readouterr().out.splitlines()[-1] == "There is no data in all that time: nothing was tested."


def test_a_history_that_cannot_be_read_proves_nothing(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    plan = past.target.loaded.path.with_name("broken.yaml")
    plan.write_text(PLAN + TRIGGERS.replace("expr: latency_seconds", "expr: 'latency_seconds['"))
    assert backtest(past, *DAY, plan=plan) == 2
    assert "The history of `latency_seconds[` cannot be read: Prometheus refuses the query" in capsys.readouterr().err


def test_long_work_says_how_far_it_is(
    past: Past, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triggers_backtest, "PROGRESS_SECONDS", 0.0)
    assert backtest(past, *DAY) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "0 of 3 ranges of history are read"
    assert said[-1] == "3 of 3 ranges of history are read"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "yesterday"], "'yesterday' is not a time. Write 2026-11-03T14:30:00Z, or how long ago"),
        (["--from", "2026-01-02", "--to", "2026-01-01"], "The history ends before it begins"),
        ([*DAY, "--incident", "2026-01-01"], "is not two times with a slash between them"),
        ([*DAY, "--incident", "soon/later"], "incident 1: 'soon' is not a time"),
        ([*DAY, "--incident", "6d/5d"], "has to have a beginning and an end"),
        ([*DAY, "--incident", "2026-01-03/2026-01-02"], "has to have a beginning and an end"),
        (["--from", "3000d", "--every", "1s"], "readings, and 5000000 are the most"),
        ([], "Missing option '--from'"),
    ],
)
def test_wrong_usage(past: Past, capsys: pytest.CaptureFixture[str], options: Sequence[str], message: str) -> None:
    assert backtest(past, *options) == 2
    assert message in capsys.readouterr().err


def test_a_file_of_incidents_that_is_wrong_is_refused(
    past: Past, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "incidents.yaml"
    file.write_text("incidents: [{from: 2026-01-01T10:00:00Z}]\n")
    assert backtest(past, *DAY, "--incidents", str(file)) == 1
    assert "'to'" in capsys.readouterr().err
