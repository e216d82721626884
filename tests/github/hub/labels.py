"""Labels of a repository, and of its issues."""

from __future__ import annotations

from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, Hub, RefusalError, Repository, answers


def _document(hub: Hub, repository: Repository, name: str) -> dict[str, Any]:
    return {"name": name, "color": repository.labels[name], "url": f"{address(hub, repository)}/labels/{name}"}


@answers("issues/get-label")
def get(hub: Hub, call: Call) -> Answer:
    """Give one, whatever its case."""
    repository = hub.found(call)
    name = next((name for name in repository.labels if name.casefold() == call.values["name"].casefold()), "")
    if not name:
        raise RefusalError(404, "Not Found")
    return 200, _document(hub, repository, name)


@answers("issues/create-label")
def create(hub: Hub, call: Call) -> Answer:
    """Make one; there is one of a name."""
    repository, name = hub.found(call), call.body["name"]
    if name in repository.labels:
        raise RefusalError(422, "Validation Failed")
    repository.labels[name] = call.body["color"]
    return 201, _document(hub, repository, name)


@answers("issues/add-labels")
def add(hub: Hub, call: Call) -> Answer:
    """Add some to an issue; those that the repository does not have are made."""
    repository = hub.found(call)
    issue = repository.issues[int(call.values["issue_number"])]
    for name in call.body["labels"]:
        repository.labels.setdefault(name, "ededed")
        if name not in issue.labels:
            issue.labels.append(name)
    return 200, [_document(hub, repository, name) for name in issue.labels]
