"""``feedback`` on the command line: two lines for people, JSON for programs, and 0 whatever GitHub says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.github.hub.commits import Commit
from tests.github.hub.pulls import pull
from tests.github.hub.server import serving
from tests.github.hub.state import Hub
from tests.policy.subjects import SMALL


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A GitHub with pull request 1, and findings of a plan in this folder."""
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.rollback.yaml").write_text(SMALL)
    run(["validate", "-q", "-o", "json=findings.json"])
    with serving(Hub()) as hub:
        pull(hub.repository(), "linus", Commit("a" * 40, "linus"))
        for name, value in {**hub.environ, "GITHUB_REPOSITORY": "team/service"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
        yield hub


def test_people_get_the_addresses(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["feedback", "findings.json", "--pull", "1", "--comment", "--check-run"]) == 0
    assert capsys.readouterr().out == (
        "check run  https://github.test/team/service/runs/1\n"
        "comment    https://github.test/team/service/pull/1#issuecomment-1\n"
    )


def test_programs_get_json(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["feedback", "findings.json", "--pull", "1", "--comment", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "check_run": "",
        "comment": "https://github.test/team/service/pull/1#issuecomment-1",
        "complete": False,
        "trouble": "",
    }
    assert hub.repository().check_runs == []


def test_a_refusal_is_told_and_fails_nothing(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.denied = {"pull-requests"}
    assert run(["feedback", "findings.json", "--pull", "1", "--comment"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("There is no comment: GitHub answered with status 403")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["findings.json"], "Say what is wanted"),
        (["findings.json", "--comment", "--pull", "main"], "neither the number"),
        (["nothing.json", "--comment"], "cannot be read"),
    ],
)
def test_wrong_usage_is_wrong_usage(hub: Hub, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert run(["feedback", *words]) == 2
    assert said in capsys.readouterr().err
