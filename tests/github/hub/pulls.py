"""Pull requests, with their commits and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.github.hub.commits import Commit, shown_commit
from tests.github.hub.repositories import address, document
from tests.github.hub.state import NOON, Answer, Call, Hub, Page, RefusalError, Repository, answers
from tests.github.hub.users import shown

if TYPE_CHECKING:
    from tests.github.hub.reviews import Review

MOST_COMMITS = 250
"""GitHub lists no more of a pull request."""


@dataclass
class Pull:
    """A pull request. ``merged_as`` is the commit that it became."""

    number: int
    author: str
    commits: list[Commit] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """Name -> name before."""
    merged_as: str = ""
    reviews: list[Review] = field(default_factory=list)


def pull(repository: Repository, author: str, *commits: Commit, **fields: Any) -> Pull:
    """Open a pull request."""
    number = repository.next_number()
    repository.pulls[number] = Pull(number, author, list(commits), **fields)
    return repository.pulls[number]


def found(hub: Hub, call: Call) -> Pull:
    """Give the pull request that a request is about."""
    pulls = hub.found(call).pulls
    number = int(call.values["pull_number"])
    if number not in pulls:
        raise RefusalError(404, "Not Found")
    return pulls[number]


def place(hub: Hub, call: Call, one: Pull) -> str:
    """Give where the API has a pull request."""
    return f"{address(hub, hub.found(call))}/pulls/{one.number}"


def _shown(hub: Hub, call: Call, one: Pull) -> dict[str, Any]:
    repository = document(hub, hub.found(call))
    head = one.commits[-1].sha if one.commits else "0" * 40
    return {
        "number": one.number,
        "url": place(hub, call, one),
        "state": "closed" if one.merged_as else "open",
        "merge_commit_sha": one.merged_as or None,
        "merged_at": NOON if one.merged_as else None,
        "user": shown(hub, one.author),
        "head": {"ref": "change", "sha": head, "repo": repository, "user": shown(hub, one.author)},
        "base": {"ref": "main", "sha": "0" * 40, "repo": repository, "user": repository["owner"]},
    }


@answers("pulls/get")
def get(hub: Hub, call: Call) -> Answer:
    """Give one pull request."""
    one = found(hub, call)
    more = {"merged": bool(one.merged_as), "commits": len(one.commits), "changed_files": len(one.files)}
    return 200, _shown(hub, call, one) | more


@answers("pulls/list-commits")
def list_commits(hub: Hub, call: Call) -> Answer:
    """Give the commits, the oldest first, and no more than GitHub does."""
    return 200, Page([shown_commit(hub, commit) for commit in found(hub, call).commits[:MOST_COMMITS]])


@answers("pulls/list-files")
def list_files(hub: Hub, call: Call) -> Answer:
    """Give the files."""
    one = found(hub, call)
    return 200, Page([_file(name, one.renamed.get(name, "")) for name in one.files])


def _file(name: str, before: str) -> dict[str, Any]:
    told = {"filename": name, "status": "renamed" if before else "modified"}
    return told | ({"previous_filename": before} if before else {})


@answers("repos/list-pull-requests-associated-with-commit")
def of_commit(hub: Hub, call: Call) -> Answer:
    """Give the pull requests that a commit belongs to, or came from."""
    sha = call.values["commit_sha"]
    return 200, Page(
        [
            _shown(hub, call, one)
            for one in hub.found(call).pulls.values()
            if sha in (one.merged_as, *(commit.sha for commit in one.commits))
        ]
    )
