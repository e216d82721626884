"""Which pull request a job is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.github.connection import connect
from rollback_gov.github.event import pull_of_event
from rollback_gov.model.errors import UsageError
from tests.github.hub.commits import Commit
from tests.github.hub.pulls import pull
from tests.github.hub.state import Hub

SHA, MERGED = "a" * 40, "b" * 40


def number(hub: Hub, folder: Path, event: Any, sha: str = "") -> int:
    path = folder / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event))
    environ = {**hub.environ, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": sha}
    with connect(environ, needs="pull-requests: read") as connection:
        return pull_of_event(environ, connection.get_repo("team/service"))


@pytest.mark.parametrize(
    "event",
    [
        {"pull_request": {"number": 17}},
        {"issue": {"number": 17, "pull_request": {"url": "https://github.test/"}}, "comment": {}},
        {"review": {}, "pull_request": {"number": 17}},
    ],
)
def test_the_event_says_it(hub: Hub, tmp_path: Path, event: dict[str, Any]) -> None:
    assert number(hub, tmp_path, event) == 17


@pytest.mark.parametrize(
    "event",
    [
        {"after": MERGED},
        {"issue": {"number": 17}},
        {"pull_request": {"number": "17"}},
        {"pull_request": {"number": True}},
        [],
        {},
    ],
)
def test_else_it_is_the_one_that_became_the_commit(hub: Hub, tmp_path: Path, event: Any) -> None:
    pull(hub.repository(), "linus", Commit(MERGED, "linus"))  # still open, upon that commit
    one = pull(hub.repository(), "linus", Commit(SHA, "linus"), merged_as=MERGED)
    assert number(hub, tmp_path, event, MERGED) == one.number == 2


def test_none_and_several_are_said(hub: Hub, tmp_path: Path) -> None:
    pull(hub.repository(), "linus", Commit(MERGED, "linus"))
    with pytest.raises(UsageError, match="No pull request has become the commit bbbbbbbbbbbb"):
        number(hub, tmp_path, {}, MERGED)
    for _ in range(2):
        pull(hub.repository(), "linus", Commit(SHA, "linus"), merged_as=MERGED)
    with pytest.raises(UsageError, match=r"2 pull requests \(2, 3\) have become the commit") as error:
        number(hub, tmp_path, {}, MERGED)
    assert "--reviews NUMBER" in error.value.hint


def test_without_an_event_nobody_knows(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Neither the event nor GITHUB_SHA"):
        number(hub, tmp_path, {})
    with pytest.raises(UsageError, match="cannot be read from"):
        number(hub, tmp_path, "{")
    with (
        pytest.raises(UsageError, match="Neither the event nor GITHUB_SHA"),
        connect(hub.environ, needs="x") as connection,
    ):
        pull_of_event(hub.environ, connection.get_repo("team/service"))
