"""Which repository on which server."""

from __future__ import annotations

import pytest

from rollback_gov.github.address import Address, address
from rollback_gov.github.logins import with_logins
from rollback_gov.model.errors import UsageError


@pytest.mark.parametrize(
    ("environ", "origin", "api", "repository"),
    [
        ({}, "github.com/team/service", "https://api.github.com", "team/service"),
        ({}, "git.acme.example/team/service", "https://git.acme.example/api/v3", "team/service"),
        ({}, "acme.ghe.com/team/service", "https://api.acme.ghe.com", "team/service"),
        ({"GITHUB_REPOSITORY": "Team/Service"}, "github.com/team/service", "https://api.github.com", "Team/Service"),
        ({"GITHUB_REPOSITORY": "team/service"}, "/srv/mirror/service", "https://api.github.com", "team/service"),
        ({"GITHUB_REPOSITORY": "team/service"}, "service", "https://api.github.com", "team/service"),
        ({"GITHUB_API_URL": "https://x.test/v3"}, "github.com/team/service", "https://x.test/v3", "team/service"),
    ],
)
def test_it_is_found(environ: dict[str, str], origin: str, api: str, repository: str) -> None:
    assert address(environ, origin) == Address(api=api, repository=repository)


@pytest.mark.parametrize(
    ("environ", "origin", "message"),
    [
        ({"GITHUB_REPOSITORY": "team/other"}, "github.com/team/service", "this is a clone of 'team/service'"),
        ({}, "/srv/mirror/service", "Nobody knows which repository"),
        ({}, "service", "Nobody knows which repository"),
        ({}, "git.acme.example/group/team/service", "Nobody knows which repository"),
        ({"GITHUB_REPOSITORY": "service"}, "", "Nobody knows which repository"),
    ],
)
def test_what_is_not_known_is_not_guessed(environ: dict[str, str], origin: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        address(environ, origin)


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("7+ada@users.noreply.github.com", "ada"),
        ("ada@users.noreply.github.com", "ada"),
        ("7+ada@users.noreply.git.acme.example", "ada"),
        ("7+Ada-L@Users.NoReply.GitHub.com ", "Ada-L"),
        ("49699333+dependabot[bot]@users.noreply.github.com", "dependabot[bot]"),
    ],
)
def test_an_address_of_github_s_has_the_login_in_it(address: str, login: str) -> None:
    assert with_logins([address]) == {address, login}


@pytest.mark.parametrize("address", ["ada@example.org", "ada", "noreply@github.com", "a@users.noreply.x@y", ""])
def test_other_addresses_have_none(address: str) -> None:
    assert with_logins([address]) == {address} - {""}
