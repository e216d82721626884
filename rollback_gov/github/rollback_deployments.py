"""What a rollback makes of deployments: the one that is undone, and one of the version that comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollback_gov.github.deployments import (
    DEPLOY,
    ROLLBACK,
    News,
    Ours,
    Subject,
    Wanted,
    begin,
    has_tag,
    ours,
    supersede,
)

if TYPE_CHECKING:
    from github.Repository import Repository

_COMMIT = re.compile("[0-9a-f]{40}")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,127}")
UNKNOWN = (
    "Which commit came back is not known, so GitHub shows no deployment of it: all versions in the plan's "
    "`change.from` have to be one, and the repository has to have a tag of its name, or it is a commit."
)
"""Said where no deployment is made of the version that comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A rollback as far as it has come. ``result`` is empty while it goes on.

    ``is_whole``: everything that was deployed is undone, not a scenario or a region of it. ``versions`` are those that
    the plan returns to. ``goes_elsewhere``: the point of no return was passed and the change fixed forward, or the last
    resort was taken, so that none of these versions came back.
    """

    operation: str
    run: str
    environment: str
    services: tuple[str, ...]
    versions: tuple[str, ...]
    is_production: bool
    is_whole: bool
    result: str = ""
    fixed_forward: bool = False
    last_resort: bool = False
    log_url: str = ""

    @property
    def comes_back(self) -> bool:
        """The version before is what runs in the end, or would be if it had not failed."""
        return self.is_whole and not self.fixed_forward and not self.last_resort


def tell(repository: Repository, rollback: Rollback) -> str:
    """Let GitHub's deployments say how a rollback stands; gives what could not be said, or nothing.

    Saying it again changes nothing. Raises what PyGithub raises.
    """
    there = ours(repository, rollback.environment, DEPLOY)
    undone = next((one for one in there if one.subject.operation == rollback.operation), None)
    if undone is not None:
        undone.report(_of_undone(rollback))
    restored = _restored(repository, rollback)
    if restored is None:
        return UNKNOWN if rollback.comes_back else ""
    restored.report(_of_restored(rollback))
    if rollback.result == "passed" and rollback.comes_back:
        supersede(repository, restored, rollback.log_url)
    return ""


def _restored(repository: Repository, rollback: Rollback) -> Ours | None:
    """Give the deployment of the version that comes back, where it is known which one that is."""
    if not rollback.is_whole or len(set(rollback.versions)) != 1:
        return None
    ref = _ref(repository, rollback.versions[0])
    if not ref:
        return None
    wanted = Wanted(
        subject=Subject(operation=rollback.operation, identity=rollback.run, services=rollback.services),
        environment=rollback.environment,
        ref=ref,
        task=ROLLBACK,
        description=f"Rollback of {rollback.operation}",
        is_production=rollback.is_production,
    )
    return begin(repository, wanted)


def _ref(repository: Repository, version: str) -> str:
    """Give the commit or the tag that a version is, also one with a ``v`` before it; never a branch, which moves."""
    if _COMMIT.fullmatch(version):
        return version
    if not _TAG.fullmatch(version) or ".." in version:
        return ""
    return next((name for name in (version, f"v{version}") if has_tag(repository, name)), "")


def _of_undone(rollback: Rollback) -> News:
    """Say how the deployment stands that is undone: it has failed until it is gone."""
    state, text = "failure", "Is being rolled back"
    if rollback.result == "passed" and rollback.fixed_forward:
        state, text = "success", "Was fixed forward, behind the point of no return"
    elif rollback.result == "passed" and rollback.comes_back:
        state, text = "inactive", "Was rolled back"
    elif rollback.result == "passed":
        text = "The last resort was taken" if rollback.last_resort else "Was rolled back in part"
    elif rollback.result:
        text = "Its rollback did not succeed"
    return News(state=state, description=f"{text}: {rollback.run}", log_url=rollback.log_url)


def _of_restored(rollback: Rollback) -> News:
    states = {"": "in_progress", "passed": "success", "failed": "failure"}
    state = states.get(rollback.result, "error")
    if state == "success" and not rollback.comes_back:
        state = "inactive"
    text = {"in_progress": "Comes back", "success": "Is back"}.get(state, "Did not come back")
    return News(state=state, description=f"{text}: {rollback.run}", log_url=rollback.log_url)
