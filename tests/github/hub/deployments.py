"""Deployments and their statuses, the newest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import NOON, Answer, Call, Hub, Page, RefusalError, Repository, answers
from tests.github.hub.users import shown

LONGEST = 140


@dataclass
class Status:
    """How a deployment stood."""

    id: int
    state: str
    description: str = ""
    log_url: str = ""
    environment_url: str = ""


@dataclass
class Deployment:
    """A deployment. ``sent`` is the whole body that made it."""

    id: int
    ref: str
    environment: str
    task: str = "deploy"
    payload: Any = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)

    @property
    def states(self) -> list[str]:
        """All states that it was in, the oldest first."""
        return [status.state for status in self.statuses]


def _document(hub: Hub, repository: Repository, one: Deployment) -> dict[str, Any]:
    place = f"{address(hub, repository)}/deployments/{one.id}"
    return {
        "id": one.id,
        "url": place,
        "statuses_url": f"{place}/statuses",
        "ref": one.ref,
        "sha": one.ref if len(one.ref) == 40 else "c" * 40,
        "task": one.task,
        "environment": one.environment,
        "payload": one.payload,
        "description": one.sent.get("description"),
        "creator": shown(hub, "github-actions[bot]"),
        "created_at": NOON,
        "updated_at": NOON,
    }


def _status(hub: Hub, repository: Repository, one: Deployment, status: Status) -> dict[str, Any]:
    place = f"{address(hub, repository)}/deployments/{one.id}"
    return {
        "id": status.id,
        "url": f"{place}/statuses/{status.id}",
        "state": status.state,
        "description": status.description,
        "log_url": status.log_url or "https://github.test/",
        "environment_url": status.environment_url or "https://github.test/",
        "environment": one.environment,
        "creator": shown(hub, "github-actions[bot]"),
    }


def deployed(repository: Repository, ref: str, environment: str, **fields: Any) -> Deployment:
    """Make a deployment."""
    one = Deployment(max((0, *repository.deployments)) + 1, ref, environment, **fields)
    repository.deployments[one.id] = one
    return one


@answers("repos/create-deployment")
def create(hub: Hub, call: Call) -> Answer:
    """Make one of a commit or a tag that is there.

    In prose only: without ``required_contexts`` every check has to have passed (409), and with ``auto_merge`` the
    default branch is merged into what is deployed (202, and no deployment).
    """
    repository, body = hub.found(call), dict(call.body)
    if body.get("auto_merge", True):
        return 202, {"message": "Auto-merged main into topic-branch on deployment."}
    if body.get("required_contexts") != []:
        raise RefusalError(409, "Conflict: Commit status checks failed")
    ref = body["ref"]
    if ref not in repository.tags and ref not in repository.shas:
        raise RefusalError(422, f"No ref found for: {ref}")
    _fits(body)
    fields = {"task": body.get("task", "deploy"), "payload": body.get("payload", {}), "sent": body}
    return 201, _document(hub, repository, deployed(repository, ref, body.get("environment", "production"), **fields))


@answers("repos/list-deployments")
def list_(hub: Hub, call: Call) -> Answer:
    """Give those that were asked for."""
    repository, query = hub.found(call), call.query
    found = [
        one
        for one in repository.deployments.values()
        if query.get("environment", one.environment) == one.environment and query.get("task", one.task) == one.task
    ]
    return 200, Page([_document(hub, repository, one) for one in reversed(found)])


@answers("repos/create-deployment-status")
def create_status(hub: Hub, call: Call) -> Answer:
    """Say how one stands. ``auto_inactive`` ends the others of its environment, as GitHub's does."""
    repository, body = hub.found(call), dict(call.body)
    one = _found(repository, call)
    _fits(body)
    status = Status(
        sum(len(other.statuses) for other in repository.deployments.values()) + 1,
        body["state"],
        body.get("description", ""),
        body.get("target_url", body.get("log_url", "")),
        body.get("environment_url", ""),
    )
    one.statuses.append(status)
    if body["state"] == "success" and body.get("auto_inactive", True):
        for other in repository.deployments.values():
            if other is not one and other.environment == one.environment and other.states[-1:] == ["success"]:
                other.statuses.append(Status(1000 + status.id, "inactive"))
    return 201, _status(hub, repository, one, status)


@answers("repos/list-deployment-statuses")
def list_statuses(hub: Hub, call: Call) -> Answer:
    """Give how one stood."""
    repository = hub.found(call)
    one = _found(repository, call)
    return 200, Page([_status(hub, repository, one, status) for status in reversed(one.statuses)])


def _found(repository: Repository, call: Call) -> Deployment:
    number = int(call.values["deployment_id"])
    if number not in repository.deployments:
        raise RefusalError(404, "Not Found")
    return repository.deployments[number]


def _fits(body: dict[str, Any]) -> None:
    """That a description has a longest length is said in prose only."""
    if len(str(body.get("description") or "")) > LONGEST:
        raise RefusalError(422, "description is too long (maximum is 140 characters)")
