"""Who is there."""

from __future__ import annotations

import os
import pwd

import pytest

from rollback_gov.cli.person import person


@pytest.mark.parametrize(
    ("given", "environ", "name"),
    [
        ("ann", {"ROLLBACK_GOV_PERSON": "ben"}, "ann"),
        ("", {"ROLLBACK_GOV_PERSON": "ben", "GITHUB_ACTOR": "cleo", "USER": "dan"}, "ben"),
        ("", {"GITHUB_ACTOR": "cleo", "USER": "dan"}, "cleo"),
        ("", {"USER": "dan"}, "dan"),
        ("", {"LOGNAME": "eve"}, "eve"),
        ("", {"USER": ""}, pwd.getpwuid(os.getuid()).pw_name),
    ],
)
def test_who_is_there(given: str, environ: dict[str, str], name: str) -> None:
    assert person(environ, given) == name


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_123)
    assert person({}, "") == "uid 4000000123"
