"""Runs of workflows, and who let them go on to an environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.github.hub.state import NOON, Answer, Call, Hub, RefusalError, answers
from tests.github.hub.users import shown, user


@dataclass
class WorkflowRun:
    """A run: of which commit, who started it, and what reviewers said: (login, state, environments)."""

    id: int
    head_sha: str
    actor: str = "starter"
    said: Sequence[tuple[str, str, tuple[str, ...]]] = ()


def _found(hub: Hub, call: Call) -> WorkflowRun:
    runs = hub.found(call).workflow_runs
    number = int(call.values["run_id"])
    if number not in runs:
        raise RefusalError(404, "Not Found")
    return runs[number]


@answers("actions/get-workflow-run")
def get(hub: Hub, call: Call) -> Answer:
    """Give one."""
    one = _found(hub, call)
    who = shown(hub, one.actor)
    return 200, {"id": one.id, "head_sha": one.head_sha, "actor": who, "triggering_actor": who}


@answers("actions/get-reviews-for-run")
def approvals(hub: Hub, call: Call) -> Answer:
    """Give who let it go on, or did not."""
    return 200, [
        {
            "state": state,
            "comment": "",
            "user": shown(hub, user(hub, login).login),
            "environments": [_environment(name) for name in names],
        }
        for login, state, names in _found(hub, call).said
    ]


def _environment(name: str) -> dict[str, Any]:
    return {"id": 1, "name": name, "created_at": NOON, "updated_at": NOON}
