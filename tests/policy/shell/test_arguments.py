"""Options and operands."""

from __future__ import annotations

import pytest

from rollback_gov.policy.shell.arguments import flag, operands, option
from rollback_gov.policy.shell.reader import read_script
from rollback_gov.policy.shell.script import Command


def command(text: str) -> Command:
    return read_script(text).commands[-1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x --format=c db", "c"),
        ("x --format c db", "c"),
        ("x -F c db", "c"),
        ("x -Fc db", "c"),
        ("x -F", None),
        ("x --formats c", None),
        ("x '-Fc'", None),
        ("x db", None),
    ],
)
def test_the_value_of_an_option(text: str, value: str | None) -> None:
    found = option(command(text), "-F", "--format")

    assert (found.value if found else None) == value


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("x -f", True),
        ("x -xf y", True),
        ("x --force", True),
        ("x --force=true", True),
        ("x -- -f", False),
        ("x -", False),
        ("x --foo", False),
        ("x f", False),
    ],
)
def test_a_flag(text: str, there: bool) -> None:
    assert (flag(command(text), "-f", "--force") is not None) is there


def test_operands() -> None:
    assert [word.value for word in operands(command("x -a 1 -b 2 --c=3 4 -- -5"), "a")] == ["2", "4", "-5"]
    assert [word.value for word in operands(command("x --long 1 2"), frozenset({"--long"}))] == ["2"]
