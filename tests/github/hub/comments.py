"""Comments under issues and pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, Hub, Page, RefusalError, Repository, answers
from tests.github.hub.users import shown

LONGEST_BODY = 65_536


@dataclass
class Comment:
    """A comment under the issue or pull request ``issue``."""

    id: int
    issue: int
    body: str
    author: str = "github-actions[bot]"


def comment(repository: Repository, issue: int, body: str, author: str) -> Comment:
    """Write one. A number is never given twice, whatever was deleted."""
    repository.last_comment += 1
    repository.comments[repository.last_comment] = Comment(repository.last_comment, issue, body, author)
    return repository.comments[repository.last_comment]


def _document(hub: Hub, repository: Repository, one: Comment) -> dict[str, Any]:
    return {
        "id": one.id,
        "body": one.body,
        "user": shown(hub, one.author),
        "url": f"{address(hub, repository)}/issues/comments/{one.id}",
        "issue_url": f"{address(hub, repository)}/issues/{one.issue}",
        "html_url": f"https://github.test/{repository.full_name}/pull/{one.issue}#issuecomment-{one.id}",
    }


def _issue(hub: Hub, call: Call) -> int:
    repository, number = hub.found(call), int(call.values["issue_number"])
    if number not in repository.pulls and number not in repository.issues:
        raise RefusalError(404, "Not Found")
    return number


def _one(hub: Hub, call: Call) -> Comment:
    found = hub.found(call).comments.get(int(call.values["comment_id"]))
    if found is None:
        raise RefusalError(404, "Not Found")
    return found


def _allowed(body: str) -> str:
    """Give a body back. That it has a longest length is said in prose only."""
    if not body.strip():
        raise RefusalError(422, "Validation Failed: body can't be blank")
    if len(body.encode("utf-16-le")) // 2 > LONGEST_BODY:
        raise RefusalError(422, "Body is too long (maximum is 65536 characters)")
    return body


@answers("issues/create-comment")
def create(hub: Hub, call: Call) -> Answer:
    """Write one, as the account of the token."""
    number = _issue(hub, call)
    hub.demand("pull-requests")
    repository = hub.found(call)
    one = comment(repository, number, _allowed(call.body["body"]), next(iter(hub.tokens.values())))
    return 201, _document(hub, repository, one)


@answers("issues/update-comment")
def update(hub: Hub, call: Call) -> Answer:
    """Change one, whoever wrote it: a token that may write may do that."""
    one = _one(hub, call)
    hub.demand("pull-requests")
    one.body = _allowed(call.body["body"])
    return 200, _document(hub, hub.found(call), one)


@answers("issues/delete-comment")
def delete(hub: Hub, call: Call) -> Answer:
    """Delete one."""
    one = _one(hub, call)
    hub.demand("pull-requests")
    del hub.found(call).comments[one.id]
    return 204, None


@answers("issues/list-comments")
def list_(hub: Hub, call: Call) -> Answer:
    """Give those under one issue or pull request, the oldest first."""
    number, repository = _issue(hub, call), hub.found(call)
    found = sorted(repository.comments.values(), key=lambda one: one.id)
    return 200, Page([_document(hub, repository, one) for one in found if one.issue == number])
