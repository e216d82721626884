"""The commits and the pull request that a workflow's event names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.github.action.event import base_commit, head_commit, pull_number, read_event
from rollback_gov.model.errors import UsageError

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("event", "base"),
    [
        ({"pull_request": {"base": {"sha": SHA}}}, SHA),
        ({"merge_group": {"base_sha": SHA, "head_sha": "f" * 40}}, SHA),
        ({"merge_group": {"base_sha": SHA * 2}}, ""),
        ({"merge_group": {"base_sha": "a" * 64}}, "a" * 64),
        ({"ref": "refs/heads/main", "before": SHA}, ""),
        ({"pull_request": {"base": {"sha": "--upload-pack=touch owned"}}}, ""),
        ({"pull_request": {"base": {"sha": None}}}, ""),
        ({"pull_request": "text"}, ""),
        ({"pull_request": {"base": ["sha"]}}, ""),
        ({}, ""),
    ],
)
def test_only_a_pull_request_and_a_merge_group_have_a_base(event: dict[str, object], base: str) -> None:
    assert base_commit(event) == base


HEAD = "f" * 40


@pytest.mark.parametrize(
    ("event", "sha", "head", "number"),
    [
        ({"pull_request": {"number": 7, "head": {"sha": HEAD}, "base": {"sha": SHA}}}, SHA, HEAD, 7),
        ({"merge_group": {"base_sha": SHA, "head_sha": HEAD}}, SHA, HEAD, 0),
        ({"ref": "refs/heads/main"}, SHA, SHA, 0),
        ({"pull_request": {"number": True, "head": {"sha": "--help"}}}, "", "", 0),
        ({"pull_request": {"number": -1, "head": 3}}, "main", "", 0),
        ({"pull_request": {"number": "7/../8"}}, "", "", 0),
        ({}, "", "", 0),
    ],
)
def test_people_look_at_the_head_of_what_is_merged(event: dict[str, object], sha: str, head: str, number: int) -> None:
    assert head_commit(event, {"GITHUB_SHA": sha}) == head
    assert pull_number(event) == number


def test_an_event_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"merge_group": {"base_sha": SHA}}))
    assert base_commit(read_event({"GITHUB_EVENT_PATH": str(file)})) == SHA
    file.write_text("[]")
    assert read_event({"GITHUB_EVENT_PATH": str(file)}) == {}
    assert read_event({}) == {}


@pytest.mark.parametrize("content", ["{", "\udcff"])
def test_an_event_that_makes_no_sense_is_said(tmp_path: Path, content: str) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=r"The event of the workflow cannot be read"):
        read_event({"GITHUB_EVENT_PATH": str(file)})
    with pytest.raises(UsageError, match=r"No such file"):
        read_event({"GITHUB_EVENT_PATH": str(tmp_path / "nothing")})
