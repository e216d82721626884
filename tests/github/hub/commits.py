"""Commits: those of pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import NOON, Answer, Call, Hub, Page, RefusalError, answers
from tests.github.hub.users import shown, user


@dataclass
class Commit:
    """A commit: who wrote and who committed it, by login where GitHub knows the address, else only name and address."""

    sha: str
    author: str = ""
    committer: str = ""
    author_email: str = ""
    committer_email: str = ""
    message: str = "Change it"


def shown_commit(hub: Hub, commit: Commit) -> dict[str, Any]:
    """Give a commit as it stands in lists."""
    return {
        "sha": commit.sha,
        "author": shown(hub, commit.author),
        "committer": shown(hub, commit.committer or commit.author),
        "commit": {
            "message": commit.message,
            "author": _identity(hub, commit.author, commit.author_email),
            "committer": _identity(hub, commit.committer or commit.author, commit.committer_email),
        },
    }


def _identity(hub: Hub, login: str, email: str) -> dict[str, Any]:
    address = email or (user(hub, login).email if login else "somebody@example.org")
    return {"name": login or address.partition("@")[0], "email": address, "date": NOON}


@answers("repos/get-commit")
def get(hub: Hub, call: Call) -> Answer:
    """Give one commit: of a pull request, or what one became."""
    repository, sha = hub.found(call), call.values["ref"]
    for pull in repository.pulls.values():
        known = {commit.sha: commit for commit in pull.commits}
        if pull.merged_as:
            known[pull.merged_as] = Commit(pull.merged_as, pull.author)
        if sha in known:
            return 200, shown_commit(hub, known[sha]) | {"url": f"{address(hub, repository)}/commits/{sha}"}
    raise RefusalError(422, f"No commit found for SHA: {sha}")


@answers("repos/list-commits")
def list_(hub: Hub, call: Call) -> Answer:
    """Give those that changed a file, the newest first."""
    from tests.github.hub.branches import commits_of

    repository, path = hub.found(call), call.query["path"]
    found = repository.history.get(path) or commits_of(repository, call.query.get("sha", "main"), path)
    return 200, Page([shown_commit(hub, commit) for commit in found])
