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

LONGEST_BODY = 65_536
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
    title: str = "Change"
    body: str = ""
    branch: str = "change"
    base: str = "main"
    is_closed: bool = False
    fork: str = ""
    """Whose copy it comes from."""

    @property
    def state(self) -> str:
        """Whether it is open or closed."""
        return "closed" if self.merged_as or self.is_closed else "open"


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
        "html_url": f"https://github.test/{hub.found(call).full_name}/pull/{one.number}",
        "state": one.state,
        "title": one.title,
        "body": one.body or None,
        "merge_commit_sha": one.merged_as or None,
        "merged_at": NOON if one.merged_as else None,
        "user": shown(hub, one.author),
        "head": {
            "ref": one.branch,
            "sha": head,
            "repo": repository | ({"full_name": f"{one.fork}/service"} if one.fork else {}),
            "user": shown(hub, one.fork or hub.found(call).full_name.partition("/")[0]),
        },
        "base": {"ref": one.base, "sha": "0" * 40, "repo": repository, "user": repository["owner"]},
    }


@answers("pulls/get")
def get(hub: Hub, call: Call) -> Answer:
    """Give one pull request."""
    return 200, _whole(hub, call, found(hub, call))


def _whole(hub: Hub, call: Call, one: Pull) -> dict[str, Any]:
    more = {"merged": bool(one.merged_as), "commits": len(one.commits), "changed_files": len(one.files)}
    return _shown(hub, call, one) | more


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


@answers("pulls/list")
def list_(hub: Hub, call: Call) -> Answer:
    """Give those of a branch, the newest first. Prose only: a ``head`` without an owner is passed over."""
    repository, query = hub.found(call), call.query
    owner, _, branch = query.get("head", "").rpartition(":")
    shown_ones = [_shown(hub, call, one) for one in reversed(repository.pulls.values())]
    found = [
        one
        for one in shown_ones
        if (not owner or (one["head"]["user"]["login"], one["head"]["ref"]) == (owner, branch))
        and query.get("state", "open") in ("all", one["state"])
    ]
    return 200, Page(found)


@answers("pulls/create")
def create(hub: Hub, call: Call) -> Answer:
    """Open one: one of a branch is open at a time, and it has to change something. GitHub says both in prose only."""
    from tests.github.hub.branches import branches

    repository, body = hub.found(call), call.body
    hub.demand("pull-requests")
    if body["head"] not in branches(repository) or body["base"] not in branches(repository):
        raise RefusalError(422, "Validation Failed: head or base is invalid")
    if repository.branches[body["head"]] == repository.branches[body["base"]]:
        raise RefusalError(422, f"No commits between {body['base']} and {body['head']}")
    if any(one.branch == body["head"] and one.state == "open" and not one.fork for one in repository.pulls.values()):
        raise RefusalError(422, f"A pull request already exists for team:{body['head']}.")
    made = pull(
        repository,
        next(iter(hub.tokens.values())),
        title=body["title"],
        body=_allowed(body.get("body", "")),
        branch=body["head"],
        base=body["base"],
    )
    return 201, _whole(hub, call, made)


@answers("pulls/update")
def update(hub: Hub, call: Call) -> Answer:
    """Change one."""
    hub.demand("pull-requests")
    one = found(hub, call)
    one.title, one.body = call.body.get("title", one.title), _allowed(call.body.get("body", one.body))
    return 200, _whole(hub, call, one)


def _allowed(body: str) -> str:
    if len(body) > LONGEST_BODY:
        raise RefusalError(422, "body is too long (maximum is 65536 characters)")
    return body
