"""Which repositories are scanned."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.fleet.targets import Target, listed, named_in, without
from rollback_gov.github.fleet.repositories import Listed
from rollback_gov.model.errors import UsageError


def test_a_file_names_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "repos"
    file.write_text("# ours\nteam/one\r\n\n  team/two  # the second\nTEAM/One\n")
    assert named_in(file) == (Target(name="team/one"), Target(name="team/two"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team/one\nteam", ":2: 'team' is no OWNER/NAME"),
        ("../../etc", ":1: '../../etc' is no OWNER/NAME"),
        ("https://github.com/team/one", "is no OWNER/NAME"),
        ("", "The file is empty"),
    ],
)
def test_what_is_no_name_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "repos"
    file.write_text(text)
    with pytest.raises(UsageError, match=said):
        named_in(file)


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    file = tmp_path / "repos"
    file.write_bytes(b"team/one\n\xff")
    with pytest.raises(UsageError, match="repos:2:1: The file is not UTF-8"):
        named_in(file)


def test_what_github_lists_is_of_today() -> None:
    found = tuple(listed([Listed(name="team/one"), Listed(name="team/two", closed="archived")]))
    assert found == (
        Target(name="team/one", is_listed=True),
        Target(name="team/two", is_listed=True, closed="archived"),
    )


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ((), ["team/docs-a", "team/Docs-B", "team/pay", "other/pay"]),
        (("docs-*",), ["team/pay", "other/pay"]),
        (("TEAM/*",), ["other/pay"]),
        (("pay", "docs-a"), ["team/Docs-B"]),
        (("*/pay",), ["team/docs-a", "team/Docs-B"]),
        (("ay",), ["team/docs-a", "team/Docs-B", "team/pay", "other/pay"]),
    ],
)
def test_patterns_leave_out(patterns: tuple[str, ...], left: list[str]) -> None:
    names = ["team/docs-a", "team/Docs-B", "team/pay", "other/pay"]
    assert [target.name for target in without((Target(name=name) for name in names), patterns)] == left
