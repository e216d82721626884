"""Issues, with their labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, Hub, Page, RefusalError, Repository, answers
from tests.github.hub.users import shown

LONGEST_BODY = 65_536


@dataclass
class Issue:
    """An issue."""

    number: int
    title: str
    body: str = ""
    state: str = "open"
    author: str = "github-actions[bot]"
    labels: list[str] = field(default_factory=list)


def _document(hub: Hub, repository: Repository, one: Issue) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "user": shown(hub, one.author),
        "labels": [{"name": name} for name in one.labels],
        "url": f"{address(hub, repository)}/issues/{one.number}",
        "html_url": f"https://github.test/{repository.full_name}/issues/{one.number}",
    }


def _changed(one: Issue, body: dict[str, Any]) -> None:
    """Take over what was sent. That a body has a longest length is said in prose only."""
    if len(str(body.get("body") or "")) > LONGEST_BODY:
        raise RefusalError(422, "body is too long (maximum is 65536 characters)")
    for name in ("title", "body", "state"):
        if name in body:
            setattr(one, name, body[name])
    if "labels" in body:
        one.labels = [label if isinstance(label, str) else label["name"] for label in body["labels"]]


@answers("issues/create")
def create(hub: Hub, call: Call) -> Answer:
    """Open one."""
    repository = hub.found(call)
    one = Issue(repository.next_number(), call.body["title"])
    _changed(one, dict(call.body))
    one.labels = one.labels if repository.may_label else []
    for name in one.labels:
        repository.labels.setdefault(name, "ededed")
    repository.issues[one.number] = one
    return 201, _document(hub, repository, one)


@answers("issues/update")
def update(hub: Hub, call: Call) -> Answer:
    """Change one."""
    repository = hub.found(call)
    one = repository.issues.get(int(call.values["issue_number"]))
    if one is None:
        raise RefusalError(404, "Not Found")
    _changed(one, dict(call.body))
    return 200, _document(hub, repository, one)


@answers("issues/list-for-repo")
def list_(hub: Hub, call: Call) -> Answer:
    """Give those with all the labels that were named, the newest first unless asked otherwise."""
    repository, wanted = hub.found(call), call.query.get("state", "open")
    labels = {label for label in call.query.get("labels", "").split(",") if label}
    found = [one for one in repository.issues.values() if wanted in ("all", one.state) and labels.issubset(one.labels)]
    ordered = sorted(found, key=lambda one: one.number, reverse=call.query.get("direction", "desc") == "desc")
    return 200, Page([_document(hub, repository, one) for one in ordered])
