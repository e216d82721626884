"""``rollback-gov triggers export`` and ``import`` from the outside."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.cli.room import Room
from tests.conftest import ROOT, need

BODY = """\
baseline: [{id: p99, run: "true", save: p99.txt}]
triggers:
  - {id: errors, query: {source: prometheus, expr: errors}, above: 5, for: 1m}
  - {id: slow, query: {source: prometheus, expr: p99}, above: {baseline: p99, times: 2}}
  - {id: health, query: {source: health, url: 'http://h/'}, below: 1}
phases: [{id: back, budget: 20s, steps: [{id: load, run: echo v2, timeout: 5s}]}]
"""
CONFIG = str(ROOT / "plans-example" / "cortex-api" / "auto-rollback-config.json")


def test_rules_are_written_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    need("promtool")
    room = Room(tmp_path, BODY)
    code, out, err = room.gov("triggers", "export", str(room.plan), "-o", "rules.yaml")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "left out: slow: it is compared with the baseline 'p99', of which no number was kept",
        "left out: health: its value is read from health, not by PromQL",
    ]
    file = tmp_path / "rules.yaml"
    assert file.read_text().startswith("# Written by rollback-gov triggers export.\n# left out: slow: ")
    subprocess.run(["promtool", "check", "rules", str(file)], check=True, capture_output=True)
    assert room.gov("triggers", "export", str(room.plan))[1] == file.read_text()


def test_an_environment_gives_the_numbers_of_its_baseline(tmp_path: Path) -> None:
    room = Room(tmp_path, BODY)
    kept = room.plan.parent / "baseline" / "production" / "p99.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("0.2\n")
    code, out, _ = room.gov("triggers", "export", str(room.plan), "-e", "production", "--json")
    document = json.loads(out)
    assert (code, document["rules"], list(document["left_out"])) == (0, 2, ["health"])
    assert document["groups"][0]["rules"][1]["expr"] == "vector(scalar(p99)) > 0.4 and vector(scalar(p99)) < Inf"
    assert list(document["differences"]) == ["errors"]
    assert room.gov("triggers", "export", str(room.plan), "-e", "nowhere")[0] == 2
    assert room.gov("triggers", "export", str(room.plan), "-o", "no/folder/x.yaml")[0] == 2


def test_where_nothing_can_be_said_in_promql_there_is_nothing(tmp_path: Path) -> None:
    body = (
        "triggers: [{id: health, query: {source: health, url: 'http://h/'}, below: 1}]\nphases: [{id: a, steps: []}]\n"
    )
    room = Room(tmp_path, body.replace("steps: []", "steps: [{id: b, run: 'true'}]"))
    assert room.gov("triggers", "export", str(room.plan))[0] == 3


def test_a_configuration_becomes_a_draft(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = tmp_path / "draft.yaml"
    assert run(["triggers", "import", CONFIG, "-o", str(draft)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "gap: error-rate: where is error_rate read? (query)" in err.splitlines()
    assert run(["triggers", "import", CONFIG]) == 0
    assert capsys.readouterr().out == draft.read_text()
    assert run(["triggers", "import", CONFIG, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["metric"] for one in document["triggers"]] == [
        "error_rate",
        "latency_p99",
        "auth_failure_rate",
        "health_check_failures",
    ]
    assert (document["mode"], len(document["gaps"]), document["draft"]) == ("auto", 8, draft.read_text())


def test_validate_finds_what_is_still_to_do(tmp_path: Path) -> None:
    room = Room(tmp_path)
    code, out, _ = room.gov("triggers", "import", CONFIG)
    room.plan.write_text(room.plan.read_text() + out)
    code, out, _ = room.gov("validate", str(room.plan))
    assert code == 1
    assert out.count("TODO") >= 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"{}", "has no triggers"),
        (b" " * 1_000_001, "megabyte"),
    ],
)
def test_a_file_that_is_no_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_bytes(content)
    assert run(["triggers", "import", str(file)]) == 2
    assert said in capsys.readouterr().err
