"""Issues, with their labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.github.hub.pulls import Pull
from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, Hub, Page, RefusalError, Repository, answers
from tests.github.hub.users import shown

LONGEST_BODY = 65_536
LONGEST_TITLE = 256


@dataclass
class Issue:
    """An issue."""

    number: int
    title: str
    body: str = ""
    state: str = "open"
    author: str = "github-actions[bot]"
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    reason: str | None = None
    """Why it was closed."""


def _document(hub: Hub, repository: Repository, one: Issue) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "user": shown(hub, one.author),
        "state_reason": one.reason,
        "author_association": association(repository, one.author),
        "labels": [{"name": name} for name in one.labels],
        "assignees": [shown(hub, login) for login in one.assignees],
        "url": f"{address(hub, repository)}/issues/{one.number}",
        "html_url": f"https://github.test/{repository.full_name}/issues/{one.number}",
    }


def association(repository: Repository, login: str) -> str:
    """Say what an author is to a repository."""
    return "COLLABORATOR" if repository.permissions.get(login, "read") != "read" else "NONE"


def _changed(one: Issue, body: dict[str, Any]) -> None:
    """Take over what was sent. That a body has a longest length is said in prose only."""
    if len(str(body.get("body") or "")) > LONGEST_BODY:
        raise RefusalError(422, "body is too long (maximum is 65536 characters)")
    if not str(body.get("title", "x")).strip() or len(str(body.get("title", ""))) > LONGEST_TITLE:
        raise RefusalError(422, "title is too long (maximum is 256 characters), or missing")
    one.reason = body.get("state_reason", one.reason)
    for name in ("title", "body", "state", "assignees"):
        if name in body:
            setattr(one, name, body[name])
    if "labels" in body:
        one.labels = [label if isinstance(label, str) else label["name"] for label in body["labels"]]


@answers("issues/create")
def create(hub: Hub, call: Call) -> Answer:
    """Open one."""
    repository = hub.found(call)
    hub.demand("issues")
    one = Issue(repository.next_number(), call.body["title"], author=next(iter(hub.tokens.values())))
    _changed(one, dict(call.body))
    if not repository.may_label:
        one.labels, one.assignees = [], []
    for name in one.labels:
        repository.labels.setdefault(name, "ededed")
    repository.issues[one.number] = one
    return 201, _document(hub, repository, one)


@answers("issues/update")
def update(hub: Hub, call: Call) -> Answer:
    """Change one."""
    repository = hub.found(call)
    hub.demand("issues")
    one = repository.issues.get(int(call.values["issue_number"]))
    if one is None:
        raise RefusalError(404, "Not Found")
    _changed(one, dict(call.body))
    return 200, _document(hub, repository, one)


@answers("issues/list-for-repo")
def list_(hub: Hub, call: Call) -> Answer:
    """Give those with all the labels that were named, and pull requests; the newest first unless asked otherwise."""
    repository, wanted = hub.found(call), call.query.get("state", "open")
    labels = {label for label in call.query.get("labels", "").split(",") if label}
    pulls = [] if labels else [_of_pull(hub, repository, one) for one in repository.pulls.values()]
    issues = (one for one in repository.issues.values() if labels.issubset(one.labels))
    found = (*pulls, *(_document(hub, repository, one) for one in issues))
    ordered = sorted(
        (one for one in found if wanted in ("all", one["state"])),
        key=lambda one: one["number"],
        reverse=call.query.get("direction", "desc") == "desc",
    )
    return 200, Page(ordered)


def _of_pull(hub: Hub, repository: Repository, one: Pull) -> dict[str, Any]:
    place = f"{address(hub, repository)}/pulls/{one.number}"
    links = {"url": place, "html_url": place, "diff_url": place, "patch_url": place}
    said = Issue(one.number, one.title, one.body, one.state, one.author)
    return _document(hub, repository, said) | {"pull_request": links}
