"""Who is there."""

from __future__ import annotations

import pytest

from rollback_gov.cli.person import person


@pytest.mark.parametrize(
    ("given", "environ", "name"),
    [
        ("ann", {"ROLLBACK_GOV_PERSON": "ben"}, "ann"),
        ("", {"ROLLBACK_GOV_PERSON": "ben", "GITHUB_ACTOR": "cleo", "USER": "dan"}, "ben"),
        ("", {"GITHUB_ACTOR": "cleo", "USER": "dan"}, "cleo"),
        ("", {"USER": "dan"}, "dan"),
        ("", {}, "unknown"),
    ],
)
def test_who_is_there(given: str, environ: dict[str, str], name: str) -> None:
    assert person(environ, given) == name
