"""``rollback-gov triggers prove`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.cli.test_triggers import HEAD

GOOD = "triggers: [{id: health, query: {source: health, url: 'http://h/'}, below: 1, count: 3, every: 5s}]\n"
BAD = GOOD.replace("below: 1", "below: 0") + "decision: [{action: rollback, any: [health]}]\n"


def plan(tmp_path: Path, body: str) -> str:
    path = tmp_path / "plan.yaml"
    path.write_text(HEAD + body)
    return str(path)


def test_a_proof_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triggers", "prove", plan(tmp_path, GOOD)]) == 0
    *said, last = capsys.readouterr().out.splitlines()
    assert said[0].startswith("proved  health: fires at the 3rd failing reading in a row")
    assert said[1:] == [
        "  fires after 10s, 3 readings: value 0",
        "  stays quiet, 7 readings: value 1",
        "  stays quiet, 9 readings: 2 times value 0, then value 1, over and over",
        "  stays quiet, 12 readings: 2 times value 0, then the source fails or has no sample",
    ]
    assert last.startswith("1 of 1 proved; sha256 ")
    assert run(["triggers", "prove", plan(tmp_path, GOOD), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["result"], document["sha256"]) == ("proved", last.rpartition(" ")[2])
    assert document["triggers"][0]["played"][0]["fired_after"] == "10s"


def test_what_cannot_fire_is_a_failure_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triggers", "prove", plan(tmp_path, BAD)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("NOT PROVED  health: ")
    assert said[1] == "  it can never fire: no answer of a health check (0 or 1) is below 0"
    assert said[2] == "proved  row 0 (rollback): decided when health fired"
    assert said[3].startswith("1 of 2 proved; ")
    assert run(["triggers", "prove", plan(tmp_path, BAD), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["result"] == "not proved"
