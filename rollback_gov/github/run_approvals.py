"""Who let the run of a workflow go on to a GitHub environment, as facts: the same as of the reviews of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from rollback_gov.github.logins import with_logins
from rollback_gov.github.reviews import with_permission, wrote
from rollback_gov.model.errors import UsageError
from rollback_gov.records.reviews import Review, ReviewedChange, State

if TYPE_CHECKING:
    from github.Commit import Commit
    from github.Repository import Repository

MOST_COMMITS = 500
"""Of one file; who wrote a file with more than these has to be approved with keys."""
_STATES: dict[str, State] = {"approved": "approved", "rejected": "changes_requested", "pending": "pending"}


def run_approvals(repository: Repository, run: int, environment: str, files: Iterable[str], at: str) -> ReviewedChange:
    """Give the facts of a run that reviewers of ``environment`` let go on. ``files`` are the plan and what it uses.

    What they approved is the run's commit. GitHub does not say when: ``at`` is the time of asking. Raises UsageError
    where GitHub does not tell all that is needed.
    """
    told = _asked(repository, f"runs/{run}")
    sha = told.get("head_sha") if isinstance(told, dict) else None
    if not isinstance(sha, str) or not sha:
        raise UsageError(f"What answers for workflow run {run} is not GitHub's API.", hint="See GITHUB_API_URL.")
    approvals = _asked(repository, f"runs/{run}/approvals")
    reviews = sorted(_reviews(approvals, environment, sha, at), key=lambda review: review.state != "approved")
    starters = (told.get(name) for name in ("actor", "triggering_actor"))
    names = (str(one["login"]) for one in starters if isinstance(one, dict) and one.get("login"))
    those = wrote(_commits(repository, sha, files))
    return ReviewedChange(
        number=0,
        workflow_run=run,
        excluded=replace(those, starters=with_logins(names)),
        reviews=tuple(with_permission(repository, tuple(reviews))),
    )


def _asked(repository: Repository, path: str) -> Any:
    return repository.requester.requestJsonAndCheck("GET", f"{repository.url}/actions/{path}")[1]


def _reviews(approvals: Any, environment: str, sha: str, at: str) -> Iterator[Review]:
    """Give what people said for this environment; who said no for it anywhere in the run has said no last."""
    if not isinstance(approvals, list):
        raise UsageError("What answers for the approvals is not GitHub's API.", hint="See GITHUB_API_URL.")
    for one in approvals:
        names = {str(named.get("name", "")).casefold() for named in one["environments"]}
        if environment.casefold() not in names:
            continue
        state, user = one["state"], one["user"]
        if state not in _STATES:
            raise UsageError(
                f"GitHub has an approval in the state '{state}', and this version does not know what that means.",
                hint="Use a newer version, or signed approvals: rollback-gov permit approve",
            )
        yield Review(
            login=user["login"],
            user_id=user["id"],
            state=_STATES[state],
            commit=sha,
            at=at,
            permission="",
            is_bot=user["type"] == "Bot",
        )


def _commits(repository: Repository, sha: str, files: Iterable[str]) -> Iterator[Commit]:
    for file in dict.fromkeys(files):
        commits = list(islice(repository.get_commits(sha=sha, path=file), MOST_COMMITS + 1))
        if len(commits) > MOST_COMMITS:
            raise UsageError(
                f"More than {MOST_COMMITS} commits change {file}: nobody asks who wrote all of them.",
                hint="Use signed approvals: rollback-gov permit approve",
            )
        yield from commits
