"""Accounts: people and bots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.github.hub.state import Answer, Call, Hub, RefusalError, answers


@dataclass
class User:
    """An account. ``email`` is the one that it commits under."""

    login: str
    id: int
    type: str = "User"
    email: str = ""


def user(hub: Hub, login: str, **fields: Any) -> User:
    """Give an account, and make it where there is none."""
    if login not in hub.users:
        kind = "Bot" if login.endswith("[bot]") else "User"
        made: dict[str, Any] = {"id": 1000 + len(hub.users), "type": kind, "email": f"{login}@example.org"}
        hub.users[login] = User(login=login, **(made | fields))
    return hub.users[login]


def shown(hub: Hub, login: str) -> dict[str, Any] | None:
    """Give an account as it stands in other documents; null where it was deleted."""
    if not login:
        return None
    found = user(hub, login)
    return {"login": found.login, "id": found.id, "type": found.type, "url": f"{hub.url}/users/{login}"}


@answers("users/get-by-username")
def get(hub: Hub, call: Call) -> Answer:
    """Give one account."""
    if call.values["username"] not in hub.users:
        raise RefusalError(404, "Not Found")
    return 200, shown(hub, call.values["username"])


@answers("users/get-authenticated")
def me(hub: Hub, call: Call) -> Answer:
    """Give the account of the token; that of an app has none."""
    login = next(iter(hub.tokens.values()))
    if login.endswith("[bot]"):
        raise RefusalError(403, "Resource not accessible by integration")
    return 200, shown(hub, login)
