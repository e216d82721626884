"""Repositories, and who may do what in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from tests.github.hub.state import Answer, Call, Hub, Page, RefusalError, Repository, answers
from tests.github.hub.users import shown

_MAY_BE_ASSIGNED = ("admin", "maintain", "write", "triage")
_COARSE = {"maintain": "write", "triage": "read"}
"""``permission`` knows four words; ``role_name`` tells the rest."""


def address(hub: Hub, repository: Repository) -> str:
    """Give where the API has a repository."""
    return f"{hub.url}/repos/{repository.full_name}"


def document(hub: Hub, repository: Repository) -> dict[str, Any]:
    """Give a repository as it stands in other documents."""
    owner, _, name = repository.full_name.partition("/")
    return {
        "name": name,
        "full_name": repository.full_name,
        "owner": shown(hub, owner),
        "url": address(hub, repository),
        "default_branch": "main",
        "pushed_at": _pushed_at(repository),
        "archived": repository.closed == "archived",
        "disabled": repository.closed == "disabled",
    }


def _pushed_at(repository: Repository) -> str:
    """Give a moment that is another one for other files, long ago."""
    digest = 0
    for path, file in sorted(repository.files.items()):
        digest = crc32(f"{path} {file.mode}".encode() + file.raw, digest)
    return f"{datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=digest % 10**8):%Y-%m-%dT%H:%M:%SZ}"


@answers("repos/get")
def get(hub: Hub, call: Call) -> Answer:
    """Give one repository."""
    repository = hub.found(call)
    more = {"default_branch": "main", "html_url": f"https://github.test/{repository.full_name}"}
    return 200, document(hub, repository) | more


@answers("repos/list-for-org")
def of_organisation(hub: Hub, call: Call) -> Answer:
    """Give those of an organisation, by name."""
    begin = f"{call.values['org'].lower()}/"
    names = sorted(name for name in hub.repositories if name.startswith(begin))
    if not names:
        raise RefusalError(404, "Not Found")
    return 200, Page([document(hub, hub.repositories[name]) for name in names])


@answers("repos/get-collaborator-permission-level")
def permission(hub: Hub, call: Call) -> Answer:
    """Say what somebody may do. Whoever has an account may read what is public."""
    login = call.values["username"]
    if login not in hub.users:
        raise RefusalError(404, f"{login} is not a user")
    role = hub.found(call).permissions.get(login, "read")
    return 200, {"permission": _COARSE.get(role, role), "role_name": role, "user": shown(hub, login)}


@answers("issues/check-user-can-be-assigned")
def may_be_assigned(hub: Hub, call: Call) -> Answer:
    """Say whether somebody can be made responsible for an issue."""
    if hub.found(call).permissions.get(call.values["assignee"]) not in _MAY_BE_ASSIGNED:
        raise RefusalError(404, "Not Found")
    return 204, None
