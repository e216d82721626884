"""The secrets of a plan's steps, out of one secret of GitHub."""

from __future__ import annotations

import pytest

from rollback_gov.execution.masking import PACKED
from rollback_gov.github.action.secrets import unpacked
from rollback_gov.model.errors import UsageError


def test_each_line_is_a_variable() -> None:
    text = "DB_URL=postgres://a:b=c@db/shop\r\n\n  TOKEN = s3cret x \nEMPTY=\n"
    assert unpacked({PACKED: text}) == {"DB_URL": "postgres://a:b=c@db/shop", "TOKEN": "s3cret x", "EMPTY": ""}
    assert unpacked({}) == {}


def test_a_name_that_only_begins_as_one_of_ours_is_one_of_theirs() -> None:
    assert unpacked({PACKED: "HOME_KEY=1\nENVOY_KEY=2\nGITEA_KEY=3"}).keys() == {"HOME_KEY", "ENVOY_KEY", "GITEA_KEY"}


STEERING = (
    *("PATH", "GITHUB_OUTPUT", "LD_PRELOAD", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT"),
    *("BASH_ENV", "NODE_OPTIONS", "ENV", "HOME", "SSL_CERT_FILE"),
)


@pytest.mark.parametrize(
    "line", ["s3cret", "=s3cret", "A B=s3cret", "1A=s3cret", *(f"{name}=s3cret" for name in STEERING)]
)
def test_what_is_none_is_said_without_a_word_of_it(line: str) -> None:
    with pytest.raises(UsageError, match=f"Line 2 of {PACKED} is not NAME=VALUE") as refused:
        unpacked({PACKED: f"A=1\n{line}"})
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"
